"""A table is rewritten to compute a stored column. See rewriting_generated_column.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd, listed
from dblint.impact import Blocks
from dblint.operations import AddColumn, SetExpression
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))


@rule.check
def generated(op: AddColumn, before: Before) -> Iterator[Problem]:
    if not computed(op) or not busy(before, before.impact.rewrites):
        return
    # One statement rewrites the table once, however many such columns it adds.
    together = [
        o for o in before.operations if o.statement is op.statement and isinstance(o, AddColumn) and computed(o)
    ]
    if together and together[0] is not op:
        return
    columns = listed([each.column.name for each in together] or [op.column.name])
    verb = "are" if len(together) > 1 else "is"
    instead = "Make the column VIRTUAL, if it needs no index." if before.version >= 18 else ""
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait until {columns} {verb} computed for every row",
        why=because(before, op.table),
        instead=instead if before.dialect == "postgres" else "",
    )


@rule.check
def expression(op: SetExpression, before: Before) -> Iterator[Problem]:
    if not busy(before, before.impact.rewrites):
        return
    wait = "wait" if before.schema.column(op.table, op.column) is not None else "may wait"
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} {wait} until {op.column} is computed for every row",
        why=because(before, op.table),
        instead="Add a second column with the new expression's values, and switch over in a later migration."
        if before.dialect == "postgres"
        else "",
    )


def computed(op: AddColumn) -> bool:
    column = op.column
    return column.generated is not None and not column.serial and not column.identity
