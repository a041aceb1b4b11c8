"""The document says of itself what is no longer so. See stale_metadata.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.migrations.model import History
from dblint.names import Name
from dblint.rule import After, Problem, Related, Rule, Severity
from dblint.source import Span
from dblint_rules.blueprint._attributes import stale

rule = Rule(__name__, severity=Severity.WARNING)

VERSIONS = (
    ("migrations", "currentVersion"),
    ("metadata", "migrationVersion"),
    ("migrationVersion",),
    ("memoryNode", "attributes", "migrationVersion"),
)
CHANGES = (("metadata", "changedFields"), ("changedFields",))


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    yield from stale(blueprint, after)
    history = after.history
    versioned = [migration for migration in history.migrations if migration.version and not migration.repeatable]
    if not versioned:
        yield from against_document(blueprint)
    if not versioned or not after.context.whole:
        return
    last = versioned[-1]
    for path in VERSIONS:
        for node in blueprint.sections(*path):
            if node.text and plain(node.text) != plain(last.version):
                yield Problem(
                    message=f"{path[-1]} is {node.text}, and the last migration is {last.version}",
                    source=node.source,
                    span=node.span,
                    related=(Related(last.source, Span(0, 0), "the last migration"),),
                )
    for path in CHANGES:
        for section in blueprint.sections(*path):
            for node in section.elements():
                if node.text and (missing := unknown(node, after, history)):
                    message = f"{node.text} is listed as changed, and there is no {missing}"
                    yield Problem(message=message, source=node.source, span=node.span)


def against_document(blueprint: Blueprint) -> Iterator[Problem]:
    """Where no migration has a version: the version of the memory node against that of the migrations' section."""
    current = blueprint.section("migrations", "currentVersion")
    for node in blueprint.sections(*VERSIONS[-1]):
        if current is not None and node.text and current.text and plain(node.text) != plain(current.text):
            message = f"migrationVersion is {node.text}, and migrations.currentVersion is {current.text}"
            related = (Related(current.source, current.span, "the current version"),)
            yield Problem(message=message, source=node.source, span=node.span, related=related)


def plain(version: str) -> str:
    """A version as runners compare it: without a `v` before it, zeros before its numbers and `.0` at its end."""
    parts = [part.lstrip("0") or "0" for part in version.lower().removeprefix("v").replace("_", ".").split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return ".".join(parts)


def unknown(node: Node, after: After, history: History) -> str:
    """What a path such as `tables.orders.columns.total` names and there is not, "" where all of it is there."""
    kind, _, rest = node.text.partition(".")
    if kind == "migrations":
        stem, _, _ = rest.partition("__")
        versions = {plain(migration.version) for migration in history.migrations if migration.version}
        named = any(migration.path.rpartition("/")[2].startswith(rest) for migration in history.migrations)
        return "" if named or "__" not in rest or plain(stem) in versions else f"migration {rest}"
    declared = after.declared.catalog if after.declared is not None else None
    schemas = (after.schema, declared) if declared is not None else (after.schema,)
    if kind == "indexes":
        name = rest.rpartition(".")[2]
        if any(index.name.name == name for schema in schemas for index in schema.indexes()):
            return ""
        return "" if any(schema.table(Name(name)) for schema in schemas) else f"index {name}"
    if kind not in ("tables", "schemas") or not rest:
        return ""
    parts = [part for part in rest.split(".") if part != "tables"]
    tables = [table for part in parts[:2] for schema in schemas if (table := schema.table(Name(part)))]
    if not tables:
        return f"table {parts[0]}"
    at = parts.index("columns") if "columns" in parts else len(parts)
    for column in parts[at + 1 : at + 2]:
        if not any(column in table.columns for table in tables):
            return f"column {column}"
    return ""
