"""Writes to two tables wait while a new foreign key checks every row. See blocking_foreign_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.constraint_fixes import not_valid
from dblint.evidence import added, because, busy, crowd, shown, waiters
from dblint.impact import Blocks
from dblint.operations import AddColumn, AddConstraint
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def foreign_key(op: AddConstraint | AddColumn, before: Before) -> Iterator[Problem]:
    key = added(op, "foreign key")
    impact, schema = before.impact, before.schema
    if key is None or key.references is None or not impact.scans or impact.rewrites:
        return
    tables = busy(before, [schema.resolve(op.table)])
    if not tables:
        return
    if isinstance(op, AddColumn):
        if op.column.default is None or added(op, "check"):
            return  # NULLs are not looked up, and the scan of a CHECK is blocking-check's
        yield Problem(
            message=f"{crowd(before, Blocks.READS, *tables)} wait"
            f" until every row is looked up in {shown(schema, schema.resolve(key.references))}",
            span=key.span,
            why=because(before, op.table, key.references),
            instead="Add the column, then the key as NOT VALID, and VALIDATE it in a later migration.",
        )
        return
    tables += busy(before, [schema.resolve(key.references)])
    table = schema.table(op.table)
    partitioned = table is not None and table.kind == "partitioned table"
    yield Problem(
        message=f"{waiters(before, *tables)} wait until every row of {op.table} is checked",
        why=because(before, op.table, key.references),
        instead="Before PostgreSQL 18: NOT VALID on each partition, VALIDATE those, then the key on the parent."
        if partitioned and before.version < 18
        else "",
        fix=partial(not_valid, op, before) if not partitioned or before.version >= 18 else None,
    )
