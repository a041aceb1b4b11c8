"""Measures what a statement does to a running server: locks, rewrites, scans, index builds, and who waits."""

import re
from collections.abc import Iterable

import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg.errors import ActiveSqlTransaction, InvalidTransactionTermination
from psycopg.pq import TransactionStatus

from dblint.impact import Blocks, Lock
from dblint.names import Name
from tests.live.probes import who_waits
from tests.live.sampling import sample
from tests.live.server import Connection, Database
from tests.live.snapshot import Snapshot, locks, scan_counts, snapshot

_CONTROL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
    r"(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|RESET|SET(?!\s+CONSTRAINTS))\b",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that steer the session. They are run as they are: a query before SET TRANSACTION would be an error."""

_MAY_TRUNCATE = ("TRUNCATE", "DO", "CALL", "SELECT")
"""Tags of commands after which a new file that the server did not announce as a rewrite means TRUNCATE."""


class Refusal(Struct, frozen=True):
    """The server's error."""

    sqlstate: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> "Refusal":
        if not isinstance(error, psycopg.Error):
            raise error
        return cls(error.sqlstate or "", error.diag.message_primary or str(error))


class Measured(Struct, frozen=True, kw_only=True):
    """What one statement did. All names are of relations that existed before it, but for new indexes in `builds`.

    `locks`: strongest mode per relation that the statement took, ACCESS SHARE left out. `held`: what the open
    transaction held before it, inside a BEGIN of the script. `sampled`: the statement cannot run in a transaction,
    and its locks were seen from outside while it ran: a lower bound.
    `rewrites`: tables and materialized views with a new file; `truncates`: tables emptied by TRUNCATE
    instead; `sequences`: sequences with a new file. `builds`: indexes with a new file, but not those of truncated
    tables. `scans`: tables read by a sequential scan, whatever for; None where the server does not tell (outside
    a transaction before PostgreSQL 15). `verifies`: tables that the server says it verified.
    `blocks`: per locked table whom a real reader, writer or schema change had to wait; None when not asked.
    `says`: the server's messages, down to DEBUG1. An `error` leaves only the locks that were sampled.
    """

    statement: str
    locks: dict[Name, Lock] = {}
    held: dict[Name, Lock] = {}
    sampled: bool = False
    rewrites: tuple[Name, ...] = ()
    truncates: tuple[Name, ...] = ()
    sequences: tuple[Name, ...] = ()
    builds: tuple[Name, ...] = ()
    scans: tuple[Name, ...] | None = ()
    verifies: tuple[Name, ...] = ()
    in_transaction: bool = True
    blocks: dict[Name, Blocks] | None = None
    says: tuple[str, ...] = ()
    error: Refusal | None = None


def trace(
    database: Database,
    statements: Iterable[str],
    setup: Iterable[str] = (),
    *,
    session: Iterable[str] = (),
    probe: bool = False,
    keep: bool = True,
) -> list[Measured]:
    """Runs the statements one after the other and measures each.

    Each runs in a transaction of its own, except between a BEGIN and the COMMIT of the statements themselves;
    what the server refuses inside a transaction runs outside. A string of several statements is measured as one.
    `setup` is committed before; `session` runs in the measured session (SET …). With `probe`, other sessions
    really read, write and lock each locked table. Without `keep`, each is undone, if it can be. A statement that
    fails is undone, and the rest go on.
    """
    if setup:
        with database.connect() as preparation:
            for text in setup:
                preparation.execute(text.encode())
    with database.connect() as subject:
        for text in session:
            subject.execute(text.encode())
        tracer = _Tracer(database, subject, probe, keep)
        return [tracer.run(text) for text in statements]


