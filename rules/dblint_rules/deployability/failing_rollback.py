"""A rollback stops in the middle. See failing_rollback.md."""

from collections.abc import Iterator

from dblint.inversion import MigrationUndone
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, gate="migration-reversibility")


@rule.check
def undone(undone: MigrationUndone, before: Before) -> Iterator[Problem]:
    if undone.failing is not None:
        yield Problem(
            message=f"undoing version {before.migration.version} fails: {undone.reason}",
            source=undone.failing.source,
            span=undone.failing.span,
        )
