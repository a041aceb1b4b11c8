"""What an operation costs on SQL Server, in PostgreSQL's lock modes.

SQL Server locks a table in modes of its own; what matters is who waits. Sch-M (schema modification), which
every ALTER TABLE takes, keeps out even readers: ACCESS EXCLUSIVE. S, under which an index is built offline,
keeps out writers: SHARE. An online operation holds IS while it works, and Sch-M or S only at its ends:
SHARE UPDATE EXCLUSIVE. Sources: Microsoft's documentation, "ALTER TABLE (Transact-SQL)", "CREATE INDEX",
"How online index operations work", "Transaction locking and row versioning guide". Not measured.

Where editions differ, Enterprise and Azure SQL are meant: they alone build online, and they alone add a
NOT NULL column with a run-time constant default without writing each row; elsewhere that rewrites the table.
"""

from dblint import operations as op
from dblint.catalog.model import Column
from dblint.catalog.schema import Schema
from dblint.dialects.tsql.tokens import words
from dblint.impact import FREE, Impact, Lock
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    Analyze,
    ColumnDefinition,
    Copy,
    CreateIndex,
    CreateStatistics,
    CreateTable,
    CreateTrigger,
    CreateView,
    Delete,
    DropConstraint,
    DropIndex,
    DropTable,
    Expression,
    Insert,
    Merge,
    Operation,
    Reindex,
    RenameIndex,
    Select,
    ServerCommand,
    SetIndexParameter,
    Update,
    ValidateConstraint,
)

_FREE = (
    op.CreateSchema, op.DropSchema, op.CreateTableAs, op.CreateSequence, op.AlterSequence, op.DropSequence,
    op.CreateDomain, op.CreateCompositeType, op.DropType, op.CreateFunction, op.DropFunction, op.CreateObject,
    op.DropObject, op.RenameObject, op.Comment, op.GrantPrivilege, op.RevokePrivilege, op.ChangeRole, op.Call,
    op.Begin, op.Commit, op.Rollback, op.Savepoint, op.RollbackToSavepoint, op.SetVariable, op.SessionCommand,
    op.Select, op.CreateView, op.Opaque, op.Unparsable, op.MigrationBegin, op.MigrationEnd,
)  # fmt: skip
"""What locks no table that was there before, or nothing that can be said beforehand (Call, Opaque)."""

RUNTIME_CONSTANT = words(
    """
    getdate getutcdate sysdatetime sysutcdatetime sysdatetimeoffset current_timestamp current_user session_user
    system_user user user_name suser_sname suser_name original_login host_name app_name db_name db_id
    """
)
"""Functions that give every row of one statement the same value."""

_WRITTEN_PER_ROW = words("xml text ntext image hierarchyid geometry geography")
"""Types of which no column with a default is added as metadata alone; nor of any (max)."""

_VARIABLE = words("varchar nvarchar varbinary")


def impact(operation: Operation, schema: Schema, version: int) -> Impact:
    """What `operation` does to a running SQL Server of this version (2017, 2019, 2022 …)."""
    match operation:
        case Insert() | Update() | Delete() | Merge() | Copy():
            return _write(operation, schema)
        case CreateIndex():
            return _create_index(operation, schema)
        case CreateTable():
            return _exclusive(schema, *_referenced(operation))
        case DropTable(name=name):
            table = schema.table(name)
            parents = [key.references for key in table.foreign_keys if key.references] if table else []
            return _exclusive(schema, name, *parents)
        case AddColumn():
            return _add_column(operation, schema)
        case AlterColumnType():
            return _alter_column(operation, schema)
        case AddConstraint():
            return _add_constraint(operation, schema)
        case DropConstraint():
            return _drop_constraint(operation, schema)
        case ValidateConstraint(table=name):
            return _exclusive(schema, name, scans=(name,))
        case DropIndex(name=name, table=on):
            return _drop_index(name, on, operation.online, schema)
        case Reindex():
            return _rebuild(operation, schema)
        case RenameIndex(name=name) | SetIndexParameter(name=name):
            index = schema.index(name)
            return _exclusive(schema, index.table) if index else FREE
        case CreateStatistics(table=name) | Analyze(name=Name() as name):
            # Reads a sample (or all) of the rows under Sch-S, which only schema changes wait for.
            return _lock(schema, Lock.SHARE_UPDATE_EXCLUSIVE, name, scans=(name,))
        case ServerCommand():
            return Impact(in_transaction=False)
        case CreateTrigger(table=name):
            return _exclusive(schema, name)
        case Select() | CreateView():
            return FREE
    if isinstance(operation, _FREE):
        return FREE
    # Whatever else changes a table or view takes Sch-M on it and touches no row.
    subject = operation.subject
    return _exclusive(schema, subject) if subject else FREE


def _lock(
    schema: Schema,
    lock: Lock,
    *names: Name,
    rewrites: tuple[Name, ...] = (),
    scans: tuple[Name, ...] = (),
    builds: tuple[Name, ...] = (),
) -> Impact:
    """Temporary tables are nobody else's: they are left out."""

    def full(some: tuple[Name, ...]) -> tuple[Name, ...]:
        return tuple(schema.resolve(name) for name in some if not name.name.startswith("#"))

    locks = dict.fromkeys(full(names), lock)
    if not locks:
        return FREE
    return Impact(locks=locks, rewrites=full(rewrites), scans=full(scans), builds=full(builds))


def _exclusive(
    schema: Schema,
    *names: Name,
    rewrites: tuple[Name, ...] = (),
    scans: tuple[Name, ...] = (),
    builds: tuple[Name, ...] = (),
) -> Impact:
    return _lock(schema, Lock.ACCESS_EXCLUSIVE, *names, rewrites=rewrites, scans=scans, builds=builds)


