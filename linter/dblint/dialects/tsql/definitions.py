"""Columns, constraints and indexes as CREATE TABLE, ALTER TABLE and CREATE INDEX of T-SQL write them."""

from typing import Literal

from msgspec import Struct

from dblint.dialects.tsql.cursor import Cursor, option_on
from dblint.dialects.tsql.expressions import read_expression, read_type
from dblint.dialects.tsql.tokens import words
from dblint.names import Name
from dblint.operations import (
    ColumnDefinition,
    ConstraintDefinition,
    Expression,
    GeneratedKind,
    IdentityKind,
    IndexDefinition,
    IndexKey,
    ReferentialAction,
    Type,
)
from dblint.source import Span

NO_TYPE = Type("", Name(""))
"""The type of a computed column, which is its expression's and not written."""

CONSTRAINT_WORDS = words("CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK DEFAULT")
_AFTER_DEFAULT = words(
    """
    , CONSTRAINT NULL NOT PRIMARY UNIQUE REFERENCES FOREIGN CHECK WITH IDENTITY COLLATE ROWGUIDCOL SPARSE INDEX FOR
    HIDDEN
    """
)
_ACTIONS: dict[tuple[str, ...], ReferentialAction] = {
    ("NO", "ACTION"): "no action",
    ("CASCADE",): "cascade",
    ("SET", "NULL"): "set null",
    ("SET", "DEFAULT"): "set default",
}


class NamedIndex(Struct, frozen=True):
    name: str
    index: IndexDefinition
    span: Span
    online: bool = False


class ColumnParts(Struct, frozen=True):
    column: ColumnDefinition
    indexes: tuple[NamedIndex, ...] = ()


class _Default(Struct, frozen=True):
    name: str
    expression: Expression
    span: Span


def read_column(cursor: Cursor, table: Name) -> ColumnParts:
    """A column definition; `table` is what its inline indexes are on."""
    start = cursor.at
    name = cursor.identifier("a column")
    column_type, type_span = NO_TYPE, None
    generated: Expression | None = None
    generated_kind: GeneratedKind = ""
    if cursor.take("AS"):
        generated, generated_kind = _computed(cursor), "virtual"
    else:
        type_start = cursor.at
        column_type = read_type(cursor)
        type_span = cursor.span(type_start)
    not_null = False
    identity: IdentityKind = ""
    collation = ""
    default: _Default | None = None
    constraints: list[ConstraintDefinition] = []
    indexes: list[NamedIndex] = []
    while not cursor.done and cursor.word != ",":
        clause = cursor.at
        if cursor.take("NOT", "NULL"):
            not_null = True
            constraints.append(ConstraintDefinition(kind="not null", span=cursor.span(clause), columns=(name,)))
        elif cursor.take("IDENTITY"):
            # Explicit values are refused unless SET IDENTITY_INSERT allows them.
            identity = "always"
            if cursor.word == "(":
                cursor.group()
        elif cursor.take("COLLATE"):
            collation = cursor.identifier("a collation")
        elif cursor.take("PERSISTED"):
            generated_kind = "stored"
        elif cursor.word == "INDEX":
            indexes.append(read_index(cursor, table, column=name))
        elif cursor.word == "DEFAULT" or (cursor.word == "CONSTRAINT" and cursor.ahead(2) == "DEFAULT"):
            default = read_default(cursor)
            cursor.take("WITH", "VALUES")
        elif cursor.word in CONSTRAINT_WORDS or cursor.word == "REFERENCES":
            constraints.append(read_constraint(cursor, column=name))
        else:
            _column_option(cursor)
    return ColumnParts(
        ColumnDefinition(
            name=name,
            type=column_type,
            span=cursor.span(start),
            type_span=type_span,
            not_null=not_null,
            default=default.expression if default else None,
            default_span=default.span if default else None,
            default_name=default.name if default else "",
            identity=identity,
            generated=generated,
            generated_kind=generated_kind,
            collation=collation,
            constraints=tuple(constraints),
        ),
        tuple(indexes),
    )


def _computed(cursor: Cursor) -> Expression:
    start = cursor.at
    cursor.skip()
    while not cursor.done and cursor.word not in (*_AFTER_DEFAULT, "PERSISTED"):
        cursor.skip()
    return read_expression(Cursor(cursor.code, cursor.tokens, start, cursor.at))


def _column_option(cursor: Cursor) -> None:
    """Move past what says nothing about the column's shape."""
    if cursor.take("NULL") or cursor.take("NOT", "FOR", "REPLICATION"):
        return
    if cursor.take_any("ROWGUIDCOL", "SPARSE", "FILESTREAM", "HIDDEN"):
        return
    if cursor.take("MASKED", "WITH") or cursor.take("ENCRYPTED", "WITH"):
        cursor.group()
        return
    if cursor.take("GENERATED", "ALWAYS", "AS"):
        cursor.take_any("ROW", "TRANSACTION_ID", "SEQUENCE_NUMBER")
        if cursor.take_any("START", "END"):
            return
    raise cursor.fault("a column option")


def read_default(cursor: Cursor) -> _Default:
    """[CONSTRAINT name] DEFAULT expression."""
    start = cursor.at
    name = cursor.identifier("a constraint name") if cursor.take("CONSTRAINT") else ""
    cursor.expect("DEFAULT")
    begun = cursor.at
    if cursor.take("NEXT", "VALUE", "FOR"):
        cursor.name("a sequence")
    else:
        cursor.skip()
    while not cursor.done and cursor.word not in _AFTER_DEFAULT:
        cursor.skip()
    expression = read_expression(Cursor(cursor.code, cursor.tokens, begun, cursor.at))
    return _Default(name, expression, cursor.span(start))


