"""What tables, columns and indexes there are for the names that sections of a blueprint use: declared or built."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.rule import After


def schemas(after: After) -> Iterator[Schema]:
    """What the migrations make and, beside it, what the blueprint declares."""
    yield after.schema
    if after.declared is not None:
        yield after.declared.catalog


def anything(after: After) -> bool:
    """Whether any table is known, so that one which is not can be missed; not so where only a part of the history is
    there."""
    return after.context.whole and any(True for schema in schemas(after) for _ in schema.tables())


def named(text: str) -> Name:
    schema, _, plain = text.rpartition(".")
    return Name(plain, schema)


def tables(text: str, after: After) -> list[Table]:
    """The table of that name, declared and built."""
    return [found for schema in schemas(after) if (found := schema.table(named(text))) is not None]


def has_column(text: str, column: str, after: After) -> bool:
    """Whether the table has the column somewhere, or may have it."""
    found = tables(text, after)
    return not found or any(table.incomplete or column in table.columns for table in found)


def has_index(name: str, after: After) -> bool:
    """Whether an index of that name is declared or built, in any schema."""
    for schema in schemas(after):
        if any(index.name.name == name for index in schema.indexes()):
            return True
        if any(name in table.constraints for table in schema.tables()):
            return True
    described = after.declared.facts.tables.values() if after.declared is not None else ()
    return any(index.name == name for table in described for index in table.indexes)  # also those with a slip


def built(text: str, after: After) -> Table | None:
    """The table, if the migrations make it."""
    return after.schema.table(named(text))