class _Tracer:
    def __init__(self, database: Database, subject: Connection, probe: bool, keep: bool) -> None:
        self.database = database
        self.subject = subject
        self.probe = probe
        self.keep = keep
        # In another database: CREATE INDEX CONCURRENTLY waits for every older snapshot in its own.
        self.observer = database.server.maintenance
        self.says: list[str] = []
        subject.add_notice_handler(lambda message: self.says.append(message.message_primary or ""))

    def run(self, text: str) -> Measured:
        self.says.clear()
        if _CONTROL.match(text) or self.subject.info.transaction_status == TransactionStatus.INERROR:
            try:
                self.subject.execute(text.encode())
            except psycopg.Error as error:
                return Measured(statement=text, error=Refusal.of(error))
            return Measured(statement=text, says=tuple(self.says))
        if self.subject.info.transaction_status == TransactionStatus.INTRANS:
            return self._inside(text)
        self.subject.execute("BEGIN")
        try:
            return self._inside(text, own=True)
        except (ActiveSqlTransaction, InvalidTransactionTermination):
            self.subject.execute("ROLLBACK")
            return self._outside(text)
        finally:
            if self.subject.info.transaction_status != TransactionStatus.IDLE:
                self.subject.execute("COMMIT" if self.keep else "ROLLBACK")

    def _inside(self, text: str, *, own: bool = False) -> Measured:
        """In the open transaction, which is the statement's `own` or the script's."""
        before = snapshot(self.subject)
        scanned = scan_counts(self.subject, in_transaction=True)
        held = {} if own else locks(self.observer, self.subject, before.relations)
        try:
            tags = self._execute(text)
            if own:
                # What waits for COMMIT takes its locks then, when they can no longer be read.
                self.subject.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.Error as error:
            unfit = isinstance(error, ActiveSqlTransaction | InvalidTransactionTermination)
            if own and unfit:
                raise
            return Measured(statement=text, held=held, in_transaction=not unfit, error=Refusal.of(error))
        now = locks(self.observer, self.subject, before.relations)
        taken = {name: mode for name, mode in now.items() if mode > held.get(name, Lock.NONE)}
        says = tuple(self.says)
        blocks = self._who_waits(before, {**held, **taken}) if self.probe else None
        after = snapshot(self.subject)
        if after.transaction != before.transaction:
            raise ValueError(f"it ends the transaction it is measured in, trace its statements one by one: {text}")
        scans = _scans(before, scanned, scan_counts(self.subject, in_transaction=True))
        measured = Measured(statement=text, locks=taken, held=held, scans=scans, blocks=blocks, says=says)
        return _with_files(measured, before, after, truncating=any(tag.split()[0] in _MAY_TRUNCATE for tag in tags))

    def _outside(self, text: str) -> Measured:
        before = snapshot(self.subject)
        scanned = scan_counts(self.subject, in_transaction=False)
        probe = (lambda taken: self._who_waits(before, taken)) if self.probe else None
        self.subject.execute("SET client_min_messages = debug1")
        self.says.clear()
        seen = sample(self.database, self.subject, text, before.relations, probe)
        says = tuple(self.says)
        self.subject.execute("RESET client_min_messages")
        measured = Measured(
            statement=text,
            locks=seen.locks,
            sampled=True,
            in_transaction=False,
            scans=_scans(before, scanned, scan_counts(self.subject, in_transaction=False)),
            blocks=seen.blocks,
            says=says,
            error=Refusal.of(seen.error) if seen.error else None,
        )
        return _with_files(measured, before, snapshot(self.subject), truncating=False)

    def _execute(self, text: str) -> list[str]:
        """Runs the text with the server's messages turned up; the tags of the commands it held."""
        self.subject.execute("SET LOCAL client_min_messages = debug1")
        self.says.clear()
        cursor = self.subject.execute(text.encode())
        tags = [cursor.statusmessage or "?"]
        while cursor.nextset():
            tags.append(cursor.statusmessage or "?")
        return tags

    def _who_waits(self, before: Snapshot, taken: dict[Name, Lock]) -> dict[Name, Blocks]:
        tables = {relation.name for relation in before.relations.values() if relation.kind in "rpvm"}
        return who_waits(self.database, sorted(tables & taken.keys()))


def _with_files(measured: Measured, before: Snapshot, after: Snapshot, *, truncating: bool) -> Measured:
    """The measurement with what was written anew, and with what the server says it verified.

    An index counts as built when its file is none of those that existed before, whatever its name or OID: a
    change of type re-creates indexes under a new OID, some of them on the old file.
    """
    files = {relation.file for relation in before.relations.values()}
    fresh = {oid: relation for oid, relation in after.relations.items() if relation.file not in files}
    rewrites, truncates, sequences = set[Name](), set[Name](), set[Name]()
    for oid in fresh.keys() & before.relations.keys():
        old = before.relations[oid]
        if old.kind == "S":
            sequences.add(old.name)
        elif old.kind != "i" and truncating and f'rewriting table "{old.name.name}"' not in measured.says:
            truncates.add(old.name)
        elif old.kind != "i":
            rewrites.add(old.name)
    builds = {
        relation.name
        for relation in fresh.values()
        if relation.kind == "i"
        and relation.table in before.relations
        and before.relations[relation.table].name not in truncates
    }
    verifies = {
        relation.name
        for relation in before.relations.values()
        if relation.kind in "rp" and f'verifying table "{relation.name.name}"' in measured.says
    }
    return replace(
        measured,
        rewrites=tuple(sorted(rewrites)),
        truncates=tuple(sorted(truncates)),
        sequences=tuple(sorted(sequences)),
        builds=tuple(sorted(builds)),
        verifies=tuple(sorted(verifies)),
    )


def _scans(before: Snapshot, old: dict[int, int] | None, new: dict[int, int] | None) -> tuple[Name, ...] | None:
    if old is None or new is None:
        return None
    relations = before.relations
    return tuple(
        sorted(relations[oid].name for oid, count in new.items() if oid in relations and count > old.get(oid, 0))
    )
