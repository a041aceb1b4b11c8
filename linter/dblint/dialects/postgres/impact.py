"""What each operation costs others on PostgreSQL: the lock table, to be read beside the manual.

Manual: 13.3 "Explicit Locking", and the notes on each command's page. The entries were measured in pg_locks, on
relation files and in the server's own messages, on majors 13 to 18; the tests hold the measurements. One entry per
operation: what is short stands here, what needs reasoning is in `costs`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from dblint import operations as op
from dblint.catalog.schema import Schema
from dblint.dialects.postgres.costs import columns, constraints, indexes, partitions, removals, rows, tables
from dblint.dialects.postgres.costs.footprint import Footprint
from dblint.impact import FREE, Impact, Lock
from dblint.names import Name

SHARE_UPDATE_EXCLUSIVE = Lock.SHARE_UPDATE_EXCLUSIVE
SHARE = Lock.SHARE
SHARE_ROW_EXCLUSIVE = Lock.SHARE_ROW_EXCLUSIVE
ACCESS_EXCLUSIVE = Lock.ACCESS_EXCLUSIVE

Kind = TypeVar("Kind", bound=op.Operation)
Price = Callable[[Footprint, Any], None]


def impact(operation: op.Operation, schema: Schema, version: int) -> Impact:
    """The price of one operation against the schema just before it, on a server of that major version (13 to 18).

    A relation that the history never made is presumed to exist, to be large and busy. What is Opaque or
    Unparsable touches no relation that could be named, so it is free here and reported elsewhere.
    """
    price = PRICES.get(type(operation))
    if price is None:
        return FREE
    if operation.guards and any(schema.holds(guard) is False for guard in operation.guards):
        return FREE
    footprint = Footprint(schema, version, operation)
    price(footprint, operation)
    return footprint.total()


def _create_trigger(footprint: Footprint, operation: op.CreateTrigger) -> None:
    if operation.or_replace:
        footprint.needs(14, "CREATE OR REPLACE TRIGGER")
    footprint.lock(
        SHARE_ROW_EXCLUSIVE, *(footprint.partitions(operation.table) if operation.per_row else [operation.table])
    )


def _set_replica_identity(footprint: Footprint, operation: op.SetReplicaIdentity) -> None:
    footprint.lock(ACCESS_EXCLUSIVE, operation.table)
    if operation.index:
        footprint.lock(SHARE, Name(operation.index, footprint.schema.resolve(operation.table).schema))


def _add_inheritance(footprint: Footprint, operation: op.AddInheritance) -> None:
    footprint.lock(ACCESS_EXCLUSIVE, operation.table)
    footprint.lock(SHARE_UPDATE_EXCLUSIVE, operation.parent)


def _rename_object(footprint: Footprint, operation: op.RenameObject) -> None:
    if operation.table is not None:
        copied = operation.kind == "trigger" and footprint.version >= 15
        footprint.lock(ACCESS_EXCLUSIVE, *(footprint.partitions(operation.table) if copied else [operation.table]))
    elif operation.kind in tables.RELATIONS:
        footprint.lock(ACCESS_EXCLUSIVE, operation.name)


def _comment(footprint: Footprint, operation: op.Comment) -> None:
    if operation.kind in tables.RELATIONS or operation.kind == "column":
        footprint.lock(SHARE_UPDATE_EXCLUSIVE, operation.name)


def _copy(footprint: Footprint, operation: op.Copy) -> None:
    if operation.into:
        rows.add_rows(footprint, operation.table)


def _server_command(footprint: Footprint, operation: op.ServerCommand) -> None:
    footprint.in_transaction = False


def _of(kind: type[Kind], price: Callable[[Footprint, Kind], None]) -> tuple[type[op.Operation], Price]:
    """An entry, with the price's parameter checked against the operation."""
    return kind, price


