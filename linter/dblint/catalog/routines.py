"""What the history's own routines do that an operation calls, directly or through others of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dblint.names import Name
from dblint.operations import Call, CreateFunction, Operation, Select, Unparsable

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog

_CALLS: dict[type[Operation], Callable[[Any], Iterable[Name]]] = {
    Call: lambda call: (call.name,),
    Select: lambda select: (call.name for call in select.query.functions),
}
"""The routines that an operation calls."""
_NOT_CALLED = (Select, Unparsable, CreateFunction)
"""What of a routine's body is not followed, but for queries that call a routine with dynamic SQL."""


def called(catalog: Catalog, operation: Operation) -> list[Operation]:
    """The literal statements of the bodies, under the conditions of the call."""
    return list(_called(catalog, operation, frozenset())) if type(operation) in _CALLS else []


def _called(catalog: Catalog, operation: Operation, under_way: frozenset[Name]) -> Iterator[Operation]:
    for name in _CALLS[type(operation)](operation):
        for function in catalog.functions(name)[:1]:
            if function.name in under_way:
                continue
            for inner in function.body:
                if operation.guards:
                    inner = replace(inner, guards=operation.guards + inner.guards)
                calls = type(inner) in _CALLS
                if type(inner) not in _NOT_CALLED or (calls and _is_dynamic(catalog, inner)):
                    yield inner
                if calls:
                    yield from _called(catalog, inner, under_way | {function.name})


def _is_dynamic(catalog: Catalog, operation: Operation) -> bool:
    names = _CALLS[type(operation)](operation)
    return any(function.dynamic for name in names for function in catalog.functions(name))
