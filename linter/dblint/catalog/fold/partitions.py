"""Partitions and inheritance children: what they take over from the parent, attached and detached."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.constraints import inherit_constraint
from dblint.catalog.fold.indexes import adopt_or_make
from dblint.catalog.fold.places import known_table, put, set_not_null
from dblint.catalog.model import replace
from dblint.names import Name
from dblint.operations import AddInheritance, AttachPartition, DetachPartition, DropInheritance, Operation


def receive_from_parent(catalog: Catalog, name: Name, parent_name: Name) -> None:
    """Give a partition its parent's indexes, constraints and row triggers."""
    parent = known_table(catalog, parent_name)
    partition = known_table(catalog, name)
    if parent is None or partition is None:
        return
    for key, column in parent.columns.items():
        if column.not_null:
            set_not_null(catalog, known_table(catalog, name) or partition, key)
    for index in list(catalog.indexes_of(parent_name)):
        constraint = parent.constraints.get(index.constraint) if index.constraint else None
        adopt_or_make(catalog, partition, index, constraint.kind if constraint else "")
    for constraint in parent.constraints.values():
        if constraint.kind != "not null" and not constraint.no_inherit:
            inherit_constraint(catalog, known_table(catalog, name) or partition, constraint)
    partition = known_table(catalog, name) or partition
    triggers = {t.name: replace(t, inherited=True) for t in parent.triggers.values() if t.per_row}
    if triggers:
        put(catalog, replace(partition, triggers={**partition.triggers, **triggers}))


def attach(catalog: Catalog, operation: AttachPartition) -> None:
    parent_name = catalog.resolve(operation.table)
    partition = known_table(catalog, operation.partition)
    if partition is None:
        return
    parent = known_table(catalog, parent_name)
    inherited = set(parent.columns) if parent else set()
    columns = {
        key: replace(column, local=False) if key in inherited else column for key, column in partition.columns.items()
    }
    put(catalog, replace(partition, partition_of=parent_name, bound=operation.bound, columns=columns))
    catalog.state.watch_parent(parent_name, partition.name)
    receive_from_parent(catalog, partition.name, parent_name)
    if parent is not None and partition.filled:
        put(catalog, replace(known_table(catalog, parent_name) or parent, filled=True))


def detach(catalog: Catalog, operation: DetachPartition) -> None:
    partition = known_table(catalog, operation.partition)
    if partition is None:
        return
    put(
        catalog,
        replace(
            partition,
            partition_of=None,
            bound=None,
            columns={key: replace(column, local=True) for key, column in partition.columns.items()},
            constraints={key: replace(c, inherited=False) for key, c in partition.constraints.items()},
            triggers={key: t for key, t in partition.triggers.items() if not t.inherited},
        ),
    )
    for index in catalog.indexes_of(partition.name):
        if index.parent is not None:
            put(catalog, replace(index, parent=None))


def add_inheritance(catalog: Catalog, operation: AddInheritance) -> None:
    table = known_table(catalog, operation.table)
    parent = catalog.resolve(operation.parent)
    if table is not None and parent not in table.inherits:
        put(catalog, replace(table, inherits=(*table.inherits, parent)))
        catalog.state.watch_parent(parent, table.name)


def drop_inheritance(catalog: Catalog, operation: DropInheritance) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    parent = catalog.resolve(operation.parent)
    put(
        catalog,
        replace(
            table,
            inherits=tuple(name for name in table.inherits if name != parent),
            columns={key: replace(column, local=True) for key, column in table.columns.items()},
            constraints={key: replace(c, inherited=False) for key, c in table.constraints.items()},
        ),
    )


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    AttachPartition: attach,
    DetachPartition: detach,
    AddInheritance: add_inheritance,
    DropInheritance: drop_inheritance,
}
