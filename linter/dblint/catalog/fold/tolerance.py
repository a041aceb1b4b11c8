"""Blocks that catch errors: what fails in one undoes the block, and the history goes on behind it."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import known_table, new_name
from dblint.catalog.model import Table
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateIndex,
    CreateMaterializedView,
    CreatePolicy,
    CreateSchema,
    CreateSequence,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateType,
    CreateView,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropPolicy,
    DropSequence,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameTable,
)


def goes_on(catalog: Catalog, operation: Operation) -> bool:
    """Whether the operation runs: none of the blocks around it has failed, and it does not fail itself.

    Where it fails, what its innermost block did is undone. With no block of several operations around it, only it
    is passed over.
    """
    attempts = [(operation.statement, number) for number in operation.attempts]
    if any(attempt in catalog.failed for attempt in attempts):
        return False
    if fails(catalog, operation):
        if attempts:
            catalog.failed.add(attempts[-1])
            if (before := catalog.attempts.get(attempts[-1])) is not None:
                catalog.state = before
        return False
    for attempt in attempts:
        if attempt not in catalog.attempts:
            catalog.attempts[attempt] = catalog.state.copy()
    return True


def fails(catalog: Catalog, operation: Operation) -> bool:
    """Whether the server refuses it for an object that is there already, or that is not there."""
    test = _FAILS.get(type(operation))
    return test is not None and test(catalog, operation)


def _relation(catalog: Catalog, operation: CreateTable | CreateTableAs | CreateSequence) -> bool:
    temporary = operation.persistence == "temporary"
    return not operation.if_not_exists and _has_relation(catalog, operation.name, temporary=temporary)


def _has_relation(catalog: Catalog, name: Name, *, temporary: bool = False) -> bool:
    return new_name(catalog, name, temporary=temporary) in catalog.state.relations


def _view(catalog: Catalog, operation: CreateView | CreateMaterializedView) -> bool:
    again = operation.or_replace if isinstance(operation, CreateView) else operation.if_not_exists
    return not again and _has_relation(catalog, operation.name)


def _type(catalog: Catalog, operation: CreateEnum | CreateDomain | CreateCompositeType | CreateType) -> bool:
    name = operation.name
    return Name(catalog.key(name.name), catalog.key(name.schema) or catalog.creation_schema) in catalog.state.types


def _function(catalog: Catalog, operation: CreateFunction) -> bool:
    name = operation.name.within(catalog.creation_schema)
    wanted = tuple(argument.text for argument in operation.arguments)
    return not operation.or_replace and any(f.arguments == wanted for f in catalog.state.functions.get(name, ()))


def _index(catalog: Catalog, operation: CreateIndex) -> bool:
    schema = catalog.resolve(operation.index.table).schema
    name = Name(catalog.key(catalog.kept(operation.name)), schema)
    return bool(operation.name) and not operation.if_not_exists and name in catalog.state.relations


def _constraint(catalog: Catalog, operation: AddConstraint) -> bool:
    table = known_table(catalog, operation.table)
    definition = operation.constraint
    if table is None:
        return False
    if definition.kind == "primary key" and table.primary_key is not None:
        return True
    name = catalog.key(catalog.kept(definition.name))
    if name and definition.kind in ("primary key", "unique", "exclusion") and not definition.using_index:
        return name in table.constraints or Name(name, table.name.schema) in catalog.state.relations
    return bool(name) and name in table.constraints


def _column(catalog: Catalog, operation: AddColumn) -> bool:
    table = known_table(catalog, operation.table)
    return table is not None and not operation.if_not_exists and catalog.key(operation.column.name) in table.columns


def _lacks(catalog: Catalog, table_name: Name, members: str, name: str) -> bool:
    """Whether a table that is known in full lacks a member."""
    table = known_table(catalog, table_name)
    return table is not None and not table.incomplete and name not in getattr(table, members)


def _missing(catalog: Catalog, operation: DropTable | DropView | DropSequence | DropIndex) -> bool:
    return not operation.if_exists and catalog.relation(operation.name) is None


def _member(members: str, name: str) -> Callable[[Catalog, Any], bool]:
    """Whether DROP without IF EXISTS names a member that the table does not have."""
    return lambda catalog, operation: (
        not operation.if_exists and _lacks(catalog, operation.table, members, catalog.key(getattr(operation, name)))
    )


def _has(members: str) -> Callable[[Catalog, Any], bool]:
    return lambda catalog, operation: (
        not getattr(operation, "or_replace", False)
        and isinstance(table := catalog.relation(operation.table), Table)
        and operation.name in getattr(table, members)
    )


def _renamed_table(catalog: Catalog, operation: RenameTable) -> bool:
    old = catalog.resolve(operation.name)
    if old not in catalog.state.relations:
        return not operation.if_exists
    return Name(catalog.key(operation.new_name), old.schema) in catalog.state.relations


def _renamed(members: str, name: str) -> Callable[[Catalog, Any], bool]:
    return lambda catalog, operation: (
        _lacks(catalog, operation.table, members, catalog.key(getattr(operation, name)))
        or (
            isinstance(table := catalog.relation(operation.table), Table)
            and catalog.key(operation.new_name) in getattr(table, members)
        )
    )


_FAILS: dict[type[Operation], Callable[[Catalog, Any], bool]] = {
    CreateSchema: lambda catalog, o: not o.if_not_exists and catalog.key(o.name) in catalog.state.schemas,
    CreateExtension: lambda catalog, o: not o.if_not_exists and o.name in catalog.state.extensions,
    CreateTable: _relation,
    CreateTableAs: _relation,
    CreateSequence: _relation,
    CreateView: _view,
    CreateMaterializedView: _view,
    CreateEnum: _type,
    CreateDomain: _type,
    CreateCompositeType: _type,
    CreateType: _type,
    AddEnumValue: lambda catalog, o: (
        not o.if_not_exists and (enum := catalog.enum(o.name)) is not None and o.value in enum.values
    ),
    CreateFunction: _function,
    CreateIndex: _index,
    CreateTrigger: _has("triggers"),
    CreatePolicy: _has("policies"),
    AddColumn: _column,
    AddConstraint: _constraint,
    DropTable: _missing,
    DropView: _missing,
    DropSequence: _missing,
    DropIndex: _missing,
    DropType: lambda catalog, o: not o.if_exists and catalog.resolve_type(o.name) not in catalog.state.types,
    DropColumn: _member("columns", "column"),
    DropConstraint: _member("constraints", "constraint"),
    DropTrigger: _member("triggers", "name"),
    DropPolicy: _member("policies", "name"),
    RenameTable: _renamed_table,
    RenameColumn: _renamed("columns", "column"),
    RenameConstraint: _renamed("constraints", "constraint"),
}
