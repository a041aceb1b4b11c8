"""Backups are gone before the time they are promised for. See short_retention.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Related, Rule, Severity
from dblint.schedules import period

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.blueprint is not None)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    backup = blueprint.section("backupAndRecovery", "backup")
    if backup is None:
        return
    window = backup.get("pointInTimeRecovery", "maxRecoveryWindow")
    kept = backup.get("automated", "fullBackup", "retention")
    if window is None or kept is None:
        return
    needed, there = period(window.text), period(kept.text)
    if needed is not None and there is not None and there < needed:
        yield Problem(
            message=f"nothing older than {kept.text} can be restored, and {window.text} are promised",
            source=kept.source,
            span=kept.span,
            related=(Related(window.source, window.span, "the promise"),),
        )
