"""The names that an operation gives, as the SQL writes them: the server may keep less of them."""

import re
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
    Operation,
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
    """`kept` is what the grammar kept of it, `written` what stands in the SQL at `span`."""

    kind: str
    kept: str
    written: str
    span: Span


def long_names(operation: GivesNames, limit: int) -> Iterator[WrittenName]:
    """The names of more than `limit` bytes; PostgreSQL's grammar has cut those to at most `limit` already."""
    for kind, name, span in _given(operation):
        if len(name.encode()) > limit - 3:  # a character of up to four bytes may have been cut off whole
            written = _written(operation, name, span)
            if written is not None and len(written.written.encode()) > limit:
                yield WrittenName(kind, name, written.written, written.span)


def _written(operation: Operation, name: str, within: Span) -> WrittenName | None:
    text = re.escape(name)
    pattern = re.compile(rf'"{text}[^"]*"|\[{text}[^\]]*\]|`{text}[^`]*`|(?<![\w$]){text}[\w$]*', re.IGNORECASE)
    found = pattern.search(operation.source.text, within.start, within.end)
    return WrittenName("", name, found[0].strip('"`[]'), Span(*found.span())) if found else None


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
