"""The files of a migration that comes after all there are: its version, its name and the runner's own words."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from dblint.migrations.files import join
from dblint.migrations.model import History, Migration, Transactions

_STEP = r"(?P<head>[vV]?)(?P<version>\d+(?:[.-]\d+)*)(?:(?P<sep>[-_. ]+)(?P<title>.*?))?"
_DEFAULT = (rf"{_STEP}(?P<tail>(?:\.up|\.do)?\.sql)\Z", rf"{_STEP}(?P<tail>)\Z")
_FLYWAY = r"(?P<head>V)(?P<version>\d+(?:[._]\d+)*)(?P<sep>__)(?P<title>.*)(?P<tail>\.sql)\Z"
_DATED = r"(?P<head>[vV])(?P<version>\d+(?:\.\d+)*)(?P<sep>_\d{8}(?:\d{4,6})?_)(?P<title>.+?)(?P<tail>\.sql)\Z"
_POP = r"(?P<head>)(?P<version>\d+)(?P<sep>_)(?P<title>[^.]+)(?P<tail>(?:\.[a-z]\w*?)??(?:\.autocommit)?\.up\.sql)\Z"
_NAMES = {"flyway": (_FLYWAY,), "blueprint": (_FLYWAY, _DATED), "pop": (_POP,)}
"""How a step's name is put together, where not as in `_DEFAULT`."""

_SECTIONS = {
    "goose": ("-- +goose Up\n", "\n-- +goose Down\n", "-- +goose NO TRANSACTION\n", "", ""),
    "sql-migrate": ("-- +migrate Up", "\n-- +migrate Down", "", " notransaction", "\n"),
    "dbmate": ("-- migrate:up", "\n-- migrate:down", "", " transaction:false", "\n"),
}
"""Up and down in one file: what opens each; outside a transaction: what stands before all, and after each opening;
what ends the opening's line."""

_HEADS = {
    "sqlx": "-- no-transaction\n",
    "atlas": "-- atlas:txmode none\n\n",
    "morph": "-- morph:nontransactional\n",
}
"""What a file of its own begins with that is to run outside a transaction."""

_UNPLANNED = {
    "drizzle": "drizzle lists its steps in a journal that its own tool writes",
    "sqitch": "sqitch lists its steps in a plan that its own tool writes",
    "liquibase": "a changeset is added to a changelog by hand",
    "versioned-folders": "its steps are listed in a manifest",
    "upgrade-scripts": "its steps belong to releases",
}
"""Layouts to which no step can be added by a file alone, and why."""

_STAMPS = {14: ("%Y%m%d%H%M%S", "seconds"), 12: ("%Y%m%d%H%M", "minutes"), 8: ("%Y%m%d", "days")}
"""Versions that are times, by their number of digits, and the unit in which the next one differs."""

_ALONE = (Transactions.DETECTED, Transactions.ASSUMED, Transactions.STRING, Transactions.NONE)
"""Where a statement that is alone in its migration needs no word to run outside a transaction."""


_DOWNS = (
    (("flyway",), r"(?:^|(?<=/))V(?=[^/]*\Z)", "U"),
    (("blueprint",), r"(?<=__)[^/]*\.sql\Z", "rollback.sql"),
    (("golang-migrate", "sqlx", "maragu-migrate", "pop", "plain"), r"\.up\.sql\Z", ".down.sql"),
    (("diesel", "hasura", "plain"), r"(?<=/)up\.sql\Z", "down.sql"),
)
"""What a down part is called where none is there yet, by layout: what of the migration's path is otherwise."""

_BY_WORDS = (Transactions.DETECTED, Transactions.ASSUMED)
"""Where only the words of a statement tell that it refuses a transaction."""


class NoStep(Exception):
    """The layout has no place for the migration; the message says why."""


class Written(Struct, frozen=True):
    """A file to be: its path as reports print paths, and its text."""

    path: str
    text: str


