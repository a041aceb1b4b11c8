"""A column list is left to chance. See select_star.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import listed
from dblint.operations import (
    CreateFunction,
    CreateMaterializedView,
    CreateTableAs,
    CreateView,
    Insert,
    Operation,
    Query,
    Select,
    Star,
)
from dblint.remedies import fix, sql
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.source import Edit

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def view(operation: CreateView | CreateMaterializedView, before: Before) -> Iterator[Problem]:
    for star in over_relations(operation.query):
        yield Problem(
            message=f"{operation.name} keeps the columns of today: later ones never show in it",
            span=star.span,
            why=columns(star, before),
            fix=partial(expanded, star, before),
        )


@rule.check
def routine(operation: CreateFunction, before: Before) -> Iterator[Problem]:
    if not operation.procedure and (operation.returns is None or not hands_out_columns(operation, before)):
        return
    for inner in operation.body:
        query = query_of(inner)
        for star in over_relations(query) if query else ():
            if not gives_row_type(star, operation, before):
                yield Problem(
                    message=f"{operation.name} returns whatever columns there are when it runs",
                    span=star.span,
                    why=columns(star, before),
                    fix=partial(expanded, star, before),
                )


@rule.check
def copy(operation: Insert, before: Before) -> Iterator[Problem]:
    for star in over_relations(operation.query) if operation.query else ():
        yield Problem(
            message=f"the insert into {operation.table} fails or shifts values once a column is added",
            span=star.span,
            why=columns(star, before),
            fix=partial(expanded, star, before),
        )


@rule.check
def table(operation: CreateTableAs, before: Before) -> Iterator[Problem]:
    if before.schema.is_temporary(operation.name) or operation.persistence == "temporary":
        return
    for star in over_relations(operation.query):
        yield Problem(
            message=f"{operation.name} gets whatever columns there are when the migration runs",
            span=star.span,
            why=columns(star, before),
            fix=partial(expanded, star, before),
        )


def query_of(operation: Operation) -> Query | None:
    return operation.query if isinstance(operation, Select) else None


def outermost(query: Query) -> list[Star]:
    """The stars of the select list itself; those further in only matter if they reach it."""
    return [output.star for output in query.outputs if output.star is not None]


def hands_out_columns(operation: CreateFunction, before: Before) -> bool:
    """Whether the routine's answer has columns of its own; a function of one value reads rows into variables."""
    return operation.returns_set or operation.returns is None or before.dialect != "postgres"


def gives_row_type(star: Star, operation: CreateFunction, before: Before) -> bool:
    """Whether the routine is declared to return rows of the very table that the star stands over."""
    if operation.returns is None:
        return False
    declared = before.schema.resolve(operation.returns.name)
    return any(before.schema.resolve(use.name) == declared for use in star.tables)


def over_relations(query: Query) -> list[Star]:
    """Stars over relations of the database: one over a function's or a record's result names its columns itself."""
    return [
        star
        for star in outermost(query)
        if any(use.name.name and star.qualifier in ("", use.alias or use.name.name) for use in star.tables)
    ]


def columns(star: Star, before: Before) -> tuple[str, ...]:
    names = before.schema.star_columns(star)
    return (f"today the star stands for {listed(names, most=8)}",) if names else ()


def expanded(star: Star, before: Before) -> Fix | None:
    """The columns instead of the star, where all of them are known and each stands for one thing."""
    names = before.schema.star_columns(star)
    if not names or len(set(names)) < len(names) or (len(star.tables) > 1 and not star.qualifier):
        return None
    written = before.operation.source.slice(star.span)
    if before.dialect != "postgres" or not written.endswith("*"):
        return None
    return fix(
        "List the columns", Edit(star.span, ", ".join(f"{written[:-1]}{sql(name)}" for name in names)), safe=True
    )
