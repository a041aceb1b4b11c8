"""Lowers what a blueprint declares by the database's own grammar, and folds it like a migration."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.declaration import Declared, NoSql
from dblint.blueprint.declared_sql import Writer, default_text, writes
from dblint.blueprint.meaning import meaning
from dblint.blueprint.nodes import Node
from dblint.blueprint.sheet import BLUEPRINT, Place, Sheet
from dblint.blueprint.tables import Contradiction, TableFacts, facts_of
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.dialects import Dialect
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import CreateTable, Opaque, Operation, Type, Unparsable
from dblint.source import Source


def declare(blueprint: Blueprint, dialect: Dialect, version: int) -> Declared | None:
    """What the documents declare; None where there is no table in them."""
    facts = facts_of(blueprint, dialect.default_schema)
    if not facts.tables:
        return None
    left_out: frozenset[int] = frozenset()
    no_sql: list[NoSql] = []
    operations, failed = _lowered(facts.tables.values(), dialect, left_out)
    if failed:
        no_sql = [found for table in failed for found in _culprits(table, dialect)]
        left_out = frozenset(id(found.node) for found in no_sql)
        operations, failed = _lowered(facts.tables.values(), dialect, left_out)
        no_sql += (NoSql(table.node, f"the declaration of {table.name}") for table in failed)
        for table in facts.tables.values():
            table.broken |= table in failed or any(_within(found.node, table.node) for found in no_sql)
    catalog = Catalog(
        default_schema=dialect.default_schema,
        ignore_case=dialect.ignore_case,
        builtin_volatility=dialect.builtin_volatility,
        results=dialect.results,
        version=version,
    )
    catalog.migration = BLUEPRINT
    for operation in operations:
        advance(catalog, operation)
    tables: dict[Name, TableFacts] = {}
    for table in facts.tables.values():
        found = catalog.table(Name(table.name, table.schema))
        if found is not None:
            tables[found.name] = table
            if table.broken:
                catalog.state.relations[found.name] = replace(found, incomplete=True)
    contradictions = tuple(each for each in facts.contradictions if not _agrees(each, dialect))
    if blueprint.samples:
        from dblint.blueprint.samples import contradicted

        contradictions += tuple(contradicted(blueprint.samples, tables, catalog, dialect))
    return Declared(catalog=catalog, facts=facts, tables=tables, no_sql=tuple(no_sql), contradictions=contradictions)


def _agrees(each: Contradiction, dialect: Dialect) -> bool:
    """Whether two places only spell the same type or expression in different ways."""
    first, second = each.first, each.second
    if each.key == "type":
        one, other = (type_of(node.text, dialect) for node in (first, second))
        return one is None or other is None or one.text == other.text
    if each.key in ("default", "where", "check"):
        return meaning(default_text(first)) == meaning(default_text(second))
    return False


def type_of(text: str, dialect: Dialect) -> Type | None:
    """The type that a text spells, in the database's own spelling; None where it spells none."""
    source = Source("", f"CREATE TABLE t (c {text})")
    operations = [operation for _, found in dialect.read(Script.whole(source)) for operation in found]
    if len(operations) != 1 or not isinstance(operations[0], CreateTable):
        return None
    columns = operations[0].columns
    return columns[0].type if len(columns) == 1 else None


def _lowered(
    tables: Iterable[TableFacts], dialect: Dialect, left_out: frozenset[int]
) -> tuple[list[Operation], list[TableFacts]]:
    """The operations that make the tables, and the tables with something in them that is no SQL."""
    found = list(tables)
    sheets: list[Sheet] = []
    for path, own in _by_document(found):
        writer = Writer(path, dialect.name, left_out)
        for table in own:
            writer.table(table)
        for table in own:
            writer.after(table)
        sheets.append(writer.finished())
    makers: list[Operation] = []
    others: list[Operation] = []
    bad: list[Place] = []
    for sheet in sheets:
        for statement, operations in dialect.read(Script.whole(sheet)):
            for operation in operations:
                if isinstance(operation, Unparsable | Opaque):
                    bad.append(sheet.place(statement.span.start))
                else:
                    (makers if isinstance(operation, CreateTable) else others).append(operation)
    fold = str.lower if dialect.ignore_case else str
    made = {
        (fold(operation.name.schema), fold(operation.name.name)): len(operation.columns)
        for operation in makers
        if isinstance(operation, CreateTable)
    }
    failed = [
        table
        for table in found
        if any(_holds(table, place) for place in bad)
        or made.get((fold(table.schema), fold(table.name)))
        != sum(writes(column, left_out) for column in table.columns.values())
    ]
    return [*makers, *others], failed


def _by_document(tables: Iterable[TableFacts]) -> Iterator[tuple[str, list[TableFacts]]]:
    found: dict[str, list[TableFacts]] = {}
    for table in tables:
        found.setdefault(table.place.source.path, []).append(table)
    return iter(found.items())


def _holds(table: TableFacts, place: Place) -> bool:
    node = table.node
    own = place == table.place or (place.source is node.source and node.start <= place.span.start <= node.end)
    return own or any(index.place == place for index in table.indexes)


def _within(node: Node, outer: Node) -> bool:
    return node.source is outer.source and outer.start <= node.start <= outer.end


def _culprits(table: TableFacts, dialect: Dialect) -> Iterator[NoSql]:
    """What in a table's description is no SQL, found by trying each part alone."""

    def fails(text: str) -> bool:
        source = Source("", text)
        return any(
            isinstance(operation, Unparsable | Opaque)
            for _, operations in dialect.read(Script.whole(source))
            for operation in operations
        )

    def no_condition(text: str) -> bool:
        return fails(f"CREATE TABLE t (CHECK ({text}))")

    for column in table.columns.values():
        said = column.said
        kind = said.get("type")
        if kind is not None and type_of(kind.text, dialect) is None:
            yield NoSql(kind, "the type")
        default = said.get("default")
        if default is not None and default.kind != "nothing" and no_condition(f"{default_text(default)} = 1"):
            yield NoSql(default, "the default")
        for key, what in (("check", "the condition"), ("generated", "the expression"), ("computed", "the expression")):
            if (node := said.get(key)) is not None and no_condition(node.text):
                yield NoSql(node, what)
    for check in table.checks:
        expression = check.node.get("expression") or check.node.get("check") or check.node
        if no_condition(expression.text):
            yield NoSql(expression, "the condition")
    for part in (table.indexes, table.keys):
        for item in part:
            writer = Writer("", dialect.name)
            alone = TableFacts(name=table.name, schema=table.schema, place=table.place, node=table.node)
            setattr(alone, "indexes" if part is table.indexes else "keys", [item])
            writer.after(alone)
            if fails(writer.finished().text):
                yield NoSql(item.node, "the index" if part is table.indexes else "the foreign key")
    if table.row_security is not None:
        writer = Writer("", dialect.name)
        alone = TableFacts(name=table.name, schema=table.schema, place=table.place, node=table.node)
        alone.row_security = table.row_security
        writer.after(alone)
        if fails(writer.finished().text):
            policy = table.row_security.get("policy")
            yield NoSql(policy if policy is not None else table.row_security, "the policy")
