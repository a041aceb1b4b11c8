"""Runs the examples on a rule's page on a server, and says where the page or dblint's prices differ from it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Identifier, Literal

from dblint.impact import Blocks, Lock
from dblint.migrations.model import Transactions
from dblint.names import Name
from tests.live.agreement import disagreements
from tests.live.page_claims import ClaimError, Row, failure, remarks, waits
from tests.live.page_examples import Example, Place, Step, place_of, saved, sessions, undone
from tests.live.server import Connection, Database, Server
from tests.live.snapshot import Snapshot, snapshot
from tests.live.tracer import Measured, trace


class Outcome(Struct):
    """`statements`: how many were compared. `differences`: each with its place on the page."""

    statements: int
    differences: list[str]


class Refused(Exception):
    """The server refused a step, in these words."""

    def __init__(self, step: Step, error: psycopg.Error) -> None:
        super().__init__(f"{error.sqlstate} {error.diag.message_primary}")
        self.step = step


def run(steps: Iterable[Step], database: Database) -> None:
    """Over one connection; `Refused` at the first step that the server refuses."""
    with database.connect() as session:
        for step in steps:
            try:
                session.execute(step.text.encode())
            except psycopg.Error as error:
                raise Refused(step, error) from error


class Stand:
    """Databases in which a history has run. The last one serves again for the same history, if it was left clean."""

    _TABLESPACE = re.compile(r"(?<!CREATE )(?<!DROP )\bTABLESPACE\s+(?!pg_default\b)(\w+)", re.IGNORECASE)

    def __init__(self, server: Server) -> None:
        self.server = server
        self._kept = ExitStack()
        self._ran: object = None
        self._database: Database | None = None

    @contextmanager
    def after(self, example: Example, *, clean: bool = False) -> Iterator[Database]:
        """`clean`: the one who uses it undoes all that he does."""
        parts = [steps for migration in example.history for steps in sessions([migration])]
        places = {
            name for each in example.done.history.migrations for name in self._TABLESPACE.findall(each.source.text)
        }
        wanted = ([step.text for steps in parts for step in steps], places)
        if self._database is None or self._ran != wanted:
            self.close()
            self._database = self._kept.enter_context(self.server.database())
            self._make_tablespaces(places)
            for steps in parts:
                run(steps, self._database)
            self._ran = wanted
        try:
            yield self._database
        except BaseException:
            clean = False
            raise
        finally:
            if not clean:
                self.close()

    def _make_tablespaces(self, names: Iterable[str]) -> None:
        """They belong to the machine, so that histories presume them. The database drops them with itself."""
        for name in sorted(names):
            self.server.maintenance.execute("SET allow_in_place_tablespaces = on")
            self.server.maintenance.execute(SQL("CREATE TABLESPACE {} LOCATION ''").format(Identifier(name)))

    def close(self) -> None:
        self._kept.close()
        self._database = self._ran = None


def check(example: Example, stand: Stand) -> Outcome:
    """Run the example's history and change, and compare what the page and dblint say with what the server does."""
    outcome = Outcome(0, list(example.unlike_page()))
    try:
        _measure(example, stand, outcome)
        for place, row in _rows(example):
            with stand.after(example) as database:
                outcome.differences += _with_row(example, place, row, database)
        if any(migration.transactions is Transactions.STRING for migration in example.change):
            with stand.after(example) as database:
                outcome.differences += _as_strings(example, database)
    except Refused as error:
        outcome.differences.append(f"{example}: the history does not run: {error.step.text}: {error}")
    except ClaimError as error:
        outcome.differences.append(f"{example}: {error}")
    finally:
        if any("ALTER SYSTEM" in migration.source.text for migration in example.change):
            stand.server.maintenance.execute("ALTER SYSTEM RESET ALL")
    return outcome


# --- statement by statement ---------------------------------------------------------------------


def _measure(example: Example, stand: Stand, outcome: Outcome) -> None:
    claims = any(waits(finding.message) for finding in example.done.findings)
    clean = example.is_one_transaction
    with stand.after(example, clean=clean) as database:
        with database.connect() as session:
            before = snapshot(session)
        relations = {relation.name for relation in before.relations.values()}
        fails = [place for place in example.priced if _fails(example, place, before)]
        for parts in sessions(example.change):
            steps = list(saved(undone(parts) if clean else parts, fails))
            found = trace(database, [step.text for step in steps], probe=claims)
            for step, measured in zip(steps, found, strict=True):
                wrong = _wrong(example, step, measured, before, relations | measured.held.keys())
                relations |= measured.locks.keys() | measured.held.keys()
                outcome.differences += wrong
                outcome.statements += step.place is not None and not example.is_opaque(step.place)
                if wrong and measured.error:
                    break


def _fails(example: Example, place: Place, before: Snapshot) -> bool:
    """Whether the messages say that the server refuses the statement, without rows that only we could put there."""
    made = {str(name) for each in before.relations.values() for name in (each.name, Name(each.name.name))}
    refusals = [each for each in map(failure, example.messages(place)) if each]
    return any(each.row is None or each.row.table not in made for each in refusals)


