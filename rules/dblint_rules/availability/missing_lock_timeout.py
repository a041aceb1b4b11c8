"""Queries queue for as long as a migration waits for its lock. See missing_lock_timeout.md."""

from collections.abc import Iterator
from functools import partial

from dblint import operations as op
from dblint.evidence import because, crowd
from dblint.placing import at_start
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, dialects=("postgres",))

Locking = (
    op.CreateTable
    | op.DropTable
    | op.RenameTable
    | op.SetSchema
    | op.AddColumn
    | op.DropColumn
    | op.RenameColumn
    | op.AlterColumnType
    | op.SetNotNull
    | op.DropNotNull
    | op.SetDefault
    | op.DropDefault
    | op.AddIdentity
    | op.AlterIdentity
    | op.DropIdentity
    | op.SetExpression
    | op.DropExpression
    | op.SetColumnParameter
    | op.AddConstraint
    | op.DropConstraint
    | op.RenameConstraint
    | op.AlterConstraint
    | op.CreateIndex
    | op.DropIndex
    | op.Reindex
    | op.AttachPartition
    | op.DetachPartition
    | op.AddInheritance
    | op.DropInheritance
    | op.SetTableParameter
    | op.SetLogged
    | op.SetTablespace
    | op.SetAccessMethod
    | op.SetReplicaIdentity
    | op.ChangeOwner
    | op.EnableTrigger
    | op.DisableTrigger
    | op.SetRowSecurity
    | op.ForceRowSecurity
    | op.CreatePolicy
    | op.AlterPolicy
    | op.DropPolicy
    | op.CreateTrigger
    | op.DropTrigger
    | op.CreateRule
    | op.CreateView
    | op.DropView
    | op.RefreshMaterializedView
    | op.AlterDomain
    | op.Truncate
    | op.LockTable
    | op.Cluster
)


@rule.check
def lock_taken(operation: Locking, before: Before) -> Iterator[Problem]:
    schema, impact = before.schema, before.impact
    if schema.unguarded or impact.refused is not None or not schema.waits_unguarded(impact):
        return
    tables = schema.blocked(impact)
    worst = max(impact.lock_on(name) for name in tables).blocks
    setting = schema.settings.get("lock_timeout")
    yield Problem(
        message=f"{crowd(before, worst, *tables)} queue for as long as this waits for its lock:"
        f" {'no lock_timeout is set' if setting is None else 'lock_timeout is 0'}",
        why=because(before, *tables),
        fix=partial(bounded, operation, before) if setting is None and not operation.guards else None,
    )


def bounded(operation: op.Operation, before: Before) -> Fix | None:
    local = "LOCAL " if before.schema.transaction is not None else ""
    return fix("Set a lock_timeout first", at_start(operation.statement, f"SET {local}lock_timeout = '2s';"))
