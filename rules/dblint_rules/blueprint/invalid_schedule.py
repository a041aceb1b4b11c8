"""A job never runs: its schedule is none. See invalid_schedule.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import After, Problem, Rule, Severity
from dblint.schedules import INTERVALS, cron_fault

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.blueprint is not None)

CRON = (
    ("backupStrategy", "schedule"),
    *(("backupAndRecovery", "backup", "automated", kind, "schedule") for kind in (
        "fullBackup", "differentialBackup", "transactionLogBackup"
    )),
)  # fmt: skip
WORDS = (
    ("drTesting", "schedule", "frequency"),
    ("drTesting", "schedule"),
    ("backupAndRecovery", "disasterRecovery", "drTesting", "schedule"),
)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for path in CRON:
        node = blueprint.section(*path)
        if node is not None and node.text and (fault := cron_fault(node.text)):
            yield problem(node, f"no backup is made: {node.text!r} is no cron expression, as {fault}")
    for path in WORDS:
        node = blueprint.section(*path)
        if node is not None and node.text and node.text not in INTERVALS and cron_fault(node.text):
            yield problem(
                node, f"no drill is due: {node.text!r} is neither a word such as quarterly nor a cron expression"
            )


def problem(node: Node, message: str) -> Problem:
    return Problem(message=message, source=node.source, span=node.span, object=node.text)