def next_step(
    history: History,
    title: str,
    up: str,
    down: str = "",
    *,
    outside: bool = False,
    commits: bool = False,
    ahead: int = 0,
) -> list[Written]:
    """The files of the migration after the newest, or after `ahead` more that are to be added before it.

    `up` and `down` are SQL; `down` is left out where the layout, as used here, has no down parts. `outside`: the
    statement refuses a transaction; `commits`: a runner does not see that by its words.
    Raises NoStep where the layout has no place for it.
    """
    if reason := _UNPLANNED.get(history.layout):
        raise NoStep(reason)
    newest = next((each for each in reversed(history.migrations) if each.version and not each.repeatable), None)
    if newest is None:
        raise NoStep("no migration has a version that a new one could follow")
    place = _Place(history, newest)
    path = place.path(newest.path, title, ahead)
    head, extra = _outside(history, newest, path, commits=commits) if outside else ("", [])
    end = "\r\n" if "\r\n" in newest.source.text else "\n"
    if history.layout in _SECTIONS:
        texts = [Written(path, _sections(history, up, down, outside=outside))]
    else:
        if outside and history.layout == "pop":
            path = re.sub(r"(\.[a-z]\w*)?\.up\.sql\Z", _autocommit, path)
        texts = [Written(path, head + up.rstrip() + "\n")]
        if history.has_down:
            texts.append(Written(place.down(title, ahead), (head if history.layout == "sqlx" else "") + _down(down)))
    return [Written(each.path, each.text.replace("\n", end)) for each in (*texts, *extra)]


def way_down(history: History, migration: Migration) -> str:
    """Where the down part of a migration that lacks one goes: "" where that is in the migration's own file."""
    return "" if history.layout in _SECTIONS else _Place(history, migration).beside(migration)


def opening_of_down(history: History) -> str:
    """What a down part begins with in a layout that keeps it in the migration's own file."""
    _, opening, _, _, end = _SECTIONS[history.layout]
    return opening + end


def has_sections(history: History) -> bool:
    return history.layout in _SECTIONS


def _autocommit(tail: re.Match[str]) -> str:
    """With the database named, since `.autocommit` alone would be read as one."""
    return f"{tail[1] or '.postgres'}.autocommit.up.sql"


def _down(down: str) -> str:
    return (down or "-- Nothing is to be undone.").rstrip() + "\n"


def _sections(history: History, up: str, down: str, *, outside: bool) -> str:
    opening, closing, before, option, end = _SECTIONS[history.layout]
    option = option if outside else ""
    text = f"{before if outside else ''}{opening}{option}{end}{up.rstrip()}\n"
    return f"{text}{closing}{option}{end}{_down(down)}" if history.has_down else text


def _outside(history: History, newest: Migration, path: str, *, commits: bool) -> tuple[str, list[Written]]:
    """What the file begins with, and the files beside it, so that the runner opens no transaction for it."""
    usual = [each.transactions for each in history.migrations if each.transactions_reason in (history.layout, "")]
    mode = usual[-1] if usual else newest.transactions
    configured = any(each.transactions_reason == "configured" for each in history.migrations)
    if commits and mode in _BY_WORDS and history.layout not in ("pop", *_SECTIONS):
        if history.layout != "flyway":
            raise NoStep("nothing says whether the runner opens a transaction for it")
        return "", [Written(f"{path}.conf", "executeInTransaction=false\n")]
    if mode in _ALONE or history.layout in ("pop", *_SECTIONS):
        return "", []
    if history.layout in _HEADS and not configured:
        return _HEADS[history.layout], []
    if history.layout == "diesel" and not configured:
        return "", [Written(join(path.rpartition("/")[0], "metadata.toml"), "run_in_transaction = false\n")]
    raise NoStep(f"{history.layout} has no way to run a migration outside its transaction")


