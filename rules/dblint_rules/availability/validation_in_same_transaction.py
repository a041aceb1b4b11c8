"""VALIDATE under a lock that the transaction already holds saves nobody the wait. See
validation_in_same_transaction.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, busy, crowd, shown
from dblint.impact import Blocks
from dblint.operations import ValidateConstraint
from dblint.remedies import fix, named_later, spelled, sql, taken_out
from dblint.rule import Before, Fix, NewStep, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))

APART = "Deploy the two migrations one by one: this runner wraps all pending ones in one transaction."


@rule.check
def validation(op: ValidateConstraint, before: Before) -> Iterator[Problem]:
    transaction, schema = before.schema.transaction, before.schema
    if transaction is None or not busy(before, before.impact.scans):
        return
    held = [
        lock
        for name in before.impact.locks
        if (lock := transaction.held.get(name)) is not None
        and lock.lock.blocks >= Blocks.WRITES
        and busy(before, [name])
    ]
    if not held:
        return
    worst = max(lock.lock for lock in held).blocks
    tables = [lock.relation for lock in held if lock.lock.blocks is worst]
    yield Problem(
        message=f"{crowd(before, worst, *tables)} wait until every row of {op.table} is checked:"
        f" the transaction has locked {'it' if len(tables) == 1 else 'them'} already",
        why=because(before, op.table),
        instead="" if any(lock.statement.source is op.source for lock in held) else APART,
        fix=partial(apart, op, before) if any(lock.statement.source is op.source for lock in held) else None,
        related=tuple(
            Related(
                lock.statement.source,
                lock.statement.span,
                f"{lock.lock} lock on {shown(schema, lock.relation)} since here",
            )
            for lock in held
        ),
    )


def apart(op: ValidateConstraint, before: Before) -> Fix | None:
    if named_later(before, op.constraint):
        return None
    step = NewStep(
        title=f"validate {op.constraint}",
        up=f"ALTER TABLE {spelled(before.schema, op.table)} VALIDATE CONSTRAINT {sql(op.constraint)};",
    )
    return fix("Validate it in a later migration", taken_out(op, before), steps=(step,))
