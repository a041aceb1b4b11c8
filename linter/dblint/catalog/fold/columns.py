"""Columns: added, retyped, defaulted; what the server makes beside them (sequences, constraints)."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.dependencies import default_sequences
from dblint.catalog.fold.constraints import add_constraint
from dblint.catalog.fold.indexes import name_taken
from dblint.catalog.fold.places import add_relation, children_of, known_table, origin, put, set_not_null
from dblint.catalog.generated_names import choose
from dblint.catalog.model import Column, Origin, Sequence, replace
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddIdentity,
    AlterColumnType,
    AlterIdentity,
    ColumnDefinition,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropNotNull,
    Expression,
    FunctionCall,
    Operation,
    SetDefault,
    SetExpression,
    SetNotNull,
)
from dblint.source import Span

_SEQUENCE_TYPES = ("smallint", "integer", "bigint")


def make_column(catalog: Catalog, table: Name, definition: ColumnDefinition, made: Origin) -> Column:
    """The column of a definition, with its sequence made beside it; inline constraints come later."""
    name = catalog.key(definition.name)
    default = definition.default
    default_text = "" if default is None or default.is_null else default.text
    if definition.serial or (definition.identity and not catalog.ignore_case):
        sequence = make_sequence(catalog, table, name, definition.type.text, made, identity=bool(definition.identity))
        if definition.serial:
            default = next_value(catalog, sequence, definition.span)
            default_text = default.text
    keyed = any(c.kind == "primary key" for c in definition.constraints)
    return Column(
        name=definition.name,
        type=definition.type,
        not_null=definition.not_null
        or definition.serial
        or bool(definition.identity)
        or keyed
        or any(c.kind == "not null" for c in definition.constraints),
        default=None if default is None or default.is_null else default,
        default_text=default_text,
        identity=definition.identity,
        generated=definition.generated,
        generated_kind=definition.generated_kind,
        serial=definition.serial,
        collation=definition.collation,
        origin=made,
    )


def next_value(catalog: Catalog, sequence: Name, span: Span) -> Expression:
    """The default that takes values from a sequence, as the server writes it."""
    shown = catalog.shown(sequence).sql
    text = f"nextval('{shown}'::regclass)"
    call = FunctionCall(Name("nextval"), 1, (shown,))
    return Expression(text, span, text, functions=(call,), strings=(shown,))


def make_sequence(
    catalog: Catalog, table: Name, column: str, column_type: str, made: Origin, *, identity: bool
) -> Name:
    """The sequence of a serial or identity column."""
    chosen = choose(table.name, column, "seq", name_taken(catalog, table.schema))
    name = Name(chosen, table.schema)
    sequence_type = column_type if column_type in _SEQUENCE_TYPES else "bigint"
    add_relation(
        catalog,
        Sequence(
            name=name,
            type=sequence_type,
            owned_by=(table, column),
            identity=identity,
            persistence="temporary" if table.schema == TEMPORARY else "permanent",
            origin=made,
        ),
    )
    catalog.state.watch(table, name)
    catalog.state.watch(name, table)
    return name


def watch_default(catalog: Catalog, table: Name, column: Column) -> None:
    """Note that the table's default takes values from a sequence, so that a rename or drop of it finds the table."""
    for sequence in default_sequences(catalog, column.default):
        catalog.state.watch(sequence, table)


def add_column(catalog: Catalog, operation: AddColumn) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    definition = operation.column
    name = catalog.key(definition.name)
    made = origin(catalog, operation, definition.span)
    if name in table.columns:
        return
    column = make_column(catalog, table.name, definition, made)
    _add_to(catalog, table.name, name, column)
    watch_default(catalog, table.name, column)
    for constraint in definition.constraints:
        if constraint.kind != "not null" or constraint.name:
            own = constraint if constraint.columns else replace(constraint, columns=(name,))
            add_constraint(catalog, table.name, own, origin(catalog, operation, constraint.span))


def _add_to(catalog: Catalog, table_name: Name, name: str, column: Column) -> None:
    """Add to a table and everything below it; a child that has the column already keeps its own."""
    table = known_table(catalog, table_name)
    if table is None:
        return
    if name not in table.columns:
        put(catalog, replace(table, columns={**table.columns, name: column}))
    below = replace(column, local=False)
    for child in children_of(catalog, table_name):
        _add_to(catalog, child.name, name, below)


