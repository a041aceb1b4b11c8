"""Runs the examples of a rule's page on a server, as their runner would, and says where page and server differ."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Identifier, Literal

from dblint.dialects import load
from dblint.engine import Pass, StatementImpact, refuses_transaction
from dblint.impact import Blocks, Lock
from dblint.migrations.model import Migration, Transactions
from dblint.operations import Begin, Commit, Operation, Rollback
from dblint.rule import Finding
from tests.live.agreement import disagreements
from tests.live.page_claims import ClaimError, Row, failure, remarks, waits
from tests.live.server import Connection, Database, Server
from tests.live.snapshot import Snapshot, snapshot
from tests.live.tracer import Measured, trace
from tests.pages_harness import Case, passed, unmarked, words_of

Place = tuple[str, int]
"""A statement: its file and where it begins."""


class Step(Struct, frozen=True):
    """A text that is sent to the server at once; `place` when it is a statement of a migration."""

    text: str
    place: Place | None = None


class Outcome(Struct):
    """`statements`: how many were compared. `differences`: each with its place on the page."""

    statements: int
    differences: list[str]


class Example(Struct, frozen=True, kw_only=True):
    """A case as dblint understands it on one major: its pass, the prices of its statements, the page's lines."""

    case: Case
    done: Pass
    priced: dict[Place, StatementImpact]
    lines: dict[str, int]
    """By file, the line of the page before its first."""

    @property
    def history(self) -> list[Migration]:
        return [each for each in self.done.history.migrations if each.number < (self.done.change_start or 0)]

    @property
    def change(self) -> list[Migration]:
        return [each for each in self.done.history.migrations if each.number >= (self.done.change_start or 0)]

    def __str__(self) -> str:
        return f"{self.case.page.path.name}:{self.case.change[0].line}"

    def found(self, place: Place) -> list[str]:
        """The messages about the statement."""
        return [each.message for each in self.done.findings if _place_of(each) == place]

    def where(self, place: Place) -> str:
        path, start = place
        line = self.priced[place].statement.source.position(start).line
        return f"{self.case.page.path.name}:{self.lines[path] + line}"

    def vague(self, place: Place) -> bool:
        """Whether dblint says itself that it does not know what the statement does."""
        span = self.priced[place].statement.span
        return any(each.source.path == place[0] and span.contains(each.span.start) for each in self.done.unread)


def examples(case: Case, major: int, folder: Path) -> Iterator[Example]:
    """The case for that major; a diff makes two, before and after. None where the block asks for a newer server."""
    if case.words.version and int(case.words.version) > major:
        return
    for number, texts in enumerate(_texts(case)):
        inner = folder / str(number)
        inner.mkdir()
        priced: list[StatementImpact] = []
        files = {name: text for name, (text, _) in texts.items()}
        with _working_in(inner):
            done = passed(case, inner, files, version=str(major), observe=priced.append)
        yield Example(
            case=case,
            done=done,
            priced={(each.statement.source.path, each.statement.span.start): each for each in priced},
            lines={name: line - 1 for name, (_, line) in texts.items()},
        )


def _texts(case: Case) -> Iterator[dict[str, tuple[str, int]]]:
    """The files of the case, each with the page's line of its first line."""
    blocks = (*case.history, *case.change)
    names = [f"migrations/{words_of(case.page, each).file or f'{n}.sql'}" for n, each in enumerate(blocks, start=1)]
    texts = {name: (unmarked(name, each.text)[0], each.line) for name, each in zip(names, blocks, strict=True)}
    if case.change[0].language != "diff":
        yield texts
        return
    for side in "-+":
        kept = [line[1:] for line in case.change[0].text.splitlines() if line[:1] in (" ", side)]
        yield {**texts, names[-1]: ("".join(f"{line}\n" for line in kept), case.change[0].line)}


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _place_of(finding: Finding) -> Place | None:
    return (finding.source.path, finding.statement_span.start) if finding.statement_span else None


# --- as the runner sends it ---------------------------------------------------------------------


def sessions(migrations: Sequence[Migration]) -> Iterator[list[Step]]:
    """What a runner sends over one connection after the other: a connection per migration, or one for a batch."""
    batch: list[Step] = []
    for migration in migrations:
        if migration.transactions is Transactions.BATCH:
            batch += [step for step, _ in _statements(migration)]
        else:
            yield _wrapped(migration)
    if batch:
        yield [Step("BEGIN"), *batch, Step("COMMIT")]


