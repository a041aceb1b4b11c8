"""A text has no agreed length. See varchar_without_length.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity

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
        )
