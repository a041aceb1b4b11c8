"""Queries queue behind a change of a trigger. See trigger_lock.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.operations import CreateTrigger, DisableTrigger, DropTrigger, EnableTrigger
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO, recommended=False, dialects=("postgres",))


@rule.check
def trigger(op: CreateTrigger | DropTrigger | EnableTrigger | DisableTrigger, before: Before) -> Iterator[Problem]:
    table = before.schema.resolve(op.table)
    lock = before.impact.lock_on(table)
    if not busy(before, [table]) or before.schema.view(op.table) is not None:
        return
    match op:
        case CreateTrigger():
            change, instead = f"the new trigger {op.name}", ""
        case DropTrigger():
            change = f"the drop of trigger {op.name}"
            instead = "To replace it, CREATE OR REPLACE TRIGGER keeps reads going; else set a short lock_timeout."
        case EnableTrigger() | DisableTrigger():
            verb = "enabling" if isinstance(op, EnableTrigger) else "disabling"
            change, instead = f"{verb} {'its triggers' if op.every else f'trigger {op.trigger}'}", ""
    yield Problem(
        message=f"{crowd(before, lock.blocks, op.table)} queue behind {change}",
        why=because(before, op.table),
        instead=instead,
    )
