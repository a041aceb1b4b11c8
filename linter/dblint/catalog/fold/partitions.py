"""Partitions and inheritance children: what they take over from the parent, attached and detached."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.constraints import add_constraint, inherit_constraint
from dblint.catalog.fold.drops import drop_constraint, drop_trigger
from dblint.catalog.fold.indexes import adopt_or_make
from dblint.catalog.fold.not_null import constraint_on, passed_on
from dblint.catalog.fold.places import (
    add_trigger,
    inherits_column,
    is_below,
    known_table,
    origin,
    passes_check,
    put,
    put_constraint,
)
from dblint.catalog.model import Constraint, Table, replace
from dblint.lexer import normalise
from dblint.names import Name, quote
from dblint.operations import (
    AddInheritance,
    AttachPartition,
    ColumnUse,
    ConstraintDefinition,
    DetachPartition,
    DropInheritance,
    Expression,
    Operation,
)


def receive_from_parent(catalog: Catalog, name: Name, parent_name: Name) -> None:
    """Give a partition its parent's indexes, keys and row triggers."""
    parent = known_table(catalog, parent_name)
    partition = known_table(catalog, name)
    if parent is None or partition is None:
        return
    for index in list(catalog.indexes_of(parent_name)):
        constraint = parent.constraints.get(index.constraint) if index.constraint else None
        adopt_or_make(catalog, partition, index, constraint.kind if constraint else "", attaching=True)
    for constraint in parent.constraints.values():
        if constraint.kind not in ("check", "not null"):
            inherit_constraint(catalog, partition, constraint)
    for trigger in parent.triggers.values():
        if trigger.per_row:
            add_trigger(catalog, name, replace(trigger, inherited=True))


def attach(catalog: Catalog, operation: AttachPartition) -> None:
    parent_name = catalog.resolve(operation.table)
    partition = known_table(catalog, operation.partition)
    if partition is None or is_below(catalog, parent_name, partition.name):
        return
    put(catalog, replace(partition, partition_of=parent_name, bound=operation.bound))
    catalog.state.watch_parent(parent_name, partition.name)
    parent = known_table(catalog, parent_name)
    if parent is None:
        return
    _merge(catalog, partition.name, parent)
    receive_from_parent(catalog, partition.name, parent_name)
    if partition.filled:
        put(catalog, replace(known_table(catalog, parent_name) or parent, filled=True))


def _merge(catalog: Catalog, name: Name, parent: Table) -> None:
    """The columns and checks that an existing table has in common with its new parent are inherited from now on."""
    table = known_table(catalog, name)
    if table is None:
        return
    columns = dict(table.columns)
    for key, column in table.columns.items():
        above = parent.columns.get(key)
        if above is None:
            continue
        partition = table.partition_of is not None
        identity = above.identity if partition and catalog.version >= 17 else column.identity
        columns[key] = replace(column, local=column.local and not partition, identity=identity)
        if above.not_null and not catalog.names_not_null:
            columns[key] = replace(columns[key], not_null=True)
    put(catalog, replace(table, columns=columns))
    for constraint in parent.constraints.values():
        if constraint.kind == "not null":
            own = constraint_on(table, constraint.columns[0])
            if own is not None and not constraint.no_inherit:
                put_constraint(catalog, table, replace(own, inherited=True, local=own.local and not table.partition_of))
        elif constraint.kind == "check" and not constraint.no_inherit:
            inherit_constraint(catalog, table, constraint)