class _Place:
    """How the files of the newest migration, and of the newest one that can be undone, are called."""

    def __init__(self, history: History, newest: Migration) -> None:
        self.layout = history.layout
        self.newest = newest
        self.pair = next(
            (each for each in reversed(history.migrations) if each.down and each.down[0].source is not each.source),
            None,
        )

    def path(self, path: str, title: str, ahead: int) -> str:
        folder, name, file = _named(path)
        found = self._match(name)
        new = (
            found["head"]
            + _advanced(found["version"], ahead + 1)
            + (found["sep"] or "_")
            + _slug(title, found["title"] or "")
            + found["tail"].replace(".autocommit", "")
        )
        return join(folder, f"{new}/{file}" if file else new)

    def down(self, title: str, ahead: int) -> str:
        if self.pair is None:
            raise NoStep("no migration shows where its down part would go")
        up = self._match(_named(self.newest.path)[1])
        return self._like(
            self.pair.down[0].source.path,
            self._match(_named(self.pair.path)[1]),
            _advanced(up["version"], ahead + 1),
            _slug(title, up["title"] or ""),
        )

    def beside(self, migration: Migration) -> str:
        """The path of the down part of a migration that has none: as the others are called, or as is usual."""
        if self.pair is None:
            return self._usual(migration.path)
        own = self._match(_named(migration.path)[1])
        path = self._like(
            self.pair.down[0].source.path, self._match(_named(self.pair.path)[1]), own["version"], own["title"] or ""
        )
        if _named(migration.path)[2]:
            path = join(migration.path.rpartition("/")[0], path.rpartition("/")[2])
        return path

    def _usual(self, path: str) -> str:
        for layouts, pattern, down in _DOWNS:
            if self.layout in layouts and re.search(pattern, path):
                return re.sub(pattern, down, path)
        raise NoStep("no migration shows where its down part would go")

    def _like(self, path: str, pair: re.Match[str], version: str, title: str) -> str:
        """The path with another version and, where it bears the title, another title."""
        folder, name, file = _named(path)
        old = pair["version"] + (pair["sep"] or "") + (pair["title"] or "")
        new = version + (pair["sep"] or "") + title
        if pair["title"] and old in name:
            name = name.replace(old, new, 1)
        else:
            name = name.replace(pair["version"], version, 1)
        return join(folder, f"{name}/{file}" if file else name)

    def _match(self, name: str) -> re.Match[str]:
        for pattern in (*_NAMES.get(self.layout, ()), *_DEFAULT):
            if found := re.match(pattern, name):
                return found
        raise NoStep(f"{name} does not show how the next file would be called")


def _named(path: str) -> tuple[str, str, str]:
    """The folder, the name that has the version, and the file in it where that name is a folder's."""
    folder, _, name = path.rpartition("/")
    if name in ("up.sql", "down.sql", "migration.sql"):
        above, _, step = folder.rpartition("/")
        return above, step, name
    return folder, name, ""


def _slug(title: str, like: str) -> str:
    """The title as a part of a file's name, its words joined as in the name `like`."""
    joint = "-" if "-" in like and "_" not in like else "_"
    return joint.join(_words(title))[:60].rstrip("-_")


def _words(title: str) -> Iterator[str]:
    return (word.lower() for word in re.findall(r"[^\W_]+", title))


def _advanced(version: str, by: int) -> str:
    """The version `by` steps on: later, where it is a time; else with its last number raised."""
    digits = re.sub(r"\D", "", version)
    if digits[:2] in ("19", "20") and len(digits) in _STAMPS and not re.search(r"[._]", version):
        form, unit = _STAMPS[len(digits)]
        try:
            moved = (datetime.strptime(digits, form) + timedelta(**{unit: by})).strftime(form)
        except ValueError:
            pass
        else:
            rest = iter(moved)
            return re.sub(r"\d", lambda _: next(rest), version)
    last = list(re.finditer(r"\d+", version))[-1]
    return version[: last.start()] + str(int(last[0]) + by).zfill(len(last[0])) + version[last.end() :]
