"""Gives a pass the statements of each migration, read when it asks or ahead of it by a second process."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from dblint.migrations.model import History, Migration, Script
from dblint.operations import Operation
from dblint.source import Statement

Statements = list[tuple[Statement, list[Operation]]]
"""A migration's statements in order, each with its operations."""

Read = Callable[[Migration], Statements]

LONG = 1_000_000
"""Characters of SQL from which on a second process pays: a tenth of it saves no time that is sure (measured)."""


def reading(
    history: History, read: Callable[[Script], Iterable[tuple[Statement, list[Operation]]]], *, start: int = 0
) -> AbstractContextManager[Read]:
    """What gives the statements of the history's migrations, to be asked for all of them in order, but those before
    the number `start`.

    `read`: the dialect's. A second process reads some of a long history where there is a processor for it.
    """

    def read_here(migration: Migration) -> Statements:
        return [statement for script in migration.up for statement in read(script)]

    if (
        not start
        and _has_two_processors()
        and sum(len(migration.source.text) for migration in history.migrations) >= LONG
    ):
        from dblint.ahead import reading_ahead  # late, since pickle takes 2 ms to import

        return reading_ahead(history, read_here)
    return nullcontext(read_here)


def _has_two_processors() -> bool:
    # Elsewhere a fork may be unsafe (macOS's own libraries) or there is none; musl may lack memory files.
    return sys.platform == "linux" and hasattr(os, "memfd_create") and len(os.sched_getaffinity(0)) > 1