def _wrapped(migration: Migration) -> list[Step]:
    statements = _statements(migration)
    steps = [step for step, _ in statements]
    mode = migration.transactions
    if mode in (Transactions.DETECTED, Transactions.ASSUMED):
        refusing = [any(map(refuses_transaction, operations)) for _, operations in statements]
        alone = all(refusing) if mode is Transactions.DETECTED else any(refusing)
        mode = Transactions.NONE if alone else Transactions.FILE
    if mode is Transactions.STRING:
        own = any(isinstance(operation, Begin) for _, operations in statements for operation in operations)
        mode = Transactions.NONE if own or len(steps) == 1 else Transactions.FILE
    if mode is Transactions.STATEMENT:
        return [each for step in steps for each in (Step("BEGIN"), step, Step("COMMIT"))]
    return steps if mode is Transactions.NONE else [Step("BEGIN"), *steps, Step("COMMIT")]


def _statements(migration: Migration) -> list[tuple[Step, list[Operation]]]:
    read = load("postgres").read
    return [
        (Step(statement.text, (statement.source.path, statement.span.start)), operations)
        for script in migration.up
        for statement, operations in read(script)
    ]


# --- on the server ------------------------------------------------------------------------------


@contextmanager
def after(history: Sequence[Migration], server: Server) -> Iterator[Database]:
    """A database in which the history has run. What ran in transactions is cloned from then on."""
    parts = [steps for migration in history for steps in sessions([migration])]
    shared = 0
    while shared < len(parts) and parts[shared][0].text == "BEGIN":
        shared += 1
    texts = (step.text for steps in parts[:shared] for step in (Step("RESET ALL"), *steps))
    with server.database("".join(f"{text}\n;\n" for text in texts)) as database:
        for steps in parts[shared:]:
            run(steps, database)
        yield database


def run(steps: Sequence[Step], database: Database) -> None:
    """Over one connection; the server's error, with the step as its note, if it refuses one."""
    with database.connect() as session:
        for step in steps:
            try:
                session.execute(step.text.encode())
            except psycopg.Error as error:
                raise Refused(step, error) from error


class Refused(Exception):
    def __init__(self, step: Step, error: psycopg.Error) -> None:
        super().__init__(f"{error.sqlstate} {error.diag.message_primary}")
        self.step = step


def check(example: Example, server: Server) -> Outcome:
    """Run the example's history and change, and compare what the page and dblint say with what the server does."""
    outcome = Outcome(0, [])
    try:
        with after(example.history, server) as database:
            _measure(example, database, outcome)
        for place, row in _rows(example):
            with after(example.history, server) as database:
                outcome.differences += _with_row(example, place, row, database)
        for migration in example.change:
            if migration.transactions is Transactions.STRING:
                with after(example.history, server) as database:
                    outcome.differences += _as_string(example, migration, database)
    except (psycopg.Error, Refused) as error:
        outcome.differences.append(f"{example}: the history does not run: {error}")
    finally:
        if any("ALTER SYSTEM" in migration.source.text for migration in example.change):
            server.maintenance.execute("ALTER SYSTEM RESET ALL")
    return outcome


def _measure(example: Example, database: Database, outcome: Outcome) -> None:
    claims = any(waits(finding.message) for finding in example.done.findings)
    with database.connect() as session:
        before = snapshot(session)
    for steps in sessions(example.change):
        steps = list(_saved(steps, example))
        for step, measured in zip(steps, trace(database, [step.text for step in steps], probe=claims), strict=True):
            if step.place is None:
                if measured.error:
                    outcome.differences.append(f"{example}: {step.text}: {measured.error.message}")
                continue
            wrong = list(_wrong(example, step.place, measured, before))
            outcome.statements += not example.vague(step.place)
            outcome.differences += [f"{example.where(step.place)}: {each}" for each in wrong]
            if wrong and measured.error:
                break


