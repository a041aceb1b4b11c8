"""Removal: what goes by itself with an object, and what CASCADE takes along."""

from collections.abc import Callable
from typing import Any, TypeVar

from dblint.catalog.canonical import canonical_type
from dblint.catalog.catalog import Catalog
from dblint.catalog.dependencies import Dependent, direct_dependents, indexes_using, users_of_function, users_of_type
from dblint.catalog.expressions import uses_column
from dblint.catalog.fold import not_null
from dblint.catalog.fold.places import (
    children_of,
    forget,
    inherits_column,
    known_table,
    passes_check,
    put,
    put_constraint,
    remove_index,
)
from dblint.catalog.model import Function, Index, Relation, Sequence, Table, View, replace
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
    indexes = list(catalog.indexes_of(name))
    sequences = [sequence.name for sequence in catalog.owned_sequences(name)] if isinstance(relation, Table) else []
    if isinstance(relation, Table):
        for child in list(catalog.watchers_of(name)):
            if isinstance(child, Table) and child.partition_of == name:
                drop_relation(catalog, child.name)
        _forget_members(catalog, name)
    for index in indexes:
        remove_index(catalog, index)
    catalog.state.relations.pop(name, None)
    forget(catalog, name)
    catalog.state.dropped.setdefault(name, relation)
    catalog.state.indexes_by_table.pop(name, None)
    catalog.state.uncertain.pop(name, None)
    for key in [key for key in catalog.state.grants if key[1] == name]:
        del catalog.state.grants[key]
    for sequence in sequences:
        drop_relation(catalog, sequence)
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
        case "column" if table is not None and dependent.member in table.columns:
            if _cut_by(table, dependent.member):
                drop_relation(catalog, table.name)
            else:
                drop_column(catalog, table, dependent.member)
        case "default" if table is not None and dependent.member in table.columns:
            column = replace(table.columns[dependent.member], default=None, default_text="", serial=False)
            put(catalog, replace(table, columns={**table.columns, dependent.member: column}))
        case "domain":
            drop_type(catalog, dependent.name)
        case "function":
            _drop_overload(catalog, dependent)
        case "attribute" if (composite := catalog.user_type(dependent.name)) is not None:
            attributes = _without(composite.attributes, dependent.member)
            catalog.state.types[composite.name] = replace(composite, attributes=attributes)
        case "domain constraint" if (domain := catalog.domain(dependent.name)) is not None:
            constraints = _without(domain.constraints, dependent.member)
            catalog.state.types[domain.name] = replace(domain, constraints=constraints)


def _cut_by(table: Table, column: str) -> bool:
    """Whether the table is partitioned by the column: without it there is no table."""
    keys = table.partition_by.keys if table.partition_by else ()
    return any(key.column == column or uses_column(key.expression, column) for key in keys)


def _drop_overload(catalog: Catalog, dependent: Dependent) -> None:
    functions = catalog.state.functions
    overloads = functions.get(dependent.name, ())
    left = tuple(each for each in overloads if ", ".join(each.arguments) != dependent.member)
    if left:
        functions[dependent.name] = left
    elif overloads:
        users = users_of_function(catalog, dependent.name)
        del functions[dependent.name]
        for user in users:
            drop_dependent(catalog, user)


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
        put(catalog, replace(table, constraints=_without(table.constraints, index.constraint)))
    for child_table, key in catalog.referencing(index.table):
        if key.rests_on == index.name.name:
            drop_constraint(catalog, child_table.name, key.name)


def drop_constraint(catalog: Catalog, table_name: Name, name: str, *, only: bool = False) -> None:
    """Remove a constraint with its index, from children too, and the foreign keys that rest on it."""
    table = known_table(catalog, table_name)
    constraint = table.constraints.get(name) if table else None
    if table is None or constraint is None:
        return
    if constraint.kind == "not null" and catalog.names_not_null:
        not_null.release(catalog, table.name, constraint.columns[0], only=only)
        return
    put(catalog, replace(table, constraints=_without(table.constraints, name)))
    if constraint.index:
        index = catalog.index(Name(constraint.index, table.name.schema))
        if index is not None:
            drop_index(catalog, index)
        return
    for child in children_of(catalog, table.name) if not constraint.no_inherit else ():
        if constraint.kind == "check":
            _leave_check(catalog, child, name, only=only)
        for own in list(child.constraints.values()) if constraint.kind == "foreign key" else ():
            if own.parent == name and own.kind == "foreign key":
                drop_constraint(catalog, child.name, own.name)


def _leave_check(catalog: Catalog, child: Table, name: str, *, only: bool) -> None:
    """A parent's check is gone: the child keeps its own, and one that another parent has too."""
    own = child.constraints.get(name)
    if own is None or own.kind != "check" or not own.inherited:
        return
    still = passes_check(catalog, child, name)
    if still or own.local or only:
        put_constraint(catalog, child, replace(own, inherited=still, local=own.local or (only and not still)))
    else:
        drop_constraint(catalog, child.name, name)