def _wrong(example: Example, step: Step, measured: Measured, before: Snapshot, relations: set[Name]) -> list[str]:
    """What the page's messages, or dblint's price of the statement, say otherwise than the server."""
    error = measured.error and f"{measured.error.sqlstate} {measured.error.message}"
    if (place := step.place) is None:
        aborted = measured.error is not None and measured.error.sqlstate == "25P02"
        return [f"{example}: {step.text}: {error}"] if error and not aborted else []
    messages, price = example.messages(place), example.priced[place]
    fails = _fails(example, place, before)
    wrong = []
    if error and not fails:
        wrong.append(f"the server refuses it: {error}")
    elif fails and not error:
        wrong.append(f"the server takes it, but the page says: {messages}")
    else:
        for message in messages:
            wrong += _unremarked(message, measured)
            wrong += _not_waiting(message, measured, before) if not error else ()
        foreseen = price.impact.refused is not None or not (price.impact.in_transaction and measured.in_transaction)
        if not example.is_opaque(place) and (foreseen or not error):
            wrong += disagreements(
                price.impact,
                measured,
                uncertain=bool(price.uncertain),
                blind=example.is_blind,
                relations=relations,
            )
    return [f"{example.where(place)}: {each}" for each in wrong]


def _unremarked(message: str, measured: Measured) -> Iterator[str]:
    for words in remarks(message):
        if not any(words in said for said in measured.says):
            yield f"the server does not say {words!r}, but {list(measured.says)}"


def _not_waiting(message: str, measured: Measured, before: Snapshot) -> Iterator[str]:
    for wait in waits(message):
        for table in wait.tables(before):
            if (seen := _blocked(table, measured, before)) < wait.blocks:
                yield f"{table} keeps waiting: {seen.name}, but the page says: {message}"


def _blocked(table: Name, measured: Measured, before: Snapshot) -> Blocks:
    """Whom the transaction keeps from the table: who really waited, and who would for locks that nobody tried.

    Those are the locks of statements that run outside a transaction and go from table to table, while others try
    once; and those on indexes alone, which the server opens to plan any query of their table.
    """
    relations = before.relations
    indexes = {each.name for each in relations.values() if each.table and relations[each.table].name == table}
    found = [(measured.blocks or {}).get(table, Blocks.NOBODY)]
    if measured.sampled:
        found.append(measured.locks.get(table, Lock.NONE).blocks)
    if any(measured.locks.get(index) is Lock.ACCESS_EXCLUSIVE for index in indexes):
        found.append(Blocks.READS)
    return max(found)


# --- what fails on a row only -------------------------------------------------------------------


def _rows(example: Example) -> Iterator[tuple[Place, Row]]:
    for finding in example.done.findings:
        refused, place = failure(finding.message), place_of(finding)
        if refused and refused.row and place:
            yield place, refused.row


def _with_row(example: Example, place: Place, row: Row, database: Database) -> Iterator[str]:
    """With such a row the server must refuse that statement and none before. Nothing, if the change makes the table."""
    with database.connect() as session:
        if session.execute("SELECT to_regclass(%s)", [row.table]).fetchone() == (None,):
            return
        insert(row, session)
    try:
        for steps in sessions(example.change):
            run(steps, database)
    except Refused as refused:
        if refused.step.place != place:
            yield f"{example.where(place)}: with such a row another statement fails: {refused.step.text}: {refused}"
    else:
        yield f"{example.where(place)}: with such a row in {row.table} it does not fail"


_REQUIRED = """
    SELECT attname, typcategory::text FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attnotnull
      AND NOT atthasdef AND attidentity = ''
"""
_VALUES = {"N": "1", "S": "x", "D": "2025-01-01", "B": "true", "U": "00000000-0000-0000-0000-000000000000"}
"""By category of types (manual, pg_type), a value that most of them take."""


def insert(row: Row, session: Connection) -> None:
    """Put the row into its table, with a value in each column that needs one; foreign keys do not count."""
    values = {column: _VALUES[category] for column, category in session.execute(_REQUIRED, [row.table])}
    if row.column:
        values[row.column] = row.value
    names, literals = SQL(", ").join(map(Identifier, values)), SQL(", ").join(map(Literal, values.values()))
    text = SQL("INSERT INTO {} ({}) VALUES ({})") if values else SQL("INSERT INTO {} DEFAULT VALUES")
    session.execute("SET session_replication_role = replica")
    session.execute(text.format(Identifier(*row.table.split(".")), names, literals))


# --- as one string ------------------------------------------------------------------------------


def _as_strings(example: Example, database: Database) -> Iterator[str]:
    """The text of each migration as one query: refused exactly if one of its statements is said to be."""
    refused = any(failure(finding.message) for finding in example.done.findings if place_of(finding))
    try:
        for migration in example.change:
            text = "".join(script.source.slice(piece) for script in migration.up for piece in script.pieces)
            run([Step(text)], database)
    except Refused as error:
        if not refused:
            yield f"{example}: sent as one string: {error}"
    else:
        if refused:
            yield f"{example}: sent as one string, the server takes it"
