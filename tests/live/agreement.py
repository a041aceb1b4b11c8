"""Compares what dblint predicts of a statement with what was measured."""

from collections.abc import Collection, Container, Iterator

from dblint.impact import Impact, Lock
from dblint.names import Name
from tests.live.tracer import Measured

_IN_TRANSACTION, _SYNTAX = "25001", "42601"
"""SQLSTATEs (manual, appendix A): active_sql_transaction, syntax_error."""


def disagreements(
    impact: Impact,
    measured: Measured,
    *,
    relations: Container[Name],
    uncertain: bool = False,
    blind: bool = False,
) -> Iterator[str]:
    """Each part in which they differ, in words.

    `relations`: those that are or were there; of others dblint presumes that they are. `uncertain`: parts of the
    statement may not have run, so that less may be measured. `blind`: dblint does not know all that the history did,
    so that more may be measured.
    """
    if measured.error is not None:
        told = impact.refused == measured.error.message
        if measured.error.sqlstate == _IN_TRANSACTION:
            told = not impact.in_transaction
        elif measured.error.sqlstate == _SYNTAX:
            told = impact.refused is not None  # an older server has no other words for what it does not know yet
        if not told and not uncertain:
            yield f"refused: {impact.refused or 'not'} predicted, {measured.error.message} measured"
        return
    if impact.refused is not None:
        yield f"refused: {impact.refused} predicted, not measured"
    for name in sorted({*impact.locks, *measured.locks}):
        predicted, taken = impact.lock_on(name), measured.locks.get(name, Lock.NONE)
        surplus = taken > predicted and not blind
        if surplus or (_is_missing(predicted, name, measured, relations) and not uncertain):
            held = f" after {measured.held[name]}" if name in measured.held else ""
            yield f"lock on {name}: {predicted} predicted, {taken} measured{held}"
    for part, expected, found in (
        ("rewrites", impact.rewrites, measured.rewrites),
        ("builds", impact.builds, measured.builds),
    ):
        if ({*found} - {*expected} and not blind) or ({*expected} - {*found} and not uncertain):
            yield f"{part}: {_spelled(expected)} predicted, {_spelled(found)} measured"
    yield from _scans(impact, measured, uncertain, blind)
    if measured.in_transaction != impact.in_transaction:
        yield f"may run in a transaction: {impact.in_transaction} predicted, {measured.in_transaction} measured"


def _is_missing(predicted: Lock, name: Name, measured: Measured, relations: Container[Name]) -> bool:
    """Whether a predicted lock ought to have been measured.

    Not one that the transaction held before; not any of a statement that runs outside a transaction, whose measured
    locks are a lower bound; and not those that are taken for rows only, by foreign keys, as the tables are empty.
    """
    there = name in relations and not measured.sampled
    return there and predicted > max(measured.locks.get(name, Lock.NONE), measured.held.get(name, Lock.ROW_EXCLUSIVE))


def _scans(impact: Impact, measured: Measured, uncertain: bool, blind: bool) -> Iterator[str]:
    """What the server verifies must have been predicted; it reads some of what was, and nothing if nothing was.

    How a query reads is the planner's choice, and so is how the check of a foreign key reads the referenced table.
    TRUNCATE builds the indexes of what it has emptied.
    """
    if measured.statement.upper().startswith("TRUNCATE"):
        return
    seen = {*measured.verifies, *(measured.scans or ())}
    surplus = {*measured.verifies} - {*impact.scans} or (impact.lock > Lock.ROW_EXCLUSIVE and not impact.slow and seen)
    unread = {*impact.scans}.isdisjoint(seen) and not impact.rewrites and impact.lock > Lock.ROW_EXCLUSIVE
    lacking = impact.scans and unread and measured.scans is not None
    if (surplus and not blind) or (lacking and not uncertain):
        yield f"scans: {_spelled(impact.scans)} predicted, {_spelled(seen)} measured"


def _spelled(names: Collection[Name]) -> str:
    return ", ".join(map(str, sorted(names))) or "none"
