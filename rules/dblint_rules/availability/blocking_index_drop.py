"""Every query of a table queues behind a plain DROP INDEX. See blocking_index_drop.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.model import Index
from dblint.evidence import because, crowd, in_use
from dblint.impact import Blocks, Lock
from dblint.operations import DropColumn, DropIndex, DropTable, Operation
from dblint.placing import after, removal
from dblint.remedies import outside, plain_drop, recipe
from dblint.rule import Applicability, Before, Fix, NewStep, Problem, Rule, Severity
from dblint.source import Edit

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))

TITLE = "Drop the index CONCURRENTLY"


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
    """CONCURRENTLY, with the other plain drops of the migration that would take the lock in its stead."""
    index = before.schema.index(drop.name)
    if index is None or instead_of(drop, before):
        return None
    later = [each for each in before.operations if each.span.start > drop.span.start]
    if any(_takes_along(each, index, before) for each in later):
        return recipe("Drop it CONCURRENTLY in an earlier migration: this one changes what it is on")
    fellows = [each for each in later if isinstance(each, DropIndex) and plain_drop(each, before) and not each.guards]
    others = [before.schema.index(each.name) for each in fellows]
    same = [(f, other) for f, other in zip(fellows, others, strict=True) if other and other.table == index.table]
    names = [other.name.name for _, other in same]
    made = outside(
        before,
        TITLE,
        _concurrently(drop),
        name=drop.name.name,
        down=made_again(index),
        also=names,
        gone=(index.table.name,),
    )
    if made is None or made.applicability is Applicability.DISPLAY:
        return made
    if not made.steps:
        edits = [edit for each in fellows if (edit := _concurrently(each)) is not None]
        return replace(made, edits=(*made.edits, *edits))
    steps = [
        NewStep(title=f"drop index {name.name.name}", up=_online_text(each), down=made_again(name), outside=True)
        for each, name in same
    ]
    edits = [removal(each.statement) for each, _ in same]
    return replace(made, edits=(*made.edits, *edits), steps=(*made.steps, *steps))


def _concurrently(drop: DropIndex) -> Edit | None:
    return after(drop.source, drop.statement.span, ("INDEX",), "CONCURRENTLY")


def _online_text(drop: DropIndex) -> str:
    edit, statement = _concurrently(drop), drop.statement
    at = (edit.span.start if edit is not None else 0) - statement.span.start
    text = statement.text[:at] + (edit.text if edit is not None else "") + statement.text[at:]
    return f"{text.rstrip().removesuffix(';').rstrip()};"


def made_again(index: Index) -> str:
    from dblint.reports.ddl import create_index

    return f"{create_index(index, 'public').replace(' INDEX ', ' INDEX CONCURRENTLY ', 1)};"


def _takes_along(operation: Operation, index: Index, before: Before) -> bool:
    """Whether it drops a column or the table that the index is on, and so the index."""
    if isinstance(operation, DropColumn):
        return before.schema.resolve(operation.table) == index.table and operation.column in index.columns
    return isinstance(operation, DropTable) and before.schema.resolve(operation.name) == index.table
