"""Lowers SQL for tests, and shows what came of it in few words."""

from typing import Any

from msgspec import Struct

from dblint.dialects.postgres.lower import lower
from dblint.dialects.postgres.read import ParsedStatement, read
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import Expression, Operation, Query, TableUse, Type
from dblint.source import Source, Span, Statement


def lowered(sql: str) -> list[Operation]:
    """The operations of all statements, none of which may be unreadable."""
    operations: list[Operation] = []
    for parsed in read(Script.whole(Source("a.sql", sql))):
        assert isinstance(parsed, ParsedStatement), parsed
        operations.extend(lower(parsed))
    return operations


def only(sql: str) -> Any:
    """The one operation of the SQL."""
    (operation,) = lowered(sql)
    return operation


def at(operation: Operation, span: Span | None = None) -> str:
    """The text under an operation's span, or under another of its source."""
    return operation.source.slice(span or operation.span)


def shown(value: Any) -> Any:
    """A value as short as can be compared: names, types, expressions and queries as their text."""
    if isinstance(value, Name | Type):
        return str(value)
    if isinstance(value, Expression | Query):
        return value.text
    if isinstance(value, TableUse):
        return f"{value.name} {value.alias}".strip()
    if isinstance(value, Operation):
        return type(value).__name__
    if isinstance(value, Span | Statement):
        return None
    if isinstance(value, Struct):
        defaults = dict(zip(value.__struct_fields__[::-1], value.__struct_defaults__[::-1], strict=False))
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {
            name: shown(inner)
            for name, inner in fields.items()
            if not isinstance(inner, Span) and (name not in defaults or inner != defaults[name])
        }
    if isinstance(value, tuple):
        return [shown(inner) for inner in value]
    return value


def summary(operation: Operation) -> tuple[str, dict[str, Any]]:
    """The class, and every field that is not its default."""
    names, defaults = operation.__struct_fields__, operation.__struct_defaults__
    given = dict(zip(names[::-1], defaults[::-1], strict=False))
    found = {}
    for name in names:
        value = getattr(operation, name)
        if name in ("statement", "span") or isinstance(value, Span) or shown(value) == shown(given.get(name)):
            continue
        found[name] = shown(value)
    return type(operation).__name__, found
