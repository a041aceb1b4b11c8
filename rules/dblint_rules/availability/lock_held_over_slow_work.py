"""Users of one table wait, by a lock that was meant to be short, while another is worked through. See
lock_held_over_slow_work.md."""

from collections.abc import Iterator

from dblint import operations as op
from dblint.evidence import busy, cost, crowd, listed, provenance, shown
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))

APART = "Deploy the two migrations one by one: this runner wraps all pending ones in one transaction."

Slow = (
    op.CreateTable
    | op.CreateTableAs
    | op.CreateMaterializedView
    | op.RefreshMaterializedView
    | op.AddColumn
    | op.AlterColumnType
    | op.SetNotNull
    | op.SetExpression
    | op.AddConstraint
    | op.ValidateConstraint
    | op.CreateIndex
    | op.Reindex
    | op.AttachPartition
    | op.DetachPartition
    | op.SetLogged
    | op.SetTablespace
    | op.SetAccessMethod
    | op.Cluster
    | op.AlterDomain
    | op.Insert
    | op.Update
    | op.Delete
    | op.Merge
)


@rule.check
def slow_work(work: Slow, before: Before) -> Iterator[Problem]:
    schema, impact = before.schema, before.impact
    transaction = schema.transaction
    if transaction is None or transaction.dragged or impact.refused is not None:
        return
    held = schema.kept_waiting(impact, work.statement)
    if not held:
        return
    if isinstance(work, op.ValidateConstraint) and any(lock.relation in impact.locks for lock in held):
        return  # validation-in-same-transaction says it
    worst = max(lock.lock for lock in held).blocks
    tables = [lock.relation for lock in held if lock.lock.blocks is worst]
    yield Problem(
        message=f"{crowd(before, worst, *tables)} wait until {done(work, before)}",
        why=(*cost(schema, impact), provenance(schema, tables[0])),
        related=tuple(
            Related(lock.statement.source, lock.statement.span, f"{lock.lock} lock on {shown(schema, lock.relation)}")
            for lock in held
        ),
        instead="" if any(lock.statement.source is work.source for lock in held) else APART,
        object=shown(schema, tables[0]),
    )


def done(work: Slow, before: Before) -> str:
    """What has to be done before the lock goes: the end of "… wait until"."""
    schema, impact = before.schema, before.impact
    match work:
        case op.Update(table=table):
            return f"the rows of {table} are updated"
        case op.Delete(table=table):
            return f"the rows of {table} are deleted"
        case op.Insert(table=table):
            return f"the rows for {table} are read and inserted"
        case op.Merge(table=table):
            return f"the rows of {table} are merged"
        case op.CreateTableAs(name=name) | op.CreateMaterializedView(name=name):
            return f"{name} is filled"
        case op.RefreshMaterializedView(name=name):
            return f"{name} is refreshed"
    if impact.rewrites:
        return f"{listed(shown(schema, name) for name in impact.rewrites)} is rewritten"
    if read := busy(before, impact.scans):
        return f"every row of {listed(shown(schema, name) for name in read)} is read"
    return f"an index on {work.subject} is built"
