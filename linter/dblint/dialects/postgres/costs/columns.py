"""What it costs to add, change and drop columns."""

from dblint.catalog.expressions import uses_column
from dblint.catalog.model import Column, Constraint, Table
from dblint.dialects.postgres.costs.constraints import add_constraint, key_columns, unproven
from dblint.dialects.postgres.costs.footprint import Footprint, quoted
from dblint.dialects.postgres.costs.removals import drop_constraint_parts, drop_dependents
from dblint.dialects.postgres.type_changes import Change, assignable, constrained, type_change
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AlterColumnType,
    ColumnDefinition,
    DropColumn,
    Expression,
    SetColumnParameter,
    Type,
)

AE = Lock.ACCESS_EXCLUSIVE


def add_column(footprint: Footprint, operation: AddColumn) -> None:
    """ADD COLUMN: a rewrite when the new values differ from row to row, or a domain has to check them."""
    column, table = operation.column, operation.table
    known = footprint.columns(table)
    if operation.if_not_exists and known is not None and column.name in known:
        footprint.lock(AE, table)
        return
    footprint.lock_tree(AE, table)
    if (found := footprint.schema.table(table)) is not None and found.partition_of is not None:
        footprint.refuse("cannot add column to a partition")
    require_column_version(footprint, column)
    rewritten = fills_rows(footprint, column)
    filled = rewritten or _has_default(footprint, column)
    if rewritten:
        footprint.rewrite(footprint.tree(table))
    if column.not_null and not filled:
        footprint.scan(footprint.tree(table))
    for constraint in column.constraints:
        if constraint.kind != "not null":
            add_constraint(footprint, table, constraint, new_column=column, filled=filled)


def fills_rows(footprint: Footprint, column: ColumnDefinition) -> bool:
    """Whether each row needs its own value written (manual, ALTER TABLE, Notes)."""
    if column.serial or column.identity or column.generated_kind == "stored":
        return True
    if column.generated_kind == "virtual":
        return False
    schema = footprint.schema
    default = column.default
    if default is None and (domain := schema.domain(column.type.name)) is not None:
        default = domain.default
    return constrained(schema, column.type) or is_volatile(footprint, default)


def is_volatile(footprint: Footprint, expression: Expression | None) -> bool:
    return expression is not None and any(footprint.schema.volatility(f) == "volatile" for f in expression.functions)


def _has_default(footprint: Footprint, column: ColumnDefinition) -> bool:
    if column.default is not None:
        return not column.default.is_null
    domain = footprint.schema.domain(column.type.name)
    return domain is not None and domain.default is not None


def require_column_version(footprint: Footprint, column: ColumnDefinition) -> None:
    if column.generated_kind == "virtual":
        footprint.needs(18, "a virtual generated column")


def drop_column(footprint: Footprint, operation: DropColumn) -> None:
    """DROP COLUMN: its indexes, sequence and constraints go along, foreign keys lock the other table too."""
    table, name = operation.table, operation.column
    known = footprint.columns(table)
    if operation.if_exists and known is not None and name not in known:
        footprint.lock(AE, table)
        return
    footprint.lock_tree(AE, table)
    found = footprint.schema.table(table)
    if found is None:
        return
    _refuse_partition_key(footprint, found, name, "drop")
    if (column := found.columns.get(name)) is not None and not column.local:
        footprint.refuse(f"cannot drop inherited column {quoted(name)}")
    drop_column_parts(footprint, found, name)
    blocked = f"cannot drop column {name} of table {found.name.name} because other objects depend on it"
    drop_dependents(footprint, operation, footprint.schema.dependents(table, name), blocked, cascade=operation.cascade)


def drop_column_parts(footprint: Footprint, table: Table, column: str) -> None:
    """What goes with a column by itself, on every partition and child."""
    for name in footprint.tree(table.name):
        footprint.lock_indexes(AE, name, column)
        footprint.lock_sequences(AE, name, column)
    for constraint in table.constraints.values():
        if column in constraint.columns:
            drop_constraint_parts(footprint, table, constraint)


def _refuse_partition_key(footprint: Footprint, table: Table, column: str, verb: str) -> None:
    keys = table.partition_by.keys if table.partition_by is not None else ()
    if any(key.column == column or uses_column(key.expression, column) for key in keys):
        reason = f"because it is part of the partition key of relation {quoted(table.name)}"
        footprint.refuse(f"cannot {verb} column {quoted(column)} {reason}")


