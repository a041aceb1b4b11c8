"""Columns that tell when a row was made or changed: which tables must have them, and how they are added."""

from fnmatch import fnmatchcase

from dblint.catalog.model import Table
from dblint.remedies import new_column
from dblint.rule import After, Fix


def lacks(table: Table, after: After, columns: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Whether a table that must have such a column has none.

    `columns`: the spellings, in small letters and without underscores. `exclude`: globs of tables that need none.
    """
    if table.kind == "foreign table" or table.partition_of is not None or after.schema.is_temporary(table.name):
        return False
    if any(fnmatchcase(table.name.name, glob) for glob in exclude):
        return False
    return not any(column.lower().replace("_", "") in columns for column in table.columns)


def added(table: Table, after: After, column: str, title: str) -> Fix | None:
    """The column, which rows that are there get with the time of the migration."""
    return new_column(table, after, column, "timestamptz NOT NULL DEFAULT now()", title)