def detach(catalog: Catalog, operation: DetachPartition) -> None:
    partition = known_table(catalog, operation.partition)
    if partition is None:
        return
    parent = known_table(catalog, operation.table)
    if catalog.version < 15 and not catalog.ignore_case:
        # Measured: PostgreSQL 14 drops the partition's share of a foreign key to a partitioned table.
        for key in list(partition.constraints.values()):
            target = known_table(catalog, key.references) if key.references and key.parent else None
            if target is not None and target.kind == "partitioned table":
                drop_constraint(catalog, partition.name, key.name)
        partition = known_table(catalog, operation.partition) or partition
    columns = {key: replace(column, local=True) for key, column in partition.columns.items()}
    if catalog.version >= 17:
        lost = {key for key, column in parent.columns.items() if column.identity} if parent else set()
        columns = {key: replace(c, identity="") if key in lost else c for key, c in columns.items()}
    put(
        catalog,
        replace(
            partition,
            partition_of=None,
            bound=None,
            columns=columns,
            constraints={
                key: replace(c, inherited=False, local=True, parent="") for key, c in partition.constraints.items()
            },
        ),
    )
    if operation.online and parent is not None:
        _keep_bound(catalog, partition, parent, operation)
    for index in catalog.indexes_of(partition.name):
        if index.parent is not None:
            put(catalog, replace(index, parent=None))
    for trigger in partition.triggers.values():
        if trigger.inherited:
            drop_trigger(catalog, known_table(catalog, partition.name) or partition, trigger.name)


def _keep_bound(catalog: Catalog, partition: Table, parent: Table, operation: DetachPartition) -> None:
    """DETACH … CONCURRENTLY leaves a CHECK that says what the bound said (manual, ALTER TABLE), unless one did so
    before. Known here for a range or a list over one column; the name does not tell more."""
    bound, key = partition.bound, parent.partition_by
    if bound is None or key is None or len(key.keys) != 1 or not key.keys[0].column or key.strategy == "hash":
        return
    column = key.keys[0].column
    known = parent.columns.get(column)
    if known is None or "NULL" in bound.values:
        return
    spelled = quote(column)

    def value(text: str) -> str:
        quoted = text.replace("'", "''")
        return f"'{quoted}'::{known.type.text}"

    terms = [f"{spelled} IS NOT NULL"]
    if key.strategy == "range":
        sides = ((">=", bound.values, "minvalue"), ("<", bound.upper, "maxvalue"))
        terms += [f"{spelled} {sign} {value(each[0])}" for sign, each, none in sides if each[0].lower() != none]
    else:
        terms.append(f"{spelled} = ANY (ARRAY[{', '.join(map(value, bound.values))}])")
    text = " AND ".join(f"({term})" for term in terms)
    expression = Expression(
        text=text,
        span=operation.span,
        key=normalise(text),
        columns=(ColumnUse(column),),
        not_null=frozenset((column,)),
    )
    definition = ConstraintDefinition(kind="check", span=operation.span, expression=expression)
    add_constraint(catalog, partition.name, definition, origin(catalog, operation))


def add_inheritance(catalog: Catalog, operation: AddInheritance) -> None:
    table = known_table(catalog, operation.table)
    parent = catalog.resolve(operation.parent)
    if table is None or parent in table.inherits or is_below(catalog, parent, table.name):
        return
    put(catalog, replace(table, inherits=(*table.inherits, parent)))
    catalog.state.watch_parent(parent, table.name)
    above = known_table(catalog, parent)
    if above is not None:
        _merge(catalog, table.name, above)


def drop_inheritance(catalog: Catalog, operation: DropInheritance) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    parent = catalog.resolve(operation.parent)
    table = replace(table, inherits=tuple(name for name in table.inherits if name != parent))
    put(catalog, table)
    columns = {
        key: column if inherits_column(catalog, table, key) else replace(column, local=True)
        for key, column in table.columns.items()
    }
    left = known_table(catalog, parent)
    constraints = {
        key: _left(catalog, table, left, constraint) if constraint.inherited else constraint
        for key, constraint in table.constraints.items()
    }
    put(catalog, replace(table, columns=columns, constraints=constraints))


def _left(catalog: Catalog, table: Table, parent: Table | None, constraint: Constraint) -> Constraint:
    """What becomes of an inherited constraint when a parent is left.

    A check stays inherited that the parent has lost with a column of its own, before it was left.
    """
    if constraint.kind == "not null":
        still = passed_on(catalog, table, constraint.columns[0])
    elif parent is not None and constraint.name not in parent.constraints:
        still = True
    else:
        still = passes_check(catalog, table, constraint.name)
    return constraint if still else replace(constraint, inherited=False, local=True)


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    AttachPartition: attach,
    DetachPartition: detach,
    AddInheritance: add_inheritance,
    DropInheritance: drop_inheritance,
}