def _write(operation: Insert | Update | Delete | Merge | Copy, schema: Schema) -> Impact:
    unfiltered = isinstance(operation, (Update, Delete)) and operation.where is None
    scans = (operation.table,) if unfiltered else ()
    return _lock(schema, Lock.ROW_EXCLUSIVE, operation.table, scans=scans)


def _create_index(operation: CreateIndex, schema: Schema) -> Impact:
    """Offline, a nonclustered index lets readers through; a clustered one is the table, written anew."""
    table = operation.table
    name = Name(operation.name, table.schema)
    lock = Lock.SHARE
    if operation.online:
        lock = Lock.SHARE_UPDATE_EXCLUSIVE
    elif operation.index.clustered:
        lock = Lock.ACCESS_EXCLUSIVE
    rewrites = (table,) if operation.index.clustered else ()
    return _lock(schema, lock, table, rewrites=rewrites, scans=(table,), builds=(name,))


def _referenced(operation: CreateTable) -> list[Name]:
    """A foreign key takes Sch-M on the table it points at, too."""
    inline = [item for column in operation.columns for item in column.constraints]
    keys = [item.references for item in (*operation.constraints, *inline) if item.references]
    return [name for name in keys if name != operation.name]


def _add_column(operation: AddColumn, schema: Schema) -> Impact:
    table, column = operation.table, operation.column
    rewrites = (table,) if _fills_rows(column) else ()
    scans = (table,) if any(item.kind in ("check", "foreign key") for item in column.constraints) else ()
    keys = [item for item in column.constraints if item.kind in ("primary key", "unique")]
    builds = tuple(Name(item.name, table.schema) for item in keys)
    parents = [item.references for item in column.constraints if item.references]
    return _exclusive(schema, table, *parents, rewrites=rewrites, scans=scans, builds=builds)


def _fills_rows(column: ColumnDefinition) -> bool:
    """Whether adding the column writes every row. A nullable one with a default leaves old rows NULL."""
    if column.identity or column.generated_kind == "stored":
        return True
    if column.default is None or not column.not_null:
        return False
    if column.type.name.name in _WRITTEN_PER_ROW or -1 in column.type.modifiers:
        return True
    return not _runtime_constant(column.default)


def _runtime_constant(expression: Expression) -> bool:
    if expression.constant:
        return True
    calls = expression.functions
    plain = bool(calls) and not expression.columns and not expression.tables
    return plain and all(not call.name.schema and call.name.name in RUNTIME_CONSTANT for call in calls)


def _alter_column(operation: AlterColumnType, schema: Schema) -> Impact:
    table = operation.table
    column = schema.column(table, operation.column)
    cost = _type_change(column, operation)
    proves = operation.nullable is False and (column is None or not column.not_null)
    rewrites = (table,) if cost == "rewrite" else ()
    scans = (table,) if cost != "nothing" or proves else ()
    return _exclusive(schema, table, rewrites=rewrites, scans=scans)


def _type_change(column: Column | None, operation: AlterColumnType) -> str:
    """Longer strings of the same kind are metadata; shorter ones are checked; anything else is written anew."""
    if column is None:
        return "rewrite"
    old, new = column.type, operation.type
    collated = operation.collation.lower()
    if collated and collated != column.collation.lower():
        return "rewrite"
    if old.text.lower() == new.text.lower():
        return "nothing"
    if old.name == new.name and new.name.name in _VARIABLE:
        before, after = (kind.modifiers[0] if kind.modifiers else 1 for kind in (old, new))
        if before > 0 and after > 0:
            return "nothing" if after >= before else "scan"
    return "rewrite"


def _add_constraint(operation: AddConstraint, schema: Schema) -> Impact:
    table, constraint = operation.table, operation.constraint
    if constraint.kind in ("primary key", "unique"):
        rewrites = (table,) if constraint.clustered else ()
        builds = (Name(constraint.name, table.schema),)
        return _exclusive(schema, table, rewrites=rewrites, scans=(table,), builds=builds)
    scans = () if constraint.not_valid else (table,)
    parents = [constraint.references] if constraint.references else []
    return _exclusive(schema, table, *parents, scans=scans)


def _drop_constraint(operation: DropConstraint, schema: Schema) -> Impact:
    """Without its clustered key the table becomes a heap: its other indexes, which point by that key, are rebuilt."""
    table = operation.table
    constraint = schema.constraint(table, operation.constraint)
    index = (
        schema.index(Name(constraint.index, schema.resolve(table).schema)) if constraint and constraint.index else None
    )
    rewrites = (table,) if index and index.definition.clustered else ()
    parents = [constraint.references] if constraint and constraint.references else []
    return _exclusive(schema, table, *parents, rewrites=rewrites)


def _drop_index(name: Name, on: Name | None, online: bool, schema: Schema) -> Impact:
    index = schema.index(name)
    table = on or (index.table if index else None)
    if table is None:
        return FREE
    clustered = index is not None and index.definition.clustered
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if online else Lock.ACCESS_EXCLUSIVE
    return _lock(schema, lock, table, rewrites=(table,) if clustered else ())


def _rebuild(operation: Reindex, schema: Schema) -> Impact:
    if operation.name is None:
        return FREE
    index = schema.index(operation.name) if operation.kind == "index" else None
    table = index.table if index else operation.name
    if operation.online:
        return _lock(schema, Lock.SHARE_UPDATE_EXCLUSIVE, table, scans=(table,), builds=(operation.name,))
    if index is not None and not index.definition.clustered:
        return _lock(schema, Lock.SHARE, table, scans=(table,), builds=(operation.name,))
    return _exclusive(schema, table, rewrites=(table,), scans=(table,), builds=(operation.name,))
