"""T-SQL scripts as statements and their operations: which reader a statement goes to, routines, and EXEC of text."""

from collections.abc import Iterator

from msgspec.structs import replace

from dblint.dialects.tsql import objects, queries, session, tables
from dblint.dialects.tsql.cursor import Cursor, GrammarError, UnmodelledError, unquoted
from dblint.dialects.tsql.expressions import read_type
from dblint.dialects.tsql.split import ROUTINES, Piece, pieces
from dblint.dialects.tsql.tokens import Token, batches, tokenize, words
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import (
    Analyze,
    CreateFunction,
    CreateTrigger,
    Guard,
    Opaque,
    Operation,
    Rollback,
    RollbackToSavepoint,
    ServerCommand,
    SessionCommand,
    Type,
    Unparsable,
)
from dblint.source import Span, Statement

PUT_TOGETHER = "its text is put together at run time"


def read_and_lower(script: Script) -> Iterator[tuple[Statement, list[Operation]]]:
    """Each statement of the script, in order, with what it does.

    IF, WHILE, BEGIN … END and TRY make no statement of their own: what they hold has guards. Each piece of the
    script is a batch of its own, and GO parts batches within it.
    """
    source = script.source
    number = 0
    for part in script.pieces:
        for batch in batches(tokenize(source.text, part.start, part.end)):
            for piece in pieces(source.text, batch):
                span = Span(piece.tokens[0].start, piece.tokens[-1].end)
                statement = Statement(source, span, number)
                number += 1
                yield statement, lower(source.text, piece, statement)


def lower(code: str, piece: Piece, statement: Statement) -> list[Operation]:
    """The operations of one statement of `code`, which is the source's text or, inside EXEC, the text in its string."""
    span = Span(piece.tokens[0].start, piece.tokens[-1].end)
    operations: list[Operation]
    try:
        if piece.fault:
            raise GrammarError(piece.fault)
        for token in piece.tokens:
            if token.kind == "broken":
                raise GrammarError(
                    f"the {'comment' if token.text == '/*' else 'quote'} that opens here is never closed"
                )
        operations = list(_dispatch(Cursor(code, piece.tokens), statement))
        if not operations:
            raise GrammarError("expected more at the end")
    except UnmodelledError as unmodelled:
        operations = [Opaque(statement=statement, span=span, what=unmodelled.what, reason=unmodelled.reason)]
    except GrammarError as fault:
        operations = [Unparsable(statement=statement, span=span, message=str(fault))]
    if piece.guards:
        operations = [_guarded(operation, piece.guards) for operation in operations]
    return operations


def _guarded(operation: Operation, guards: tuple[Guard, ...]) -> Operation:
    if isinstance(operation, (Rollback, RollbackToSavepoint)):
        # IF @@ERROR <> 0 ROLLBACK, or in CATCH: it undoes a migration that has failed, not the one that history is.
        return SessionCommand(statement=operation.statement, span=operation.span, guards=guards, command="ROLLBACK")
    return replace(operation, guards=guards + operation.guards)


def _dispatch(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    start = cursor.at
    lead = cursor.word
    if lead in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "("):
        if cursor.take("UPDATE", "STATISTICS"):
            yield Analyze(statement=statement, span=statement.span, name=cursor.name("a table"))
        else:
            yield from queries.manipulate(cursor, statement)
    elif lead in _SESSION:
        yield SessionCommand(statement=statement, span=statement.span, command=lead)
    elif lead in _SERVER:
        yield ServerCommand(statement=statement, span=statement.span, command=lead)
    elif lead in _READERS:
        cursor.step()
        yield from _READERS[lead](cursor, statement)
    elif lead in ("ENABLE", "DISABLE") and cursor.ahead() == "TRIGGER":
        yield from tables.switch_triggers(cursor, statement)
    elif cursor.kind == "tool" or cursor.ahead() == ":":
        yield SessionCommand(statement=statement, span=statement.span, command=cursor.token.text)
    elif cursor.kind in ("word", "name") and (
        cursor.identifier().lower().startswith("sp_") or cursor.done or cursor.kind in _ARGUMENTS
    ):
        # The first statement of a batch may call a procedure without EXEC.
        cursor.at = start
        yield from session.call(cursor, statement)
    else:
        cursor.at = start
        raise cursor.fault("a statement")


_ARGUMENTS = ("string", "variable", "number")


