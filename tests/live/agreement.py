"""Compares what dblint predicts of a statement with what was measured."""

from collections.abc import Collection, Iterator, Mapping

from dblint.impact import Impact, Lock
from dblint.names import Name
from tests.live.tracer import Measured


def disagreements(impact: Impact, measured: Measured, *, uncertain: bool = False) -> Iterator[str]:
    """Each part in which they differ, in words.

    A lock that the transaction held before does not show again, and of a statement that runs outside a transaction
    the measured locks are a lower bound. With `uncertain`, parts of the statement may not have run: then only what
    was measured without being predicted is a difference.
    """
    if measured.error is not None:
        outside = measured.error.sqlstate == "25001" and not impact.in_transaction
        if impact.refused is None and not outside and not uncertain:
            yield f"the server refuses it: {measured.error.sqlstate} {measured.error.message}"
        return
    if impact.refused is not None:
        yield f"the server takes it, but predicted was: {impact.refused}"
    yield from _locks(impact, measured, uncertain)
    yield from _names("rewrites", impact.rewrites, measured.rewrites, uncertain)
    yield from _names("builds", impact.builds, measured.builds, uncertain)
    if unseen := {*measured.verifies} - {*impact.scans}:
        yield f"scans: {_spelled(impact.scans)} predicted, but the server verifies {_spelled(unseen)}"
    if measured.in_transaction != impact.in_transaction:
        yield f"may run in a transaction: {impact.in_transaction} predicted, {measured.in_transaction} measured"


def _locks(impact: Impact, measured: Measured, uncertain: bool) -> Iterator[str]:
    for name in sorted({*impact.locks, *measured.locks}):
        predicted, taken = impact.lock_on(name), measured.locks.get(name, Lock.NONE)
        missing = predicted > max(taken, measured.held.get(name, Lock.NONE)) and not (uncertain or measured.sampled)
        if taken > predicted or missing:
            yield f"lock on {name}: {predicted} predicted, {_taken(taken, measured.held, name)} measured"


def _taken(taken: Lock, held: Mapping[Name, Lock], name: Name) -> str:
    return str(taken) if name not in held else f"{taken} (after {held[name]})"


def _names(part: str, predicted: Collection[Name], measured: Collection[Name], uncertain: bool) -> Iterator[str]:
    missing, surplus = {*measured} - {*predicted}, {*predicted} - {*measured}
    if missing or (surplus and not uncertain):
        yield f"{part}: {_spelled(predicted)} predicted, {_spelled(measured)} measured"


def _spelled(names: Collection[Name]) -> str:
    return ", ".join(map(str, sorted(names))) or "none"
