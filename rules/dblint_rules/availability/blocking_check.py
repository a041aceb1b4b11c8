"""A table is out of reach while a new CHECK reads every row. See blocking_check.md."""

from collections.abc import Iterator
from functools import partial

from dblint.constraint_fixes import not_valid
from dblint.evidence import added, because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn, AddConstraint
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def check(op: AddConstraint | AddColumn, before: Before) -> Iterator[Problem]:
    constraint = added(op, "check")
    if constraint is None or before.impact.rewrites or not busy(before, before.impact.scans):
        return
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait until every row is checked",
        span=constraint.span if isinstance(op, AddColumn) else None,
        why=because(before, op.table),
        instead="Add the column first, then the CHECK as NOT VALID, and VALIDATE it in a later migration."
        if isinstance(op, AddColumn)
        else "",
        fix=partial(not_valid, op, before) if isinstance(op, AddConstraint) else None,
    )
