"""Queries wait while indexes are rebuilt in place. See blocking_reindex.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, crowd
from dblint.operations import Reindex
from dblint.placing import after
from dblint.remedies import outside
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))

WIDE = {"schema": "every table of the schema", "database": "every table", "system": "the system catalogs"}


@rule.check
def reindex(op: Reindex, before: Before) -> Iterator[Problem]:
    if op.online or before.impact.refused is not None:
        return
    if op.kind in WIDE:
        yield Problem(
            message=f"reads and writes of {WIDE[op.kind]} wait, one after the other, until the indexes are rebuilt",
            instead="System catalogs cannot be reindexed CONCURRENTLY: plan a window." if op.kind == "system" else "",
            fix=partial(online, op, before),
        )
    elif op.name is not None and op.kind == "index" and before.schema.index(op.name) is None:
        yield Problem(
            message=f"reads and writes of the table of {op.name} wait until the index is rebuilt",
            why=because(before, op.name),
            fix=partial(online, op, before),
        )
    elif tables := before.schema.blocked(before.impact):
        yield Problem(
            message=f"{crowd(before, before.impact.blocks, *tables)} wait until {op.name} is rebuilt"
            if op.kind == "index"
            else f"{crowd(before, before.impact.blocks, *tables)} wait until the indexes are rebuilt",
            why=because(before, *tables),
            instead=instead_of(op, before),
            fix=partial(online, op, before),
        )


def instead_of(op: Reindex, before: Before) -> str:
    if before.dialect == "tsql":
        return "Rebuild it WITH (ONLINE = ON), or reorganize it, which locks no table."
    index = before.schema.index(op.name) if op.name is not None and op.kind == "index" else None
    constraint = before.schema.constraint(index.table, index.constraint) if index is not None else None
    if constraint is not None and constraint.kind == "exclusion":
        return "The index of an exclusion constraint cannot be rebuilt CONCURRENTLY: plan a window."
    return ""


def online(op: Reindex, before: Before) -> Fix | None:
    if before.dialect != "postgres" or op.kind == "system" or instead_of(op, before):
        return None
    edit = after(op.source, op.statement.span, (op.kind.upper(),), "CONCURRENTLY")
    return outside(before, "Rebuild it CONCURRENTLY", edit)