# --- ALTER COLUMN … TYPE ------------------------------------------------------------------------


def alter_type(footprint: Footprint, operation: AlterColumnType) -> None:
    table, name = operation.table, operation.column
    footprint.lock_tree(AE, table)
    found = footprint.schema.table(table)
    column = found.columns.get(name) if found else None
    change = type_change(footprint.schema, name, column.type if column else None, operation.type, operation.using)
    if change is Change.REWRITE:
        footprint.rewrite(footprint.tree(table))
    if found is None:
        return
    _remake_indexes(footprint, operation, column, change)
    if column is not None and column.identity and column.type.text != operation.type.text:
        footprint.lock_sequences(Lock.SHARE_ROW_EXCLUSIVE, table, name)
    _recheck_constraints(footprint, found, name, change)
    if column is not None:
        _refuse_type(footprint, found, column, operation)
    for relation in footprint.tree(table):
        _refuse_partition_key(footprint, footprint.schema.table(relation) or found, name, "alter")


def _remake_indexes(footprint: Footprint, operation: AlterColumnType, column: Column | None, change: Change) -> None:
    """Every index on the column is made again; its file stays when keys, operators and collation do.

    The server does not compare expressions and predicates, so it builds such indexes again; and those of partitions,
    which it makes anew with the partitioned one.
    """
    name = operation.column
    collated = column is not None and operation.collation != column.collation
    for relation in footprint.tree(operation.table):
        for index in footprint.lock_indexes(AE, relation, name):
            definition = index.definition
            plain = definition.predicate is None and all(key.expression is None for key in definition.keys)
            is_key = any(key.column == name for key in definition.keys)
            stale = index.parent is not None or not plain or (is_key and (collated or change is Change.INDEXES))
            if stale and not footprint.is_partitioned(relation):
                footprint.build(index.name)


def _recheck_constraints(footprint: Footprint, table: Table, column: str, change: Change) -> None:
    """CHECK constraints on the column are checked again whatever the change; foreign keys when values changed."""
    for constraint in table.constraints.values():
        if constraint.kind == "check" and uses_column(constraint.expression, column) and constraint.validated:
            footprint.scan(footprint.tree(table.name))
        if constraint.kind == "foreign key" and column in constraint.columns and constraint.references is not None:
            _recheck_key(footprint, table, constraint, constraint.references, change)
    for child, constraint in footprint.schema.referencing(table.name):
        if column in key_columns(footprint, constraint):
            _recheck_key(footprint, child, constraint, table.name, change)


def _recheck_key(footprint: Footprint, child: Table, constraint: Constraint, parent: Name, change: Change) -> None:
    footprint.lock_partitions(AE, child.name)
    footprint.lock_partitions(AE, parent)
    if change is Change.REWRITE and constraint.validated:
        footprint.scan(footprint.partitions(child.name))
        footprint.scan(footprint.partitions(parent))


def _refuse_type(footprint: Footprint, table: Table, column: Column, operation: AlterColumnType) -> None:
    name = column.name
    if not column.local:
        footprint.refuse(f"cannot alter inherited column {quoted(name)}")
    if any(d.kind in ("view", "materialized view") for d in footprint.schema.dependents(table.name, name)):
        footprint.refuse("cannot alter type of a column used by a view or rule")
    if any(uses_column(other.generated, name) for other in table.columns.values()):
        footprint.refuse("cannot alter type of a column used by a generated column")
    if any(uses_column(p.using, name) or uses_column(p.check, name) for p in table.policies.values()):
        footprint.refuse("cannot alter type of a column used in a policy definition")
    if any(name in t.columns or uses_column(t.when, name) for t in table.triggers.values()):
        footprint.refuse("cannot alter type of a column used in a trigger definition")
    schema, new = footprint.schema, operation.type
    if column.identity and new.name.name not in ("smallint", "integer", "bigint"):
        footprint.refuse("identity column type must be smallint, integer, or bigint")
    if operation.using is None and assignable(schema, column.type, new) is False:
        footprint.refuse(f"column {quoted(name)} cannot be cast automatically to type {new}")
    default_type = _literal_type(column)
    if default_type is not None and assignable(schema, default_type, new) is False:
        footprint.refuse(f"default for column {quoted(name)} cannot be cast automatically to type {new}")


