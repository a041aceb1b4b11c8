"""The way back of what a fix puts off to a later migration: the down part of the first one has to bear its absence."""

import re
from collections.abc import Iterable

from msgspec import Struct

from dblint.migrations.model import Migration, Script
from dblint.rule import NewFile
from dblint.source import Edit, Source, Span

UNDONE_ELSEWHERE = "-- The migration that first named it undoes it."


class WayBack(Struct, frozen=True):
    """`down`: what takes the later migration back. `edits`: of the first one's own file; `files`: its down part."""

    down: str
    edits: tuple[Edit, ...] = ()
    files: tuple[NewFile, ...] = ()


def way_back(migration: Migration, name: str, down: str, *, also: Iterable[str] = ()) -> WayBack:
    """How both migrations are taken back, one after the other or the first one alone.

    `name`: what the later one makes or drops; `also`: what goes the same way, by others. `down`: what undoes it, where
    nothing else does.
    """
    names = "|".join(map(re.escape, (name, *also)))
    named = rf'(?=(?:"?\w+"?\.)?"?(?:{names})"?(?!\w))'
    unguarded = [
        (re.compile(rf"\bDROP\s+(?:INDEX(?:\s+CONCURRENTLY)?|CONSTRAINT)\s+{named}", re.IGNORECASE), "IF EXISTS "),
        (re.compile(rf"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?{named}", re.IGNORECASE), "IF NOT EXISTS "),
    ]
    edits: dict[Source, set[Edit]] = {}
    mentioned = False
    for part in migration.down:
        source, mentioned = part.source, mentioned or _names(part, name)
        if source.bom and source is not migration.source:
            continue  # its mark would be missing in a patch
        for piece in part.pieces:
            for pattern, guard in unguarded:
                for place in pattern.finditer(source.text, piece.start, piece.end):
                    words = guard.lower() if place[0].islower() else guard
                    edits.setdefault(source, set()).add(Edit(Span(place.end(), place.end()), words))
    if not edits:
        return WayBack(UNDONE_ELSEWHERE if mentioned and not _bears(migration, name) else down)
    own = tuple(sorted(edits.pop(migration.source, ())))
    files = tuple(NewFile(source.path, _made(source.text, found), source.text) for source, found in edits.items())
    return WayBack(down, own, files)


def _names(part: Script, name: str) -> bool:
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(word.search(part.source.slice(piece)) for piece in part.pieces)


def _bears(migration: Migration, name: str) -> bool:
    """Whether the down part says already that it may be gone, or there."""
    guarded = re.compile(rf'(?i)\bIF\s+(?:NOT\s+)?EXISTS\s+["\w.]*{re.escape(name)}\b')
    return any(guarded.search(part.source.slice(piece)) for part in migration.down for piece in part.pieces)


def _made(text: str, edits: set[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
