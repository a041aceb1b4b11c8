"""A table is out of reach while a new primary key is built or proved. See blocking_primary_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.constraint_fixes import by_index
from dblint.evidence import added, because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn, AddConstraint
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def primary_key(op: AddConstraint | AddColumn, before: Before) -> Iterator[Problem]:
    constraint = added(op, "primary key")
    impact = before.impact
    if constraint is None or constraint.without_overlaps or impact.rewrites or not busy(before, [op.table]):
        return
    nullable = bool(impact.scans) and isinstance(op, AddConstraint)
    if impact.builds:
        done = "the index of the primary key is built"
        instead = "Prove the columns NOT NULL, build the index CONCURRENTLY, then ADD PRIMARY KEY USING INDEX."
        instead = instead if nullable else ""
    elif impact.scans:
        done = "every row is searched for NULL"
        instead = "Prove the columns NOT NULL first: CHECK … NOT VALID, VALIDATE in a later migration, SET NOT NULL."
    else:
        return
    wait = "wait" if impact.builds or before.schema.table(op.table) is not None else "may wait"
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} {wait} until {done}",
        span=constraint.span if isinstance(op, AddColumn) else None,
        why=because(before, op.table),
        instead=instead,
        fix=partial(by_index, op, before, "PRIMARY KEY")
        if isinstance(op, AddConstraint) and impact.builds and not nullable
        else None,
    )
