"""A function's body names what is no longer there. See broken_routine.md."""

from collections.abc import Callable, Iterable, Iterator

from dblint.catalog.model import Function
from dblint.catalog.schema import Schema
from dblint.evidence import shown
from dblint.names import Name
from dblint.operations import (
    DropColumn,
    DropFunction,
    DropTable,
    DropView,
    RenameColumn,
    RenameObject,
    RenameTable,
    SetSchema,
)
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)

RELATIONS = ("view", "materialized view", "table", "foreign table")


@rule.check
def relation_gone(
    change: DropTable | DropView | RenameTable | RenameObject | SetSchema, before: Before
) -> Iterator[Problem]:
    if isinstance(change, RenameObject | SetSchema) and change.kind not in RELATIONS:
        return
    name = before.schema.resolve(change.name)
    users = before.schema.routines_naming(name)
    yield from broken(before, users, str(change.name), lambda end: is_there(end, name))


@rule.check
def column_gone(change: DropColumn | RenameColumn, before: Before) -> Iterator[Problem]:
    schema = before.schema
    table = schema.resolve(change.table)
    users = schema.routines_naming(table, change.column)
    if schema.relation(table) is not None:
        what = f"{change.table}.{change.column}"
        yield from broken(before, users, what, lambda end: has_column(end, table, change.column))


@rule.check
def routine_gone(change: DropFunction, before: Before) -> Iterator[Problem]:
    gone = before.schema.functions(change.name)
    if not gone:
        return
    name = gone[0].name
    users = [f for f in before.schema.all_functions() if name in f.calls and f.name != name]
    yield from broken(before, users, str(change.name), lambda end: bool(end.functions(name)))


def is_there(end: Schema, name: Name) -> bool:
    """Whether a relation has the name: one of the history's, or one from elsewhere that was renamed to it."""
    return end.relation(name) is not None or end.gone(name) is None


def has_column(end: Schema, table: Name, column: str) -> bool:
    relation = end.relation(table)
    return relation is not None and column in getattr(relation, "columns", ())


def broken(before: Before, users: Iterable[Function], what: str, there: Callable[[Schema], bool]) -> Iterator[Problem]:
    for function in users:

        def mended(end: Schema, function: Function = function) -> bool:
            """Whether the name is there again, or the routine was dropped or written anew."""
            return there(end) or not any(each.origin is function.origin for each in end.functions(function.name))

        yield Problem(
            message=f"{shown(before.schema, function.name)} fails when it is called: its body names {what}",
            why=("the server does not look into bodies when it drops or renames",),
            related=(Related.origin(function.origin, "the routine"),),
            unless=mended,
        )
