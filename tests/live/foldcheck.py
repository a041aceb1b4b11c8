"""Compares the fold of a history with the catalog of a server that ran it.

    python -m tests.live.foldcheck FOLDER [--major 16]

Prints the differences by object, each with the migration that made the object; exit status 1 when there are any.
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dblint.config import Config
from dblint.names import Name
from dblint.reports.schema import write_json
from dblint.run import Understood, run
from tests.live.installations import installations
from tests.live.replay import Replay, replay
from tests.live.server import Connection, Database, Server
from tests.live.server_catalog import read_catalog
from tests.live.spelling import Refused, Spelling, domain_text, index_text, respelled

Document = dict[str, Any]

_KINDS = {
    "tables": "table",
    "enums": "enum",
    "views": "view",
    "sequences": "sequence",
    "functions": "function",
    "domains": "domain",
    "extensions": "extension",
}
_PARTS = {
    "columns": "column",
    "constraints": "constraint",
    "indexes": "index",
    "policies": "policy",
    "triggers": "trigger",
}


class Difference(Struct, frozen=True, kw_only=True):
    """`object` ("table public.users"), `place` in it ("column email: type", "" for the whole), and both values.

    `spelling` when the values are texts that may mean the same.
    """

    object: str
    place: str
    server: Any
    fold: Any
    spelling: Spelling | None = None

    def __str__(self) -> str:
        server, fold = (
            v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in (self.server, self.fold)
        )
        return f"{self.place or 'it'}: server {server}, fold {fold}"


def understand(folders: Sequence[str], major: int) -> list[Understood]:
    """The histories below the folders, folded for a server of that major."""
    config = msgspec.convert({"dialect": "postgres", "postgres": str(major)}, Config)
    return run(folders, config, {}).understood


def folded(understood: Understood) -> Document:
    """The fold as `dblint schema --format json` writes it."""
    out = io.StringIO()
    write_json(understood.catalog, out)
    document: Document = json.loads(out.getvalue())
    return document


def compare(understood: Understood, database: Database) -> tuple[Replay, list[Difference]]:
    """Runs the history in the empty database, and compares what it made with the fold."""
    ran = replay(understood.history, database)
    with database.connect() as session:
        return ran, differences(read_catalog(session), folded(understood), session)


def differences(server: Document, fold: Document, session: Connection) -> list[Difference]:
    """What differs, but for texts of which the server says that they are the same.

    Left standing: a default that was written before its column had its present type, as the server keeps it
    with a cast of the old type.
    """
    found = [each for kind in _KINDS for each in _objects(kind, server[kind], fold[kind])]
    texts = respelled(session, [each.spelling for each in found if each.spelling])
    different = []
    for each in found:
        if each.spelling is None:
            different.append(each)
        elif _plain(text := texts[each.spelling]) != _plain(each.server):
            read = f"refused: {text.message}" if isinstance(text, Refused) else text
            written = f"{read} (written {each.spelling.text})"
            different.append(Difference(object=each.object, place=each.place, server=each.server, fold=written))
    return different


def _objects(kind: str, server: list[Document], fold: list[Document]) -> Iterator[Difference]:
    known, guessed = ({_identity(kind, each): each for each in side} for side in (server, fold))
    for identity in sorted(known.keys() | guessed.keys()):
        label = f"{_KINDS[kind]} {identity}"
        if identity not in known or identity not in guessed:
            yield Difference(
                object=label, place="", server=_presence(known, identity), fold=_presence(guessed, identity)
            )
        elif kind == "tables":
            yield from _table(label, known[identity], guessed[identity])
        elif kind == "domains":
            yield from _domain(label, known[identity], guessed[identity])
        else:
            yield from _fields(label, "", known[identity], guessed[identity])


def _presence(side: dict[str, Document], identity: str) -> str:
    return "has it" if identity in side else "does not have it"


def _identity(kind: str, each: Document) -> str:
    if kind == "extensions":
        return str(each["name"])
    name = f"{each['schema']}.{each['name']}"
    return f"{name}({', '.join(map(_plain, each['arguments']))})" if kind == "functions" else name


def _fields(label: str, place: str, server: Document, fold: Document, skip: Sequence[str] = ()) -> Iterator[Difference]:
    for field, value in server.items():
        if field in skip or field in ("name", "schema"):
            continue
        if _plain(value) != _plain(fold[field]):
            yield Difference(object=label, place=f"{place}{field}", server=value, fold=fold[field])


def _plain(value: Any) -> Any:
    """Without what does not matter: the schema public, and the order of sets."""
    if isinstance(value, str):
        return value.replace("public.", "")
    return value


def _table(label: str, server: Document, fold: Document) -> Iterator[Difference]:
    table = Name(server["name"], server["schema"])
    yield from _fields(label, "", server, fold, tuple(_PARTS))
    names = [[column["name"] for column in side["columns"]] for side in (server, fold)]
    if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
        yield Difference(object=label, place="order of columns", server=names[0], fold=names[1])
    for part, noun in _PARTS.items():
        known, guessed = ({each["name"]: each for each in side[part]} for side in (server, fold))
        for name in sorted(known.keys() | guessed.keys()):
            place = f"{noun} {name}"
            if name not in known or name not in guessed:
                yield Difference(
                    object=label, place=place, server=_presence(known, name), fold=_presence(guessed, name)
                )
                continue
            yield from _PART[part](label, f"{place}: ", table, known[name], guessed[name])


def _column(label: str, place: str, table: Name, server: Document, fold: Document) -> Iterator[Difference]:
    yield from _fields(label, place, server, fold, ("type", "default", "generated"))
    if fold["default"] is None and re.fullmatch(r"NULL(::.*)?", server["default"] or ""):
        server = {**server, "default": None}
    template = {
        "type": "{text}",
        "default": "{type} DEFAULT {text}",
        "generated": "{type} GENERATED ALWAYS AS ({text}) STORED",
    }
    for field, sql in template.items():
        text = fold[field] and sql.format(text=fold[field], type=server["type"])
        yield from _texts(label, place + field, field, table, server[field], fold[field], text)


def _constraint(label: str, place: str, table: Name, server: Document, fold: Document) -> Iterator[Difference]:
    unordered = ("columns",) if server["kind"] == "check" else ()
    yield from _fields(label, place, server, fold, ("definition", *unordered))
    if unordered and sorted(server["columns"]) != sorted(fold["columns"]):
        yield Difference(object=label, place=place + "columns", server=server["columns"], fold=fold["columns"])
    text = fold["definition"]
    yield from _texts(label, place + "definition", "definition", table, server["definition"], text, text)


def _index(label: str, place: str, table: Name, server: Document, fold: Document) -> Iterator[Difference]:
    yield from _fields(label, place, server, fold, ("keys", "predicate"))
    known, guessed = index_text(server), index_text(fold)
    yield from _texts(label, place + "keys and predicate", "index", table, known, guessed, guessed)


def _policy(label: str, place: str, table: Name, server: Document, fold: Document) -> Iterator[Difference]:
    sorted_roles = {**fold, "roles": sorted(fold["roles"])}
    yield from _fields(label, place, server, sorted_roles, ("using", "check"))
    for field, clause in (("using", "USING"), ("check", "WITH CHECK")):
        # A policy for INSERT has no USING, one for SELECT no WITH CHECK: UPDATE has both.
        text = fold[field] and f"UPDATE {clause} ({fold[field]})"
        yield from _texts(label, place + field, field, table, server[field], fold[field], text)


def _trigger(label: str, place: str, table: Name, server: Document, fold: Document) -> Iterator[Difference]:
    yield from _fields(label, place, server, {**fold, "events": sorted(fold["events"], key=_EVENTS.index)})


_EVENTS = ["insert", "delete", "update", "truncate"]
_PART = {"columns": _column, "constraints": _constraint, "indexes": _index, "policies": _policy, "triggers": _trigger}


def _domain(label: str, server: Document, fold: Document) -> Iterator[Difference]:
    yield from _fields(label, "", server, fold, ("type", "default", "constraints"))
    table = Name(server["name"], server["schema"])
    known, guessed = domain_text(server), domain_text(fold)
    yield from _texts(label, "definition", "domain", table, known, guessed, guessed)


def _texts(
    label: str, place: str, kind: str, table: Name, server: str | None, fold: str | None, text: str | None
) -> Iterator[Difference]:
    """A difference of two SQL texts; `text` is how the server is asked about the fold's."""
    if _plain(server) != _plain(fold):
        spelling = Spelling(kind, table, text) if text and server is not None else None
        yield Difference(object=label, place=place, server=server, fold=fold, spelling=spelling)


