"""Asks by trying whom a lock keeps waiting: a reader, a writer, a schema change."""

from collections.abc import Iterable

import psycopg
from psycopg.errors import LockNotAvailable, UndefinedTable

from dblint.impact import Blocks
from dblint.names import Name
from tests.live.server import Connection, Database

_PATIENCE = "10ms"

_TRIALS = (
    # Planning opens every index of the table; LIMIT 0 reads nothing, so that no scan is counted.
    (Blocks.READS, "SELECT 1 FROM {} LIMIT 0"),
    (Blocks.WRITES, "INSERT INTO {} DEFAULT VALUES"),
    (Blocks.SCHEMA_CHANGES, "LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE"),
)


def who_waits(database: Database, names: Iterable[Name]) -> dict[Name, Blocks]:
    """For each table or view, the first in the order reads, writes, schema changes that has to wait."""
    with database.connect() as session:
        session.execute(f"SET lock_timeout = '{_PATIENCE}'".encode())
        return {name: _first_that_waits(session, name) for name in names}


def _first_that_waits(session: Connection, name: Name) -> Blocks:
    return next((blocked for blocked, trial in _TRIALS if _waits(session, trial.format(name), name)), Blocks.NOBODY)


def _waits(session: Connection, trial: str, name: Name) -> bool:
    try:
        with session.transaction(force_rollback=True):
            session.execute(trial.encode())
    except LockNotAvailable:
        return True
    except UndefinedTable:
        return False  # made by the transaction that is measured: nobody else sees it
    except psycopg.Error:
        if not trial.startswith("INSERT"):
            return False  # a view or a materialized view, which cannot be locked by itself
        # The row is refused for its own sake; a lock of the same mode stands in for the writer.
        return _waits(session, f"LOCK TABLE ONLY {name} IN ROW EXCLUSIVE MODE", name)
    return False
