"""Transactions, settings and system procedures of T-SQL."""

from collections.abc import Iterator

from dblint.dialects.tsql.cursor import Cursor, UnmodelledError, name_in, parts_of
from dblint.names import Name
from dblint.operations import (
    Begin,
    Call,
    Comment,
    Commit,
    ObjectKind,
    Operation,
    RenameColumn,
    RenameIndex,
    RenameObject,
    RenameTable,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    SessionCommand,
    SetVariable,
)
from dblint.source import Statement

_LEVELS: dict[str, ObjectKind] = {
    "table": "table",
    "view": "view",
    "procedure": "procedure",
    "function": "function",
    "type": "type",
    "sequence": "sequence",
    "trigger": "trigger",
}
_MEMBERS: dict[str, ObjectKind] = {
    "column": "column",
    "constraint": "constraint",
    "index": "index",
    "trigger": "trigger",
}


def begin(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """BEGIN [DISTRIBUTED] TRANSACTION; BEGIN DIALOG and the like open no transaction."""
    if cursor.word in ("TRAN", "TRANSACTION", "DISTRIBUTED"):
        yield Begin(statement=statement, span=statement.span)
    else:
        raise UnmodelledError(f"BEGIN {cursor.word}")


def commit(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    yield Commit(statement=statement, span=statement.span)


def save(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    cursor.take_any("TRAN", "TRANSACTION")
    yield Savepoint(statement=statement, span=statement.span, name=cursor.step().value)


def rollback(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """With a name it goes back to that savepoint (or undoes the whole, should a transaction be called so)."""
    named = cursor.take_any("TRAN", "TRANSACTION", "WORK") in ("TRAN", "TRANSACTION") and not cursor.done
    if named:
        yield RollbackToSavepoint(statement=statement, span=statement.span, name=cursor.step().value)
    else:
        yield Rollback(statement=statement, span=statement.span)


def set_option(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """SET option ON, SET a, b ON, SET TRANSACTION ISOLATION LEVEL …, SET IDENTITY_INSERT t ON; SET @v = … is local."""
    if cursor.kind == "variable":
        yield SessionCommand(statement=statement, span=statement.span, command="SET")
        return
    if cursor.take("TRANSACTION", "ISOLATION", "LEVEL"):
        name, value = "transaction_isolation", cursor.text.lower()
        yield SetVariable(statement=statement, span=statement.span, name=name, value=value, values=(value,))
        return
    if cursor.take("IDENTITY_INSERT"):
        table = str(cursor.name("a table"))
        value = cursor.token.text.lower()
        yield SetVariable(
            statement=statement, span=statement.span, name="identity_insert", value=value, values=(table, value)
        )
        return
    if cursor.take("STATISTICS"):
        yield SessionCommand(statement=statement, span=statement.span, command="SET STATISTICS")
        return
    names = [cursor.step().text.lower()]
    while cursor.take(","):
        names.append(cursor.step().text.lower())
    value = cursor.text.lower()
    for name in names:
        yield SetVariable(statement=statement, span=statement.span, name=name, value=value, values=(value,))


def dbcc(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    raise UnmodelledError(f"DBCC {cursor.token.text.upper()}", "it is a command of the server's own")


def call(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After EXEC: [@result =] procedure arguments."""
    if cursor.kind == "variable" and cursor.ahead() == "=":
        cursor.at += 2
    procedure = cursor.name("a procedure")
    plain = procedure.name.lower()
    if plain == "sp_rename":
        yield _rename(_arguments(cursor, ("objname", "newname", "objtype")), statement)
    elif plain in ("sp_addextendedproperty", "sp_updateextendedproperty"):
        levels = tuple(f"level{level}{part}" for level in range(3) for part in ("type", "name"))
        comment = _comment(_arguments(cursor, ("name", "value", *levels)), statement)
        yield comment or Call(statement=statement, span=statement.span, name=procedure)
    else:
        yield Call(statement=statement, span=statement.span, name=procedure)


def _arguments(cursor: Cursor, parameters: tuple[str, ...]) -> dict[str, str]:
    """The literal arguments by parameter, whether given by name or by place."""
    found: dict[str, str] = {}
    for place, item in enumerate(cursor.rest().items()):
        parameter = parameters[place] if place < len(parameters) else ""
        if item.kind == "variable" and item.ahead() == "=":
            parameter = item.step().text[1:].lower()
            item.step()
        if item.kind == "variable":
            raise UnmodelledError("EXEC", "an argument is put together at run time")
        found[parameter] = "" if item.word == "NULL" else item.token.value
    return found


def _rename(arguments: dict[str, str], statement: Statement) -> Operation:
    parts = parts_of(arguments.get("objname", ""))
    new_name = arguments.get("newname", "")
    kind = arguments.get("objtype", "").upper() or "OBJECT"
    span = statement.span
    if not new_name:
        raise UnmodelledError("sp_rename", "it names nothing new")
    if kind in ("COLUMN", "INDEX") and len(parts) > 1:
        table = Name(parts[-2], parts[-3] if len(parts) > 2 else "")
        if kind == "COLUMN":
            return RenameColumn(statement=statement, span=span, table=table, column=parts[-1], new_name=new_name)
        return RenameIndex(statement=statement, span=span, name=Name(parts[-1], table.schema), new_name=new_name)
    name = Name(parts[-1], parts[-2] if len(parts) > 1 else "")
    if kind == "OBJECT":
        # A table, view, routine or constraint: the procedure asks the catalog which.
        return RenameTable(statement=statement, span=span, name=name, new_name=new_name)
    if kind == "USERDATATYPE":
        return RenameObject(statement=statement, span=span, kind="type", name=name, new_name=new_name)
    raise UnmodelledError(f"sp_rename of a {kind.lower()}")


def _comment(arguments: dict[str, str], statement: Statement) -> Operation | None:
    """The property that tools show as a description."""
    if arguments.get("name", "").lower() != "ms_description":
        return None
    schema = arguments.get("level0name", "")
    kind = _LEVELS.get(arguments.get("level1type", "").lower())
    if kind is None:
        return None
    name = Name(name_in(arguments.get("level1name", "")).name, schema)
    member = arguments.get("level2name", "")
    kind = _MEMBERS.get(arguments.get("level2type", "").lower(), kind) if member else kind
    return Comment(
        statement=statement, span=statement.span, kind=kind, name=name, text=arguments.get("value", ""), member=member
    )
