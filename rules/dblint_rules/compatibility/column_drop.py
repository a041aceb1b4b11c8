"""A column's values are thrown away. See column_drop.md."""

from collections.abc import Iterator

from dblint.catalog.expressions import index_uses, uses_column
from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.evidence import in_use, is_added, listed, provenance
from dblint.operations import DropColumn
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.compatibility._copies import copied

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def column_drop(drop: DropColumn, before: Before) -> Iterator[Problem]:
    schema = before.schema
    table = schema.table(drop.table)
    column = schema.column(drop.table, drop.column)
    if not in_use(before, drop.table) or is_added(before, drop.table, drop.column):
        return
    if column is None and table is not None and not table.incomplete and schema.uncertain(drop.table) is None:
        return  # there is no such column: IF EXISTS has nothing to do
    if column is None and schema.gone(schema.resolve(drop.table), drop.column):
        return
    place = f"{drop.table}.{drop.column}"
    lost = f"the values of {place} {'may be' if schema.uncertain(drop.table) else 'are'} lost, and "
    kept = (column is not None and column.generated is not None) or copied(before, drop.table, drop.column)
    yield Problem(
        message=f"code that still names {place} fails" if kept else f"{lost}code that still names it fails",
        why=(
            *(silent_losses(schema, table, column.name) if table and column else ()),
            provenance(schema, drop.table),
        ),
    )


def silent_losses(schema: Schema, table: Table, column: str) -> tuple[str, ...]:
    """What the server drops along with the column without being asked, and without CASCADE."""
    indexes = [f"index {i.name.name}" for i in schema.indexes_of(table.name) if index_uses(i.definition, column)]
    constraints = [
        f"{c.kind} constraint {c.name}"
        for c in table.constraints.values()
        if not c.index and c.kind != "not null" and (column in c.columns or uses_column(c.expression, column))
    ]
    return (f"dropped along with it, unasked: {listed((*indexes, *constraints))}",) if indexes or constraints else ()
