"""Drizzle's layout: its journal names the files that run, and in which order."""

import re

import msgspec

from dblint.errors import UsageError
from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import described, dialect_of, natural, number_of
from dblint.migrations.sections import is_usual
from dblint.source import Source, Span

BREAKPOINT = "--> statement-breakpoint"
_BREAKPOINT_LINE = r"--> statement-breakpoint[^\r\n]*"
_JOURNAL = "_journal.json"


class _Entry(msgspec.Struct, frozen=True):
    tag: str
    when: int = 0


class _Journal(msgspec.Struct, frozen=True):
    entries: list[_Entry]
    dialect: str = ""


def _detect(folder: Folder) -> int:
    meta = folder.folders.get("meta")
    if meta and _JOURNAL in meta.files:
        return 99
    return 60 if is_usual(folder, lambda text: BREAKPOINT in text) else 0


def _read(folder: Folder) -> Draft:
    draft = Draft(folder)
    names = sql_files(draft, folder)
    meta = folder.folders.get("meta")
    if meta is None or _JOURNAL not in meta.files:
        for name in names:
            _step(draft, (natural(name),), name)
        return draft
    draft.claimed.add("meta")
    source = meta.source(_JOURNAL)
    draft.lists.append(source)
    try:
        journal = msgspec.json.decode(source.text, type=_Journal)
    except msgspec.DecodeError as error:
        raise UsageError(f"is not a journal of Drizzle: {error}", path=source.path) from None
    draft.dialect = dialect_of(journal.dialect)
    missing = set(names)
    latest, holder = 0, ""
    for place, entry in enumerate(journal.entries):
        name = f"{entry.tag}.sql"
        if name not in missing:
            known = name in names
            message = f"{entry.tag} runs twice: the journal lists it twice"
            if not known:
                message = f"the deploy fails: {name} is in the journal but not here"
            draft.remark("duplicate version" if known else "orphan", source, message, _tag(source, entry.tag, known))
            continue
        missing.discard(name)
        _step(draft, (place,), name)
        if entry.when < latest:
            message = f"databases that have {holder} never run {name}: the journal dates it earlier"
            draft.remark("out of order", folder.source(name), message, related=(folder.show(f"{holder}.sql"),))
        else:
            latest, holder = entry.when, entry.tag
    for name in names:
        if name in missing:
            draft.skip(folder.show(name), "not in the journal")
            draft.remark("orphan", folder.source(name), f"{name} never runs: meta/{_JOURNAL} does not list it")
    return draft


def _tag(source: Source, tag: str, last: bool) -> Span:
    quoted = f'"{tag}"'
    at = source.text.rfind(quoted) if last else source.text.find(quoted)
    return Span(at, at + len(quoted)) if at >= 0 else Span(0, 0)


def _step(draft: Draft, key: tuple[object, ...], name: str) -> None:
    source = draft.folder.source(name)
    number = number_of(name)
    up = Script(source, tuple(_pieces(source)))
    draft.steps.append(Step(key, number, described(name[:-4], number), source, (up,)))


def _pieces(source: Source) -> list[Span]:
    """The stretches between breakpoints; each is sent by itself."""
    if BREAKPOINT not in source.text:
        return [Span(0, len(source.text))]
    pieces: list[Span] = []
    start = 0
    for line in re.finditer(_BREAKPOINT_LINE, source.text):
        pieces.append(Span(start, line.start()))
        start = line.end()
    pieces.append(Span(start, len(source.text)))
    return [piece for piece in pieces if not source.slice(piece).isspace() and piece.start < piece.end]


LAYOUTS = (
    Layout(
        name="drizzle",
        names="<n>_<name>.sql with meta/_journal.json",
        detect=_detect,
        read=_read,
        transactions=Transactions.BATCH,
    ),
)
