"""Reads what a measurement compares: relations and their files, scan counters, and locks."""

from datetime import datetime

from msgspec import Struct

from dblint.impact import Lock
from dblint.names import Name
from tests.live.server import Connection

_RELATIONS = """
    SELECT c.oid, c.relname, n.nspname, c.relkind, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
           coalesce(i.indrelid, 0)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
"""

_LOCKS = """
    SELECT relation, mode FROM pg_locks
    WHERE pid = %s AND locktype = 'relation' AND (granted OR %s)
      AND database = (SELECT oid FROM pg_database WHERE datname = %s)
"""

_MODES = {"".join(part.capitalize() for part in mode.name.split("_")) + "Lock": mode for mode in Lock if mode}


class Relation(Struct, frozen=True):
    """`kind` is pg_class.relkind, `file` the file number (0: it has none), `table` an index's table."""

    name: Name
    kind: str
    file: int
    table: int


class Snapshot(Struct, frozen=True):
    """The user relations of a database by OID, and the start of the transaction that read them."""

    relations: dict[int, Relation]
    transaction: datetime


def snapshot(subject: Connection) -> Snapshot:
    """Temporary relations are left out: nobody else can wait for them."""
    rows = subject.execute(_RELATIONS).fetchall()
    ((transaction,),) = subject.execute("SELECT pg_catalog.now()").fetchall()
    return Snapshot(
        {oid: Relation(Name(name, schema), kind, *rest) for oid, name, schema, kind, *rest in rows}, transaction
    )


def scan_counts(subject: Connection, *, in_transaction: bool) -> dict[int, int] | None:
    """Sequential scans per table so far: the session's own, or everybody's outside a transaction.

    None where they cannot be told: before PostgreSQL 15 counters travel to a collector in their own time.
    """
    if in_transaction:
        view = "pg_stat_xact_user_tables"
    elif subject.info.server_version >= 150000:
        view = "pg_stat_user_tables"
        subject.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
    else:
        return None
    return dict(subject.execute(f"SELECT relid, seq_scan FROM pg_catalog.{view}".encode()).fetchall())


def locks(
    observer: Connection, subject: Connection, relations: dict[int, Relation], *, requested: bool = False
) -> dict[Name, Lock]:
    """The strongest mode above ACCESS SHARE that the subject holds on each relation, read by another session.

    `requested`: and those that it waits for.
    """
    held: dict[Name, Lock] = {}
    parameters = (subject.info.backend_pid, requested, subject.info.dbname)
    for oid, mode in observer.execute(_LOCKS, parameters, prepare=True):
        relation = relations.get(oid)
        if relation and _MODES[mode] > Lock.ACCESS_SHARE:
            held[relation.name] = max(_MODES[mode], held.get(relation.name, Lock.NONE))
    return held


def waits(observer: Connection, subject: Connection) -> bool:
    """Whether the subject waits for a lock of any kind, other sessions' transactions included."""
    query = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
    return observer.execute(query, (subject.info.backend_pid,), prepare=True).fetchone() is not None
