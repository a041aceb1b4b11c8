"""A text has no agreed length. See varchar_without_length.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Column, Table
from dblint.placing import cased, sequence
from dblint.remedies import fix
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint.source import Edit

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, formerly=("varchar-must-have-max-length",))

TYPES = ("character varying", "varchar", "nvarchar")
CUT = {"tsql": "is cut to one character"}
"""What SQL Server makes of a bare VARCHAR in a table."""


@rule.check
def column(table: Table, after: After) -> Iterator[Problem]:
    for column in table.columns.values():
        kind = column.type
        if (
            kind.name.name.lower() not in TYPES
            or any(size > 0 for size in kind.modifiers)
            or kind.array
            or not column.local
        ):
            continue
        unlimited = after.dialect == "postgres" or kind.text.lower().endswith("(max)")
        yield Problem(
            message=f"{column.name} takes texts of any length" if unlimited else f"{column.name} {CUT[after.dialect]}",
            origin=column.origin,
            object=f"{table.name.name}.{column.name}",
            fix=partial(as_text, table, column, after) if after.dialect == "postgres" else None,
        )


def as_text(table: Table, column: Column, after: After) -> Fix | None:
    """The type that says so, where the column is made by a migration that has run nowhere."""
    origin = column.origin
    if not after.context.editable(origin.migration) or column.renamed_by is not None:
        return None
    source = origin.statement.source
    place = sequence(source, origin.span, "VARCHAR") or sequence(source, origin.span, "CHARACTER", "VARYING")
    edit = Edit(place, cased(source, place, "TEXT")) if place else None
    return fix("Call it text, which it is", edit, changes=[label("column", table.name, column.name)])