def drop_column(catalog: Catalog, table: Table, column: str, *, only: bool = False) -> None:
    """Remove a column with its indexes, constraints, sequence and dependents, from children too."""
    dependents = direct_dependents(catalog, table.name, column)
    for index in indexes_using(catalog, table.name, column):
        if index.name in catalog.state.relations:
            drop_index(catalog, index)
    table = known_table(catalog, table.name) or table
    using = [
        constraint
        for constraint in table.constraints.values()
        if column in constraint.columns or uses_column(constraint.expression, column)
    ]
    for constraint in using:
        if constraint.index and (backing := catalog.index(Name(constraint.index, table.name.schema))):
            drop_index(catalog, backing)
    table = known_table(catalog, table.name) or table
    names = {constraint.name for constraint in using}
    constraints = {key: constraint for key, constraint in table.constraints.items() if key not in names}
    put(catalog, replace(table, columns=_without(table.columns, column), constraints=constraints))
    forget(catalog, table.name, column)
    for sequence in catalog.owned_sequences(table.name):
        if sequence.owned_by == (table.name, column):
            drop_relation(catalog, sequence.name)
    for dependent in dependents:
        drop_dependent(catalog, dependent)
    for child in children_of(catalog, table.name):
        inherited = child.columns.get(column)
        if inherited is None:
            continue
        if only:
            put(catalog, replace(child, columns={**child.columns, column: replace(inherited, local=True)}))
        elif not inherited.local and not inherits_column(catalog, child, column):
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
    else:
        _doubt_others(catalog, operation, Table)


def apply_view(catalog: Catalog, operation: DropView) -> None:
    name = catalog.resolve(operation.name)
    if isinstance(catalog.state.relations.get(name), View):
        drop_relation(catalog, name)
    else:
        _doubt_others(catalog, operation, View)


def apply_sequence(catalog: Catalog, operation: DropSequence) -> None:
    name = catalog.resolve(operation.name)
    if isinstance(catalog.state.relations.get(name), Sequence):
        drop_relation(catalog, name)
    else:
        _doubt_others(catalog, operation, Sequence)


def apply_index(catalog: Catalog, operation: DropIndex) -> None:
    index = catalog.index(operation.name)
    if index is None and operation.table is not None:
        table = catalog.resolve(operation.table)
        index = catalog.index(Name(operation.name.name, table.schema))
    if index is not None:
        drop_index(catalog, index)
    else:
        _doubt_others(catalog, operation, Index)


def _doubt_others(
    catalog: Catalog, operation: DropTable | DropView | DropSequence | DropIndex, kind: type[Relation]
) -> None:
    """A bare name that IF EXISTS does not find means one in another schema, if a runner sets the search path.

    That is likely where the history keeps nothing in the default schema, and says no search path itself.
    """
    state, name = catalog.state, operation.name
    if not operation.if_exists or name.schema or "search_path" in state.settings:
        return
    if any(other.schema == catalog.default_schema for other in state.relations):
        return
    for other, relation in state.relations.items():
        if other.name == catalog.key(name.name) and isinstance(relation, kind):
            state.uncertain[other] = f"may have been dropped at {operation.statement.place}"


def apply_column(catalog: Catalog, operation: DropColumn) -> None:
    table = known_table(catalog, operation.table)
    if table is not None and catalog.key(operation.column) in table.columns:
        drop_column(catalog, table, catalog.key(operation.column), only=operation.only)


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
        wanted = signature(canonical_type(catalog, kind) for kind in operation.arguments)
        left = tuple(f for f in overloads if f.arguments != wanted)
        if len(left) == len(overloads) and len(overloads) == 1 and len(overloads[0].arguments) == len(wanted):
            left = ()  # the same type in another spelling
    if len(left) == len(overloads):
        return
    if left:
        catalog.state.functions[name] = left
        arities = {len(function.arguments) for function in overloads if function not in left}
        for arity in arities if operation.cascade else ():
            users = users_of_function(catalog, name, arity)
            ambiguous = any(len(function.arguments) == arity for function in left)
            reason = (
                f"an overload of {name.sql} went at {operation.statement.place}, with which of its users is not known"
            )
            for dependent in users:
                if ambiguous:
                    catalog.state.uncertain[dependent.name] = reason
                else:
                    drop_dependent(catalog, dependent)
        return
    if operation.cascade:
        for dependent in users_of_function(catalog, name):
            drop_dependent(catalog, dependent)
    del catalog.state.functions[name]


def apply_schema(catalog: Catalog, operation: DropSchema) -> None:
    schema = catalog.key(operation.name)
    state = catalog.state
    state.schemas.pop(schema, None)
    forget(catalog, Name("", schema))
    for name in [name for name in state.relations if name.schema == schema]:
        drop_relation(catalog, name)
    for name in [name for name in state.types if name.schema == schema]:
        drop_type(catalog, name)
    for name in [name for name in state.functions if name.schema == schema]:
        users = users_of_function(catalog, name)
        state.functions.pop(name, None)
        for user in users:
            drop_dependent(catalog, user)


def apply_object(catalog: Catalog, operation: DropObject) -> None:
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
}
