"""Holds the SQL samples of a Markdown blueprint against what its YAML and JSON documents declare."""

from collections.abc import Iterable, Iterator, Mapping

from dblint.blueprint.drift_parts import key_alike
from dblint.blueprint.meaning import same
from dblint.blueprint.nodes import Node
from dblint.blueprint.sheet import Place
from dblint.blueprint.tables import ColumnFacts, Contradiction, ListFacts, TableFacts
from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Column, Index
from dblint.dialects import Dialect
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AlterColumnType,
    ColumnDefinition,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    Opaque,
    Operation,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetNotNull,
    Unparsable,
)
from dblint.source import Source, Span

_NO_STATE = (
    *(AddColumn, AlterColumnType, DropColumn, DropDefault, DropIndex, DropNotNull, DropTable),
    *(RenameColumn, RenameIndex, RenameTable, SetDefault, SetNotNull, Opaque, Unparsable),
)
"""What makes a block a step from one state to another, or a fragment; neither says how a table is."""


def contradicted(
    samples: Iterable[Place], tables: Mapping[Name, TableFacts], catalog: Catalog, dialect: Dialect
) -> Iterator[Contradiction]:
    """Where a sample makes a declared column or index otherwise than it is declared.

    `catalog`: the declared one; `tables`: what is said of its tables. Samples are often abridged: what one of the two
    does not say is no contradiction, and a table or index that only a sample makes is none of the schema's.
    """
    for sample in samples:
        read = dialect.read(Script(sample.source, (sample.span,)))
        operations = [operation for _, found in read for operation in found]
        if any(isinstance(operation, _NO_STATE) for operation in operations):
            continue
        for operation in operations:
            yield from _held(operation, tables, catalog)


def _held(operation: Operation, tables: Mapping[Name, TableFacts], catalog: Catalog) -> Iterator[Contradiction]:
    if operation.guards or not isinstance(operation, CreateTable | CreateIndex):
        return
    table = catalog.table(operation.name if isinstance(operation, CreateTable) else operation.table)
    facts = tables.get(table.name) if table is not None else None
    if table is None or facts is None or facts.broken:
        return
    if isinstance(operation, CreateIndex):
        name = operation.name.lower()
        item = next((each for each in facts.indexes if each.name.lower() == name and not each.broken), None)
        ours = next((each for each in catalog.indexes_of(table.name) if each.name.name.lower() == name), None)
        if name and item is not None and ours is not None:
            yield from _index(item, ours, operation)
    elif operation.persistence != "temporary":
        said = {name.lower(): column for name, column in facts.columns.items()}
        declared = {name.lower(): column for name, column in table.columns.items()}
        for there in operation.columns:
            key = there.name.lower()
            if key in said and key in declared:
                yield from _column(f"{facts.name}.{said[key].name}", said[key], declared[key], there, operation.source)


def _column(
    subject: str, facts: ColumnFacts, ours: Column, there: ColumnDefinition, source: Source
) -> Iterator[Contradiction]:
    kind, nullable, default = (facts.said.get(key) for key in ("type", "nullable", "default"))
    if kind is not None and ours.type.text != there.type.text:
        yield _contradiction(subject, "type", kind, source, there.type_span or there.span)
    if nullable is not None and nullable.is_true and there.not_null:
        span = next((each.span for each in there.constraints if each.kind == "not null"), there.span)
        yield _contradiction(subject, "nullable", nullable, source, span)
    if default is not None and there.default is not None and ours.default and not same(ours.default, there.default):
        yield _contradiction(subject, "default", default, source, there.default.span)


def _index(item: ListFacts, ours: Index, there: CreateIndex) -> Iterator[Contradiction]:
    columns, where, unique = (item.node.get(key) for key in ("columns", "where", "unique"))
    one, other = ours.definition, there.index
    alike = len(one.keys) == len(other.keys) and all(map(key_alike, one.keys, other.keys))
    if columns is not None and not alike:
        keys = ", ".join(f"{key.text}{' DESC' if key.descending else ''}" for key in other.keys)
        span = next((key.span for key in other.keys if key.span is not None), there.span)
        yield _contradiction(item.name, "columns", columns, there.source, span, f"[{keys}]")
    if where is not None and other.predicate is not None and one.predicate and not same(one.predicate, other.predicate):
        yield _contradiction(item.name, "where", where, there.source, other.predicate.span)
    if unique is not None and unique.value in (True, False) and unique.is_true is not other.unique:
        said = "true" if other.unique else "false"
        yield _contradiction(item.name, "unique", unique, there.source, there.span, said)


def _contradiction(subject: str, key: str, first: Node, source: Source, span: Span, here: str = "") -> Contradiction:
    return Contradiction(subject, key, first, Node(source, span.start, span.end, source.slice(span)), here)
