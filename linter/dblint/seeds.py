"""A blueprint's seed files, read like migrations, and what dataSeeding says of each."""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.migrations.files import read_source
from dblint.migrations.model import Script
from dblint.operations import Operation
from dblint.source import Source, Statement

SECTION = "dataSeeding"


class Seed(Struct, frozen=True, eq=False):
    """A seed file with its statements. `entry`: what dataSeeding says of it; None where nothing names it."""

    source: Source
    statements: tuple[tuple[Statement, list[Operation]], ...]
    entry: Node | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it is to have the same effect when it runs again: as declared, or else unless its data is emptied
        first."""
        if self.entry is None:
            return True
        said = self.entry.get("idempotent")
        if said is not None:
            return said.is_true
        return self.entry.get("cleanup") is None and self.entry.get("generator") is None


Read = Callable[[Script], Iterable[tuple[Statement, list[Operation]]]]


def seeds_of(blueprint: Blueprint | None, read: Read) -> tuple[Seed, ...]:
    """The seed files, in order; `read` is the dialect's. UsageError for one that cannot be read."""
    if blueprint is None or not blueprint.seeds:
        return ()
    section = blueprint.section(SECTION)
    entries = [entry for _, entry in section.items()] if section is not None else []
    found = []
    for path in blueprint.seeds:
        source = read_source(Path(path))
        statements = tuple(read(Script.whole(source)))
        found.append(Seed(source, statements, next((each for each in entries if _is_of(each, path)), None)))
    return tuple(found)


def _is_of(entry: Node, path: str) -> bool:
    named = entry.get("source")
    return named is not None and bool(named.text) and f"/{path}".endswith(f"/{named.text.removeprefix('./')}")
