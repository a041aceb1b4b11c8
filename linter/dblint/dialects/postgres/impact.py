"""What each operation costs others on PostgreSQL: the lock table, to be read beside the manual.

Manual: 13.3 "Explicit Locking", and the notes on each command's page. The entries were measured in pg_locks, on
relation files and in the server's own messages, on majors 13 to 18; the tests hold the measurements. One entry per
operation: what is short stands here, what needs reasoning is in `costs`.
"""

from typing import TYPE_CHECKING, assert_never, cast

from dblint import operations as op
from dblint.catalog.schema import Schema
from dblint.dialects.postgres.costs import columns, constraints, indexes, partitions, removals, rows, tables
from dblint.dialects.postgres.costs.footprint import Footprint
from dblint.impact import FREE, Impact, Lock
from dblint.names import Name

if TYPE_CHECKING:
    from dblint.operations import AnyOperation

SHARE_UPDATE_EXCLUSIVE = Lock.SHARE_UPDATE_EXCLUSIVE
SHARE = Lock.SHARE
SHARE_ROW_EXCLUSIVE = Lock.SHARE_ROW_EXCLUSIVE
ACCESS_EXCLUSIVE = Lock.ACCESS_EXCLUSIVE


def impact(operation: op.Operation, schema: Schema, version: int) -> Impact:
    """The price of one operation against the schema just before it, on a server of that major version (13 to 18).

    A relation that the history never made is presumed to exist, to be large and busy. What is Opaque or
    Unparsable touches no relation that could be named, so it is free here and reported elsewhere.
    """
    held = [schema.holds(guard) for guard in operation.guards]
    if False in held:
        return FREE
    subject = operation.subject
    certain = None not in held and not operation.tolerates
    if certain and subject is not None and schema.uncertain(subject) is not None:
        certain = False
    footprint = Footprint(schema, version, certain=certain)
    _price(cast("AnyOperation", operation), footprint)
    return footprint.total()


