"""A table is out of reach while an exclusion constraint builds its index. See blocking_exclusion.md."""

from collections.abc import Iterator

from dblint.evidence import added, because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn, AddConstraint
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def exclusion(op: AddConstraint | AddColumn, before: Before) -> Iterator[Problem]:
    constraint = added(op, "exclusion", "unique", "primary key")
    if constraint is None or before.impact.rewrites or not before.impact.builds or not busy(before, [op.table]):
        return
    if constraint.kind == "exclusion" or constraint.without_overlaps:
        yield Problem(
            message=f"{crowd(before, Blocks.READS, op.table)} wait until every row is compared and indexed",
            why=because(before, op.table),
        )
