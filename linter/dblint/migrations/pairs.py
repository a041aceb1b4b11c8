"""Layouts with an `.up.sql` and a `.down.sql` file for each step: golang-migrate and its kin."""

import re
from collections.abc import Callable

from msgspec import Struct

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, code_step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import DATABASES, Key, described, number_of, words
from dblint.source import Span

PAIR = re.compile(r"(?:[vV]?(\d+)(?:[._-](.*?))?|(.+?))\.(up|down)\.sql\Z")
_NUMBERED_FOLDER = re.compile(r"\d+\Z")
_POP = re.compile(r"(\d+)_([^.]+)(?:\.([a-z]\w*))?(\.autocommit)?\.(up|down)\.sql\Z")
_NAMED = r"([\w-]+).(up|down)\.sql\Z"
_MORPH = r"(?m)^[ \t]*(--[ \t]*morph:(\w+)[^\r\n]*)"
_LEFT_OUT = "it is neither .up.sql nor .down.sql"


class Half(Struct, frozen=True):
    """One file of a pair."""

    folder: Folder
    name: str
    number: str
    title: str

    @property
    def path(self) -> str:
        return self.folder.show(self.name)

    @property
    def script(self) -> tuple[Script, ...]:
        return (Script.whole(self.folder.source(self.name)),)


class Pairs:
    """Halves by version: which belong together, and which are one too many."""

    def __init__(self) -> None:
        self.ups: dict[object, list[Half]] = {}
        self.downs: dict[object, list[Half]] = {}

    def add(self, version: object, half: Half, way: str) -> None:
        (self.ups if way == "up" else self.downs).setdefault(version, []).append(half)

    def assemble(self, draft: Draft, key: Callable[[Half], Key], *, unique: bool = True) -> None:
        """A step for each up file, with the down file of its version (of its title, where several share one)."""
        for version, ups in self.ups.items():
            downs = self.downs.pop(version, [])
            for up in ups:
                down = next((half for half in downs if half.title == up.title), None)
                if down is None and len(ups) == 1 and len(downs) == 1:
                    down = downs[0]
                if down is not None:
                    downs.remove(down)
                draft.steps.append(
                    Step(
                        key(up),
                        up.number,
                        words(up.title),
                        up.folder.source(up.name),
                        up.script,
                        down.script if down else (),
                        identity=version if unique else None,
                    )
                )
            for extra in downs:
                message = f"{extra.name} undoes nothing: version {extra.number} has another down file"
                draft.misnamed(extra.folder.source(extra.name), message)
        for downs in self.downs.values():
            for half in downs:
                source = half.folder.source(half.name)
                draft.remark("missing up", source, f"{half.name} undoes a step that is not here")
                draft.skip(half.path, "a down file without an up file")


def halves(folder: Folder) -> list[re.Match[str]]:
    return [match for name in folder.files if name.endswith(".sql") and (match := PAIR.match(name))]


def _is_shared(folder: Folder) -> bool:
    """Whether numbers are shared as a habit (three or more are), so that names alone order the files."""
    seen: set[str] = set()
    shared: set[str] = set()
    for half in halves(folder):
        if half[4] == "up":
            number = half[1]
            (shared if number is None or number in seen else seen).add(number or half[0])
    return len(shared) > 2


def _detect(folder: Folder) -> int:
    return 70 if halves(folder) or _numbered(folder) else 0


def _numbered(folder: Folder) -> list[str]:
    """Subfolders `<n>` that hold pairs `NN_x.up.sql`."""
    return [name for name, sub in folder.folders.items() if _NUMBERED_FOLDER.match(name) and halves(sub)]


def _detect_shared(folder: Folder) -> int:
    return 72 if _is_shared(folder) else 0


def _detect_morph(folder: Folder) -> int:
    if not halves(folder):
        return 0
    return 71 if any("morph:" in folder.source(name).text for name in folder.files if name.endswith(".up.sql")) else 0


def _detect_pop(folder: Folder) -> int:
    for name in folder.files:
        match = _POP.match(name)
        if (match and ((match[3] or "") in DATABASES or match[4])) or name.endswith((".up.fizz", ".down.fizz")):
            return 75
    return 0


