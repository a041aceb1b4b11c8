"""What DROP takes along, and what it is refused for."""

import re
from collections.abc import Iterable, Sequence

from dblint.catalog.dependencies import Dependent
from dblint.catalog.model import Constraint, Index, Table, View
from dblint.catalog.model import Sequence as SequenceObject
from dblint.dialects.postgres.costs.footprint import Footprint
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    DropFunction,
    DropIndex,
    DropSchema,
    DropSequence,
    DropTable,
    DropType,
    DropView,
    Operation,
)

AE, SUE = Lock.ACCESS_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE
_WORD = re.compile(r"[\w$]+")


def drop_relation(footprint: Footprint, name: Name) -> None:
    """Lock a relation and what goes with it by itself: partitions, indexes, own sequences, the far ends of its
    foreign keys; for a partition also the parent and the default partition, whose bound changes."""
    footprint.lock(AE, name)
    relation = footprint.schema.relation(name)
    if isinstance(relation, View):
        footprint.lock_indexes(AE, name)
    elif isinstance(relation, Index):
        drop_index_parts(footprint, relation, AE)
    if not isinstance(relation, Table):
        return
    if relation.partition_of is not None:
        lock_siblings(footprint, relation, relation.partition_of)
    for part in footprint.partitions(relation.name):
        footprint.lock(AE, part)
        footprint.lock_indexes(AE, part)
        footprint.lock_sequences(AE, part)
        table = footprint.schema.table(part)
        for key in table.foreign_keys if table is not None else ():
            if key.references is not None and not key.inherited:
                footprint.lock_partitions(AE, key.references)


def lock_siblings(footprint: Footprint, partition: Table, parent: Name) -> None:
    """The partitioned table and its default partition, when a partition comes or goes."""
    footprint.lock(AE, parent)
    default = footprint.schema.default_partition(parent)
    if default is not None and default.name != partition.name:
        footprint.lock(AE, default.name)


def drop_constraint_parts(footprint: Footprint, table: Table, constraint: Constraint) -> None:
    """Lock what a constraint's removal concerns: children, its index, the table that it references."""
    if constraint.index:
        footprint.lock_partitions(AE, table.name)
        index = footprint.schema.index(Name(constraint.index, table.name.schema))
        if index is not None:
            drop_index_parts(footprint, index, AE)
    elif constraint.references is not None:
        footprint.lock_partitions(AE, table.name)
        footprint.lock_partitions(AE, constraint.references)
    elif constraint.no_inherit:
        footprint.lock(AE, table.name)
    else:
        footprint.lock_tree(AE, table.name)


def drop_index_parts(footprint: Footprint, index: Index, table_mode: Lock) -> None:
    footprint.lock(table_mode, index.table)
    footprint.lock(AE, index.name)
    for child in footprint.child_indexes(index):
        footprint.lock(table_mode, child.table)
        footprint.lock(AE, child.name)


# --- dependents -------------------------------------------------------------------------------------


def drop_dependents(
    footprint: Footprint,
    operation: Operation,
    dependents: Sequence[Dependent] | Sequence[tuple[Table, Constraint]],
    blocked: str,
    *,
    cascade: bool,
) -> None:
    """With CASCADE lock all that falls; without it refuse, unless the statement may drop them as well."""
    found = [d if isinstance(d, Dependent) else Dependent("constraint", d[0].name, d[1].name) for d in dependents]
    if not cascade:
        own = footprint.schema.resolve(operation.subject) if operation.subject is not None else None
        if any(dependent.name == own or not _named_in(operation, dependent.name) for dependent in found):
            footprint.refuse(blocked)
        return
    seen: set[Dependent] = set()
    pending = list(found)
    while pending:
        dependent = pending.pop()
        if dependent not in seen:
            seen.add(dependent)
            pending.extend(_drop_dependent(footprint, dependent))


def _named_in(operation: Operation, name: Name) -> bool:
    """Whether the statement names the relation itself, as in DROP TABLE a, b."""
    return set(_WORD.findall(name.name.lower())) <= set(_WORD.findall(operation.statement.text.lower()))


def _drop_dependent(footprint: Footprint, dependent: Dependent) -> Iterable[Dependent]:
    """Lock one dependent; what in turn depends on it."""
    schema, name = footprint.schema, dependent.name
    match dependent.kind:
        case "constraint":
            table = schema.table(name)
            constraint = table.constraints.get(dependent.member) if table else None
            if table is not None and constraint is not None:
                drop_constraint_parts(footprint, table, constraint)
            return ()
        case "column":
            footprint.lock_tree(AE, name)
            footprint.lock_indexes(AE, name, dependent.member)
            footprint.lock_sequences(AE, name, dependent.member)
            return schema.dependents(name, dependent.member)
        case "policy" | "default":
            footprint.lock_tree(AE, name) if dependent.kind == "default" else footprint.lock(AE, name)
            return ()
        case "trigger":
            lock_trigger(footprint, AE, name, dependent.member)
            return ()
        case "domain":
            return schema.dependents_of_type(name)
        case _:
            drop_relation(footprint, name)
            return schema.dependents(name)


