"""What the attributes of a blueprint's memory node say, against the rest of the document and its schema."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.blueprint.settings import ENGINES
from dblint.evidence import listed
from dblint.rule import After, Problem, Related
from dblint_rules.blueprint._known import anything, schemas, tables

PATHS = {
    "engine": (("schema", "engine"), ("engine",)),
    "tenantStrategy": (("multiTenant", "strategy"),),
    "backupRpo": (("backupStrategy", "rpoMinutes"), ("backupAndRecovery", "rpo", "minutes")),
    "backupRto": (("backupStrategy", "rtoMinutes"), ("backupAndRecovery", "rto", "minutes")),
}
"""The sections that say the same as an attribute."""


def stale(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    """One problem for each attribute that is not so."""
    for attributes in blueprint.sections("memoryNode", "attributes"):
        if blueprint.doubtful(attributes):
            continue
        for key, paths in PATHS.items():
            node = attributes.get(key)
            if node is not None:
                yield from _against_document(node, key, paths, blueprint)
        if anything(after) and not _in_doubt(after):
            yield from _tables(attributes.get("tables"), after)
            yield from _index_count(attributes.get("indexCount"), after)
            yield from _row_security(attributes.get("rlsEnabled"), blueprint, after)


def _against_document(
    node: Node, key: str, paths: tuple[tuple[str, ...], ...], blueprint: Blueprint
) -> Iterator[Problem]:
    for path in paths:
        said = blueprint.section(*path)
        if said is None or not said.text or not node.text or blueprint.doubtful(said):
            continue
        if _plain(said) != _plain(node):
            yield Problem(
                message=f"{key} is {node.text}, and {'.'.join(path)} is {said.text}",
                source=node.source,
                span=node.span,
                related=(Related(said.source, said.span, f"here it is {said.text}"),),
            )
            return


def _plain(node: Node) -> object:
    text = node.text.lower()
    return node.number if node.number is not None else ENGINES.get(text.replace(" ", ""), text)


def _in_doubt(after: After) -> bool:
    """Whether what there is cannot be told: a slip in what is declared, or a table that is only partly known."""
    facts = after.declared.facts if after.declared is not None else None
    if facts is not None and (facts.nameless or any(table.broken for table in facts.tables.values())):
        return True
    return any(table.incomplete for schema in schemas(after) for table in schema.tables())


def _tables(node: Node | None, after: After) -> Iterator[Problem]:
    if node is None:
        return
    named = {each.text.rpartition(".")[2].lower() for each in node.elements()}
    for each in node.elements():
        if each.text and not tables(each.text, after):
            message = f"{each.text} is listed as a table, and there is none of that name"
            yield Problem(message=message, source=each.source, span=each.span, object=each.text)
    described = after.declared.facts.tables.values() if after.declared is not None else ()
    missing = [table for table in described if table.name.lower() not in named and not table.retired]
    if missing:
        yield Problem(
            message=f"the list leaves out {listed(table.name for table in missing)}",
            source=node.source,
            span=node.line_span,
            related=tuple(
                Related(table.place.source, table.place.span, f"{table.name} is declared here") for table in missing
            ),
        )


def _index_count(node: Node | None, after: After) -> Iterator[Problem]:
    """Whether indexes behind keys count is not said; either way will do, declared or built."""
    if node is None or node.number is None:
        return
    counts: list[int] = []
    for schema in schemas(after):
        found = [index for index in schema.indexes() if index.parent is None]
        if any(True for _ in schema.tables()):
            counts += (sum(not index.constraint for index in found), len(found))
    if node.number not in counts:
        message = f"indexCount is {node.text}, and the schema has {counts[-2]}"
        message += f" ({counts[-1]} with those of keys)" if counts[-1] != counts[-2] else ""
        yield Problem(message=message, source=node.source, span=node.span)


def _row_security(node: Node | None, blueprint: Blueprint, after: After) -> Iterator[Problem]:
    if node is None or node.value not in (True, False):
        return
    secured = [table.name.name for schema in schemas(after) for table in schema.tables() if table.row_security]
    promised = [
        said.text
        for path in (("multiTenant", "strategy"), ("multiTenant", "enforcement"))
        if (said := blueprint.section(*path)) is not None
        and said.text in ("shared-schema-with-rls", "row-level-security")
    ]
    message = ""
    if node.is_true and not secured and not promised:
        message = "rlsEnabled is true, and no table has row-level security"
    elif not node.is_true and secured:
        message = f"rlsEnabled is false, and {secured[0]} has row-level security"
    if message:
        yield Problem(message=message, source=node.source, span=node.span)