PRICES: dict[type[op.Operation], Price] = dict(
    [
        # --- tables and columns -------------------------------------------------------------------
        _of(op.CreateTable, partitions.create_table),
        _of(op.AddColumn, columns.add_column),
        _of(op.DropColumn, columns.drop_column),
        _of(op.RenameColumn, lambda f, o: columns.rename_column(f, o.table, o.column)),
        _of(op.AlterColumnType, columns.alter_type),
        _of(op.SetNotNull, lambda f, o: columns.set_not_null(f, o.table, o.column)),
        _of(op.DropNotNull, lambda f, o: columns.drop_not_null(f, o.table, o.column)),
        _of(op.SetDefault, lambda f, o: columns.change_default(f, o.table, o.column)),
        _of(op.DropDefault, lambda f, o: columns.change_default(f, o.table, o.column)),
        _of(op.AddIdentity, lambda f, o: columns.add_identity(f, o.table, o.column)),
        _of(op.AlterIdentity, lambda f, o: columns.change_identity(f, o.table, o.column, SHARE_ROW_EXCLUSIVE)),
        _of(op.DropIdentity, lambda f, o: columns.change_identity(f, o.table, o.column, ACCESS_EXCLUSIVE)),
        _of(op.SetExpression, lambda f, o: columns.set_expression(f, o.table, o.column)),
        _of(op.DropExpression, lambda f, o: columns.drop_expression(f, o.table, o.column)),
        _of(op.SetColumnParameter, columns.set_parameter),
        # --- constraints --------------------------------------------------------------------------
        _of(op.AddConstraint, lambda f, o: constraints.add_constraint(f, o.table, o.constraint)),
        _of(op.DropConstraint, constraints.drop_constraint),
        _of(op.RenameConstraint, lambda f, o: constraints.rename_constraint(f, o.table, o.constraint)),
        _of(op.ValidateConstraint, lambda f, o: constraints.validate_constraint(f, o.table, o.constraint)),
        _of(op.AlterConstraint, constraints.alter_constraint),
        # --- indexes ------------------------------------------------------------------------------
        _of(op.CreateIndex, indexes.create_index),
        _of(op.DropIndex, removals.drop_index),
        _of(op.RenameIndex, lambda f, o: f.lock(ACCESS_EXCLUSIVE if o.via_table else SHARE_UPDATE_EXCLUSIVE, o.name)),
        _of(op.AttachIndex, indexes.attach_index),
        _of(op.SetIndexParameter, lambda f, o: tables.set_index_parameter(f, o.name, o.parameter)),
        _of(op.Reindex, indexes.reindex),
        # --- a table as a whole -------------------------------------------------------------------
        _of(op.RenameTable, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.name)),
        _of(op.AttachPartition, partitions.attach_partition),
        _of(op.DetachPartition, partitions.detach_partition),
        _of(op.AddInheritance, _add_inheritance),
        _of(op.DropInheritance, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.SetTableParameter, tables.set_parameter),
        _of(op.SetLogged, tables.set_logged),
        _of(op.SetTablespace, indexes.set_tablespace),
        _of(op.SetAccessMethod, tables.set_access_method),
        _of(op.SetReplicaIdentity, _set_replica_identity),
        _of(op.ChangeOwner, tables.change_owner),
        _of(op.SetSchema, lambda f, o: tables.set_schema(f, o.kind, o.name)),
        _of(op.SetRowSecurity, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.ForceRowSecurity, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.CreatePolicy, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.AlterPolicy, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.DropPolicy, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.CreateRule, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.table)),
        _of(op.CreateTrigger, _create_trigger),
        _of(op.DropTrigger, lambda f, o: removals.lock_trigger(f, ACCESS_EXCLUSIVE, o.table, o.name)),
        _of(op.EnableTrigger, lambda f, o: removals.lock_trigger(f, SHARE_ROW_EXCLUSIVE, o.table, o.trigger)),
        _of(op.DisableTrigger, lambda f, o: removals.lock_trigger(f, SHARE_ROW_EXCLUSIVE, o.table, o.trigger)),
        # --- views and sequences ------------------------------------------------------------------
        _of(op.CreateView, tables.create_view),
        _of(op.SetViewOptions, lambda f, o: f.lock(ACCESS_EXCLUSIVE, o.name)),
        _of(op.CreateTableAs, rows.keep),
        _of(op.CreateMaterializedView, rows.keep),
        _of(op.RefreshMaterializedView, rows.refresh),
        _of(op.AlterSequence, lambda f, o: f.lock(SHARE_ROW_EXCLUSIVE, o.name)),
        # --- removal ------------------------------------------------------------------------------
        _of(op.DropTable, removals.drop_named),
        _of(op.DropView, removals.drop_named),
        _of(op.DropSequence, removals.drop_named),
        _of(op.DropType, removals.drop_type),
        _of(op.DropFunction, removals.drop_function),
        _of(op.DropSchema, removals.drop_schema),
        # --- types and routines -------------------------------------------------------------------
        _of(op.AlterDomain, tables.alter_domain),
        _of(op.AlterCompositeType, tables.alter_composite),
        _of(op.CreateFunction, rows.function_body),
        # --- other kinds of objects ---------------------------------------------------------------
        _of(op.RenameObject, _rename_object),
        _of(op.CreateObject, tables.change_object),
        _of(op.AlterObject, tables.change_object),
        _of(op.DropObject, tables.change_object),
        _of(op.CreateStatistics, lambda f, o: f.lock(SHARE_UPDATE_EXCLUSIVE, o.table)),
        _of(op.Comment, _comment),
        _of(op.ChangeRole, tables.change_role),
        # --- rows ---------------------------------------------------------------------------------
        _of(op.Insert, rows.insert),
        _of(op.Update, rows.update),
        _of(op.Delete, rows.delete),
        _of(op.Select, rows.select),
        _of(op.Merge, rows.merge),
        _of(op.Truncate, rows.truncate),
        _of(op.Copy, _copy),
        _of(op.LockTable, rows.lock_table),
        # --- maintenance and server ---------------------------------------------------------------
        _of(op.Vacuum, tables.vacuum),
        _of(op.Analyze, lambda f, o: tables.analyze(f, o.name)),
        _of(op.Cluster, lambda f, o: tables.cluster(f, o.name)),
        _of(op.ServerCommand, _server_command),
    ]
)
"""The price of each operation that somebody may have to wait for, or that the server may refuse."""

UNPRICED: frozenset[type[op.Operation]] = frozenset(
    {
        op.CreateSchema,
        op.CreateSequence,
        op.CreateExtension,
        op.CreateEnum,
        op.AddEnumValue,
        op.RenameEnumValue,
        op.CreateDomain,
        op.CreateCompositeType,
        op.CreateType,
        op.AlterFunction,
        op.GrantPrivilege,
        op.RevokePrivilege,
        op.AlterDefaultPrivileges,
        op.Begin,
        op.Commit,
        op.Rollback,
        op.Savepoint,
        op.RollbackToSavepoint,
        op.ReleaseSavepoint,
        op.SetVariable,
        op.SetConstraints,
        op.SessionCommand,
        op.Call,
        op.MigrationBegin,
        op.MigrationEnd,
        op.Opaque,
        op.Unparsable,
    }
)
"""The operations that keep nobody waiting."""
