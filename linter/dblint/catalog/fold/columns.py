"""Columns: added, retyped, defaulted; what the server makes beside them (sequences, constraints)."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.canonical import canonical, canonical_type, written
from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.dependencies import default_sequences
from dblint.catalog.fold.constraints import add_constraint
from dblint.catalog.fold.indexes import name_taken
from dblint.catalog.fold.not_null import release, require
from dblint.catalog.fold.places import add_relation, children_of, known_table, origin, put
from dblint.catalog.fold.retyping import reread
from dblint.catalog.generated_names import choose
from dblint.catalog.model import Column, Origin, Sequence, Table, replace
from dblint.catalog.signatures import without_modifiers
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
    IdentityKind,
    Operation,
    Persistence,
    SetDefault,
    SetExpression,
    SetNotNull,
    Type,
)
from dblint.source import Span

_SEQUENCE_TYPES = ("smallint", "integer", "bigint")


def make_column(
    catalog: Catalog,
    table: Name,
    definition: ColumnDefinition,
    made: Origin,
    persistence: Persistence = "permanent",
) -> Column:
    """The column of a definition, with its sequence made beside it; inline constraints come later."""
    name = catalog.key(definition.name)
    default = canonical(catalog, definition.default)
    default_text = "" if default is None or default.is_null else default.text
    if definition.serial or (definition.identity and not catalog.ignore_case):
        identity = bool(definition.identity)
        sequence = make_sequence(
            catalog,
            table,
            name,
            definition.type.text,
            made,
            identity=identity,
            persistence=persistence,
            named=definition.sequence,
        )
        if definition.serial:
            default = next_value(catalog, sequence, definition.span)
            default_text = default.text
    keyed = any(c.kind == "primary key" for c in definition.constraints)
    return Column(
        name=definition.name,
        type=canonical_type(catalog, definition.type),
        not_null=definition.not_null
        or definition.serial
        or bool(definition.identity)
        or keyed
        or any(c.kind == "not null" for c in definition.constraints),
        default=None if default is None or default.is_null else default,
        default_text=default_text,
        identity=definition.identity,
        generated=canonical(catalog, definition.generated),
        generated_kind=definition.generated_kind,
        serial=definition.serial,
        collation=definition.collation,
        origin=made,
    )


def next_value(catalog: Catalog, sequence: Name, span: Span) -> Expression:
    """The default that takes values from a sequence, as the server writes it."""
    shown = written(catalog, sequence).sql
    text = f"nextval('{shown}'::regclass)"
    call = FunctionCall(Name("nextval"), 1, (shown,))
    return Expression(text, span, text, functions=(call,), strings=(shown,))


def make_sequence(
    catalog: Catalog,
    table: Name,
    column: str,
    column_type: str,
    made: Origin,
    *,
    identity: bool,
    persistence: Persistence = "permanent",
    named: Name | None = None,
) -> Name:
    """The sequence of a serial or identity column; since 15 that of an unlogged table is unlogged as well."""
    if persistence == "unlogged" and catalog.version < 15:
        persistence = "permanent"
    if named is not None:
        name = Name(catalog.kept(named.name), named.schema or table.schema)
    else:
        name = Name(choose(table.name, column, "seq", name_taken(catalog, table.schema)), table.schema)
    sequence_type = column_type if column_type in _SEQUENCE_TYPES else "bigint"
    add_relation(
        catalog,
        Sequence(
            name=name,
            type=sequence_type,
            owned_by=(table, column),
            identity=identity,
            persistence="temporary" if table.schema == TEMPORARY else persistence,
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
    column = make_column(catalog, table.name, definition, made, table.persistence)
    _add_to(catalog, table.name, name, column)
    watch_default(catalog, table.name, column)
    if catalog.names_not_null and column.not_null:
        named = next((c for c in definition.constraints if c.kind == "not null"), None)
        require(catalog, table.name, name, made, named)
    for constraint in definition.constraints:
        if constraint.kind != "not null":
            own = constraint if constraint.columns else replace(constraint, columns=(name,))
            add_constraint(catalog, table.name, own, origin(catalog, operation, constraint.span))


def _add_to(catalog: Catalog, table_name: Name, name: str, column: Column) -> None:
    """Add to a table and everything below it; a child that has the column already keeps its own."""
    table = known_table(catalog, table_name)
    if table is None or name in table.columns:
        return
    put(catalog, replace(table, columns={**table.columns, name: column}))
    below = replace(column, local=False, serial=False)
    for child in children_of(catalog, table_name):
        identity = column.identity if child.partition_of and catalog.version >= 17 else ""
        _add_to(catalog, child.name, name, replace(below, identity=identity))


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


def change_identity(catalog: Catalog, table_name: Name, column: str, identity: IdentityKind) -> None:
    """Change it here and, since 17, in every partition."""
    change_column(catalog, table_name, column, below=False, identity=identity)
    for child in children_of(catalog, catalog.resolve(table_name)) if catalog.version >= 17 else ():
        if child.partition_of is not None:
            change_identity(catalog, child.name, column, identity)


def alter_type(catalog: Catalog, operation: AlterColumnType) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        _retype(catalog, table, catalog.key(operation.column), operation, canonical_type(catalog, operation.type))


def _retype(catalog: Catalog, table: Table, column: str, operation: AlterColumnType, kind: Type) -> None:
    """Retype a column here and in every child; each keeps a default of its own."""
    old = table.columns.get(column)
    if old is None:
        return
    default = old.default
    changed = replace(old, type=kind, collation=operation.collation)
    if default is not None and default.text.startswith("'") and "::" not in default.text:
        # The server has stored the literal as a value of the old type, and converts that.
        cast = f"{default.text}::{without_modifiers(old.type.text)}"
        changed = replace(changed, default=replace(default, text=cast, key=cast), default_text=cast)
    if operation.nullable is not None:
        changed = replace(changed, not_null=not operation.nullable)
    put(catalog, replace(table, columns={**table.columns, column: changed}))
    reread(catalog, table.name, column, kind)
    for sequence in catalog.owned_sequences(table.name):
        # The sequence of an identity column follows the column's type; a serial's stays as it was made.
        if sequence.identity and sequence.owned_by == (table.name, column) and kind.text in _SEQUENCE_TYPES:
            put(catalog, replace(sequence, type=kind.text))
    for child in children_of(catalog, table.name):
        _retype(catalog, child, column, operation, kind)


def apply_not_null(catalog: Catalog, operation: SetNotNull) -> None:
    column = catalog.key(operation.column)
    require(catalog, catalog.resolve(operation.table), column, origin(catalog, operation), only=operation.only)


def drop_not_null(catalog: Catalog, operation: DropNotNull) -> None:
    release(catalog, catalog.resolve(operation.table), catalog.key(operation.column), only=operation.only)


def set_default(catalog: Catalog, operation: SetDefault) -> None:
    default = canonical(catalog, operation.default)
    empty = default is None or default.is_null
    change_column(
        catalog,
        operation.table,
        operation.column,
        below=not operation.only,
        default=None if empty else default,
        default_text="" if empty or default is None else default.text,
    )
    column = catalog.column(operation.table, operation.column)
    if column is not None:
        watch_default(catalog, catalog.resolve(operation.table), column)


def drop_default(catalog: Catalog, operation: DropDefault) -> None:
    change_column(
        catalog,
        operation.table,
        operation.column,
        below=not operation.only,
        default=None,
        default_text="",
        serial=False,
    )


def add_identity(catalog: Catalog, operation: AddIdentity) -> None:
    table = known_table(catalog, operation.table)
    column = table.columns.get(catalog.key(operation.column)) if table else None
    if table is None or column is None or column.identity:
        return
    made = origin(catalog, operation)
    make_sequence(
        catalog,
        table.name,
        column.name,
        column.type.text,
        made,
        identity=True,
        persistence=table.persistence,
        named=operation.sequence,
    )
    change_identity(catalog, table.name, column.name, operation.identity)


def alter_identity(catalog: Catalog, operation: AlterIdentity) -> None:
    if operation.identity:
        change_identity(catalog, operation.table, operation.column, operation.identity)


def drop_identity(catalog: Catalog, operation: DropIdentity) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    column = catalog.key(operation.column)
    for sequence in catalog.owned_sequences(table.name):
        if sequence.identity and sequence.owned_by == (table.name, column):
            catalog.state.relations.pop(sequence.name, None)
    change_identity(catalog, table.name, column, "")


def set_expression(catalog: Catalog, operation: SetExpression) -> None:
    change_column(
        catalog,
        operation.table,
        operation.column,
        below=not operation.only,
        generated=canonical(catalog, operation.expression),
    )


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
