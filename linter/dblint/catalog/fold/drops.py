"""Removal: what goes by itself with an object, and what CASCADE takes along."""

from collections.abc import Callable
from typing import Any, TypeVar

from dblint.catalog.catalog import Catalog
from dblint.catalog.dependencies import Dependent, direct_dependents, indexes_using, users_of_function, users_of_type
from dblint.catalog.expressions import uses_column
from dblint.catalog.fold.places import children_of, forget, known_table, put, remove_index, set_not_null
from dblint.catalog.model import Function, Index, Sequence, Table, View, replace
from dblint.catalog.signatures import signature
from dblint.names import Name
from dblint.operations import (
    DropColumn,
    DropFunction,
    DropIndex,
    DropObject,
    DropPolicy,
    DropSchema,
    DropSequence,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Operation,
)

T = TypeVar("T")


def drop_relation(catalog: Catalog, name: Name) -> None:
    """Remove a relation with all that goes along, and everything that depends on it."""
    relation = catalog.state.relations.get(name)
    if relation is None:
        return
    if isinstance(relation, Index):
        drop_index(catalog, relation)
        return
    dependents = direct_dependents(catalog, name)
    if isinstance(relation, Table):
        for child in list(catalog.watchers_of(name)):
            if isinstance(child, Table) and child.partition_of == name:
                drop_relation(catalog, child.name)
        for index in list(catalog.indexes_of(name)):
            remove_index(catalog, index)
        for sequence in catalog.owned_sequences(name):
            catalog.state.relations.pop(sequence.name, None)
        _forget_members(catalog, name)
    catalog.state.relations.pop(name, None)
    forget(catalog, name)
    catalog.state.dropped.setdefault(name, relation)
    catalog.state.indexes_by_table.pop(name, None)
    catalog.state.uncertain.pop(name, None)
    for key in [key for key in catalog.state.grants if key[1] == name]:
        del catalog.state.grants[key]
    for dependent in dependents:
        drop_dependent(catalog, dependent)


def _forget_members(catalog: Catalog, name: Name) -> None:
    for key in [key for key in catalog.state.others if key[2] == name]:
        del catalog.state.others[key]


def drop_dependent(catalog: Catalog, dependent: Dependent) -> None:
    table = known_table(catalog, dependent.name)
    match dependent.kind:
        case "view" | "materialized view" | "table" | "index":
            drop_relation(catalog, dependent.name)
        case "constraint":
            drop_constraint(catalog, dependent.name, dependent.member)
        case "policy" if table is not None:
            put(catalog, replace(table, policies=_without(table.policies, dependent.member)))
        case "trigger" if table is not None:
            drop_trigger(catalog, table, dependent.member)
        case "column" if table is not None:
            drop_column(catalog, table, dependent.member)
        case "default" if table is not None and dependent.member in table.columns:
            column = replace(table.columns[dependent.member], default=None, default_text="")
            put(catalog, replace(table, columns={**table.columns, dependent.member: column}))
        case "domain":
            drop_type(catalog, dependent.name)


def _without(members: dict[str, T], name: str) -> dict[str, T]:
    return {key: value for key, value in members.items() if key != name}


def drop_index(catalog: Catalog, index: Index) -> None:
    """Remove an index, its partitions' indexes, its constraint, and the foreign keys that need it."""
    for child in list(catalog.indexes()):
        if child.parent == index.name:
            drop_index(catalog, child)
    remove_index(catalog, index)
    table = known_table(catalog, index.table)
    if index.constraint and table is not None and index.constraint in table.constraints:
        drop_constraint(catalog, table.name, index.constraint)


def drop_constraint(catalog: Catalog, table_name: Name, name: str) -> None:
    """Remove a constraint with its index, from children too, and the foreign keys that rest on it."""
    table = known_table(catalog, table_name)
    constraint = table.constraints.get(name) if table else None
    if table is None or constraint is None:
        return
    put(catalog, replace(table, constraints=_without(table.constraints, name)))
    if constraint.kind == "not null":
        for column in constraint.columns:
            set_not_null(catalog, known_table(catalog, table.name) or table, column, value=False)
    if constraint.index:
        index = catalog.index(Name(constraint.index, table.name.schema))
        if index is not None:
            remove_index(catalog, index)
            for child in list(catalog.indexes()):
                if child.parent == index.name:
                    owner = known_table(catalog, child.table)
                    if owner is not None and child.constraint:
                        drop_constraint(catalog, owner.name, child.constraint)
                    else:
                        remove_index(catalog, child)
        for child_table, foreign_key in catalog.referencing(table.name):
            if foreign_key.referenced_columns == constraint.columns:
                drop_constraint(catalog, child_table.name, foreign_key.name)
        return
    for inheritor in children_of(catalog, table.name):
        own = inheritor.constraints.get(name)
        if own is not None and own.inherited and own.kind == constraint.kind:
            drop_constraint(catalog, inheritor.name, name)


