"""Nobody can tell when a row was made. See missing_created_at.md."""

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from dblint.audit_columns import added, lacks
from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity


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
    if lacks(table, after, options.columns, options.exclude):
        yield Problem(
            message=f"nobody can tell when a row of {table.name.name} was made: it has no created_at column",
            fix=partial(added, table, after, "created_at", TITLE) if after.dialect == "postgres" else None,
        )
