"""Watches the locks of a statement that cannot run in a transaction, while it runs.

Such a statement commits several times on its way, so nothing is left to read at its end. Another session holds
every table and lets go step by step, and commits are slowed down: a lock that the statement takes and does not
return before it commits is held for many times as long as the pause between two looks.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
from msgspec import Struct

from dblint.impact import Blocks, Lock
from dblint.names import Name
from tests.live.server import Connection, Database
from tests.live.snapshot import Relation, locks, waits

_COMMIT = 20_000
"""Microseconds that each commit of the watched session takes."""

_HURDLES = (Lock.ROW_EXCLUSIVE, Lock.SHARE_UPDATE_EXCLUSIVE, Lock.ACCESS_EXCLUSIVE)
"""What the other session holds, the strongest let go first; the last one is an open writer."""


class Sample(Struct, frozen=True, kw_only=True):
    locks: dict[Name, Lock]
    blocks: dict[Name, Blocks] | None
    error: psycopg.Error | None


def sample(
    database: Database,
    subject: Connection,
    text: str,
    relations: dict[int, Relation],
    probe: Callable[[dict[Name, Lock]], dict[Name, Blocks]] | None,
) -> Sample:
    """Runs the text in the subject session, and looks at its locks from another database.

    `probe` is called while the statement waits for an open writer, with the locks seen so far.
    """
    observer = database.server.maintenance
    seen: dict[Name, Lock] = {}
    blocks: dict[Name, Blocks] | None = None

    def look() -> None:
        for name, mode in locks(observer, subject, relations, requested=True).items():
            seen[name] = max(mode, seen.get(name, Lock.NONE))

    def look_until_it_waits(run: "Future[Any]") -> None:
        while not run.done() and not waits(observer, subject):
            look()
        look()

    tables = ", ".join(str(relation.name) for relation in relations.values() if relation.kind in "rpv")
    with database.connect() as holder, _slow_commits(observer, subject), ThreadPoolExecutor(1) as executor:
        holder.execute("BEGIN")
        for mode in _HURDLES if tables else ():
            holder.execute(f"SAVEPOINT hurdle; LOCK TABLE {tables} IN {mode} MODE".encode())
        run = executor.submit(subject.execute, text.encode())
        look_until_it_waits(run)
        for _ in _HURDLES[1:] if tables else ():
            holder.execute("ROLLBACK TO hurdle; RELEASE hurdle")
            look_until_it_waits(run)
        if probe:
            blocks = probe(seen)
        holder.execute("COMMIT")
        while not run.done():
            look()
    try:
        run.result()
    except psycopg.Error as error:
        return Sample(locks=seen, blocks=blocks, error=error)
    return Sample(locks=seen, blocks=blocks, error=None)


@contextmanager
def _slow_commits(observer: Connection, subject: Connection) -> Iterator[None]:
    """commit_delay applies where commits are flushed, so fsync has to be on, which is the server's to say."""

    def flush(value: str) -> None:
        observer.execute(f"ALTER SYSTEM SET fsync = {value}".encode())
        observer.execute("SELECT pg_reload_conf()")
        while subject.execute("SHOW fsync").fetchone() != (value,):
            pass

    flush("on")
    session = {
        "synchronous_commit": "on",
        "commit_siblings": "0",
        "commit_delay": str(_COMMIT),
        "statement_timeout": "60s",
    }
    for name, value in session.items():
        subject.execute(f"SET {name} = '{value}'".encode())
    try:
        yield
    finally:
        for name in session:
            subject.execute(f"RESET {name}".encode())
        flush("off")
