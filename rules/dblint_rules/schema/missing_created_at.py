"""Nobody can tell when a row was made. See missing_created_at.md."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial

from msgspec import Struct

from dblint.catalog.model import Table
from dblint.remedies import new_column
from dblint.rule import After, Fix, Problem, Rule, Severity


class Options(Struct, frozen=True, kw_only=True, rename="kebab"):
    """`columns`: the spellings of the column, in small letters and without underscores. `exclude`: globs of tables."""

    columns: tuple[str, ...] = ("createdat", "createdon", "createddate", "createdtime", "creationdate")
    exclude: tuple[str, ...] = ()


rule = Rule(
    __name__,
    severity=Severity.ERROR,
    recommended=False,
    gate="required-columns",
    formerly=("all-tables-must-have-created-at",),
    options=Options,
)


TITLE = "Add it: the rows that are there get the time of the migration"


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    options = after.options(Options)
    if table.kind == "foreign table" or table.partition_of is not None or after.schema.is_temporary(table.name):
        return
    if any(fnmatchcase(table.name.name, glob) for glob in options.exclude):
        return
    if not any(column.lower().replace("_", "") in options.columns for column in table.columns):
        yield Problem(
            message=f"nobody can tell when a row of {table.name.name} was made: it has no created_at column",
            fix=partial(added, table, after) if after.dialect == "postgres" else None,
        )


def added(table: Table, after: After) -> Fix | None:
    return new_column(table, after, "created_at", "timestamptz NOT NULL DEFAULT now()", TITLE)