def _saved(steps: Sequence[Step], example: Example) -> Iterator[Step]:
    """With a savepoint around each statement that the server is to refuse, so that the next ones run."""
    opened = False
    for step in steps:
        refused = step.place and opened and any(failure(message) for message in example.found(step.place))
        yield from (Step("SAVEPOINT before_refusal"), step, Step("ROLLBACK TO before_refusal")) if refused else (step,)
        if found := _TRANSACTION.match(step.text):
            opened = bool(found["open"])


_TRANSACTION = re.compile(r"(?P<open>BEGIN|START)\b|(?:COMMIT|END|ROLLBACK(?!\s+TO)|ABORT)\b", re.IGNORECASE)


def _wrong(example: Example, place: Place, measured: Measured, before: Snapshot) -> Iterator[str]:
    """What the page's messages or dblint's price of the statement say otherwise than the server."""
    messages = example.found(place)
    refusals = [each for each in map(failure, messages) if each]
    fails = any(each.row is None or not _is_old(each.row.table, before) for each in refusals)
    impact = example.priced[place].impact
    if fails and measured.error is None:
        yield f"the server takes what the page says it refuses: {messages}"
    elif measured.error is not None and not fails:
        yield f"the server refuses it: {measured.error.sqlstate} {measured.error.message}"
    for message in messages:
        for words in remarks(message):
            if not any(words in said for said in measured.says):
                yield f"the server does not say {words!r}: {measured.says}"
        if measured.error is None:
            yield from _waiting(message, measured, before)
    if not example.vague(place) and not (fails and impact.refused is None):
        yield from disagreements(impact, measured, uncertain=bool(example.priced[place].uncertain))


def _is_old(table: str, before: Snapshot) -> bool:
    return any(str(each.name) in (table, f"public.{table}") for each in before.relations.values())


def _waiting(message: str, measured: Measured, before: Snapshot) -> Iterator[str]:
    try:
        for wait in waits(message):
            for table in wait.tables(before):
                lock = measured.held.get(table, Lock.NONE)
                seen = max((measured.blocks or {}).get(table, Blocks.NOBODY), lock.blocks)
                if seen < wait.blocks:
                    yield f"{table} keeps {seen.name} waiting, not {wait.blocks.name}: {message}"
    except ClaimError as error:
        yield str(error)


# --- what fails on a row only -------------------------------------------------------------------


def _rows(example: Example) -> Iterator[tuple[Place, Row]]:
    for finding in example.done.findings:
        refused, place = failure(finding.message), _place_of(finding)
        if refused and refused.row and place:
            yield place, refused.row


def _with_row(example: Example, place: Place, row: Row, database: Database) -> Iterator[str]:
    """With such a row the server must refuse that statement and none before."""
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
    SELECT attname, coalesce(nullif(typcategory, 'E'), 'E'), atttypid::regtype::text
    FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attnotnull
      AND NOT atthasdef AND attidentity = ''
"""
_VALUES = {"N": "1", "S": "x", "D": "2025-01-01", "B": "true", "U": "00000000-0000-0000-0000-000000000000"}


def insert(row: Row, session: Connection) -> None:
    """Put the row into its table, with a value in each column that needs one; foreign keys do not count."""
    values = {column: _VALUES[category] for column, category, _ in session.execute(_REQUIRED, [row.table])}
    if row.column:
        values[row.column] = row.value
    names = SQL(", ").join(map(Identifier, values)) if values else SQL("")
    text = SQL("INSERT INTO {} ({}) VALUES ({})") if values else SQL("INSERT INTO {} DEFAULT VALUES")
    session.execute("SET session_replication_role = replica")
    session.execute(text.format(SQL(row.table), names, SQL(", ").join(map(Literal, values.values()))))


# --- as one string ------------------------------------------------------------------------------


def _as_string(example: Example, migration: Migration, database: Database) -> Iterator[str]:
    """The text of a migration as one query: refused exactly if one of its statements is said to be."""
    places = [step.place for step, _ in _statements(migration) if step.place]
    refused = any(failure(message) for place in places for message in example.found(place))
    text = "".join(script.source.slice(piece) for script in migration.up for piece in script.pieces)
    try:
        run([Step(text)], database)
    except Refused as error:
        if not refused:
            yield f"{example}: sent as one string: {error}"
    else:
        if refused:
            yield f"{example}: sent as one string, the server takes it"
