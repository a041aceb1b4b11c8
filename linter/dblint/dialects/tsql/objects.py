"""DROP, and CREATE of what is neither table, index, view nor routine; privileges, principals, security policies."""

from collections.abc import Callable, Iterable, Iterator

from dblint.dialects.tsql.cursor import Cursor, UnmodelledError
from dblint.dialects.tsql.definitions import read_column
from dblint.dialects.tsql.expressions import read_expression, read_type
from dblint.names import Name
from dblint.operations import (
    AlterSequence,
    ChangeRole,
    CreateCompositeType,
    CreateDomain,
    CreateObject,
    CreatePolicy,
    CreateSchema,
    CreateSequence,
    CreateStatistics,
    DropFunction,
    DropIndex,
    DropObject,
    DropSchema,
    DropSequence,
    DropTable,
    DropType,
    DropView,
    Expression,
    GrantPrivilege,
    ObjectKind,
    Operation,
    RevokePrivilege,
    ServerCommand,
    SetRowSecurity,
    SetSchema,
)
from dblint.source import Span, Statement

Handler = Callable[[Cursor, Statement], Iterable[Operation]]

_DROPPED: dict[str, Callable[[Statement, Span, Name, bool], Operation]] = {
    "TABLE": lambda st, sp, name, ok: DropTable(statement=st, span=sp, name=name, if_exists=ok),
    "VIEW": lambda st, sp, name, ok: DropView(statement=st, span=sp, name=name, if_exists=ok),
    "PROC": lambda st, sp, name, ok: DropFunction(statement=st, span=sp, name=name, if_exists=ok),
    "PROCEDURE": lambda st, sp, name, ok: DropFunction(statement=st, span=sp, name=name, if_exists=ok),
    "FUNCTION": lambda st, sp, name, ok: DropFunction(statement=st, span=sp, name=name, if_exists=ok),
    "SCHEMA": lambda st, sp, name, ok: DropSchema(statement=st, span=sp, name=name.name, if_exists=ok),
    "SEQUENCE": lambda st, sp, name, ok: DropSequence(statement=st, span=sp, name=name, if_exists=ok),
    "TYPE": lambda st, sp, name, ok: DropType(statement=st, span=sp, name=name, if_exists=ok),
    "TRIGGER": lambda st, sp, name, ok: DropObject(statement=st, span=sp, kind="trigger", name=name, if_exists=ok),
    "RULE": lambda st, sp, name, ok: DropObject(statement=st, span=sp, kind="rule", name=name, if_exists=ok),
    "DEFAULT": lambda st, sp, name, ok: DropObject(statement=st, span=sp, kind="object", name=name, if_exists=ok),
    "SYNONYM": lambda st, sp, name, ok: DropObject(statement=st, span=sp, kind="object", name=name, if_exists=ok),
    "DATABASE": lambda st, sp, name, ok: ServerCommand(
        statement=st, span=sp, command="DROP DATABASE", drops_database=True
    ),
    "USER": lambda st, sp, name, ok: ChangeRole(statement=st, span=sp, action="drop", role=name.name),
    "LOGIN": lambda st, sp, name, ok: ChangeRole(statement=st, span=sp, action="drop", role=name.name),
    "ROLE": lambda st, sp, name, ok: ChangeRole(statement=st, span=sp, action="drop", role=name.name),
}

_CLASSES: dict[str, ObjectKind] = {
    "OBJECT": "table",
    "SCHEMA": "schema",
    "TYPE": "type",
    "DATABASE": "database",
    "ROLE": "role",
    "USER": "role",
}


