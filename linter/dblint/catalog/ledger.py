"""The lock ledger: which locks the open transaction holds, and whom it keeps waiting by them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dblint.catalog.model import Held, Index, replace
from dblint.catalog.model import Sequence as SequenceObject
from dblint.impact import Blocks, Impact
from dblint.names import Name
from dblint.operations import DropIndex, DropSequence, DropTable, DropView, Operation, RenameIndex
from dblint.source import Statement

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog

_NO_TABLE_AFTER = (DropIndex, RenameIndex, DropTable, DropView, DropSequence)
"""What names an index, or something that is gone afterwards."""
_UNQUERIED = (Index, SequenceObject)
"""What no query names."""


def hold(catalog: "Catalog", impact: Impact, operation: Operation) -> None:
    """Enter the locks that a priced operation takes."""
    if not impact.locks:
        return
    if not catalog.unguarded and waits_unguarded(catalog, impact):
        catalog.unguarded = True
    transaction = catalog.transaction
    if transaction is None:
        return
    statement = operation.statement
    slow = impact.slow
    held = dict(transaction.held)
    dragged = transaction.dragged or (slow and bool(kept_waiting(catalog, impact, statement)))
    unlisted = catalog.resolve(operation.name) if isinstance(operation, _NO_TABLE_AFTER) else None
    for name, lock in impact.locks.items():
        before = held.get(name)
        if (before is not None and lock <= before.lock) or name in transaction.created:
            continue
        known = name in catalog.state.relations
        if known or name != unlisted:  # not an index of who knows which table, or a table that is no more
            held[name] = Held(name, lock, statement, slow, known)
    if slow:
        for name, each in held.items():
            again = impact.lock_on(name).blocks >= Blocks.WRITES
            if not each.slow and (again or each.statement is statement):
                held[name] = replace(each, slow=True)
    catalog.transaction = replace(transaction, held=held, dragged=dragged)


def waits_unguarded(catalog: "Catalog", impact: Impact) -> bool:
    value = catalog.settings.get("lock_timeout", "").strip("' ")
    endless = value.rstrip("abcdefghijklmnopqrstuvwxyz ") in ("", "0")
    return endless and impact.in_transaction and bool(blocked(catalog, impact))


def blocked(catalog: "Catalog", impact: Impact) -> Sequence[Name]:
    return [name for name, lock in impact.locks.items() if lock.blocks >= Blocks.WRITES and _in_use(catalog, name)]


def _in_use(catalog: "Catalog", name: Name) -> bool:
    """Whether it may be a table or view that somebody uses."""
    return not isinstance(catalog.state.relations.get(name), _UNQUERIED) and not catalog.is_new(name)


def held_tables(catalog: "Catalog") -> Sequence[Held]:
    transaction = catalog.transaction
    return [
        lock
        for lock in (transaction.held.values() if transaction is not None else ())
        if lock.lock.blocks >= Blocks.WRITES
        and _in_use(catalog, lock.relation)
        and (not lock.known or lock.relation in catalog.state.relations)
    ]


def kept_waiting(catalog: "Catalog", impact: Impact, statement: Statement) -> Sequence[Held]:
    transaction = catalog.transaction
    if transaction is None or not transaction.held or not impact.slow or not impact.in_transaction:
        return ()
    locked = blocked(catalog, impact)
    built = bool(impact.builds and locked)
    if not built and not any(_in_use(catalog, name) for name in (*impact.rewrites, *impact.scans)):
        return ()
    return [
        lock
        for lock in held_tables(catalog)
        if lock.statement is not statement
        and impact.lock_on(lock.relation).blocks < Blocks.WRITES
        and not (lock.slow and locked)
    ]
