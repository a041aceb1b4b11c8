"""Rows stay locked until the last one of a whole table is changed. See unbatched_backfill.md."""

from collections.abc import Iterator

from dblint.evidence import busy, cost, provenance
from dblint.operations import Delete, Update
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres", "tsql"))

BATCHED = (" limit ", "ctid", " fetch first ", "top (", "top(")


@rule.check
def backfill(op: Update | Delete, before: Before) -> Iterator[Problem]:
    schema, impact = before.schema, before.impact
    own = {schema.resolve(op.table), *(table.name for table in schema.partitions_of(op.table))}
    if not busy(before, own.intersection(impact.scans)):
        return
    if op.where is not None and any(word in op.where.key for word in BATCHED):
        return
    transaction = schema.transaction
    if transaction is not None and not transaction.dragged and schema.kept_waiting(impact, op.statement):
        return  # lock-held-over-slow-work says worse of it
    verb = "updated" if isinstance(op, Update) else "deleted"
    which = "all are" if op.where is None else "all that match are"
    yield Problem(
        message=f"rows of {op.table} stay locked until {which} {verb}",
        why=(*cost(schema, impact), provenance(schema, op.table)),
    )
