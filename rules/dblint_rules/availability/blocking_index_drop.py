"""Every query of a table queues behind a plain DROP INDEX. See blocking_index_drop.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, crowd, in_use
from dblint.impact import Blocks, Lock
from dblint.operations import DropIndex
from dblint.placing import after
from dblint.remedies import outside
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def index_drop(drop: DropIndex, before: Before) -> Iterator[Problem]:
    if drop.online or before.impact.refused is not None:
        return
    index = before.schema.index(drop.name)
    if index is None:
        if not drop.if_exists:
            yield Problem(
                message=f"every query of the table of {drop.name} queues behind its drop",
                why=because(before, drop.name),
                instead=instead_of(drop, before),
            )
        return
    held = before.schema.transaction.held.get(index.table) if before.schema.transaction is not None else None
    if not in_use(before, index.table) or (held is not None and held.lock is Lock.ACCESS_EXCLUSIVE):
        return  # nobody waits longer for a lock that the transaction has
    yield Problem(
        message=f"{crowd(before, Blocks.READS, index.table)} queue behind the drop of {drop.name}",
        why=because(before, index.table),
        instead=instead_of(drop, before),
        fix=partial(online, drop, before),
    )


def instead_of(drop: DropIndex, before: Before) -> str:
    """Where CONCURRENTLY is not to be had."""
    index = before.schema.index(drop.name)
    table = before.schema.table(index.table) if index is not None else None
    if table is not None and table.kind == "partitioned table":
        return "A partitioned index cannot be dropped CONCURRENTLY: set a short lock_timeout, and retry."
    if drop.cascade:
        return "Drop the foreign keys that need it first, then the index with DROP INDEX CONCURRENTLY."
    if drop.count > 1:
        return "Drop each index by a DROP INDEX CONCURRENTLY of its own, outside a transaction."
    return ""


def online(drop: DropIndex, before: Before) -> Fix | None:
    if instead_of(drop, before):
        return None
    edit = after(drop.source, drop.statement.span, ("INDEX",), "CONCURRENTLY")
    return outside(before, "Drop the index CONCURRENTLY", edit, name=drop.name.name)
