"""Runs a migration history on a server, the way its runner would."""

import re
from collections.abc import Iterator

import psycopg
from msgspec import Struct, field
from psycopg.sql import SQL, Identifier

from dblint.dialects import load
from dblint.dialects.postgres.mask import mask
from dblint.migrations.model import History, Migration, Script, Transactions
from tests.live.server import Connection, Database

_MISSING = {
    "role": re.compile(r'role "(.+)" does not exist'),
    "schema": re.compile(r'schema "(.+)" does not exist'),
    "extension": re.compile(r'extension "(.+)" is not available|could not open extension control file ".*/(.+)\.control"'),
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
    `made`: the migration after which an object was first seen, by its dotted name. `placeholders`: the names
    that were put in their place.
    """

    failures: list[tuple[str, str]] = field(default_factory=list)
    supplied: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    placeholders: dict[str, str] = field(default_factory=dict)


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
                with database.connect() as session:
                    for script in migration.up:
                        for text in _units(migration, script):
                            _run(session, watcher, text, done)
            except psycopg.Error as error:
                where = f" at character {error.diag.statement_position}" if error.diag.statement_position else ""
                done.failures.append((migration.path, f"{error.sqlstate} {error.diag.message_primary}{where}"))
            now = _objects(watcher)
            done.made.update(dict.fromkeys(now - seen, migration.path))
            seen |= now
    return done


def _objects(session: Connection) -> set[str]:
    return {name for (name,) in session.execute(_OBJECTS.encode())}


def _units(migration: Migration, script: Script) -> Iterator[str]:
    """The texts that are sent one by one, each to be run as a whole or not at all."""
    mode = migration.transactions
    if mode in (Transactions.NONE, Transactions.STATEMENT):
        for statement, _ in load("postgres").read(script):
            yield statement.text
    elif mode is Transactions.STRING:
        yield _text(script)
    else:
        yield f"BEGIN;{_text(script)}\n;COMMIT"


def _text(script: Script) -> str:
    # A piece of one statement, whose semicolons do not end it, is still one command for the server.
    pieces = (script.source.text[piece.start : piece.end] for piece in script.pieces)
    return "\n;\n".join(pieces) if any(script.bounded) else "".join(pieces)


def _run(session: Connection, watcher: Connection, text: str, done: Replay) -> None:
    """Runs the text; what the history presumes to exist is supplied, and the text run again."""
    while True:
        try:
            session.execute(text.encode())
            return
        except psycopg.Error as error:
            if session.info.transaction_status.name != "IDLE":
                session.execute("ROLLBACK")
            remedied = _remedied(text, error, watcher, done)
            if remedied is None:
                raise
            text = remedied


def _remedied(text: str, error: psycopg.Error, watcher: Connection, done: Replay) -> str | None:
    """The text to try next, or None when the error is the history's own."""
    message = error.diag.message_primary or ""
    for kind, pattern in _MISSING.items():
        if match := pattern.search(message):
            name = match[match.lastindex or 1]
            if kind == "extension":
                done.lacking.add(name)
                create = rf'CREATE\s+EXTENSION\b[^;]*?"?{re.escape(name)}"?[^;]*(?:;|$)'
                without = re.sub(create, "", text, flags=re.IGNORECASE)
                return without if without != text else None
            if f"{kind} {name}" in done.supplied:
                return None
            done.supplied.add(f"{kind} {name}")
            watcher.execute(SQL("CREATE " + kind + " {}").format(Identifier(name)))
            return text
    readable = _unmasked(text, done.placeholders)
    return readable if readable != text else None


def _unmasked(text: str, placeholders: dict[str, str]) -> str:
    """The text as dblint reads it, and with the same names for placeholders in strings and bodies, which it leaves."""
    masked = mask(text)
    original, readable = text.encode(), masked.text.encode()
    for each in masked.masks:
        if each.kind == "placeholder":
            start, end = (len(text[:offset].encode()) for offset in (each.span.start, each.span.end))
            placeholders[original[start:end].decode()] = readable[start:end].decode().strip()
    replaced = masked.text
    for placeholder, name in placeholders.items():
        replaced = replaced.replace(placeholder, name)
    return replaced
