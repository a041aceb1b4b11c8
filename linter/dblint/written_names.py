"""The names that an operation gives, as the SQL writes them: the server may keep less of them."""

from collections.abc import Iterator

from msgspec import Struct

from dblint.operations import (
    AddColumn,
    AddConstraint,
    ColumnDefinition,
    ConstraintDefinition,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateFunction,
    CreateIndex,
    CreateMaterializedView,
    CreatePolicy,
    CreateSchema,
    CreateSequence,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateType,
    CreateView,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
)
from dblint.source import Span

GivesNames = (
    CreateTable
    | CreateTableAs
    | AddColumn
    | AddConstraint
    | CreateIndex
    | CreateView
    | CreateMaterializedView
    | CreateSequence
    | CreateEnum
    | CreateDomain
    | CreateCompositeType
    | CreateType
    | CreateFunction
    | CreateTrigger
    | CreatePolicy
    | CreateSchema
    | RenameTable
    | RenameColumn
    | RenameConstraint
    | RenameIndex
    | RenameObject
)
"""The operations that give names."""


class WrittenName(Struct, frozen=True):
    """`kept` is what the grammar kept of it, `written` what stands in the SQL at `span`, without quotes."""

    kind: str
    kept: str
    written: str
    span: Span


def long_names(operation: GivesNames, limit: int) -> Iterator[WrittenName]:
    """The names of more than `limit` bytes; PostgreSQL's grammar has cut those to at most `limit` already."""
    for kind, name, span in _given(operation):
        # A character of up to four bytes is cut off whole.
        if len(name) >= limit or (not name.isascii() and len(name.encode()) > limit - 4):
            whole = _written(operation.source.text, name, span)
            written = operation.source.slice(whole)
            if len(written.encode()) > limit:
                yield WrittenName(kind, name, written, whole)


def _written(text: str, name: str, within: Span) -> Span:
    """Where the name stands, to its very end; nowhere is an empty span."""
    start = text.find(name, within.start, within.end)
    if start < 0:
        start = text[within.start : within.end].lower().find(name.lower())
        start = within.start + start if start >= 0 else within.end
    end, close = start + len(name), {'"': '"', "[": "]", "`": "`"}.get(text[start - 1 : start])
    while end < within.end and (text[end] != close if close else text[end].isalnum() or text[end] in "_$"):
        end += 1
    return Span(start, min(end, within.end))


def _given(operation: GivesNames) -> Iterator[tuple[str, str, Span]]:
    """Kind, name and the clause that it stands in."""
    whole = operation.span
    match operation:
        case CreateTable():
            yield "table", operation.name.name, whole
            for column in operation.columns:
                yield from _column(column)
            yield from _constraints(operation.constraints)
            for name, _ in operation.indexes:
                yield "index", name, whole
        case AddColumn():
            yield from _column(operation.column)
        case AddConstraint():
            yield from _constraints((operation.constraint,))
        case RenameTable():
            yield "table", operation.new_name, whole
        case RenameColumn():
            yield "column", operation.new_name, whole
        case RenameConstraint():
            yield "constraint", operation.new_name, whole
        case RenameIndex():
            yield "index", operation.new_name, whole
        case RenameObject():
            yield operation.kind, operation.new_name, whole
        case CreateIndex():
            yield "index", operation.name, whole
        case CreateTrigger() | CreatePolicy() | CreateSchema():
            yield "", operation.name, whole
        case _:
            yield "", operation.name.name, whole


def _column(column: ColumnDefinition) -> Iterator[tuple[str, str, Span]]:
    yield "column", column.name, column.span
    yield from _constraints(column.constraints)


def _constraints(constraints: tuple[ConstraintDefinition, ...]) -> Iterator[tuple[str, str, Span]]:
    for constraint in constraints:
        yield "constraint", constraint.name, constraint.span
