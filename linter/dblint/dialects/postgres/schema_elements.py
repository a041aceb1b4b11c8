"""The elements of CREATE SCHEMA: their order, and their names, which mean the new schema first."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dblint.names import Name
from dblint.operations import FunctionCall, GrantPrivilege, Guard, Operation, Type
from dblint.source import Span, Statement

_ORDER = ("CreateSeqStmt", "CreateStmt", "ViewStmt", "IndexStmt", "CreateTrigStmt", "GrantStmt")
"""The server makes the elements kind by kind (transformCreateSchemaStmtElements)."""
_KEPT = (Type, FunctionCall, Guard, Span, Statement)
"""What holds no name of a relation."""


def rank(kind: str) -> int:
    """Where the elements of a kind of node stand among those of other kinds."""
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def place(operations: Iterable[Operation], schema: str) -> list[Operation]:
    """The operations of the elements, what they make being in the schema, and named there by the others.

    A new schema holds nothing else, so that any other name is looked for on the search path as usual.
    """
    placed = [_made(operation, schema) for operation in operations]
    made = frozenset(name.name for each in placed if isinstance(name := getattr(each, "name", None), Name))
    return [_meant(operation, schema, made) for operation in placed]


def _made(operation: Operation, schema: str) -> Operation:
    changes: dict[str, Any] = {}
    for key in ("name", "table"):
        value = getattr(operation, key, None)
        if isinstance(value, Name) and key in operation.__struct_fields__:
            changes[key] = value.within(schema)
    if isinstance(operation, GrantPrivilege):
        changes["names"] = tuple(named.within(schema) for named in operation.names)
    index = getattr(operation, "index", None)
    if index is not None:
        changes["index"] = replace(index, table=index.table.within(schema))
    return replace(operation, **changes)


def _meant(value: Any, schema: str, made: frozenset[str]) -> Any:
    """The value with the schema on each bare name of a relation that the elements make."""
    if type(value) is Name:
        return value.within(schema) if value.name in made else value
    if type(value) is tuple:
        return tuple([_meant(each, schema, made) for each in value])
    if not isinstance(value, Struct) or isinstance(value, _KEPT):
        return value
    changes = {
        field: new
        for field in value.__struct_fields__
        if field != "function" and (new := _meant(old := getattr(value, field), schema, made)) is not old and new != old
    }
    return replace(value, **changes) if changes else value
