"""A new enum value is used in the transaction that adds it. See enum_value_used_too_early.md."""

from collections.abc import Iterable, Iterator
from functools import partial

from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    CreateIndex,
    Delete,
    Expression,
    Insert,
    Operation,
    SetDefault,
    Update,
)
from dblint.placing import removal
from dblint.remedies import fix
from dblint.rule import Before, Fix, NewStep, Problem, Rule, Severity
from dblint.runners import opened_by
from dblint.source import Span

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))

Use = tuple[str, Name | None, Span]
"""A string literal, the type that it becomes if that is known, and where it stands."""

TEXTUAL = ("", "text", "character varying", "varchar", "character", "char", "bpchar", "name", "citext")
"""With these a literal may be compared too, and stay text (`state::text IN ('void')`). "": not known."""


@rule.check
def use(
    operation: Insert | Update | Delete | SetDefault | AddColumn | AddConstraint | CreateIndex, before: Before
) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if transaction is None or not transaction.new_enum_values:
        return
    for text, type_name, span in uses(operation, before):
        for enum, value in transaction.new_enum_values:
            if text == value and (type_name is None or enum_of(before, type_name) == enum):
                yield Problem(
                    message=f"the deploy fails: '{value}' of {enum.name} is not usable before the transaction that "
                    "adds it commits",
                    span=span,
                    why=() if transaction.explicit else (opened_by(before.migration),),
                    fix=partial(after_commit, operation, value),
                )
                return


def uses(operation: object, before: Before) -> Iterable[Use]:
    """The literals that become enum values for certain: those of enum columns, and those cast to an enum."""
    if isinstance(operation, Insert):
        for (column, text), span in zip(operation.literals, operation.literal_spans, strict=False):
            yield text, column_type(before, operation.table, column), span
    elif isinstance(operation, Update):
        for column, value in operation.assignments:
            kind = column_type(before, operation.table, column)
            yield from ((text, kind, value.span) for text in value.strings)
        yield from compared(before, operation.table, operation.where)
    elif isinstance(operation, Delete):
        yield from compared(before, operation.table, operation.where)
    elif isinstance(operation, SetDefault):
        kind = column_type(before, operation.table, operation.column)
        yield from ((text, kind, operation.default.span) for text in operation.default.strings)
    elif isinstance(operation, AddColumn):
        default = operation.column.default
        if default is not None:
            yield from ((text, operation.column.type.name, default.span) for text in default.strings)
    elif isinstance(operation, AddConstraint):
        yield from compared(before, operation.table, operation.constraint.expression)
    elif isinstance(operation, CreateIndex):
        yield from compared(before, operation.table, operation.index.predicate)


def compared(before: Before, table: Name, expression: Expression | None) -> Iterable[Use]:
    """Literals of a condition, when one enum is all that they can be compared with."""
    if expression is None:
        return
    kinds = {column_type(before, table, use.name) for use in expression.columns} | set(expression.types)
    if any(kind.name in TEXTUAL for kind in kinds):
        return
    enums = {enum for kind in kinds if (enum := enum_of(before, kind))}
    if len(enums) == 1:
        kind = next(iter(enums))
        yield from ((text, kind, expression.span) for text in expression.strings)


def column_type(before: Before, table: Name, column: str) -> Name:
    found = before.schema.column(table, column)
    return found.type.name if found is not None else Name("")


def enum_of(before: Before, kind: Name) -> Name | None:
    enum = before.schema.enum(kind) if kind.name else None
    return enum.name if enum is not None else None


def after_commit(operation: Operation, value: str) -> Fix | None:
    text = operation.statement.text.rstrip().removesuffix(";").rstrip()
    step = NewStep(title=f"use {value}", up=f"{text};")
    if operation.guards:
        return None
    return fix("Use the value in a later migration", removal(operation.statement), steps=(step,))
