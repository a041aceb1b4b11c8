"""An amount has no agreed precision. See numeric_without_precision.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, formerly=("decimal-must-have-precision",))

ROUNDED = {"tsql": "(18,0)", "mysql": "(10,0)"}
"""What these databases make of a bare DECIMAL: fractions are rounded away."""


@rule.check
def bare_numeric(table: Table, after: After) -> Iterator[Problem]:
    for column in table.columns.values():
        kind = column.type
        if kind.name.name not in ("numeric", "decimal") or kind.modifiers or not column.local:
            continue
        rounded = ROUNDED.get(after.dialect)
        yield Problem(
            message=f"{column.name} is {kind.name.name}{rounded}: fractions are rounded away"
            if rounded
            else f"{column.name} takes numbers of any precision",
            origin=column.origin,
            object=f"{table.name.name}.{column.name}",
        )