def read_constraint(cursor: Cursor, *, column: str = "", not_valid: bool = False) -> ConstraintDefinition:
    """A constraint of a table, or of `column`. `not_valid`: added WITH NOCHECK."""
    start = cursor.at
    name = cursor.identifier("a constraint name") if cursor.take("CONSTRAINT") else ""
    own = (column,) if column else ()
    if (key := cursor.take_any("PRIMARY", "UNIQUE")) != "":
        kind: Literal["primary key", "unique"] = "unique"
        if key == "PRIMARY":
            cursor.expect("KEY")
            kind = "primary key"
        # A primary key is clustered unless it says otherwise.
        clustered = (cursor.take_any("CLUSTERED", "NONCLUSTERED") or key) in ("CLUSTERED", "PRIMARY")
        cursor.take("HASH")
        keys = read_keys(cursor) if cursor.word == "(" else ()
        skip_storage(cursor)
        columns = tuple(item.column for item in keys) or own
        return ConstraintDefinition(
            kind=kind, name=name, span=cursor.span(start), columns=columns, keys=keys, clustered=clustered
        )
    if cursor.word in ("FOREIGN", "REFERENCES"):
        columns = own
        if cursor.take("FOREIGN", "KEY") and cursor.word == "(":
            columns = cursor.names()
        cursor.expect("REFERENCES")
        references = cursor.name("a table")
        referenced = cursor.names() if cursor.word == "(" else ()
        actions: dict[str, ReferentialAction] = {}
        while cursor.word == "ON" and cursor.ahead() in ("DELETE", "UPDATE"):
            cursor.step()
            event = cursor.step().word
            actions[event] = _action(cursor)
        cursor.take("NOT", "FOR", "REPLICATION")
        return ConstraintDefinition(
            kind="foreign key",
            name=name,
            span=cursor.span(start),
            columns=columns,
            references=references,
            referenced_columns=referenced,
            on_delete=actions.get("DELETE", "no action"),
            on_update=actions.get("UPDATE", "no action"),
            not_valid=not_valid,
        )
    cursor.expect("CHECK")
    cursor.take("NOT", "FOR", "REPLICATION")
    condition = read_expression(cursor.group())
    columns = own or tuple(dict.fromkeys(use.name for use in condition.columns))
    return ConstraintDefinition(
        kind="check",
        name=name,
        span=cursor.span(start),
        columns=columns,
        expression=condition,
        not_valid=not_valid,
    )


def _action(cursor: Cursor) -> ReferentialAction:
    for written, action in _ACTIONS.items():
        if cursor.take(*written):
            return action
    raise cursor.fault("NO ACTION, CASCADE, SET NULL or SET DEFAULT")


def read_keys(cursor: Cursor) -> tuple[IndexKey, ...]:
    """The key columns in the parentheses that open here."""
    keys: list[IndexKey] = []
    for item in cursor.group().items():
        span = item.span()
        column = item.identifier("a column")
        keys.append(IndexKey(column, descending=item.take_any("ASC", "DESC") == "DESC", span=span))
        item.finish()
    return tuple(keys)


def read_index(cursor: Cursor, table: Name, *, column: str = "") -> NamedIndex:
    """INDEX name [UNIQUE] [CLUSTERED] … as it stands inside CREATE TABLE; on `column` when it is a column's."""
    start = cursor.at
    cursor.expect("INDEX")
    name = cursor.identifier("an index name")
    unique = cursor.take("UNIQUE")
    clustered = cursor.take_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
    return read_index_body(cursor, table, name=name, unique=unique, clustered=clustered, start=start, column=column)


def read_index_body(
    cursor: Cursor, table: Name, *, name: str, unique: bool, clustered: bool, start: int, column: str = ""
) -> NamedIndex:
    """[COLUMNSTORE|HASH] (keys) INCLUDE (…) WHERE … WITH (…) ON …; the index's span starts at token `start`."""
    method = {"COLUMNSTORE": "columnstore", "HASH": "hash"}.get(cursor.take_any("COLUMNSTORE", "HASH"), "btree")
    keys: tuple[IndexKey, ...] = (IndexKey(column),) if column else ()
    if cursor.word == "(":
        keys = read_keys(cursor)
    include = cursor.names() if cursor.take("INCLUDE") else ()
    predicate: Expression | None = None
    if cursor.take("WHERE"):
        predicate = read_expression(cursor.until("WITH", "ON", "FILESTREAM_ON", ","))
    online = skip_storage(cursor)
    definition = IndexDefinition(
        table=table,
        keys=keys,
        include=include,
        unique=unique,
        method=method,
        predicate=predicate,
        clustered=clustered,
    )
    return NamedIndex(name, definition, cursor.span(start), online)


def skip_storage(cursor: Cursor) -> bool:
    """Move past WITH (…), ON filegroup and the like, which say where and how; whether they say ONLINE = ON."""
    online = False
    while True:
        if cursor.word == "WITH" and cursor.ahead() == "(":
            cursor.step()
            online = option_on(cursor.group(), "ONLINE") or online
        elif cursor.take("WITH", "FILLFACTOR", "="):
            cursor.step()
        elif (cursor.word == "ON" and cursor.ahead() not in ("DELETE", "UPDATE")) or cursor.word in (
            "FILESTREAM_ON",
            "TEXTIMAGE_ON",
        ):
            cursor.step()
            if not cursor.take_any("PRIMARY", "DEFAULT"):
                cursor.identifier("a filegroup")
            if cursor.word == "(":
                cursor.group()
        else:
            return online