def lock_trigger(footprint: Footprint, mode: Lock, table: Name, trigger: str) -> None:
    """A row trigger of a partitioned table has copies on the partitions, a statement trigger has none."""
    found = footprint.schema.table(table)
    known = found.triggers.get(trigger) if found is not None else None
    if known is not None and not known.per_row:
        footprint.lock(mode, table)
    else:
        footprint.lock_partitions(mode, table)


# --- DROP … -------------------------------------------------------------------------------------------


def drop_named(footprint: Footprint, operation: DropTable | DropView | DropSequence) -> None:
    """DROP TABLE, VIEW, MATERIALIZED VIEW and SEQUENCE."""
    name = operation.name
    drop_relation(footprint, name)
    relation = footprint.schema.relation(name)
    if isinstance(relation, SequenceObject) and relation.identity and relation.owned_by is not None:
        table, column = relation.owned_by
        footprint.refuse(
            f"cannot drop sequence {relation.name.name} because column {column} of table {table.name} requires it"
        )
    kind = {DropTable: "table", DropSequence: "sequence"}.get(type(operation), "view")
    if isinstance(operation, DropView) and operation.materialized:
        kind = "materialized view"
    dependents = list(footprint.schema.dependents(name))
    if isinstance(relation, Table):
        parts = footprint.partitions(name)
        for part in parts[1:]:
            dependents += [d for d in footprint.schema.dependents(part) if d.name not in parts]
        dependents = [d for d in dependents if d.name not in parts]
        dependents += _inherited_key_users(footprint, relation)
    blocked = f"cannot drop {kind} {name.name} because other objects depend on it"
    drop_dependents(footprint, operation, dependents, blocked, cascade=operation.cascade)


def _inherited_key_users(footprint: Footprint, table: Table) -> list[Dependent]:
    """Foreign keys that reference a partition's parent rest on the partition as well."""
    if table.partition_of is None:
        return []
    referencing = footprint.schema.referencing(table.partition_of)
    return [Dependent("constraint", child.name, key.name) for child, key in referencing if child.name != table.name]


def drop_type(footprint: Footprint, operation: DropType) -> None:
    kind = "type" if footprint.schema.domain(operation.name) is None else "domain"
    blocked = f"cannot drop {kind} {operation.name.name} because other objects depend on it"
    dependents = footprint.schema.dependents_of_type(operation.name)
    drop_dependents(footprint, operation, dependents, blocked, cascade=operation.cascade)


def drop_function(footprint: Footprint, operation: DropFunction) -> None:
    """A function may have overloads, so only a trigger function's users are certain to stop its DROP."""
    dependents = footprint.schema.dependents_of_function(operation.name)
    if not operation.cascade:
        dependents = [] if operation.arguments else [d for d in dependents if d.kind == "trigger"]
    blocked = f"cannot drop function {operation.name.name}() because other objects depend on it"
    drop_dependents(footprint, operation, dependents, blocked, cascade=operation.cascade)


def drop_schema(footprint: Footprint, operation: DropSchema) -> None:
    """Everything that the history put into the schema; without CASCADE the server wants it empty."""
    schema = footprint.schema
    inside = [
        relation.name
        for relations in (schema.tables(), schema.views(), schema.sequences())
        for relation in relations
        if relation.name.schema == operation.name
    ]
    for name in inside:
        drop_relation(footprint, name)
    if inside and not operation.cascade:
        footprint.refuse(f"cannot drop schema {operation.name} because other objects depend on it")
    dependents = [dependent for name in inside for dependent in schema.dependents(name)]
    drop_dependents(footprint, operation, dependents, "", cascade=True)


def drop_index(footprint: Footprint, operation: DropIndex) -> None:
    """DROP INDEX; CONCURRENTLY waits for readers before it takes the index away."""
    name, online = operation.name, operation.online
    index = footprint.schema.index(name)
    mode = SUE if online else AE
    footprint.lock(AE, name)
    if operation.table is not None:
        footprint.lock(mode, operation.table)
    if online:
        footprint.in_transaction = False
        if operation.count > 1:
            footprint.refuse("DROP INDEX CONCURRENTLY does not support dropping multiple objects")
        if operation.cascade:
            footprint.refuse("DROP INDEX CONCURRENTLY does not support CASCADE")
    if index is None:
        return
    drop_index_parts(footprint, index, mode)
    shown = f"cannot drop index {index.name.name}"
    if online and footprint.is_partitioned(index.table):
        footprint.refuse(f'cannot drop partitioned index "{index.name.name}" concurrently')
    if index.constraint:
        footprint.refuse(f"{shown} because constraint {index.constraint} on table {index.table.name} requires it")
    if index.parent is not None:
        footprint.refuse(f"{shown} because index {index.parent.name} requires it")
    blocked = f"{shown} because other objects depend on it"
    drop_dependents(footprint, operation, _key_users(footprint, index), blocked, cascade=operation.cascade)


def _key_users(footprint: Footprint, index: Index) -> list[tuple[Table, Constraint]]:
    """Foreign keys that rest on a unique index, when no other index could carry them."""
    if not index.definition.unique or index.definition.predicate is not None:
        return []
    wanted = sorted(index.columns)
    for other in footprint.schema.indexes_of(index.table):
        if other.name != index.name and other.definition.unique and sorted(other.columns) == wanted:
            return []
    return [pair for pair in footprint.schema.referencing(index.table) if sorted(pair[1].referenced_columns) == wanted]
