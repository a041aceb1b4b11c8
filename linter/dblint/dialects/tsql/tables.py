"""CREATE TABLE, ALTER TABLE, CREATE INDEX and ALTER INDEX of T-SQL as operations."""

from collections.abc import Iterator

from msgspec.structs import replace

from dblint.dialects.tsql.cursor import Cursor, UnmodelledError, option_on
from dblint.dialects.tsql.definitions import (
    CONSTRAINT_WORDS,
    NamedIndex,
    read_column,
    read_constraint,
    read_default,
    read_index,
    read_index_body,
    skip_storage,
)
from dblint.dialects.tsql.expressions import read_type
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    AlterConstraint,
    ColumnDefinition,
    ConstraintDefinition,
    CreateIndex,
    CreateTable,
    DisableTrigger,
    DropColumn,
    DropConstraint,
    EnableTrigger,
    Operation,
    Reindex,
    SetColumnParameter,
    SetDefault,
    SetIndexParameter,
    SetTableParameter,
    ValidateConstraint,
)
from dblint.source import Statement


def create_table(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After CREATE TABLE."""
    start = cursor.at
    name = cursor.name("a table")
    name_span = cursor.span(start)
    if cursor.take("AS"):
        raise UnmodelledError(f"CREATE TABLE {name} AS {cursor.word}")
    columns: list[ColumnDefinition] = []
    constraints: list[ConstraintDefinition] = []
    indexes: list[NamedIndex] = []
    inside = cursor.group()
    while not inside.done:
        if inside.word == "INDEX":
            indexes.append(read_index(inside, name))
        elif inside.word in CONSTRAINT_WORDS:
            constraints.append(read_constraint(inside))
        elif inside.take("PERIOD", "FOR", "SYSTEM_TIME"):
            inside.group()
        else:
            parts = read_column(inside, name)
            columns.append(parts.column)
            indexes += parts.indexes
        # The server takes a constraint without a comma before it, and a comma after the last item.
        if not inside.take(",") and not inside.done and inside.word not in CONSTRAINT_WORDS:
            raise inside.fault("a comma")
    skip_storage(cursor)
    if cursor.take("AS"):
        raise UnmodelledError(f"CREATE TABLE {name} AS {cursor.word}")
    cursor.finish()
    if any(index.index.clustered for index in indexes) or any(
        constraint.clustered and constraint.kind == "unique" for constraint in constraints
    ):
        constraints = [replace(item, clustered=item.clustered and item.kind != "primary key") for item in constraints]
    yield CreateTable(
        statement=statement,
        span=statement.span,
        name=name,
        name_span=name_span,
        columns=tuple(columns),
        constraints=tuple(constraints),
        indexes=tuple((item.name, item.index) for item in indexes),
        persistence="temporary" if name.name.startswith("#") else "permanent",
    )


def create_index(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After CREATE, at [UNIQUE] [CLUSTERED|NONCLUSTERED] [COLUMNSTORE] INDEX."""
    unique = cursor.take("UNIQUE")
    clustered = cursor.take_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
    columnstore = cursor.take("COLUMNSTORE")
    cursor.expect("INDEX")
    start = cursor.at
    name = cursor.identifier("an index name")
    cursor.expect("ON")
    table = cursor.name("a table")
    found = read_index_body(cursor, table, name=name, unique=unique, clustered=clustered, start=start)
    cursor.finish()
    index = replace(found.index, method="columnstore") if columnstore else found.index
    yield CreateIndex(statement=statement, span=statement.span, name=name, index=index, online=found.online)


def alter_index(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After ALTER INDEX."""
    name = "" if cursor.take("ALL") else cursor.identifier("an index")
    cursor.expect("ON")
    table = cursor.name("a table")
    index = Name(name, table.schema)
    action = cursor.take_any("REBUILD", "REORGANIZE", "DISABLE", "SET", "RESUME", "PAUSE", "ABORT")
    if action in ("REBUILD", "RESUME"):
        online = False
        while not cursor.done:
            if cursor.take("WITH") and cursor.word == "(":
                online = option_on(cursor.group(), "ONLINE")
            else:
                cursor.skip()
        if name:
            yield Reindex(statement=statement, span=statement.span, kind="index", name=index, online=online)
        else:
            yield Reindex(statement=statement, span=statement.span, kind="table", name=table, online=online)
    elif action in ("REORGANIZE", "SET", "PAUSE", "ABORT"):
        yield SetIndexParameter(statement=statement, span=statement.span, name=index, parameter=action.lower())
    elif action == "DISABLE":
        raise UnmodelledError(f"ALTER INDEX {index} DISABLE", "the catalog does not know disabled indexes")
    else:
        raise cursor.fault("REBUILD, REORGANIZE, DISABLE or SET")


def alter_table(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After ALTER TABLE."""
    table = cursor.name("a table")
    checked: bool | None = None
    if cursor.word == "WITH" and cursor.ahead() in ("CHECK", "NOCHECK"):
        cursor.step()
        checked = cursor.step().word == "CHECK"
    if cursor.take("ADD"):
        yield from _add(cursor, statement, table, not_valid=checked is False)
    elif cursor.take("DROP"):
        yield from _drop(cursor, statement, table)
    elif cursor.take("ALTER", "COLUMN"):
        yield _alter_column(cursor, statement, table)
    elif cursor.word in ("CHECK", "NOCHECK") and cursor.ahead() == "CONSTRAINT":
        yield from _switch_constraints(cursor, statement, table, checked is True)
    elif cursor.word in ("ENABLE", "DISABLE") and cursor.ahead() == "TRIGGER":
        yield from switch_triggers(cursor, statement, table)
    elif cursor.take("SET"):
        for option in cursor.group().items():
            yield SetTableParameter(
                statement=statement, span=option.span(), table=table, parameter=option.token.text.lower()
            )
    elif cursor.take("REBUILD"):
        online = False
        while not cursor.done:
            if cursor.take("WITH") and cursor.word == "(":
                online = option_on(cursor.group(), "ONLINE")
            else:
                cursor.skip()
        yield Reindex(statement=statement, span=statement.span, kind="table", name=table, online=online)
    elif cursor.take_any("ENABLE", "DISABLE"):
        parameter = cursor.identifier().lower()
        cursor.at = cursor.end
        yield SetTableParameter(statement=statement, span=statement.span, table=table, parameter=parameter)
    elif cursor.word in ("SWITCH", "SPLIT", "MERGE"):
        raise UnmodelledError(f"ALTER TABLE {table} {cursor.word}", "the catalog does not know what partitions hold")
    else:
        raise cursor.fault("ADD, DROP, ALTER COLUMN or another change of a table")
    cursor.finish()


def _add(cursor: Cursor, statement: Statement, table: Name, *, not_valid: bool) -> Iterator[Operation]:
    while True:
        start = cursor.at
        if cursor.word == "DEFAULT" or (cursor.word == "CONSTRAINT" and cursor.ahead(2) == "DEFAULT"):
            default = read_default(cursor)
            cursor.expect("FOR")
            column = cursor.identifier("a column")
            cursor.take("WITH", "VALUES")
            yield SetDefault(
                statement=statement,
                span=cursor.span(start),
                table=table,
                column=column,
                default=default.expression,
                name=default.name,
            )
        elif cursor.word in CONSTRAINT_WORDS:
            constraint = read_constraint(cursor, not_valid=not_valid)
            yield AddConstraint(statement=statement, span=constraint.span, table=table, constraint=constraint)
        elif cursor.word == "INDEX":
            yield _create(read_index(cursor, table), statement)
        elif cursor.take("PERIOD", "FOR", "SYSTEM_TIME"):
            cursor.group()
            yield SetTableParameter(
                statement=statement, span=cursor.span(start), table=table, parameter="period for system_time"
            )
        else:
            parts = read_column(cursor, table)
            yield AddColumn(statement=statement, span=parts.column.span, table=table, column=parts.column)
            for index in parts.indexes:
                yield _create(index, statement)
        if not cursor.take(","):
            return


def _create(named: NamedIndex, statement: Statement) -> CreateIndex:
    return CreateIndex(statement=statement, span=named.span, name=named.name, index=named.index, online=named.online)


def _drop(cursor: Cursor, statement: Statement, table: Name) -> Iterator[Operation]:
    """COLUMN a, b, CONSTRAINT c: each word holds for what follows it; without one it is a constraint."""
    kind, if_exists = "CONSTRAINT", False
    while True:
        start = cursor.at
        if word := cursor.take_any("COLUMN", "CONSTRAINT"):
            kind = word
            if_exists = cursor.take("IF", "EXISTS")
        elif cursor.take("PERIOD", "FOR", "SYSTEM_TIME"):
            yield SetTableParameter(
                statement=statement, span=cursor.span(start), table=table, parameter="period for system_time"
            )
            return
        if kind == "COLUMN":
            name = cursor.identifier("a column")
            yield DropColumn(
                statement=statement, span=cursor.span(start), table=table, column=name, if_exists=if_exists
            )
        else:
            name = cursor.identifier("a constraint")
            yield DropConstraint(
                statement=statement, span=cursor.span(start), table=table, constraint=name, if_exists=if_exists
            )
            skip_storage(cursor)
        if not cursor.take(","):
            return


def _alter_column(cursor: Cursor, statement: Statement, table: Name) -> Operation:
    start = cursor.at
    column = cursor.identifier("a column")
    if cursor.take_any("ADD", "DROP"):
        cursor.at = cursor.end
        return SetColumnParameter(
            statement=statement, span=cursor.span(start), table=table, column=column, parameter="options"
        )
    new_type = read_type(cursor)
    collation = ""
    # Where nullability is not written, the column becomes nullable, whatever it was (ALTER TABLE, remarks).
    nullable = True
    while not cursor.done:
        if cursor.take("COLLATE"):
            collation = cursor.identifier("a collation")
        elif cursor.take("NOT", "NULL"):
            nullable = False
        elif not (cursor.take("NULL") or cursor.take("SPARSE") or cursor.take("MASKED")):
            cursor.expect("WITH")
            cursor.group()
    return AlterColumnType(
        statement=statement,
        span=cursor.span(start),
        table=table,
        column=column,
        type=new_type,
        collation=collation,
        nullable=nullable,
    )


def _switch_constraints(cursor: Cursor, statement: Statement, table: Name, verify: bool) -> Iterator[Operation]:
    """CHECK CONSTRAINT a, b turns them on, and WITH CHECK before it reads the rows too; NOCHECK turns them off."""
    enforced = cursor.step().word == "CHECK"
    cursor.step()
    for item in cursor.rest().items():
        span = item.span()
        name = "all" if item.take("ALL") else item.identifier("a constraint")
        item.finish()
        yield AlterConstraint(statement=statement, span=span, table=table, constraint=name, enforced=enforced)
        if enforced and verify:
            yield ValidateConstraint(statement=statement, span=span, table=table, constraint=name)
    cursor.at = cursor.end


def switch_triggers(cursor: Cursor, statement: Statement, table: Name | None = None) -> Iterator[Operation]:
    """ENABLE or DISABLE TRIGGER, as a part of ALTER TABLE or as a statement, which names its table last."""
    enable = cursor.step().word == "ENABLE"
    cursor.expect("TRIGGER")
    triggers = cursor.until("ON")
    if table is None:
        cursor.expect("ON")
        if cursor.word in ("ALL", "DATABASE"):
            raise UnmodelledError(f"TRIGGER ON {cursor.word}")
        table = cursor.name("a table")
    for item in triggers.items():
        every = item.take("ALL")
        name = "all" if every else item.name("a trigger").name
        if enable:
            yield EnableTrigger(statement=statement, span=statement.span, table=table, trigger=name, every=every)
        else:
            yield DisableTrigger(statement=statement, span=statement.span, table=table, trigger=name, every=every)
