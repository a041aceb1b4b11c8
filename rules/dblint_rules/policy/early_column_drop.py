"""A column goes before the code that uses it. See early_column_drop.md."""

from collections.abc import Iterator

from dblint.operations import DropColumn
from dblint.phases import steps, too_early
from dblint.rule import Before, Problem, Related, Rule, Severity
from dblint_rules.policy._operations import declared, target

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.policy.policy.expand_contract)


@rule.check
def drop(drop: DropColumn, before: Before) -> Iterator[Problem]:
    in_force = before.context.policy
    if {"DROP_COLUMN", "DROP_COLUMN_IMMEDIATE"} & set(in_force.policy.prohibited):
        return  # prohibited-operation says so
    about = target(drop, before).removeprefix(" of ")
    reason = too_early(drop, before)
    if reason is not None:
        yield Problem(
            message=f"{about} is dropped while code that uses it may still run: {reason}",
            why=in_force.why("expand_contract", "columns go by expand and contract"),
            related=declared(in_force, "expand_contract"),
        )
        return
    table, column = before.schema.table(drop.table), before.schema.column(drop.table, drop.column)
    most = in_force.policy.max_phases
    if table is None or column is None or not most or before.schema.introduced(column.origin):
        return
    taken = steps(table, column, before)
    if len(taken) + 1 > most:
        yield Problem(
            message=f"retiring {about} took {len(taken) + 1} phases, and the policy has {most} at most",
            why=in_force.why("max_phases", f"at most {most} phases"),
            related=tuple(Related.origin(step, "an earlier phase") for step in taken),
        )