def drop(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """After DROP."""
    kind = cursor.step().word
    if kind == "SECURITY" and cursor.take("POLICY"):
        if_exists = cursor.take("IF", "EXISTS")
        name = cursor.name()
        yield DropObject(statement=statement, span=statement.span, kind="policy", name=name, if_exists=if_exists)
    elif kind == "INDEX":
        yield from _drop_indexes(cursor, statement)
    elif kind == "STATISTICS":
        for item in cursor.rest().items():
            parts = item.parts()
            table = Name(parts[-2] if len(parts) > 1 else "", parts[-3] if len(parts) > 2 else "")
            yield DropObject(
                statement=statement, span=statement.span, kind="statistics", name=Name(parts[-1]), table=table
            )
        return
    elif kind in _DROPPED:
        if_exists = cursor.take("IF", "EXISTS")
        for item in cursor.until("ON").items():
            span = item.span()
            name = item.name()
            item.finish()
            yield _DROPPED[kind](statement, span, name, if_exists)
        if kind == "TRIGGER" and cursor.take("ON"):
            cursor.until(";")
    else:
        raise UnmodelledError(f"DROP {kind}")
    cursor.finish()


def _drop_indexes(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    if_exists = cursor.take("IF", "EXISTS")
    items = list(cursor.rest().items())
    cursor.at = cursor.end
    for item in items:
        start = item.at
        parts = item.parts("an index")
        online = False
        if item.take("ON"):
            table = item.name("a table")
            if item.take("WITH"):
                options = item.group()
                online = options.take("ONLINE", "=", "ON")
        elif len(parts) > 1:
            table = Name(parts[-2], parts[-3] if len(parts) > 2 else "")
        else:
            raise item.fault("ON and a table")
        span = item.span(start)
        item.finish()
        yield DropIndex(
            statement=statement,
            span=span,
            name=Name(parts[-1], table.schema),
            table=table,
            online=online,
            if_exists=if_exists,
            count=len(items),
        )


def create_schema(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    name = "" if cursor.word == "AUTHORIZATION" else cursor.identifier("a schema")
    owner = cursor.identifier("an owner") if cursor.take("AUTHORIZATION") else ""
    if not cursor.done:
        raise UnmodelledError("CREATE SCHEMA with elements")
    yield CreateSchema(statement=statement, span=statement.span, name=name or owner, owner=owner)


def create_sequence(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    name = cursor.name("a sequence")
    sequence_type = read_type(cursor) if cursor.take("AS") else None
    yield CreateSequence(statement=statement, span=statement.span, name=name, type=sequence_type)


def create_type(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """An alias type (FROM) is a domain; a table type (AS TABLE) a composite one."""
    name = cursor.name("a type")
    if cursor.take("FROM"):
        base = read_type(cursor)
        cursor.take("NOT", "NULL") or cursor.take("NULL")
        cursor.finish()
        yield CreateDomain(statement=statement, span=statement.span, name=name, type=base)
    elif cursor.take("AS", "TABLE"):
        columns = []
        for item in cursor.group().items():
            if item.word not in ("PRIMARY", "UNIQUE", "CHECK", "INDEX"):
                columns.append(read_column(item, name).column)
        yield CreateCompositeType(statement=statement, span=statement.span, name=name, attributes=tuple(columns))
    else:
        raise UnmodelledError(f"CREATE TYPE {name}")


def create_statistics(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    name = cursor.identifier("statistics")
    cursor.expect("ON")
    table = cursor.name("a table")
    columns = cursor.names()
    yield CreateStatistics(
        statement=statement, span=statement.span, name=Name(name, table.schema), table=table, columns=columns
    )


def create_named(kind: ObjectKind) -> Handler:
    """CREATE of what is remembered by its name alone."""

    def create(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
        yield CreateObject(statement=statement, span=statement.span, kind=kind, name=cursor.name())

    return create


def create_principal(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    yield ChangeRole(statement=statement, span=statement.span, action="create", role=cursor.identifier("a principal"))


def create_security_policy(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """One policy per table; FILTER says which rows are seen, BLOCK which may be written."""
    cursor.expect("POLICY")
    name = cursor.name("a policy")
    using: dict[Name, Expression] = {}
    check: dict[Name, Expression] = {}
    for item in cursor.until("WITH").items():
        item.expect("ADD")
        found = using if item.take_any("FILTER", "BLOCK") == "FILTER" else check
        item.expect("PREDICATE")
        condition = read_expression(item.until("ON"))
        item.expect("ON")
        found[item.name("a table")] = condition
    enabled = True
    if cursor.take("WITH"):
        enabled = not any(option.take("STATE", "=", "OFF") for option in cursor.group().items())
    for table in {**using, **check}:
        yield CreatePolicy(
            statement=statement,
            span=statement.span,
            name=name.name,
            table=table,
            using=using.get(table),
            check=check.get(table),
        )
        yield SetRowSecurity(statement=statement, span=statement.span, table=table, enabled=enabled)


def alter_schema(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """ALTER SCHEMA s TRANSFER [OBJECT::]name."""
    schema = cursor.identifier("a schema")
    cursor.expect("TRANSFER")
    if cursor.ahead() == "::":
        cursor.at += 2
    yield SetSchema(statement=statement, span=statement.span, kind="table", name=cursor.name(), schema=schema)


def alter_sequence(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    yield AlterSequence(statement=statement, span=statement.span, name=cursor.name("a sequence"))


def alter_principal(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """ALTER ROLE r ADD MEMBER m is a grant of the role."""
    role = cursor.identifier("a principal")
    for words, action in ((("ADD", "MEMBER"), "grant"), (("DROP", "MEMBER"), "revoke")):
        if cursor.take(*words):
            member = frozenset({cursor.identifier("a principal")})
            yield ChangeRole(
                statement=statement,
                span=statement.span,
                action="grant" if action == "grant" else "revoke",
                role=role,
                options=member,
            )
            return
    yield ChangeRole(statement=statement, span=statement.span, action="alter", role=role)


def grant(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    yield _privileges(cursor, statement, given=True)


def revoke(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    cursor.take("GRANT", "OPTION", "FOR")
    yield _privileges(cursor, statement, given=False)


def deny(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    raise UnmodelledError("DENY", "the catalog holds grants, not denials")


def _privileges(cursor: Cursor, statement: Statement, *, given: bool) -> Operation:
    privileges = []
    for item in cursor.until("ON", "TO", "FROM").items():
        words = item.until("(").text.lower()
        privileges.append("all" if words == "all privileges" else words)
    kind: ObjectKind = "database"
    names: tuple[Name, ...] = ()
    if cursor.take("ON"):
        kind = "table"
        if cursor.ahead() == "::":
            kind = _CLASSES.get(cursor.word, "object")
            cursor.at += 2
        names = (cursor.name(),)
        if cursor.word == "(":
            cursor.group()
    if not cursor.take_any("TO", "FROM"):
        raise cursor.fault("TO or FROM")
    roles = []
    for item in cursor.until("WITH", "AS", "CASCADE").items():
        # PUBLIC and the like are names; so is everything else that may stand here.
        roles.append(item.step().value)
        item.finish()
    grant_option = cursor.take("WITH", "GRANT", "OPTION")
    if given:
        return GrantPrivilege(
            statement=statement,
            span=statement.span,
            kind=kind,
            names=names,
            privileges=tuple(privileges),
            roles=tuple(roles),
            grant_option=grant_option,
        )
    return RevokePrivilege(
        statement=statement,
        span=statement.span,
        kind=kind,
        names=names,
        privileges=tuple(privileges),
        roles=tuple(roles),
    )
