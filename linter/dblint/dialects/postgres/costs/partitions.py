"""What it costs to make, attach and detach partitions, and what children take from their parents."""

from collections.abc import Sequence

from dblint.catalog.model import Index, Table
from dblint.dialects.postgres.costs.constraints import (
    adopt_key,
    adopted_key,
    equal_index,
    refuse_unmatched,
    require_constraint_version,
)
from dblint.dialects.postgres.costs.footprint import Footprint, quoted
from dblint.impact import Lock
from dblint.lexer import normalise
from dblint.names import Name, quote
from dblint.operations import AttachPartition, CreateTable, DetachPartition, PartitionBound

AE, SRE, SUE = Lock.ACCESS_EXCLUSIVE, Lock.SHARE_ROW_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE


def create_table(footprint: Footprint, operation: CreateTable) -> None:
    """CREATE TABLE concerns others by its foreign keys, its parents and its place among partitions."""
    if operation.if_not_exists and footprint.schema.relation(operation.name) is not None:
        return
    for column in operation.columns:
        if column.generated_kind == "virtual":
            footprint.needs(18, "a virtual generated column")
    inline = [constraint for column in operation.columns for constraint in column.constraints]
    for constraint in (*operation.constraints, *inline):
        require_constraint_version(footprint, constraint)
        if constraint.references is not None and constraint.references.name != operation.name.name:
            footprint.lock_partitions(SRE, constraint.references)
            refuse_unmatched(footprint, constraint.references, constraint)
    footprint.lock(SUE, *operation.inherits)
    parent = operation.partition_of
    if parent is not None:
        footprint.lock(AE, parent)
        default = footprint.schema.default_partition(parent)
        if default is not None:
            _search_default(footprint, parent, default, operation.bound)
        _join(footprint, parent)


def attach_partition(footprint: Footprint, operation: AttachPartition) -> None:
    """ATTACH PARTITION: what comes in and the default partition are read, unless a CHECK says enough."""
    parent, partition = operation.table, operation.partition
    footprint.lock(SUE, parent)
    footprint.lock_partitions(AE, partition)
    found, known = footprint.schema.table(parent), footprint.schema.table(partition)
    if known is not None and known.partition_of is not None:
        footprint.refuse(f"{quoted(partition)} is already a partition")
    if not operation.bound.default and not (found and known and implies_bound(known, found, operation.bound)):
        footprint.scan(footprint.partitions(partition))
    default = footprint.schema.default_partition(parent)
    if default is not None:
        _search_default(footprint, parent, default, operation.bound)
    _join(footprint, parent)
    for index in footprint.schema.indexes_of(parent):
        _give_index(footprint, partition, index)
    for key in found.foreign_keys if found else ():
        own = adopted_key(footprint, partition, key)
        if own is not None and key.references is not None:
            adopt_key(footprint, partition, key.references)
        if key.enforced and not (own and own.validated):
            footprint.scan(footprint.partitions(partition))


def _search_default(footprint: Footprint, parent: Name, default: Table, bound: PartitionBound | None) -> None:
    """The default partition may hold rows that belong into the new one; unless a CHECK says enough, it is read."""
    footprint.lock_partitions(AE, default.name)
    found = footprint.schema.table(parent)
    if not (found and bound and excludes_bound(default, found, bound)):
        footprint.scan(footprint.partitions(default.name))


def _join(footprint: Footprint, parent: Name) -> None:
    """A new partition takes over the parent's indexes and both ends of its foreign keys."""
    footprint.lock_indexes(SUE, parent)
    _lock_referenced(footprint, parent)
    if footprint.version >= 15:
        footprint.lock(SRE, *(child.name for child, _ in footprint.schema.referencing(parent)))


def _lock_referenced(footprint: Footprint, parent: Name) -> None:
    """A partition that comes or goes gets or gives up its own copy of the parent's foreign keys."""
    found = footprint.schema.table(parent)
    for key in found.foreign_keys if found is not None else ():
        if key.references is not None:
            footprint.lock_partitions(SRE, key.references)


def _give_index(footprint: Footprint, partition: Name, index: Index) -> None:
    definition = index.definition
    for table in footprint.stored(footprint.partitions(partition)):
        if equal_index(footprint, table, definition, "unique" if index.constraint else "") is None:
            owner = footprint.schema.table(index.table)
            constraint = owner.constraints.get(index.constraint) if owner and index.constraint else None
            kind = constraint.kind if constraint is not None else ""
            footprint.build(footprint.index_name(table, definition.keys, definition.include, kind))