def _price(operation: "AnyOperation", footprint: Footprint) -> None:
    lock = footprint.lock
    match operation:
        # --- tables and columns -------------------------------------------------------------------
        case op.CreateTable():
            partitions.create_table(footprint, operation)
        case op.AddColumn():
            columns.add_column(footprint, operation)
        case op.DropColumn():
            columns.drop_column(footprint, operation)
        case op.RenameColumn(table=table, column=column):
            columns.rename_column(footprint, table, column)
        case op.AlterColumnType():
            columns.alter_type(footprint, operation)
        case op.SetNotNull(table=table, column=column):
            columns.set_not_null(footprint, table, column)
        case op.DropNotNull(table=table, column=column):
            columns.drop_not_null(footprint, table, column)
        case op.SetDefault(table=table, column=column) | op.DropDefault(table=table, column=column):
            columns.change_default(footprint, table, column)
        case op.AddIdentity(table=table, column=column):
            columns.add_identity(footprint, table, column)
        case op.AlterIdentity(table=table, column=column):
            columns.change_identity(footprint, table, column, SHARE_ROW_EXCLUSIVE)
        case op.DropIdentity(table=table, column=column):
            columns.change_identity(footprint, table, column, ACCESS_EXCLUSIVE)
        case op.SetExpression(table=table, column=column):
            columns.set_expression(footprint, table, column)
        case op.DropExpression(table=table, column=column):
            columns.drop_expression(footprint, table, column)
        case op.SetColumnParameter():
            columns.set_parameter(footprint, operation)

        # --- constraints --------------------------------------------------------------------------
        case op.AddConstraint(table=table, constraint=constraint):
            constraints.add_constraint(footprint, table, constraint)
        case op.DropConstraint():
            constraints.drop_constraint(footprint, operation)
        case op.RenameConstraint(table=table, constraint=name):
            constraints.rename_constraint(footprint, table, name)
        case op.ValidateConstraint(table=table, constraint=name):
            constraints.validate_constraint(footprint, table, name)
        case op.AlterConstraint():
            constraints.alter_constraint(footprint, operation)

        # --- indexes ------------------------------------------------------------------------------
        case op.CreateIndex():
            indexes.create_index(footprint, operation)
        case op.DropIndex():
            removals.drop_index(footprint, operation)
        case op.RenameIndex(name=index, via_table=via_table):
            lock(ACCESS_EXCLUSIVE if via_table else SHARE_UPDATE_EXCLUSIVE, index)
        case op.AttachIndex():
            indexes.attach_index(footprint, operation)
        case op.SetIndexParameter(name=index, parameter=parameter):
            tables.set_index_parameter(footprint, index, parameter)
        case op.Reindex():
            indexes.reindex(footprint, operation)

        # --- a table as a whole -------------------------------------------------------------------
        case op.RenameTable(name=table):
            lock(ACCESS_EXCLUSIVE, table)
        case op.AttachPartition():
            partitions.attach_partition(footprint, operation)
        case op.DetachPartition():
            partitions.detach_partition(footprint, operation)
        case op.AddInheritance(table=table, parent=parent):
            lock(ACCESS_EXCLUSIVE, table)
            lock(SHARE_UPDATE_EXCLUSIVE, parent)
        case op.DropInheritance(table=table):
            lock(ACCESS_EXCLUSIVE, table)
        case op.SetTableParameter():
            tables.set_parameter(footprint, operation)
        case op.SetLogged():
            tables.set_logged(footprint, operation)
        case op.SetTablespace():
            indexes.set_tablespace(footprint, operation)
        case op.SetAccessMethod():
            tables.set_access_method(footprint, operation)
        case op.SetReplicaIdentity(table=table, index=index_name):
            lock(ACCESS_EXCLUSIVE, table)
            if index_name:
                lock(SHARE, Name(index_name, footprint.schema.resolve(table).schema))
        case op.ChangeOwner():
            tables.change_owner(footprint, operation)
        case op.SetSchema(kind=kind, name=relation):
            tables.set_schema(footprint, kind, relation)
        case op.SetRowSecurity(table=table) | op.ForceRowSecurity(table=table):
            lock(ACCESS_EXCLUSIVE, table)
        case op.CreatePolicy(table=table) | op.AlterPolicy(table=table) | op.DropPolicy(table=table):
            lock(ACCESS_EXCLUSIVE, table)
        case op.CreateRule(table=table):
            lock(ACCESS_EXCLUSIVE, table)
        case op.CreateTrigger(table=table, per_row=per_row, or_replace=or_replace):
            if or_replace:
                footprint.needs(14, "CREATE OR REPLACE TRIGGER")
            lock(SHARE_ROW_EXCLUSIVE, *(footprint.partitions(table) if per_row else [table]))
        case op.DropTrigger(table=table, name=name):
            removals.lock_trigger(footprint, ACCESS_EXCLUSIVE, table, name)
        case op.EnableTrigger(table=table, trigger=name) | op.DisableTrigger(table=table, trigger=name):
            removals.lock_trigger(footprint, SHARE_ROW_EXCLUSIVE, table, name)

        # --- views and sequences ------------------------------------------------------------------
        case op.CreateView():
            tables.create_view(footprint, operation)
        case op.SetViewOptions(name=view):
            lock(ACCESS_EXCLUSIVE, view)
        case op.CreateTableAs() | op.CreateMaterializedView():
            rows.keep(footprint, operation)
        case op.RefreshMaterializedView():
            rows.refresh(footprint, operation)
        case op.AlterSequence(name=sequence):
            lock(SHARE_ROW_EXCLUSIVE, sequence)

        # --- removal ------------------------------------------------------------------------------
        case op.DropTable() | op.DropView() | op.DropSequence():
            removals.drop_named(footprint, operation)
        case op.DropType():
            removals.drop_type(footprint, operation)
        case op.DropFunction():
            removals.drop_function(footprint, operation)
        case op.DropSchema():
            removals.drop_schema(footprint, operation)

        # --- types and routines -------------------------------------------------------------------
        case op.AlterDomain():
            tables.alter_domain(footprint, operation)
        case op.AlterCompositeType():
            tables.alter_composite(footprint, operation)
        case op.CreateFunction():
            rows.function_body(footprint, operation)

        # --- other kinds of objects ---------------------------------------------------------------
        case op.RenameObject(kind=kind, name=relation, table=on_table):
            if on_table is not None:
                copied = kind == "trigger" and footprint.version >= 15
                lock(ACCESS_EXCLUSIVE, *(footprint.partitions(on_table) if copied else [on_table]))
            elif kind in tables.RELATIONS:
                lock(ACCESS_EXCLUSIVE, relation)
        case op.CreateObject() | op.AlterObject() | op.DropObject():
            tables.change_object(footprint, operation)
        case op.CreateStatistics(table=table):
            lock(SHARE_UPDATE_EXCLUSIVE, table)
        case op.Comment(kind=kind, name=relation):
            if kind in tables.RELATIONS or kind == "column":
                lock(SHARE_UPDATE_EXCLUSIVE, relation)
        case op.ChangeRole():
            tables.change_role(footprint, operation)

        # --- rows ---------------------------------------------------------------------------------
        case op.Insert():
            rows.insert(footprint, operation)
        case op.Update():
            rows.update(footprint, operation)
        case op.Delete():
            rows.delete(footprint, operation)
        case op.Select():
            rows.select(footprint, operation)
        case op.Merge():
            rows.merge(footprint, operation)
        case op.Truncate():
            rows.truncate(footprint, operation)
        case op.Copy(table=table, into=into):
            if into:
                rows.add_rows(footprint, table)
        case op.LockTable():
            rows.lock_table(footprint, operation)

        # --- maintenance and server ---------------------------------------------------------------
        case op.Vacuum():
            tables.vacuum(footprint, operation)
        case op.Analyze(name=target):
            tables.analyze(footprint, target)
        case op.Cluster(name=target):
            tables.cluster(footprint, target)
        case op.ServerCommand():
            footprint.in_transaction = False

        # --- what keeps nobody waiting ------------------------------------------------------------
        case op.CreateSchema() | op.CreateSequence() | op.CreateExtension():
            pass
        case op.CreateEnum() | op.AddEnumValue() | op.RenameEnumValue():
            pass
        case op.CreateDomain() | op.CreateCompositeType() | op.CreateType() | op.AlterFunction():
            pass
        case op.GrantPrivilege() | op.RevokePrivilege() | op.AlterDefaultPrivileges():
            pass
        case op.Begin() | op.Commit() | op.Rollback():
            pass
        case op.Savepoint() | op.RollbackToSavepoint() | op.ReleaseSavepoint():
            pass
        case op.SetVariable() | op.SetConstraints() | op.SessionCommand() | op.Call():
            pass
        case op.MigrationBegin() | op.MigrationEnd() | op.Opaque() | op.Unparsable():
            pass
        case _:
            assert_never(operation)
