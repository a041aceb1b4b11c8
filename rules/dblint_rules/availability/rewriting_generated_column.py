"""A table is rewritten to compute a stored column. See rewriting_generated_column.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn, SetExpression
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))


@rule.check
def generated(op: AddColumn | SetExpression, before: Before) -> Iterator[Problem]:
    if isinstance(op, AddColumn) and (op.column.generated is None or op.column.serial or op.column.identity):
        return
    if not busy(before, before.impact.rewrites):
        return
    if isinstance(op, AddColumn):
        column, wait = op.column.name, "wait"
        instead = "Make the column VIRTUAL, if it needs no index." if before.version >= 18 else ""
    else:
        column, wait = op.column, "wait" if before.schema.column(op.table, op.column) is not None else "may wait"
        instead = "Add a second column with the new expression's values, and switch over in a later migration."
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} {wait} until {column} is computed for every row",
        why=because(before, op.table),
        instead=instead if before.dialect == "postgres" else "",
    )
