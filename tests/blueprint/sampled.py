"""The documents that tests change: our own, and those of the specification where it lies beside the project."""

import re
from collections.abc import Iterator
from pathlib import Path

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.blueprint.reading import from_text

OWN = Path(__file__).parent / "samples"
SPECIFICATION = Path(__file__).parents[3] / "shared" / "spec" / "database-blueprint.md"

_SECTIONS = (
    "schema|tables|indexes|multiTenant|tenantIsolationDecision|migrations|migrationPolicy|schemaDesign|temporalTables|"
    "softDelete|schemaValidation|schemaValidationGate|indexMaintenance|queryPerformance|executionPlanBaselines|"
    "queryMonitoring|backupStrategy|backupAndRecovery|drTesting|dataSeeding|dataMasking|databasePipeline|rollback|"
    "metadata|memoryNode|memoryQueries|traceId"
)
_BEGINS = re.compile(rf"(?:{_SECTIONS}):")
_GOES_ON = re.compile(r"\s+[\w\"#\-]|[\w-]+:|- |\s*$")


def documents() -> list[tuple[str, str]]:
    """Each document's name, whose ending says how it is written, and its text."""
    own = [(file.name, file.read_text(encoding="utf-8")) for file in sorted(OWN.iterdir())]
    return own + (list(_specified(SPECIFICATION.read_text(encoding="utf-8"))) if SPECIFICATION.exists() else [])


def _specified(text: str) -> Iterator[tuple[str, str]]:
    """The samples of the specification, a web page as text in which nothing marks them but their first words."""
    sample: list[str] = []
    start = 0
    for number, line in enumerate([*text.splitlines(), "The end"], start=1):
        if not sample:
            if line == "{" or _BEGINS.match(line):
                sample, start = [line], number
        elif sample[0] == "{":
            sample.append(line)
            if line == "}":
                yield f"specification-{start}.json", "\n".join(sample) + "\n"
                sample = []
        elif _GOES_ON.match(line):
            sample.append(line)
        else:
            yield f"specification-{start}.yaml", "\n".join(sample).strip() + "\n"
            sample = []


def read(name: str, text: str) -> Blueprint:
    return from_text(name, text)


def keys(node: Node) -> Iterator[tuple[Node, Node]]:
    """Every value of a mapping, at any depth, with the mapping."""
    for inner in node.content.values() if isinstance(node.content, dict) else node.elements():
        if inner.key_start >= 0 and isinstance(node.content, dict):
            yield node, inner
        yield from keys(inner)
