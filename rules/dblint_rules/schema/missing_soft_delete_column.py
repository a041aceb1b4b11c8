"""Rows of one table vanish for good. See missing_soft_delete_column.md."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.catalog.model import Table
from dblint.remedies import new_column
from dblint.rule import After, Fix, Problem, Rule, Severity


class Options(Struct, frozen=True, kw_only=True, rename="kebab"):
    """`columns`: the spellings of the column, in small letters and without underscores, where the blueprint's
    `softDelete` names none. `exclude`: globs of tables, beside those that the blueprint excludes."""

    columns: tuple[str, ...] = ("isdeleted", "deleted", "deletedat", "deletedon")
    exclude: tuple[str, ...] = ()


rule = Rule(
    __name__,
    severity=Severity.WARNING,
    recommended=False,
    gate="required-columns",
    formerly=("soft-delete-column-required",),
    options=Options,
)

EXCLUDING = (("softDelete", "excludedTables"), ("multiTenant", "excludedTables"))


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.kind == "foreign table" or table.partition_of is not None or after.schema.is_temporary(table.name):
        return
    options = after.options(Options)
    wanted, excluded = declared(after.blueprint) if after.blueprint is not None else ("", ())
    if any(fnmatchcase(table.name.name, glob) for glob in (*options.exclude, *excluded)):
        return
    spellings = (wanted.lower().replace("_", ""),) if wanted else options.columns
    if not any(column.lower().replace("_", "") in spellings for column in table.columns):
        yield Problem(
            message=f"deleted rows of {table.name.name} are gone for good: it has no {wanted or 'is_deleted'} column",
            fix=partial(added, table, wanted or "is_deleted", after) if after.dialect == "postgres" else None,
        )


def added(table: Table, name: str, after: After) -> Fix | None:
    """The flag; a column that holds a time is not guessed at."""
    if name.lower().endswith(("at", "on")):
        return None
    return new_column(table, after, name, "boolean NOT NULL DEFAULT false", "Add it: no row is deleted so far")


def declared(blueprint: Blueprint) -> tuple[str, tuple[str, ...]]:
    """The column that the blueprint names, "" where it names none, and the tables that it excludes."""
    enabled, column = blueprint.section("softDelete", "enabled"), blueprint.section("softDelete", "column")
    if enabled is not None and enabled.value is False:
        return "", ("*",)
    excluded = [name for path in EXCLUDING for node in blueprint.sections(*path) for name in node.texts()]
    for section in blueprint.sections("temporalTables", "tables"):
        excluded += [history.text for each in section.elements() if (history := each.get("historyTable")) is not None]
    return column.text if column is not None else "", tuple(excluded)
