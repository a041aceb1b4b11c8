"""Runs a migration history on a server, the way its runner would."""

import re
from collections.abc import Callable
from functools import partial

import psycopg
from msgspec import Struct, field
from psycopg.errors import ActiveSqlTransaction, InvalidTransactionTermination
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

from dblint.dialects import load
from dblint.dialects.postgres.mask import mask
from dblint.lexer import PLACEHOLDER
from dblint.migrations.model import History, Migration, Transactions
from tests.live.server import Connection, Database

_MISSING = {
    "role": re.compile(r'role "(.+)" does not exist'),
    "schema": re.compile(r'schema "(.+)" does not exist'),
    "extension": re.compile(
        r'extension "(.+)" is not available|could not open extension control file ".*/(.+)\.control"'
    ),
}

_OBJECTS = """
    SELECT concat_ws('.', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION SELECT concat_ws('.', n.nspname, c.relname, a.attname)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    UNION SELECT concat_ws('.', n.nspname, c.relname, k.conname)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION SELECT concat_ws('.', n.nspname, c.relname, i.relname)
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION SELECT concat_ws('.', n.nspname, c.relname, p.polname)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION SELECT concat_ws('.', n.nspname, c.relname, t.tgname)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION SELECT concat_ws('.', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    UNION SELECT concat_ws('.', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
"""


class Replay(Struct):
    """What happened. `failures`: the migrations that the server refused, with its words; they left nothing behind,
    unless their runner commits statement by statement. `supplied`: roles and schemas made because the history
    presumes them. `lacking`: extensions that the server does not have, whose CREATE EXTENSION was left out.
    `outside`: migrations that the server refuses in their runner's transaction, and that ran without one.
    `made`: the migration after which an object was first seen, by its dotted name.
    """

    failures: list[tuple[str, str]] = field(default_factory=list)
    supplied: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)


def replay(history: History, database: Database) -> Replay:
    """Runs every up part in order, each migration in a session of its own, in its runner's transaction mode.

    One transaction around all pending migrations becomes one around each, as if they had been deployed one by
    one. What fails is rolled back and reported, and the next one runs.
    """
    done = Replay()
    with database.connect() as watcher:
        seen = _objects(watcher)
        for migration in history.migrations:
            try:
                migrate(migration, database, watcher, done)
            except psycopg.Error as error:
                where = f" at character {error.diag.statement_position}" if error.diag.statement_position else ""
                done.failures.append((migration.path, f"{error.sqlstate} {error.diag.message_primary}{where}"))
            now = _objects(watcher)
            done.made.update(dict.fromkeys(now - seen, migration.path))
            seen |= now
    return done


def _objects(session: Connection) -> set[str]:
    return {name for (name,) in session.execute(_OBJECTS.encode())}


def migrate(migration: Migration, database: Database, watcher: Connection, done: Replay) -> None:
    """Runs a migration. What it presumes to exist is supplied, and it goes on where its transaction began."""
    statements = [statement.text for script in migration.up for statement, _ in load("postgres").read(script)]
    if migration.transactions is Transactions.STRING:
        texts = ["".join(script.source.text[p.start : p.end] for p in script.pieces) for script in migration.up]
    elif migration.transactions in (Transactions.FILE, Transactions.BATCH):
        texts = ["BEGIN", *statements, "COMMIT"]
    else:
        texts = statements
    begun = position = 0
    with database.connect() as session:
        while position < len(texts):
            if session.info.transaction_status == TransactionStatus.IDLE:
                begun = position
            try:
                session.execute(texts[position].encode())
                position += 1
            except psycopg.Error as error:
                if session.info.transaction_status != TransactionStatus.IDLE:
                    session.execute("ROLLBACK")
                position = begun
                if isinstance(error, ActiveSqlTransaction | InvalidTransactionTermination) and texts != statements:
                    position = 0 if migration.transactions is Transactions.STRING else max(begun - 1, 0)
                    texts = statements
                    done.outside.append(migration.path)
                elif not _remedied(texts, error, watcher, done):
                    raise


def _remedied(texts: list[str], error: psycopg.Error, watcher: Connection, done: Replay) -> bool:
    """Whether it is worth running again: what lacks was made, or the texts were changed. Else it is their own error."""
    message = error.diag.message_primary or ""
    for kind, pattern in _MISSING.items():
        if match := pattern.search(message):
            name = match[match.lastindex or 1]
            if kind == "extension":
                done.lacking.add(name)
                create = re.compile(rf'CREATE\s+EXTENSION\b[^;]*?"?{re.escape(name)}"?[^;]*(?:;|$)', re.IGNORECASE)
                return _changed(texts, partial(create.sub, ""))
            if f"{kind} {name}" in done.supplied:
                return False
            done.supplied.add(f"{kind} {name}")
            watcher.execute(SQL("CREATE " + kind + " {}").format(Identifier(name)))
            return True
    return _changed(texts, readable)


def _changed(texts: list[str], change: Callable[[str], str]) -> bool:
    before = list(texts)
    texts[:] = map(change, texts)
    return texts != before


def readable(text: str) -> str:
    """The text as dblint reads it, and with the same names for placeholders in strings and bodies, which it leaves."""
    return PLACEHOLDER.sub(lambda found: mask(found.group()).text.strip(), mask(text).text)