def _literal_type(column: Column) -> Type | None:
    """The type of a default that is a literal: a string takes the column's; None for any other default."""
    default = column.default
    if default is None or not default.constant or default.types:
        return None
    if default.text.startswith("'"):
        return column.type
    name = "integer" if default.text.isdecimal() else "boolean" if default.truth is not None else ""
    return Type(name, Name(name)) if name else None


# --- ALTER COLUMN … ------------------------------------------------------------------------------


def set_not_null(footprint: Footprint, table: Name, column: str) -> None:
    """SET NOT NULL: scans each table where neither the column's state nor a valid CHECK proves it."""
    footprint.lock_tree(AE, table)
    footprint.scan(unproven(footprint, table, [column]))


def rename_column(footprint: Footprint, table: Name, column: str) -> None:
    footprint.lock_tree(AE, table)
    known = footprint.schema.column(table, column)
    if known is not None and not known.local:
        footprint.refuse(f"cannot rename inherited column {quoted(column)}")


def drop_not_null(footprint: Footprint, table: Name, column: str) -> None:
    footprint.lock_tree(AE, table)
    found = footprint.schema.table(table)
    if found is None:
        return
    if (known := found.columns.get(column)) is not None and known.identity:
        footprint.refuse(f"column {quoted(column)} of relation {quoted(found.name)} is an identity column")
    if (key := found.primary_key) is not None and column in key.columns:
        footprint.refuse(f"column {quoted(column)} is in a primary key")
    parent = footprint.schema.column(found.partition_of, column) if found.partition_of is not None else None
    if parent is not None and parent.not_null:
        footprint.refuse(f"column {quoted(column)} is marked NOT NULL in parent table")


def change_default(footprint: Footprint, table: Name, column: str) -> None:
    """SET DEFAULT and DROP DEFAULT, which only later rows feel."""
    footprint.lock_tree(AE, table)
    known = footprint.schema.column(table, column)
    if known is None:
        return
    for holds, what in ((known.identity, "an identity"), (known.generated_kind, "a generated")):
        if holds:
            footprint.refuse(f"column {quoted(column)} of relation {quoted(table)} is {what} column")


def add_identity(footprint: Footprint, table: Name, column: str) -> None:
    _lock_identity(footprint, table)
    known = footprint.schema.column(table, column)
    if known is None:
        return
    where = f"column {quoted(column)} of relation {quoted(table)}"
    if known.identity:
        footprint.refuse(f"{where} is already an identity column")
    elif known.default is not None or known.serial:
        footprint.refuse(f"{where} already has a default value")
    elif not known.not_null:
        footprint.refuse(f"{where} must be declared NOT NULL before identity can be added")


def change_identity(footprint: Footprint, table: Name, column: str, mode: Lock) -> None:
    """Alter or drop an identity; `mode` is what its sequence is locked in."""
    _lock_identity(footprint, table)
    footprint.lock_sequences(mode, table, column)


def _lock_identity(footprint: Footprint, table: Name) -> None:
    """Partitions have identity columns of their own since PostgreSQL 17."""
    if footprint.version >= 17:
        footprint.lock_partitions(AE, table)
    else:
        footprint.lock(AE, table)


def set_expression(footprint: Footprint, table: Name, column: str) -> None:
    """SET EXPRESSION: a stored column is computed again, a virtual one is not kept."""
    footprint.needs(17, "SET EXPRESSION")
    footprint.lock_tree(AE, table)
    known = footprint.schema.column(table, column)
    if known is None or known.generated_kind != "virtual":
        footprint.rewrite(footprint.tree(table))


def drop_expression(footprint: Footprint, table: Name, column: str) -> None:
    footprint.lock_tree(AE, table)
    known = footprint.schema.column(table, column)
    if known is not None and known.generated_kind == "virtual":
        footprint.refuse("ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns")


def set_parameter(footprint: Footprint, operation: SetColumnParameter) -> None:
    table = operation.table
    match operation.parameter:
        case "statistics":
            footprint.lock_tree(Lock.SHARE_UPDATE_EXCLUSIVE, table)
        case "options":
            footprint.lock(Lock.SHARE_UPDATE_EXCLUSIVE, table)
        case "storage":
            footprint.lock_tree(AE, table)
        case "compression":
            footprint.needs(14, "SET COMPRESSION")
            footprint.lock(AE, table)
