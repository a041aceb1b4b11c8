"""What a branch did to a history: which migrations are new, and which were edited, renamed or removed."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dblint.errors import UsageError
from dblint.lexer import normalise
from dblint.migrations.discover import again
from dblint.migrations.files import assemble, decode, join
from dblint.migrations.layout import first_line
from dblint.migrations.model import History, Migration, Remark
from dblint.runners import ANY_ORDER, BY_VERSION, CHECKSUMS, CHECKSUMS_OF_STATEMENTS
from dblint.scope import Change
from dblint.source import Source, Span

if TYPE_CHECKING:
    from dblint.revisions import Repository, Start


def compared(history: History, repository: "Repository", start: "Start", *, whole: bool) -> Change:
    """What a history has that it had not at `start`, with remarks about what was done to the older part.

    `whole`: the history is all that its folder holds, so that what is not in it is gone.
    """
    return _Comparison(history, repository, start).change(whole)


def late(history: History, new: Collection[str], where: str) -> list[Remark]:
    """A remark for each migration in the files `new` that comes before one that `where` has already."""
    ordered = [each for each in history.migrations if each.version and not each.repeatable]
    old = [each for each in ordered if each.path not in new]
    if not old or history.layout in ANY_ORDER:
        return []
    newest = old[-1]  # of one version with a new one: that is another remark
    known = {remark.source.path for remark in history.remarks if remark.kind == "out of order"}
    return [
        Remark(
            "out of order",
            each.source,
            first_line(each.source),
            f"{_title(each)} runs late or never on databases that have {newest.version}, and before it on new ones",
            (f"{where} has {_file(newest.path)}",),
            of_change=True,
        )
        for each in ordered
        if each.path in new
        and each.number < newest.number
        and each.version != newest.version
        and each.path not in known
    ]


class _Comparison:
    """One history, on disk and as it was. Files go by their paths in the repository."""

    def __init__(self, history: History, repository: "Repository", start: "Start") -> None:
        self.history = history
        self.repository = repository
        self.start = start
        self.remarks: list[Remark] = []
        self.several = len({each.path for each in history.migrations}) < len(history.migrations)
        self._places: dict[str, str] = {}
        self.root = self._place(history.root)
        self.paths = {each.number: self._path(each.path) for each in history.migrations}
        places = {path.rpartition("/")[0] for path in self.paths.values()} - {self.root}
        self.folders = [self.root, *sorted(place for place in places if not _is_below(place, self.root))]
        self.folders = [folder for folder in self.folders if not _is_below(folder, "..")]
        self.before = repository.files(start.commit, self.folders)
        self.became = repository.differences(start.commit, self.folders)

    def change(self, whole: bool) -> Change:
        history = self.history
        new = {number for number, path in self.paths.items() if path not in self.before}
        edited: set[int] = set()
        touched = {path for path, status in self.became.items() if status != "A"}
        if touched:
            now = [each for each in history.migrations if each.number in new or self.paths[each.number] in touched]
            then = self._again(self.before, touched, self.start.commit)
            old = [each for each in (then.migrations if then else ()) if self._path(each.path) in touched]
            if not whole:
                here = set(self.paths.values())
                old = [each for each in old if self._path(each.path) in here]
            new, edited = self._pair(old, now)
        joined = history
        if new and self.start.tip != self.start.commit:
            joined = self._meanwhile(new) or history
        files = {history.migrations[number].path for number in new}
        known = {remark.source.path for remark in history.remarks if remark.kind == "out of order"}
        self.remarks += [each for each in late(joined, files, self.start.name) if each.source.path not in known]
        if self.remarks:
            history = replace(history, remarks=(*history.remarks, *self.remarks))
        return Change(new=frozenset(new), edited=frozenset(edited), history=history, base=self.start.name)

    # --- what was there before ---

    def _pair(self, old: list[Migration], now: list[Migration]) -> tuple[set[int], set[int]]:
        """Finds what became of each old migration; the numbers of those that are new, and of those edited."""
        left = {each.number: each for each in now}
        edited: set[int] = set()
        for alike in _LIKENESSES:
            lost = []
            for before in old:
                match = next((each for each in left.values() if alike(before, each)), None)
                if match is None:
                    lost.append(before)
                    continue
                del left[match.number]
                if self._judge(before, match, now):
                    edited.add(match.number)
            old = lost
        for before in old:
            if not before.repeatable:
                self._gone(before)
        return set(left), edited

    def _judge(self, old: Migration, now: Migration, all_now: Iterable[Migration]) -> bool:
        """Remarks on a migration that is not what it was; whether it does something else than before."""
        before, after = _text(old), _text(now)
        edited = before != after and normalise(before) != normalise(after)
        if now.repeatable:
            return edited
        refuses = self.history.layout in CHECKSUMS
        name, new_name = self._name(old), self._name(now)
        if edited:
            message = f"databases that have run {name} keep what it did, and only new ones get what it says now"
            if refuses or self.history.layout in CHECKSUMS_OF_STATEMENTS:
                message = f"the deploy fails on databases that have run {name}: its checksum has changed"
            self._remark(*_difference(old, now), message)
        elif before != after and refuses:
            message = f"the deploy fails on databases that have run {name}: comments and spaces change its checksum too"
            self._remark(*_difference(old, now, exact=True), message)
        elif self._is_another(old, now) and not any(_is_successor(old, each) for each in all_now if each is not now):
            if name == new_name:
                name, new_name = old.path, now.path
            if name == new_name:
                name, new_name = old.version, now.version
            message = f"{new_name} runs once more on databases that have run it as {name}"
            if refuses:
                message = f"the deploy fails on databases that have run {name}: it is {new_name} now"
            self._remark(now.source, first_line(now.source), message)
        return edited

    def _is_another(self, old: Migration, now: Migration) -> bool:
        """Whether the runner takes a migration that has another name or place for another migration."""
        if old.version != now.version:
            return True
        if self.history.layout in BY_VERSION:
            return False
        if self.history.layout in CHECKSUMS:
            return _file(old.path) != _file(now.path)
        return old.path != now.path

    def _gone(self, old: Migration) -> None:
        name = self._name(old)
        message = f"new databases lack what {name} did to the others: it is gone"
        if self.history.layout in CHECKSUMS:
            message = f"the deploy fails on databases that have run {name}: it is gone"
        self._remark(old.source, first_line(old.source), message)

    def _name(self, migration: Migration) -> str:
        """What a migration is called: its file, or its version where files hold several."""
        return migration.version if self.several else _file(migration.path)

    def _remark(self, source: Source, span: Span, message: str) -> None:
        why = (f"{self.start.name} has it, so databases may have run it",)
        self.remarks.append(Remark("edited", source, span, message, why, of_change=True))

    # --- what the base branch got meanwhile ---

    def _meanwhile(self, new: set[int]) -> History | None:
        """The history with what the base branch got since this one parted; None if that is nothing.

        Versions that both took are remarked. What the base branch has word for word is taken out of `new`.
        """
        tip = self.start.tip
        became = self.repository.differences(self.start.commit, self.folders, tip)
        added = {path for path, status in became.items() if status == "A"}
        mine = {self.paths[number]: number for number in new}
        for path, data in self.repository.contents(tip, added & mine.keys()).items():
            if _lines(_decoded(data, path).text) == _lines(self.history.migrations[mine[path]].source.text):
                new.discard(mine[path])
        theirs = added - mine.keys()
        if not theirs:
            return None
        gone = {path for path, status in self.became.items() if status == "D"}
        joined = self._again((self.before - gone) | set(self.paths.values()) | theirs, theirs, tip)
        if joined is not None:
            self._clashes(joined, new, theirs)
        return joined

    def _clashes(self, joined: History, new: set[int], theirs: set[str]) -> None:
        migrations = {self.history.migrations[number].path: self.history.migrations[number] for number in new}
        for remark in joined.remarks:
            files = (remark.source.path, *remark.related)
            own = next((migrations[path] for path in files if path in migrations), None)
            other = next((path for path in files if self._path(path) in theirs), "")
            if remark.kind == "duplicate version" and own is not None and other:
                base = self.start.name
                message = f"the deploy fails, or one file never runs: {_file(other)} on {base} is {_title(own)} too"
                why = (f"{base} got {_file(other)} after this branch left it",)
                place = first_line(own.source)
                self.remarks.append(Remark("duplicate version", own.source, place, message, why, of_change=True))

    # --- files ---

    def _again(self, paths: Iterable[str], changed: set[str], commit: str) -> History | None:
        """The history that these files make, of which `changed` are as the commit has them, the others as on disk."""
        prefix = f"{self.root}/" if self.root else ""
        within = {path: path[len(prefix) :] for path in paths if path.startswith(prefix)}
        texts = self.repository.contents(commit, changed & within.keys())
        sources: dict[str, Source | None] = dict.fromkeys(within.values())
        for path, data in texts.items():
            name = within[path]
            sources[name] = _decoded(data, join(self.history.root, name))
        try:
            return again(assemble(self.history.root, self.history.root, sources), self.history)
        except UsageError:  # what cannot be read is no fault of the change, and mended by it perhaps
            return None

    def _path(self, shown: str) -> str:
        folder, _, name = shown.rpartition("/")
        return join(self._place(folder or "."), name)

    def _place(self, folder: str) -> str:
        """A folder's path from the top of the repository: "" for the top, `../…` outside."""
        place = self._places.get(folder)
        if place is None:
            path = os.path.relpath(os.path.realpath(folder), self.repository.top)
            place = self._places[folder] = "" if path == os.curdir else path.replace(os.sep, "/")
        return place


