"""A migration cannot be undone, though its neighbours can. See missing_rollback.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.operations import MigrationBegin
from dblint.rule import After, Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, gate="migration-reversibility")


@rule.check
def begin(begin: MigrationBegin, before: Before) -> Iterator[Problem]:
    """The policy asks for a down part of every versioned migration."""
    policy, migration = before.context.policy, before.migration
    if policy.policy.require_rollback and not migration.down and not migration.repeatable:
        yield Problem(
            message=f"version {migration.version} cannot be undone: it has no down part",
            why=policy.why("require_rollback", "every migration needs one"),
        )


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind != "missing down" or after.context.policy.policy.require_rollback:
        return
    migrations = after.history.migrations
    own = next((each.number for each in migrations if each.source is remark.source), 0)
    undone = sum(1 for each in migrations if each.down)
    if any(each.down for each in migrations[:own]):
        yield Problem(message=remark.message, why=(f"{undone} of {len(migrations)} migrations have a down part",))
