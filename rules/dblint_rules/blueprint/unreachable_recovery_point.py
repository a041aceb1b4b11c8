"""More data can be lost than is promised. See unreachable_recovery_point.md."""

from collections.abc import Iterator
from datetime import timedelta

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import After, Problem, Related, Rule, Severity
from dblint.schedules import longest_gap

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.blueprint is not None)

YEAR = 366 * 24 * 60
"""Minutes; promises of more are not told apart."""
KINDS = ("fullBackup", "differentialBackup", "transactionLogBackup")


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    simple = blueprint.section("backupStrategy")
    if simple is not None and not blueprint.doubtful(simple):
        schedule, recovery = simple.get("schedule"), simple.get("pointInTimeRecovery")
        if recovery is None or not recovery.is_true:
            yield from held(simple.get("rpoMinutes"), [schedule] if schedule is not None else [])
    full = blueprint.section("backupAndRecovery")
    if full is not None and not continuous(full) and not blueprint.doubtful(full):
        automated = full.get("backup", "automated")
        schedules = [automated.get(kind, "schedule") for kind in KINDS] if automated is not None else []
        yield from held(full.get("rpo", "minutes"), [node for node in schedules if node is not None])


def continuous(section: Node) -> bool:
    """Whether changes are kept as they happen."""
    paths = (
        ("backup", "automated", "walArchiving"),
        ("backup", "automated", "transactionLogBackup", "continuous"),
        ("backup", "pointInTimeRecovery", "enabled"),
    )
    kind = section.get("backup", "automated", "type")
    return (kind is not None and kind.text == "continuous") or any(
        node is not None and node.is_true for path in paths for node in (section.get(*path),)
    )


def held(promise: Node | None, schedules: list[Node]) -> Iterator[Problem]:
    """The problem if the best of the schedules leaves a gap longer than the promise."""
    gaps = [(gap, node) for node in schedules if (gap := longest_gap(node.text)) is not None]
    minutes = promise.number if promise is not None else None
    if promise is None or minutes is None or not gaps:
        return
    gap, node = min(gaps, key=lambda each: each[0])
    if gap > timedelta(minutes=1) * min(minutes, YEAR):
        yield Problem(
            message=f"up to {spoken(gap)} of changes can be lost, and {promise.text} minutes are promised",
            source=promise.source,
            span=promise.span,
            related=(Related(node.source, node.span, "the most frequent backup"),),
        )


def spoken(gap: timedelta) -> str:
    hours, minutes = divmod(int(gap.total_seconds() // 60), 60)
    days, hours = divmod(hours, 24)
    counted = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    parts = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in counted if count]
    return " ".join(parts)