def drop_column(catalog: Catalog, table: Table, column: str) -> None:
    """Remove a column with its indexes, constraints, sequence and dependents, from children too."""
    dependents = direct_dependents(catalog, table.name, column)
    for index in indexes_using(catalog, table.name, column):
        drop_index(catalog, index)
    table = known_table(catalog, table.name) or table
    for constraint in list(table.constraints.values()):
        if column in constraint.columns or uses_column(constraint.expression, column):
            drop_constraint(catalog, table.name, constraint.name)
    for sequence in catalog.owned_sequences(table.name):
        if sequence.owned_by == (table.name, column):
            catalog.state.relations.pop(sequence.name, None)
    for dependent in dependents:
        drop_dependent(catalog, dependent)
    table = known_table(catalog, table.name) or table
    put(catalog, replace(table, columns=_without(table.columns, column)))
    forget(catalog, table.name, column)
    for child in children_of(catalog, table.name):
        inherited = child.columns.get(column)
        if inherited is not None and not inherited.local:
            drop_column(catalog, child, column)


def drop_trigger(catalog: Catalog, table: Table, name: str) -> None:
    put(catalog, replace(table, triggers=_without(table.triggers, name)))
    for child in catalog.watchers_of(table.name):
        own = child.triggers.get(name) if isinstance(child, Table) and child.partition_of == table.name else None
        if isinstance(child, Table) and own is not None and own.inherited:
            drop_trigger(catalog, child, name)


def drop_type(catalog: Catalog, name: Name) -> None:
    dependents = users_of_type(catalog, name)
    found = catalog.state.types.pop(name, None)
    if found is not None:
        for dependent in dependents:
            drop_dependent(catalog, dependent)


def apply_table(catalog: Catalog, operation: DropTable) -> None:
    name = catalog.resolve(operation.name)
    if isinstance(catalog.state.relations.get(name), Table):
        drop_relation(catalog, name)


def apply_view(catalog: Catalog, operation: DropView) -> None:
    name = catalog.resolve(operation.name)
    if isinstance(catalog.state.relations.get(name), View):
        drop_relation(catalog, name)


def apply_sequence(catalog: Catalog, operation: DropSequence) -> None:
    name = catalog.resolve(operation.name)
    if isinstance(catalog.state.relations.get(name), Sequence):
        drop_relation(catalog, name)


def apply_index(catalog: Catalog, operation: DropIndex) -> None:
    index = catalog.index(operation.name)
    if index is None and operation.table is not None:
        table = catalog.resolve(operation.table)
        index = catalog.index(Name(operation.name.name, table.schema))
    if index is not None:
        drop_index(catalog, index)


def apply_column(catalog: Catalog, operation: DropColumn) -> None:
    table = known_table(catalog, operation.table)
    if table is not None and catalog.key(operation.column) in table.columns:
        drop_column(catalog, table, catalog.key(operation.column))


def apply_policy(catalog: Catalog, operation: DropPolicy) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        put(catalog, replace(table, policies=_without(table.policies, operation.name)))


def apply_trigger(catalog: Catalog, operation: DropTrigger) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        drop_trigger(catalog, table, operation.name)


def apply_type(catalog: Catalog, operation: DropType) -> None:
    drop_type(catalog, catalog.resolve_type(operation.name))


def apply_function(catalog: Catalog, operation: DropFunction) -> None:
    name = catalog.resolve_function(operation.name)
    overloads = catalog.state.functions.get(name, ())
    if not overloads:
        return
    left: tuple[Function, ...] = ()
    if operation.arguments is not None:
        wanted = signature(operation.arguments)
        left = tuple(f for f in overloads if f.arguments != wanted)
        if len(left) == len(overloads) and len(overloads) == 1 and len(overloads[0].arguments) == len(wanted):
            left = ()  # the same type in another spelling
    if len(left) == len(overloads):
        return
    if left:
        catalog.state.functions[name] = left
        return
    if operation.cascade:
        for dependent in users_of_function(catalog, name):
            drop_dependent(catalog, dependent)
    del catalog.state.functions[name]


def apply_schema(catalog: Catalog, operation: DropSchema) -> None:
    schema = catalog.key(operation.name)
    state = catalog.state
    state.schemas.pop(schema, None)
    for name in [name for name in state.relations if name.schema == schema]:
        drop_relation(catalog, name)
    for name in [name for name in state.types if name.schema == schema]:
        drop_type(catalog, name)
    for name in [name for name in state.functions if name.schema == schema]:
        for dependent in users_of_function(catalog, name):
            drop_dependent(catalog, dependent)
        state.functions.pop(name, None)


def apply_object(catalog: Catalog, operation: DropObject) -> None:
    if operation.kind == "extension":
        catalog.state.extensions.pop(operation.name.name, None)
        return
    table = catalog.resolve(operation.table) if operation.table else None
    if operation.kind == "rule" and table is not None and isinstance(found := catalog.relation(table), Table):
        put(catalog, replace(found, rules=_without(found.rules, operation.name.name)))
        return
    state = catalog.state
    for key in [key for key in state.others if key[0] == operation.kind and key[1].name == operation.name.name]:
        if table is None or key[2] == table:
            del state.others[key]


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    DropTable: apply_table,
    DropView: apply_view,
    DropSequence: apply_sequence,
    DropIndex: apply_index,
    DropColumn: apply_column,
    DropPolicy: apply_policy,
    DropTrigger: apply_trigger,
    DropType: apply_type,
    DropFunction: apply_function,
    DropSchema: apply_schema,
    DropObject: apply_object,
}
