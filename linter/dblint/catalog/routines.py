"""What the history's own routines do that an operation calls, directly or through others of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dblint.catalog.model import Function
from dblint.names import Name
from dblint.operations import Call, CreateFunction, Opaque, Operation, Select, Unparsable

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog

_CALLS: dict[type[Operation], Callable[[Any], Iterable[Name]]] = {
    Call: lambda call: (call.name,),
    Select: lambda select: (call.name for call in select.query.functions),
}
"""The routines that an operation calls."""
DYNAMIC = "dynamic SQL"
"""What a place of SQL is called that is put together and may change the schema."""
_NOT_CALLED = (Select, Unparsable, CreateFunction)
"""What of a routine's body is not followed, but for queries that call a routine with dynamic SQL."""


def called(catalog: Catalog, operation: Operation) -> list[Operation]:
    """The literal statements of the bodies, under the conditions of the call."""
    return list(_called(catalog, operation, frozenset())) if type(operation) in _CALLS else []


def _called(catalog: Catalog, operation: Operation, under_way: frozenset[Name]) -> Iterator[Operation]:
    for name in _CALLS[type(operation)](operation):
        for function, told in _meant(catalog, name, operation):
            if function.name in under_way:
                continue
            for inner in function.body if told is None else told:
                if operation.guards:
                    inner = replace(inner, guards=operation.guards + inner.guards)
                calls = type(inner) in _CALLS
                if type(inner) not in _NOT_CALLED or (calls and _is_dynamic(catalog, inner)):
                    yield inner
                if calls:
                    yield from _called(catalog, inner, under_way | {function.name})


def _meant(catalog: Catalog, name: Name, operation: Operation) -> list[tuple[Function, Sequence[Operation] | None]]:
    """The overload that is called, and what it does if that can be told: the first that takes the arguments."""
    found = [(function, in_call(catalog, function, operation)) for function in catalog.functions(name)]
    return [each for each in found if each[1] is not None][:1] or found[:1]


def is_told(catalog: Catalog, name: Name, operation: Operation, under_way: frozenset[Name] = frozenset()) -> bool:
    """Whether all is known that the routine, and those that it calls, do in this call."""
    for function, told in _meant(catalog, name, operation):
        if function.name in under_way:
            continue
        if function.dynamic and (told is None or any(map(_is_open, told))):
            return False
        inside, deeper = function.body if told is None else told, under_way | {function.name}
        for inner in inside:
            if type(inner) in _CALLS and not all(
                is_told(catalog, each, inner, deeper) for each in _CALLS[type(inner)](inner)
            ):
                return False
    return True


def _is_open(operation: Operation) -> bool:
    """Whether an operation may have changed the schema in a way that is not known."""
    return isinstance(operation, Unparsable) or (isinstance(operation, Opaque) and operation.what == DYNAMIC)


def in_call(catalog: Catalog, function: Function, operation: Operation) -> Sequence[Operation] | None:
    """What a routine that puts SQL together does in this call, where that can be told."""
    if not function.dynamic:
        return None
    text = operation.source.text[operation.span.start : operation.span.end]
    return catalog.in_call(function.origin.statement, function.name.name, text, catalog.holds)


def _is_dynamic(catalog: Catalog, operation: Operation) -> bool:
    names = _CALLS[type(operation)](operation)
    return any(function.dynamic for name in names for function in catalog.functions(name))