def report(ran: Replay, found: list[Difference], fold: Document) -> str:
    """For people: what was presumed, what did not run, and the differences by object."""
    doubts = {f"table {_identity('tables', each)}": each["uncertain"] for each in fold["tables"]}
    lines = []
    if ran.supplied:
        lines.append(f"presumed by the history and made first: {', '.join(sorted(ran.supplied))}")
    if ran.lacking:
        lines.append(f"extensions that this server lacks: {', '.join(sorted(ran.lacking))}")
    lines += [f"ran outside its runner's transaction: {path}" for path in ran.outside]
    lines += [f"did not run: {path}: {words}" for path, words in ran.failures]
    last = ""
    for each in sorted(found, key=lambda each: each.object):
        name = each.object.partition(" ")[2].partition("(")[0]
        if each.object != last:
            last = each.object
            doubt = f", uncertain: {doubts[each.object]}" if doubts.get(each.object) else ""
            lines.append(f"{each.object} ({ran.made.get(name, 'in no migration')}{doubt})")
        part = each.place.partition(":")[0].partition(" ")[2]
        made = ran.made.get(f"{name}.{part}", "")
        lines.append(f"    {each}" + (f" ({made})" if made and made != ran.made.get(name) else ""))
    return "".join(f"  {line}\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.live.foldcheck", description="Compares fold and server.")
    parser.add_argument("folder", nargs="+", help="a folder of migrations")
    parser.add_argument("--major", type=int, help="the server to run them on (default: the newest found)")
    given = parser.parse_args(arguments)
    found = installations()
    major = given.major or max(found)
    different = 0
    with Server(found[major]) as server:
        for understood in understand(given.folder, major):
            with server.database() as database:
                ran, faults = compare(understood, database)
            different += len(faults)
            sys.stdout.write(f"{understood.line}: {len(faults)} differences\n{report(ran, faults, folded(understood))}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
