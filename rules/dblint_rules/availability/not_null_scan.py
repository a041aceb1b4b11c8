"""A table is out of reach while every row is searched for NULL. See not_null_scan.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddConstraint, SetNotNull
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def not_null(op: SetNotNull | AddConstraint, before: Before) -> Iterator[Problem]:
    if isinstance(op, SetNotNull):
        column = op.column
    elif op.constraint.kind == "not null":
        column = op.constraint.columns[0]
    else:
        return
    if not busy(before, before.impact.scans):
        return
    table = before.schema.table(op.table)
    waiting = [
        constraint.name
        for constraint in (table.constraints.values() if table is not None else ())
        if constraint.kind == "check"
        and not constraint.validated
        and constraint.expression is not None
        and column in constraint.expression.not_null
    ]
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait until every row is searched for a NULL {column}",
        why=(*because(before, op.table), *(f"{name} would prove it once it is validated" for name in waiting)),
        instead="Add the constraint NOT NULL … NOT VALID, and VALIDATE it in a later migration."
        if before.version >= 18
        else "",
    )
