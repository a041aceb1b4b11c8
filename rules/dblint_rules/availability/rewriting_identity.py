"""A table is rewritten to number its rows. See rewriting_identity.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))


@rule.check
def numbered_column(op: AddColumn, before: Before) -> Iterator[Problem]:
    if (op.column.serial or op.column.identity) and busy(before, before.impact.rewrites):
        yield Problem(
            message=f"{crowd(before, Blocks.READS, op.table)} wait until every row is numbered",
            why=because(before, op.table),
        )