def _create(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    or_alter = cursor.take("OR", "ALTER")
    kind = cursor.word
    if kind in ROUTINES:
        cursor.step()
        yield from _routine(cursor, statement, kind, or_alter)
    elif kind == "VIEW":
        cursor.step()
        yield from queries.create_view(cursor, statement, or_alter)
    elif kind in ("UNIQUE", "CLUSTERED", "NONCLUSTERED", "INDEX") or (kind == "COLUMNSTORE"):
        yield from tables.create_index(cursor, statement)
    elif kind in _CREATED:
        cursor.step()
        yield from _CREATED[kind](cursor, statement)
    elif kind == "DATABASE" and cursor.ahead() not in ("SCOPED", "AUDIT", "ENCRYPTION"):
        yield ServerCommand(statement=statement, span=statement.span, command="CREATE DATABASE")
    else:
        raise UnmodelledError(f"CREATE {kind} {cursor.ahead() if kind in _TWO_WORDS else ''}".rstrip())


def _alter(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    kind = cursor.step().word
    if kind in ROUTINES:
        yield from _routine(cursor, statement, kind, True)
    elif kind == "VIEW":
        yield from queries.create_view(cursor, statement, True)
    elif kind in _ALTERED:
        yield from _ALTERED[kind](cursor, statement)
    elif kind in ("DATABASE", "SERVER") and cursor.word != "SCOPED":
        yield ServerCommand(statement=statement, span=statement.span, command=f"ALTER {kind}")
    else:
        raise UnmodelledError(f"ALTER {kind} {cursor.word if kind in _TWO_WORDS else ''}".rstrip())


def _routine(cursor: Cursor, statement: Statement, kind: str, or_replace: bool) -> Iterator[Operation]:
    """A procedure, function or trigger. Its body reaches to the end of the batch and is lowered, but does not run."""
    name = cursor.name(f"a {kind.lower()}")
    if kind == "TRIGGER":
        cursor.expect("ON")
        if cursor.word in ("DATABASE", "ALL"):
            raise UnmodelledError(f"CREATE TRIGGER ON {cursor.word}")
        table = cursor.name("a table")
        head = cursor.until("AS")
        # Its body is kept as that of a routine of the same name; both share one name space anyway.
        words = [token.word for token in head.remaining]
        yield _function(cursor, statement, name, (), None, or_replace, procedure=False)
        yield CreateTrigger(
            statement=statement,
            span=statement.span,
            name=name.name,
            table=table,
            function=name,
            timing="instead of" if "INSTEAD" in words else "after",
            events=tuple(word.lower() for word in words if word in ("INSERT", "UPDATE", "DELETE")),
            or_replace=or_replace,
        )
        return
    number = cursor.take(";")
    if number:
        cursor.step()
    arguments = _parameters(cursor.group() if cursor.word == "(" else cursor)
    returns: Type | None = None
    returns_set = False
    if cursor.take("RETURNS"):
        if cursor.take("TABLE"):
            returns_set = True
        elif cursor.kind == "variable":
            cursor.step()
            cursor.expect("TABLE")
            cursor.group()
            returns_set = True
        else:
            returns = read_type(cursor)
    yield _function(
        cursor, statement, name, arguments, returns, or_replace, procedure=kind != "FUNCTION", returns_set=returns_set
    )


def _parameters(cursor: Cursor) -> tuple[Type, ...]:
    """@name [AS] type [= default] [OUTPUT], …"""
    types: list[Type] = []
    while cursor.kind == "variable":
        cursor.step()
        cursor.take("AS")
        types.append(read_type(cursor))
        cursor.take("VARYING")
        if cursor.take("NULL") or cursor.take("NOT", "NULL"):
            pass
        if cursor.take("="):
            cursor.take_any("-", "+")
            cursor.skip()
        cursor.take_any("OUT", "OUTPUT", "READONLY")
        if not cursor.take(","):
            break
    return tuple(types)


def _function(
    cursor: Cursor,
    statement: Statement,
    name: Name,
    arguments: tuple[Type, ...],
    returns: Type | None,
    or_replace: bool,
    *,
    procedure: bool,
    returns_set: bool = False,
) -> CreateFunction:
    options = [token.word for token in cursor.until("AS", "BEGIN", "RETURN").remaining]
    cursor.take("AS")
    if cursor.word == "EXTERNAL":
        raise UnmodelledError(f"CREATE of {name}", "its body is outside the database")
    if cursor.done:
        raise cursor.fault("a body")
    body = list(_inside(cursor.code, list(cursor.remaining), statement))
    return CreateFunction(
        statement=statement,
        span=statement.span,
        name=name,
        arguments=arguments,
        returns=returns,
        returns_set=returns_set,
        language="tsql",
        security_definer="OWNER" in options,
        procedure=procedure,
        or_replace=or_replace,
        body=tuple(body),
        body_text=cursor.text,
        dynamic=tuple(item.span for item in body if isinstance(item, Opaque) and item.reason == PUT_TOGETHER),
    )


def _return(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """RETURN of a query is all that an inline table-valued function does."""
    inside = cursor.group() if cursor.word == "(" and cursor.ahead() in ("SELECT", "WITH") else cursor
    if inside.word in ("SELECT", "WITH"):
        yield from queries.manipulate(inside, statement)
    else:
        yield SessionCommand(statement=statement, span=statement.span, command="RETURN")


def _execute(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """EXEC of a procedure, or of text: text that is a literal is read like any other."""
    if cursor.take_any("AS"):
        yield SessionCommand(statement=statement, span=statement.span, command="EXECUTE AS")
        return
    if cursor.word == "(":
        text = cursor.group()
    elif any(
        token.value.lower() == "sp_executesql" for token in cursor.remaining[:5] if token.kind in ("word", "name")
    ):
        while cursor.step().value.lower() != "sp_executesql":
            pass
        text = cursor.until(",")
        if text.kind == "variable" and text.ahead() == "=":
            text.at += 2
    elif cursor.kind == "variable" and cursor.ahead() != "=":
        raise UnmodelledError("EXEC", "which procedure it calls is decided at run time")
    else:
        yield from session.call(cursor, statement)
        return
    if text.done or any(token.kind != "string" and token.word != "+" for token in text.remaining):
        raise UnmodelledError("EXEC", PUT_TOGETHER)
    code, end = unquoted(text)
    for batch in batches(tokenize(code, 0, end)):
        yield from _inside(code, batch, statement)


def _inside(code: str, batch: list[Token], statement: Statement) -> Iterator[Operation]:
    """The operations of statements within a statement, each pointing at its own."""
    for piece in pieces(code, batch):
        span = Span(piece.tokens[0].start, piece.tokens[-1].end)
        for operation in lower(code, piece, statement):
            yield replace(operation, span=span) if operation.span == statement.span else operation


_SESSION = words(
    """
    BREAK CHECKPOINT CLOSE CONTINUE DEALLOCATE DECLARE FETCH GOTO KILL OPEN PRINT RAISERROR REVERT THROW USE WAITFOR
    """
)
_SERVER = words("BACKUP RESTORE RECONFIGURE SHUTDOWN")
_TWO_WORDS = frozenset(
    {"PARTITION", "FULLTEXT", "XML", "SPATIAL", "PRIMARY", "EXTERNAL", "SERVER", "MASTER", "SYMMETRIC", "ASYMMETRIC"}
    | {"DATABASE", "COLUMN", "SECURITY", "WORKLOAD", "RESOURCE", "APPLICATION", "AVAILABILITY"}
)
_READERS: dict[str, objects.Handler] = {
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": objects.drop,
    "EXEC": _execute,
    "EXECUTE": _execute,
    "SET": session.set_option,
    "BEGIN": session.begin,
    "COMMIT": session.commit,
    "ROLLBACK": session.rollback,
    "SAVE": session.save,
    "GRANT": objects.grant,
    "REVOKE": objects.revoke,
    "DENY": objects.deny,
    "TRUNCATE": queries.truncate,
    "BULK": queries.bulk_insert,
    "DBCC": session.dbcc,
    "RETURN": _return,
}
_CREATED: dict[str, objects.Handler] = {
    "TABLE": tables.create_table,
    "SCHEMA": objects.create_schema,
    "SEQUENCE": objects.create_sequence,
    "TYPE": objects.create_type,
    "STATISTICS": objects.create_statistics,
    "SECURITY": objects.create_security_policy,
    "RULE": objects.create_named("rule"),
    "DEFAULT": objects.create_named("object"),
    "SYNONYM": objects.create_named("object"),
    "USER": objects.create_principal,
    "LOGIN": objects.create_principal,
    "ROLE": objects.create_principal,
}
_ALTERED: dict[str, objects.Handler] = {
    "TABLE": tables.alter_table,
    "INDEX": tables.alter_index,
    "SCHEMA": objects.alter_schema,
    "SEQUENCE": objects.alter_sequence,
    "USER": objects.alter_principal,
    "LOGIN": objects.alter_principal,
    "ROLE": objects.alter_principal,
}
