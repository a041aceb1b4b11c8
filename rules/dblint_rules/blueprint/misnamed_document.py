"""A file of a component does not say by its name what it holds. See misnamed_document.md."""

import re
from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint, Document
from dblint.blueprint.nodes import Node
from dblint.blueprint.validation import is_bare_indexes, is_lone_table
from dblint.rule import After, Problem, Rule, Severity
from dblint.source import Span

rule = Rule(__name__, severity=Severity.INFO, gate="naming-conventions")

MAINTENANCE = "index_maintenance"
SNAKE_CASE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*\Z")


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for each in blueprint.documents:
        file = each.source.path.rpartition("/")[2]
        stem = file.rpartition(".")[0].lower()
        tables = {}
        expected: tuple[str, ...] = ()
        if each.role == "tables":
            tables = declared(each)
            expected = tuple(name.lower() for name in tables)
            what = "the table "
        elif each.role == "indexes" and stem != MAINTENANCE:
            tables = indexed(each)
            expected = tuple(f"{name.lower()}_indexes" for name in tables)
            what = "the indexes of "
        if len(expected) == 1 and stem != expected[0] and stem != expected[0].rpartition(".")[2]:
            ((name, node),) = tables.items()
            message = f"nobody looks for {what}{name} in {file}"
            yield Problem(message=message, source=node.source, span=node.line_span, object=name)
    for seed in after.context.seeds:
        file = seed.source.path.rpartition("/")[2]
        if not SNAKE_CASE.match(file.rpartition(".")[0]):
            yield Problem(
                message=f"{file} is not named in snake_case, as seeds are", source=seed.source, span=Span(0, 0)
            )


def declared(document: Document) -> dict[str, Node]:
    """The tables that a file of `schemas/` declares, each with the place of its name; one that has no name goes by the
    file's."""
    root = document.root
    if is_lone_table(document):
        found = [root.get("name")]
    else:
        schemas = root.get("schemas")
        sections = [root.get("tables"), *(body.get("tables") for _, body in (schemas.items() if schemas else ()))]
        named = [name for section in sections if section is not None for name in section.items()]
        if named:
            return dict(named)
        found = [table.get("name") for section in sections if section is not None for table in section.elements()]
    return {node.text: node for node in found if node is not None and node.text}


def indexed(document: Document) -> dict[str, Node]:
    """The tables whose indexes a file of `indexes/` lists."""
    section = document.root if is_bare_indexes(document) else document.root.get("indexes")
    if section is None:
        return {}
    named = [each.get("table") for each in section.elements()]
    return dict(section.items()) or {node.text: node for node in named if node is not None and node.text}
