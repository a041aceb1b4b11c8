"""Nobody has tried for long whether recovery works. See overdue_recovery_drill.md."""

import os
from collections.abc import Iterator
from datetime import date

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import After, Problem, Rule, Severity
from dblint.schedules import INTERVALS

rule = Rule(__name__, severity=Severity.WARNING, applies=lambda context: context.blueprint is not None)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for path in (("drTesting",), ("backupAndRecovery", "disasterRecovery", "drTesting")):
        section = blueprint.section(*path)
        if section is None:
            continue
        schedule = section.get("schedule")
        word = section.get("schedule", "frequency") or schedule
        interval = INTERVALS.get(word.text) if word is not None else None
        last, planned = section.get("lastTested"), section.get("schedule", "nextScheduled")
        tested, next_one = day(last), day(planned)
        if last is not None and tested is not None and interval is not None and tested < today() - interval:
            yield Problem(
                message=f"recovery was last tried on {tested}, and should be {word.text if word else ''}",
                source=last.source,
                span=last.span,
            )
        if (
            planned is not None
            and next_one is not None
            and next_one < today()
            and (tested is None or tested < next_one)
        ):
            yield Problem(
                message=f"the recovery drill of {next_one} is over, and none after it is planned",
                source=planned.source,
                span=planned.span,
            )


def day(node: Node | None) -> date | None:
    try:
        return date.fromisoformat(node.text[:10]) if node is not None else None
    except ValueError:
        return None


def today() -> date:
    """This day, or the one that SOURCE_DATE_EPOCH names, for results that do not change."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return date.fromtimestamp(int(epoch)) if epoch.isdigit() and len(epoch) < 12 else date.today()
