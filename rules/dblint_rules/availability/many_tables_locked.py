"""One transaction takes several tables out of reach at once. See many_tables_locked.md."""

from collections.abc import Iterator

from dblint.catalog.model import Origin
from dblint.evidence import crowd, shown
from dblint.impact import Blocks, Lock
from dblint.operations import Commit, MigrationEnd
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, dialects=("postgres",))


@rule.check
def transaction_end(op: Commit | MigrationEnd, before: Before) -> Iterator[Problem]:
    schema = before.schema
    held = [lock for lock in schema.held_tables() if lock.lock is Lock.ACCESS_EXCLUSIVE]
    statements = {lock.statement.span: lock.statement for lock in held if lock.statement.source is op.source}
    if len({lock.statement for lock in held}) < 2 or not statements:
        return
    last = statements[max(statements)]
    yield Problem(
        message=f"{crowd(before, Blocks.READS, *(lock.relation for lock in held))}"
        " wait until one transaction has changed them all",
        origin=Origin(last, last.span, before.migration.number),
        related=tuple(
            Related(lock.statement.source, lock.statement.span, f"{lock.lock} lock on {shown(schema, lock.relation)}")
            for lock in held
        ),
    )