def _is_successor(old: Migration, now: Migration) -> bool:
    """Whether it stands where the old one stood, by the same version."""
    return old.path == now.path and old.version == now.version


_LIKENESSES: tuple[Callable[[Migration, Migration], bool], ...] = (
    lambda old, now: _is_successor(old, now) and _text(old) == _text(now),
    lambda old, now: old.version == now.version and _text(old) == _text(now),
    # Sqitch reworks a change so: the script is kept as name@tag.sql, and the one of that name begins anew.
    lambda old, now: old.version == now.version.partition("@")[0] and _text(old) == _text(now),
    _is_successor,
    lambda old, now: old.version == now.version and (old.version != "" or old.description == now.description),
    lambda old, now: _text(old) == _text(now) != "",
)
"""By what an old migration is known again, the surest first."""


def _text(migration: Migration) -> str:
    return "\n".join(_lines("".join(part.source.slice(piece) for part in migration.up for piece in part.pieces)))


def _lines(text: str) -> list[str]:
    """The text without regard to how its lines end."""
    return text.strip().splitlines()


def _difference(old: Migration, now: Migration, *, exact: bool = False) -> tuple[Source, Span]:
    """The first line that is not as it was, comments and empty lines aside unless `exact`."""

    def lines(migration: Migration) -> Iterator[tuple[Source, Span]]:
        for part in migration.up:
            for piece in part.pieces:
                at = piece.start
                for line in part.source.slice(piece).splitlines(keepends=True):
                    bare = line.strip()
                    if exact or (bare and not bare.startswith("--")):
                        start = at + len(line) - len(line.lstrip()) if bare else at
                        yield part.source, Span(start, start + len(bare))
                    at += len(line)

    before = [source.slice(span) for source, span in lines(old)]
    place = (now.source, first_line(now.source))
    for number, place in enumerate(lines(now)):
        source, span = place
        if number >= len(before) or source.slice(span) != before[number]:
            break
    return place


def _decoded(data: bytes, shown: str) -> Source:
    try:
        return decode(data, shown)
    except UsageError:
        return Source(shown, data.decode("utf-8", "replace"))


def _is_below(folder: str, above: str) -> bool:
    return not above or folder == above or folder.startswith(f"{above}/")


def _file(path: str) -> str:
    """What a migration's file is called; with its folder, where that has the version."""
    name = path.rpartition("/")[2]
    return "/".join(path.split("/")[-2:]) if name in ("up.sql", "migration.sql") else name


def _title(migration: Migration) -> str:
    return f"version {migration.version}" if migration.version else _file(migration.path)
