"""What it costs to add, validate, change and drop constraints."""

from collections.abc import Sequence

from dblint.catalog.fold.indexes import same_definition
from dblint.catalog.model import Constraint, Index, Table
from dblint.dialects.postgres.costs.footprint import Footprint, quoted
from dblint.dialects.postgres.costs.removals import drop_constraint_parts, drop_dependents
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    AlterConstraint,
    ColumnDefinition,
    ConstraintDefinition,
    DropConstraint,
    IndexDefinition,
    IndexKey,
)

AE, SRE, SUE = Lock.ACCESS_EXCLUSIVE, Lock.SHARE_ROW_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE


def add_constraint(
    footprint: Footprint,
    table: Name,
    constraint: ConstraintDefinition,
    *,
    new_column: ColumnDefinition | None = None,
    filled: bool = True,
) -> None:
    """ADD CONSTRAINT, or a constraint of a column that is just being added.

    `filled`: whether rows have a value there; foreign keys of a new column of NULLs need no check.
    """
    require_constraint_version(footprint, constraint)
    match constraint.kind:
        case "foreign key":
            _add_foreign_key(footprint, table, constraint, new_column, filled=filled)
        case "check":
            if constraint.no_inherit and footprint.version < 18:
                footprint.lock(AE, table)
            else:
                footprint.lock_tree(AE, table)
            if not constraint.not_valid and constraint.enforced:
                footprint.scan([footprint.schema.resolve(table)] if constraint.no_inherit else footprint.tree(table))
        case "not null":
            footprint.needs(18, "a NOT NULL constraint in ALTER TABLE")
            footprint.lock_tree(AE, table)
            if not constraint.not_valid:
                footprint.scan(unproven(footprint, table, constraint.columns))
        case "primary key" | "unique" | "exclusion":
            if constraint.using_index:
                _promote_index(footprint, table, constraint)
            else:
                _add_index_constraint(footprint, table, constraint, new_column)


def require_constraint_version(footprint: Footprint, constraint: ConstraintDefinition) -> None:
    """Refuse what the grammar of an older server does not have."""
    if not constraint.enforced:
        footprint.needs(18, "NOT ENFORCED")
    if constraint.without_overlaps:
        footprint.needs(18, "WITHOUT OVERLAPS")
    if constraint.nulls_not_distinct:
        footprint.needs(15, "NULLS NOT DISTINCT")
    if constraint.kind == "not null" and constraint.not_valid:
        footprint.needs(18, "NOT NULL NOT VALID")


def unproven(footprint: Footprint, table: Name, columns: Sequence[str]) -> list[Name]:
    """The tables of the tree that have to be read to know that none of the columns holds a NULL."""
    found = []
    for name in footprint.stored(footprint.tree(table)):
        relation = footprint.schema.table(name)
        for column in columns:
            known = relation.columns.get(column) if relation is not None else None
            holds = known is not None and known.not_null and not _half_not_null(relation, column)
            if not holds and footprint.schema.proves_not_null(name, column) is None:
                found.append(name)
    return found


def _half_not_null(table: Table | None, column: str) -> bool:
    """Whether the column's NOT NULL has yet to be validated (PostgreSQL 18)."""
    return table is not None and any(
        c.kind == "not null" and not c.validated and column in c.columns for c in table.constraints.values()
    )


def key_columns(footprint: Footprint, foreign_key: Constraint) -> tuple[str, ...]:
    """The referenced columns of a foreign key, also when they are the primary key by default."""
    if foreign_key.referenced_columns or foreign_key.references is None:
        return foreign_key.referenced_columns
    parent = footprint.schema.table(foreign_key.references)
    return parent.primary_key.columns if parent and parent.primary_key else ()


# --- foreign keys -------------------------------------------------------------------------------


def _add_foreign_key(
    footprint: Footprint, table: Name, key: ConstraintDefinition, new_column: ColumnDefinition | None, *, filled: bool
) -> None:
    """SHARE ROW EXCLUSIVE on both tables, NOT VALID or not; only the scan is saved by NOT VALID."""
    parent = key.references or table
    footprint.lock_partitions(SRE, table)
    footprint.lock_partitions(SRE, parent)
    if key.not_valid and footprint.is_partitioned(table) and footprint.version < 18:
        tables = f"{quoted(table)} referencing relation {quoted(parent)}"
        footprint.refuse(f"cannot add NOT VALID foreign key on partitioned table {tables}")
    refuse_unmatched(footprint, parent, key)
    unchecked = []
    for name in footprint.stored(footprint.partitions(table)):
        own = adopted_key(footprint, name, key) if name != footprint.schema.resolve(table) else None
        if own is not None:
            adopt_key(footprint, name, parent)
        if own is None or not own.validated:
            unchecked.append(name)
    if key.not_valid or not key.enforced or not filled:
        return
    footprint.scan(unchecked)
    if any(footprint.schema.has_rows(name) for name in unchecked):
        footprint.scan(footprint.partitions(parent))


