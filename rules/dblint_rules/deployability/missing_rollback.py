"""A migration cannot be undone, though its neighbours can. See missing_rollback.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind != "missing down":
        return
    migrations = after.history.migrations
    own = next((each.number for each in migrations if each.source is remark.source), 0)
    undone = sum(1 for each in migrations if each.down)
    if any(each.down for each in migrations[:own]):
        yield Problem(message=remark.message, why=(f"{undone} of {len(migrations)} migrations have a down part",))