def detach_partition(footprint: Footprint, operation: DetachPartition) -> None:
    """DETACH PARTITION; CONCURRENTLY (14) lets the parent's readers and writers go on, not the partition's."""
    parent, partition = operation.table, operation.partition
    footprint.lock_partitions(AE if footprint.version >= 14 else SUE, partition)
    attached = [index.name for index in footprint.schema.indexes_of(partition) if index.parent is not None]
    footprint.lock(AE, *attached)
    default = footprint.schema.default_partition(parent)
    if operation.online or operation.finalize:
        footprint.needs(14, "DETACH PARTITION … CONCURRENTLY" if operation.online else "DETACH PARTITION … FINALIZE")
        footprint.lock(SUE, parent)
        if operation.online:
            footprint.in_transaction = False
            if default is not None:
                footprint.refuse("cannot detach partitions concurrently when a default partition exists")
    else:
        footprint.lock(AE, parent, *([default.name] if default is not None else []))
    _lock_referenced(footprint, parent)
    for child, _ in footprint.schema.referencing(parent):
        footprint.lock(AE, child.name)
        footprint.scan(footprint.partitions(child.name))


# --- proofs -----------------------------------------------------------------------------------------


def implies_bound(partition: Table, parent: Table, bound: PartitionBound) -> bool:
    """Whether valid CHECKs and NOT NULL of a table say that all its rows are within the bound.

    Only the plain spelling that the manual recommends is recognised: `k >= 'from' AND k < 'to'`, `k IN (…)`;
    anything else counts as no proof.
    """
    keys = parent.partition_by.keys if parent.partition_by is not None else ()
    if len(keys) != 1 or not keys[0].column or bound.strategy not in ("range", "list"):
        return False
    column = keys[0].column
    known = partition.columns.get(column)
    conditions: set[str] = set()
    for constraint in partition.constraints.values():
        if constraint.kind == "check" and constraint.validated and constraint.expression is not None:
            conditions.update(_conjuncts(constraint.expression.key))
    if not (known is not None and known.not_null) and _condition(column, "is not null") not in conditions:
        return False
    if bound.strategy == "list":
        return any(_lists(condition, column, bound.values) for condition in conditions)
    lower, upper = bound.values[0], bound.upper[0]
    return all(
        edge in ("MINVALUE", "MAXVALUE") or conditions & _edge(column, operator, edge)
        for edge, operator in ((lower, ">="), (upper, "<"))
    )


def excludes_bound(default: Table, parent: Table, bound: PartitionBound) -> bool:
    """Whether a valid CHECK of the default partition says that none of its rows is within a range.

    Only `k < 'from' OR k >= 'to'`, or one half of it, is recognised. Measured on PostgreSQL 14 and 18.
    """
    keys = parent.partition_by.keys if parent.partition_by is not None else ()
    if len(keys) != 1 or not keys[0].column or bound.strategy != "range":
        return False
    below, above = _edge(keys[0].column, "<", bound.values[0]), _edge(keys[0].column, ">=", bound.upper[0])
    outside = below | above | {f"{one} or {other}" for one in below for other in above}
    return any(
        constraint.kind == "check"
        and constraint.validated
        and constraint.expression is not None
        and outside.intersection(_conjuncts(constraint.expression.key))
        for constraint in default.constraints.values()
    )


def _lists(condition: str, column: str, values: Sequence[str]) -> bool:
    """Whether a condition is `column = value` or `column IN (…)` with these values only."""
    allowed = {spelling for value in values for spelling in (f"'{value}'", value)}
    head = _condition(column, "in (")
    if condition.startswith(head) and condition.endswith(")"):
        return {item.strip() for item in condition[len(head) : -1].split(",")} <= allowed
    return condition in {_condition(column, f"= {value}") for value in allowed}


def _edge(column: str, operator: str, value: str) -> set[str]:
    """The spellings of `column operator value`: as a string, as a number, and in parentheses."""
    return {_condition(column, f"{operator} {literal}") for literal in (f"'{value}'", value)}


def _condition(column: str, rest: str) -> str:
    return normalise(f"{quote(column)} {rest}")


def _conjuncts(key: str) -> list[str]:
    """The conditions of a chain of ANDs, without the parentheses around each."""
    parts: list[str] = []
    depth, start = 0, 0
    for position, character in enumerate(key):
        depth += (character == "(") - (character == ")")
        if depth == 0 and key.startswith(" or ", position):
            return [key]
        if depth == 0 and key.startswith(" and ", position):
            parts.append(key[start:position])
            start = position + 5
    parts.append(key[start:])
    stripped = [part.strip() for part in parts]
    if len(stripped) == 1:
        part = stripped[0]
        return _conjuncts(part[1:-1].strip()) if part.startswith("(") and part.endswith(")") else [part]
    return [inner for part in stripped for inner in _conjuncts(part)]