def adopted_key(footprint: Footprint, partition: Name, key: ConstraintDefinition | Constraint) -> Constraint | None:
    """The partition's own foreign key that becomes its part of the parent's; since 18 it need not be validated."""
    found = footprint.schema.table(partition)
    if found is None or key.references is None:
        return None
    wanted = (footprint.schema.resolve(key.references), *_terms(key))
    for own in found.foreign_keys:
        same = (own.references, *_terms(own)) == wanted and not own.inherited
        columns = not key.referenced_columns or key_columns(footprint, own) == key.referenced_columns
        if same and columns and (own.validated or footprint.version >= 18):
            return own
    return None


def _terms(key: ConstraintDefinition | Constraint) -> tuple[object, ...]:
    return key.columns, key.on_delete, key.on_update, key.deferrable, key.initially_deferred


def adopt_key(footprint: Footprint, partition: Name, references: Name) -> None:
    """An adopted key gives up its own triggers, which locks the referenced table as strongly as a drop."""
    tables = footprint.partitions(references)
    footprint.lock(AE, *(tables if footprint.version >= 15 else footprint.stored(tables)))
    if footprint.is_partitioned(references):
        footprint.lock(AE, partition)


def _check_key(footprint: Footprint, child: Name, parent: Name) -> None:
    """The check joins both tables whole; whether it reads the parent or the parent's index is the planner's choice."""
    footprint.scan(footprint.partitions(child))
    footprint.scan(footprint.partitions(parent))


def refuse_unmatched(footprint: Footprint, parent: Name, key: ConstraintDefinition) -> None:
    """A foreign key needs a unique, complete and valid index on just the columns that it references."""
    found = footprint.schema.table(parent)
    if found is None or found.incomplete or footprint.schema.uncertain(parent) is not None or key.without_overlaps:
        return
    if not key.referenced_columns:
        if found.primary_key is None:
            footprint.refuse(f"there is no primary key for referenced table {quoted(parent)}")
        return
    wanted = sorted(key.referenced_columns)
    for index in footprint.schema.indexes_of(parent):
        definition = index.definition
        if definition.unique and definition.predicate is None and index.valid and sorted(index.columns) == wanted:
            return
    footprint.refuse(f"there is no unique constraint matching given keys for referenced table {quoted(parent)}")


# --- primary key, unique, exclusion ------------------------------------------------------------------


def _add_index_constraint(
    footprint: Footprint, table: Name, constraint: ConstraintDefinition, new_column: ColumnDefinition | None
) -> None:
    kind = constraint.kind
    found = footprint.schema.table(table)
    keys = constraint.keys or tuple(IndexKey(column) for column in constraint.columns)
    if kind == "primary key":
        if found is not None and found.primary_key is not None:
            footprint.refuse(f"multiple primary keys for table {quoted(table)} are not allowed")
        footprint.lock_tree(AE, table)
        if new_column is None:
            footprint.scan(unproven(footprint, table, constraint.columns))
    else:
        footprint.lock_partitions(AE if footprint.version >= 18 else Lock.SHARE, table)
    footprint.lock(AE, table)
    if kind == "exclusion" and footprint.is_partitioned(table) and footprint.version < 17:
        footprint.refuse("exclusion constraints are not supported on partitioned tables")
    definition = IndexDefinition(
        table=footprint.schema.resolve(table),
        keys=keys,
        include=constraint.include,
        unique=kind != "exclusion",
        method=constraint.method or "btree",
        nulls_not_distinct=constraint.nulls_not_distinct,
    )
    refuse_without_partition_key(footprint, definition)
    build_index(footprint, definition, constraint.name, kind)


def build_index(footprint: Footprint, definition: IndexDefinition, name: str, kind: str = "") -> None:
    """Build an index on a table or on each of its partitions that has no equal one to adopt."""
    root = footprint.schema.resolve(definition.table)
    for table in footprint.stored(footprint.partitions(root)):
        if table != root:
            adopted = equal_index(footprint, table, definition, kind)
            if adopted is not None:
                footprint.lock(Lock.SHARE, adopted.name)
                continue
        if name and table == root:
            footprint.build(Name(name, table.schema))
        else:
            footprint.build(footprint.index_name(table, definition.keys, definition.include, kind))


def equal_index(footprint: Footprint, table: Name, definition: IndexDefinition, kind: str = "") -> Index | None:
    """An index of a partition that can serve as its part of a partitioned index."""
    for index in footprint.schema.indexes_of(table):
        free = index.parent is None and index.valid and (bool(index.constraint) or not kind)
        if free and same_definition(index.definition, definition):
            return index
    return None