def _read(folder: Folder) -> Draft:
    """By number; `<n>/NN_x.up.sql` by the folder's number first."""
    draft = Draft(folder)
    pairs = Pairs()
    nested = _numbered(folder)
    draft.claimed.update(nested)
    for place in (folder, *(folder.folders[name] for name in nested)):
        for name in sql_files(draft, place):
            match = PAIR.match(name)
            if match is None:
                draft.misnamed(place.source(name), f"{name} is not run: {_LEFT_OUT}")
            elif match[1] is None:
                draft.misnamed(place.source(name), f"{name} is not run: its name does not start with a number")
            else:
                number = match[1] if place is folder else f"{place.name}/{match[1]}"
                version = tuple(int(part) for part in number.split("/"))
                pairs.add(version, Half(place, name, number, match[2] or ""), match[4])
    pairs.assemble(draft, lambda half: (tuple(int(part) for part in half.number.split("/")), half.name))
    return draft


def _read_shared(folder: Folder) -> Draft:
    """By name; what comes before `.up.sql` (or `_up.sql`: the runner takes any character) is the version."""
    draft = Draft(folder)
    pairs = Pairs()
    for name in sql_files(draft, folder):
        match = re.match(_NAMED, name)
        if match is None:
            draft.misnamed(folder.source(name), f"{name} is not run: {_LEFT_OUT}")
        else:
            stem = match[1]
            number = number_of(stem)
            pairs.add(stem, Half(folder, name, number or stem, described(stem, number)), match[2])
    pairs.assemble(draft, lambda half: (half.name,))
    return draft


def _read_morph(folder: Folder) -> Draft:
    draft = _read(folder)
    for step in draft.steps:
        for found in re.finditer(_MORPH, step.source.text):
            if found[2] == "nontransactional":
                step.transactions, step.reason = Transactions.NONE, "-- morph:nontransactional"
            else:
                span = Span(found.start(1), found.end(1))
                message = f"{found[1].strip()!r} has no effect: morph has no such directive"
                draft.remark("unknown directive", step.source, message, span)
    return draft


def _read_pop(folder: Folder) -> Draft:
    """By version as text. `x.postgres.up.sql` overrides `x.up.sql`; `.autocommit.` files run without a transaction."""
    draft = Draft(folder)
    chosen: dict[tuple[str, str, str], tuple[bool, str, re.Match[str]]] = {}
    for name in folder.files:
        if name.endswith(".fizz"):
            code_step(draft, folder, name)
    for name in sql_files(draft, folder):
        match = _POP.match(name)
        if match is None:
            draft.misnamed(folder.source(name), f"{name} is not run: {_LEFT_OUT}")
            continue
        slot = (match[1], match[2], match[5])
        held = chosen.get(slot)
        if held is None:
            chosen[slot] = (match[3] is not None, name, match)
        elif held[0] == (match[3] is not None):
            draft.misnamed(folder.source(name), f"{name} is not run: {held[1]} is the same step")
        else:
            loser = held[1] if match[3] else name
            draft.skip(folder.show(loser), f"a fallback: {name if match[3] else held[1]} is for this database")
            if match[3]:
                chosen[slot] = (True, name, match)
    pairs = Pairs()
    autocommit: set[str] = set()
    for (number, title, way), (_, name, match) in chosen.items():
        pairs.add((number, title), Half(folder, name, number, title), way)
        if match[4]:
            autocommit.add(folder.show(name))
    pairs.assemble(draft, lambda half: (half.number, half.name))
    for step in draft.steps:
        step.identity = step.version
        if step.source.path in autocommit:
            step.transactions, step.reason = Transactions.NONE, ".autocommit. in the name"
    return draft


LAYOUTS = (
    Layout(
        name="pop",
        names="<version>_<title>.<dialect>.up.sql",
        detect=_detect_pop,
        read=_read_pop,
        transactions=Transactions.FILE,
        textual=True,
    ),
    Layout(
        name="morph",
        names="<n>_<title>.up.sql with morph: directives",
        detect=_detect_morph,
        read=_read_morph,
        transactions=Transactions.FILE,
    ),
    Layout(
        name="maragu-migrate",
        names="<name>.up.sql, ordered by name",
        detect=_detect_shared,
        read=_read_shared,
        transactions=Transactions.FILE,
    ),
    Layout(
        name="golang-migrate",
        names="<n>_<title>.up.sql",
        detect=_detect,
        read=_read,
        transactions=Transactions.STRING,
    ),
)
