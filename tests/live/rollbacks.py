"""Undoes each migration of a history on a server, and compares with what dblint proves of it without one.

`python -m tests.live.rollbacks FOLDER [--major 16]` does so for a folder of migrations that have down parts.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from msgspec import Struct
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

from dblint.config import Config
from dblint.dialects import load
from dblint.engine import Pass
from dblint.inversion import MigrationUndone
from dblint.migrations.model import Migration
from dblint.packs import load_rules
from dblint.rule import Before, Problem, Rule, Severity
from dblint.run import Understood
from tests.live.foldcheck import understand
from tests.live.installations import installations
from tests.live.replay import Replay, migrate
from tests.live.server import Database, Server
from tests.live.server_catalog import read_catalog

Verdict = Literal["inverts", "differs", "fails"]
RULES: dict[str, Verdict] = {"rollback-does-not-invert": "differs", "failing-rollback": "fails"}
_MEMBERS = ("columns", "constraints", "indexes", "policies", "triggers")


class Undoing(Struct, frozen=True, kw_only=True):
    """What became of one migration: on the server in fact, and as dblint proved it. `excused`: where dblint names
    something that no down part brings back, or proves nothing. `detail`: the server's error, or what differs."""

    path: str
    server: Verdict
    proved: Verdict
    excused: bool
    detail: str

    @property
    def agrees(self) -> bool:
        return self.server == self.proved or (self.excused and (self.server, self.proved) == ("differs", "inverts"))


def undoings(folder: str, server: Server) -> Iterator[Undoing]:
    """Each migration of the folder that has a down part and that the server accepts."""
    (understood,) = understand([folder], server.major)
    verdicts, events = _proved(understood)
    with server.database() as database:
        for migration in understood.history.migrations:
            if migration.down:
                with _clone(database) as copy:
                    verdict, detail = _undone(migration, copy)
                event = events[migration.number]
                if verdict is not None:
                    yield Undoing(
                        path=migration.path,
                        server=verdict,
                        proved=verdicts.get(migration.number, "inverts"),
                        excused=bool(event.lost or event.presumed or event.blind or event.empty),
                        detail=detail,
                    )
            _up(migration, database)


def _proved(understood: Understood) -> tuple[dict[int, Verdict], dict[int, MigrationUndone]]:
    """What dblint says of each migration, by its number, and what it says it by."""
    events: dict[int, MigrationUndone] = {}
    listener = Rule("tests.live.listener", severity=Severity.INFO)

    @listener.check
    def undone(undone: MigrationUndone, before: Before) -> Iterable[Problem]:
        events[before.migration.number] = undone
        return ()

    every = load_rules()
    rules = [*(every[name] for name in RULES), listener]
    run = Pass(
        understood.history,
        understood.dialect,
        version=understood.version,
        config=Config(),
        rules=rules,
        severities={rule.name: rule.severity for rule in rules},
        options={rule.options: rule.options() for rule in rules if rule.options is not None},
    )
    run.run()
    return {finding.migration: RULES[finding.rule] for finding in run.findings}, events


@contextmanager
def _clone(database: Database) -> Iterator[Database]:
    server, copy = database.server, Database(database.server, f"{database.name}_copy")
    create = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(copy.name), Identifier(database.name))
    server.maintenance.execute(create)
    try:
        yield copy
    finally:
        server.maintenance.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(copy.name)))


def _up(migration: Migration, database: Database) -> bool:
    """Run the up part; whether the server accepts it."""
    try:
        with database.connect() as watcher:
            migrate(migration, database, watcher, Replay())
    except psycopg.Error:
        return False
    return True


def _undone(migration: Migration, database: Database) -> tuple[Verdict | None, str]:
    """Run both parts, and say what is left of them; None where the up part fails."""
    before = _catalog(database)
    if not _up(migration, database):
        return None, ""
    with database.connect() as session:
        for script in migration.down:
            for statement, _ in load("postgres").read(script):
                try:
                    session.execute(statement.text.encode())
                except psycopg.Error as error:
                    if session.info.transaction_status != TransactionStatus.IDLE:
                        session.execute("ROLLBACK")
                    return "fails", error.diag.message_primary or str(error)
    after = _catalog(database)
    changed = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
    return ("differs", ", ".join(changed)) if changed else ("inverts", "")


def _catalog(database: Database) -> dict[str, Any]:
    """The server's catalog by kind and name, without the order of columns."""
    with database.connect() as session:
        document = read_catalog(session)
    found: dict[str, Any] = {}
    for kind, objects in document.items():
        for each in objects if isinstance(objects, list) else ():
            for member in _MEMBERS:
                if each.get(member) and isinstance(each[member][0], dict):
                    each[member].sort(key=lambda one: one["name"])
            key = f"{kind} {each.get('schema') or ''}.{each['name']} {each.get('arguments') or ''}".strip()
            found[key] = json.dumps(each, sort_keys=True)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="tests.live.rollbacks", description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--major", type=int, default=max(installations(), default=0))
    chosen = parser.parse_args(arguments)
    with Server(installations()[chosen.major]) as server:
        found = list(undoings(chosen.folder, server))
    for each in found:
        if not each.agrees:
            said = f"{each.server} on the server ({each.detail}), {each.proved} by the proof"
            sys.stdout.write(f"{each.path}: {said}\n")
    wrong = sum(not each.agrees for each in found)
    excused = sum(each.server != each.proved for each in found) - wrong
    sys.stdout.write(f"{len(found)} migrations undone, {wrong} differences, {excused} in what cannot be brought back\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