def refuse_without_partition_key(footprint: Footprint, definition: IndexDefinition) -> None:
    """Uniqueness across partitions is only known when the partition key is among the columns."""
    if not definition.unique:
        return
    columns = {key.column for key in definition.keys}
    for name in footprint.partitions(definition.table):
        found = footprint.schema.table(name)
        if found and found.partition_by and any(key.column not in columns for key in found.partition_by.keys):
            footprint.refuse("unique constraint on partitioned table must include all partitioning columns")


def _promote_index(footprint: Footprint, table: Name, constraint: ConstraintDefinition) -> None:
    """ADD … USING INDEX: no build, but a primary key of nullable columns is verified."""
    footprint.lock(AE, table)
    full = footprint.schema.resolve(table)
    name = Name(constraint.using_index, full.schema)
    if constraint.name not in ("", name.name):
        footprint.lock(SUE, name)  # it takes the constraint's name
    if footprint.is_partitioned(table):
        footprint.refuse("ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables")
    index = footprint.schema.index(name)
    if constraint.kind == "primary key":
        footprint.scan(unproven(footprint, table, index.columns) if index is not None else [full])
    if index is not None and (reason := _unusable(index, full, constraint.kind)) is not None:
        footprint.refuse(reason)


def _unusable(index: Index, table: Name, kind: str) -> str | None:
    """Why an index cannot become a constraint (parse_utilcmd.c, transformIndexConstraint)."""
    name, definition = quoted(index.name), index.definition
    if index.constraint:
        return f"index {name} is already associated with a constraint"
    if index.table != table:
        return f"index {name} does not belong to table {quoted(table)}"
    if not index.valid:
        return f"index {name} is not valid"
    if not definition.unique:
        return f"{name} is not a unique index"
    if any(key.expression is not None for key in definition.keys):
        return f"index {name} contains expressions"
    if definition.predicate is not None:
        return f"{name} is a partial index"
    if definition.nulls_not_distinct and kind == "primary key":
        return "primary keys cannot use NULLS NOT DISTINCT indexes"
    for number, key in enumerate(definition.keys, 1):
        if key.descending or key.nulls_first or key.operator_class or key.collation:
            return f"index {name} column number {number} does not have default sorting behavior"
    return None


# --- later ----------------------------------------------------------------------------------------


def drop_constraint(footprint: Footprint, operation: DropConstraint) -> None:
    """DROP CONSTRAINT: a foreign key locks the table it references as strongly as its own."""
    table, name = operation.table, operation.constraint
    found = footprint.schema.table(table)
    constraint = found.constraints.get(name) if found else None
    if found is None or constraint is None:
        footprint.lock(AE, table)
        return
    if constraint.inherited:
        footprint.refuse(f"cannot drop inherited constraint {quoted(name)} of relation {quoted(found.name)}")
    drop_constraint_parts(footprint, found, constraint)
    dependents = [
        (child, key)
        for child, key in footprint.schema.referencing(table)
        if constraint.index and key_columns(footprint, key) == constraint.columns
    ]
    blocked = f"cannot drop constraint {name} on table {found.name.name} because other objects depend on it"
    drop_dependents(footprint, operation, dependents, blocked, cascade=operation.cascade)


def rename_constraint(footprint: Footprint, table: Name, name: str) -> None:
    """RENAME CONSTRAINT: a check is renamed in the children too, an index with its constraint."""
    constraint = footprint.schema.constraint(table, name)
    if constraint is not None and constraint.kind in ("check", "not null"):
        footprint.lock_tree(AE, table)
    footprint.lock(AE, table)
    if constraint is not None and constraint.index:
        footprint.lock(SUE, Name(constraint.index, footprint.schema.resolve(table).schema))


def validate_constraint(footprint: Footprint, table: Name, name: str) -> None:
    """VALIDATE CONSTRAINT: a scan that lets writes go on."""
    constraint = footprint.schema.constraint(table, name)
    if constraint is not None and constraint.validated:
        footprint.lock(SUE, table)
        return
    if constraint is not None and not constraint.enforced:
        footprint.refuse("cannot validate NOT ENFORCED constraint")
    if constraint is not None and constraint.references is not None:
        footprint.lock_partitions(SUE, table)
        footprint.lock_partitions(Lock.ROW_SHARE, constraint.references)
        _check_key(footprint, table, constraint.references)
    else:
        footprint.lock_tree(SUE, table)
        footprint.scan(footprint.tree(table))


def alter_constraint(footprint: Footprint, operation: AlterConstraint) -> None:
    """ALTER CONSTRAINT of a foreign key; enforcing it again checks every row."""
    table = operation.table
    footprint.lock_partitions(AE, table)
    if operation.enforced is None:
        return
    footprint.needs(18, "ALTER CONSTRAINT … ENFORCED")
    constraint = footprint.schema.constraint(table, operation.constraint)
    if constraint is None or constraint.references is None:
        return
    if not operation.enforced:
        footprint.lock_partitions(AE, constraint.references)
    elif not constraint.enforced:
        footprint.lock_partitions(SRE, constraint.references)
        _check_key(footprint, table, constraint.references)
