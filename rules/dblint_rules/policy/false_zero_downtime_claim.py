"""A migration that says that nobody waits for it makes somebody wait. See false_zero_downtime_claim.md."""

from collections.abc import Iterator

from dblint.evidence import cost, listed, lock_on, provenance, shown, waiters
from dblint.migrations.headers import claims_zero_downtime
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddIdentity,
    AlterColumnType,
    AlterDomain,
    AttachPartition,
    Cluster,
    CreateIndex,
    CreateTable,
    DetachPartition,
    RefreshMaterializedView,
    Reindex,
    SetAccessMethod,
    SetExpression,
    SetLogged,
    SetNotNull,
    SetTablespace,
    Update,
    Vacuum,
    ValidateConstraint,
)
from dblint.rule import Before, Problem, Related, Rule, Severity
from dblint_rules.policy._operations import declared

rule = Rule(__name__, severity=Severity.ERROR)

Slow = (
    AddColumn | AddConstraint | AddIdentity | AlterColumnType | AlterDomain | AttachPartition | Cluster | CreateIndex
    | CreateTable | DetachPartition | RefreshMaterializedView | Reindex | SetAccessMethod | SetExpression | SetLogged
    | SetNotNull | SetTablespace | Update | Vacuum | ValidateConstraint
)  # fmt: skip


@rule.check
def slow(operation: Slow, before: Before) -> Iterator[Problem]:
    header = claims_zero_downtime(before.migration.source)
    policy = before.context.policy
    if header is None and not policy.policy.zero_downtime:
        return
    impact = before.impact
    if not impact.slow or impact.refused is not None:
        return
    blocked = before.schema.blocked(impact)
    held = [each.relation for each in before.schema.kept_waiting(impact, operation.statement)]
    if not blocked and not held:
        return
    waiting = list(dict.fromkeys((*blocked, *held)))
    claim = f"version {before.migration.version}" if header is not None else "the policy"
    yield Problem(
        message=f"{waiters(before, *waiting)} wait, though {claim} promises zero downtime",
        why=(
            *(line for name in waiting if (line := lock_on(before, name))),
            *(
                f"locked by an earlier statement: {listed(shown(before.schema, name) for name in held)}"
                for _ in held[:1]
            ),
            *cost(before.schema, impact),
            provenance(before.schema, waiting[0]),
            *(policy.why("zero_downtime", "every migration is held to it") if header is None else ()),
        ),
        related=(Related(before.migration.source, header.span, "the promise"),)
        if header is not None
        else declared(policy, "zero_downtime"),
    )