def change_column(catalog: Catalog, table_name: Name, column: str, *, below: bool = True, **changes: Any) -> None:
    """Change a column's facts here and in every child."""
    table = known_table(catalog, table_name)
    key = catalog.key(column)
    if table is None or key not in table.columns:
        return
    changed = replace(table.columns[key], **changes)
    put(catalog, replace(table, columns={**table.columns, key: changed}))
    if below:
        for child in children_of(catalog, table.name):
            change_column(catalog, child.name, column, **changes)


def alter_type(catalog: Catalog, operation: AlterColumnType) -> None:
    changes: dict[str, Any] = {"type": operation.type, "collation": operation.collation}
    old = catalog.column(operation.table, operation.column)
    default = old.default if old else None
    if old is not None and default is not None and default.text.startswith("'") and "::" not in default.text:
        # The server has stored the literal as a value of the old type, and converts that.
        cast = f"{default.text}::{old.type.text}"
        changes |= {"default": replace(default, text=cast, key=cast), "default_text": cast}
    if operation.nullable is not None:
        changes["not_null"] = not operation.nullable
    change_column(catalog, operation.table, operation.column, **changes)
    table = known_table(catalog, operation.table)
    if table is None or old is None:
        return
    for sequence in catalog.owned_sequences(table.name):
        # The sequence of an identity column follows the column's type; a serial's stays as it was made.
        if not sequence.identity or sequence.owned_by != (table.name, catalog.key(operation.column)):
            continue
        if operation.type.text in _SEQUENCE_TYPES:
            put(catalog, replace(sequence, type=operation.type.text))


def apply_not_null(catalog: Catalog, operation: SetNotNull) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        set_not_null(catalog, table, catalog.key(operation.column))


def drop_not_null(catalog: Catalog, operation: DropNotNull) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        set_not_null(catalog, table, catalog.key(operation.column), value=False)


def set_default(catalog: Catalog, operation: SetDefault) -> None:
    default = operation.default
    empty = default.is_null
    change_column(
        catalog,
        operation.table,
        operation.column,
        default=None if empty else default,
        default_text="" if empty else default.text,
    )
    column = catalog.column(operation.table, operation.column)
    if column is not None:
        watch_default(catalog, catalog.resolve(operation.table), column)


def drop_default(catalog: Catalog, operation: DropDefault) -> None:
    change_column(catalog, operation.table, operation.column, default=None, default_text="", serial=False)


def add_identity(catalog: Catalog, operation: AddIdentity) -> None:
    table = known_table(catalog, operation.table)
    column = table.columns.get(catalog.key(operation.column)) if table else None
    if table is None or column is None or column.identity:
        return
    made = origin(catalog, operation)
    make_sequence(catalog, table.name, column.name, column.type.text, made, identity=True)
    change_column(catalog, table.name, column.name, below=catalog.version >= 17, identity=operation.identity)


def alter_identity(catalog: Catalog, operation: AlterIdentity) -> None:
    if operation.identity:
        change_column(
            catalog, operation.table, operation.column, below=catalog.version >= 17, identity=operation.identity
        )


def drop_identity(catalog: Catalog, operation: DropIdentity) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    column = catalog.key(operation.column)
    for sequence in catalog.owned_sequences(table.name):
        if sequence.identity and sequence.owned_by == (table.name, column):
            catalog.state.relations.pop(sequence.name, None)
    change_column(catalog, table.name, column, below=catalog.version >= 17, identity="")


def set_expression(catalog: Catalog, operation: SetExpression) -> None:
    change_column(catalog, operation.table, operation.column, generated=operation.expression)


def drop_expression(catalog: Catalog, operation: DropExpression) -> None:
    change_column(catalog, operation.table, operation.column, generated=None, generated_kind="")


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    AddColumn: add_column,
    AlterColumnType: alter_type,
    SetNotNull: apply_not_null,
    DropNotNull: drop_not_null,
    SetDefault: set_default,
    DropDefault: drop_default,
    AddIdentity: add_identity,
    AlterIdentity: alter_identity,
    DropIdentity: drop_identity,
    SetExpression: set_expression,
    DropExpression: drop_expression,
}
