"""Asks a server how it would write an expression, so that two spellings of the same thing can be told from two things.

Everything is made on scratch tables in one transaction, read back with the catalog, and rolled back.
"""

from collections.abc import Iterable
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Identifier

from dblint.names import Name, quote
from tests.live.server import Connection
from tests.live.server_catalog import read_catalog


class Spelling(Struct, frozen=True):
    """A text in a place: `kind` says what is made of it on a table like `table` (a policy: on the table itself)."""

    kind: str
    table: Name
    text: str


_MAKE = {
    "type": "ALTER TABLE {scratch} ADD COLUMN {name} {text}",
    "default": "ALTER TABLE {scratch} ADD COLUMN {name} {text}",
    "generated": "ALTER TABLE {scratch} ADD COLUMN {name} {text}",
    "definition": "ALTER TABLE {scratch} ADD CONSTRAINT {name} {text}",
    "index": "CREATE INDEX {name} ON {scratch} {text}",
    "using": "CREATE POLICY {name} ON {table} FOR {text}",
    "check": "CREATE POLICY {name} ON {table} FOR {text}",
    "domain": "CREATE DOMAIN {scratch} AS {text}",
}


class Refused(Struct, frozen=True):
    message: str


def respelled(session: Connection, spellings: Iterable[Spelling]) -> dict[Spelling, str | Refused]:
    """Each text as the server writes it back, or why it does not take it."""
    made: dict[Spelling, tuple[Name, str]] = {}
    refused: dict[Spelling, str | Refused] = {}
    spellings = list(dict.fromkeys(spellings))
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL search_path TO public")
        for schema in {spelling.table.schema for spelling in spellings}:
            session.execute(SQL("CREATE SCHEMA {}").format(Identifier(f"scratch_{schema}")))
        # Of the same name, as an expression may qualify its columns by the table.
        for table in {spelling.table for spelling in spellings if spelling.kind not in ("domain", "using", "check")}:
            session.execute(f"CREATE TABLE {_sql(_scratch(table))} (LIKE {_sql(table)})".encode())
        for number, spelling in enumerate(spellings):
            try:
                with session.transaction():
                    made[spelling] = _make(session, spelling, number)
            except psycopg.Error as error:
                refused[spelling] = Refused(error.diag.message_primary or str(error))
        document = read_catalog(session)
    objects = {Name(each["name"], each["schema"]): each for kind in ("tables", "domains") for each in document[kind]}
    return refused | {spelling: _read(spelling, objects[place], name) for spelling, (place, name) in made.items()}


def _make(session: Connection, spelling: Spelling, number: int) -> tuple[Name, str]:
    """Makes the object; where it is and its name."""
    table = spelling.table
    name = f"scratch_{number}"
    scratch = _scratch(Name(name, table.schema) if spelling.kind == "domain" else table)
    command = _MAKE[spelling.kind].format(scratch=_sql(scratch), table=_sql(table), name=name, text=spelling.text)
    session.execute(command.encode())
    return table if spelling.kind in ("using", "check") else scratch, name


def _scratch(name: Name) -> Name:
    return Name(name.name, f"scratch_{name.schema}")


def _sql(name: Name) -> str:
    """Quoted always: a name may be a key word."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in (name.schema, name.name))


def _read(spelling: Spelling, place: dict[str, Any], name: str) -> str:
    if spelling.kind in ("type", "default", "generated"):
        return str(_named(place["columns"], name)[spelling.kind])
    if spelling.kind == "definition":
        return str(_named(place["constraints"], name)["definition"])
    if spelling.kind == "index":
        return index_text(_named(place["indexes"], name))
    if spelling.kind == "domain":
        return domain_text(place)
    return str(_named(place["policies"], name)[spelling.kind])


def _named(objects: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in objects if each["name"] == name)


def index_text(index: dict[str, Any]) -> str:
    """The method, keys and predicate, as CREATE INDEX takes them."""
    predicate = f" WHERE {index['predicate']}" if index["predicate"] else ""
    return f"USING {index['method']} ({', '.join(index['keys'])}){predicate}"


def domain_text(domain: dict[str, Any]) -> str:
    """What follows AS in CREATE DOMAIN, but for NOT NULL."""
    default = f" DEFAULT {domain['default']}" if domain["default"] else ""
    constraints = "".join(f" CONSTRAINT {quote(each['name'])} {each['definition']}" for each in domain["constraints"])
    return f"{domain['type']}{default}{constraints}"
