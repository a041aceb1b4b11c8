"""How the files of a migration that comes after all there are would be called: the version and the title in a name."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from dblint.migrations.files import join
from dblint.migrations.model import History, Migration
from dblint.source import Edit, Source, Span

_STEP = r"(?P<head>[vV]?)(?P<version>\d+(?:[.-]\d+)*)(?:(?P<sep>[-_. ]+)(?P<title>.*?))?"
_DEFAULT = (rf"{_STEP}(?P<tail>(?:\.up|\.do)?\.sql)\Z", rf"{_STEP}(?P<tail>)\Z")
_FLYWAY = r"(?P<head>V)(?P<version>\d+(?:[._]\d+)*)(?P<sep>__)(?P<title>.*)(?P<tail>\.sql)\Z"
_DATED = r"(?P<head>[vV])(?P<version>\d+(?:\.\d+)*)(?P<sep>_\d{8}(?:\d{4,6})?_)(?P<title>.+?)(?P<tail>\.sql)\Z"
_POP = r"(?P<head>)(?P<version>\d+)(?P<sep>_)(?P<title>[^.]+)(?P<tail>(?:\.[a-z]\w*?)??(?:\.autocommit)?\.up\.sql)\Z"
_NAMES = {"flyway": (_FLYWAY,), "blueprint": (_FLYWAY, _DATED), "pop": (_POP,)}
"""How a step's name is put together, where not as in `_DEFAULT`."""

_STAMPS = {14: ("%Y%m%d%H%M%S", "seconds"), 12: ("%Y%m%d%H%M", "minutes"), 8: ("%Y%m%d", "days")}
"""Versions that are times, by their number of digits, and the unit in which the next one differs."""


_DOWNS = (
    (("flyway",), r"(?:^|(?<=/))V(?=[^/]*\Z)", "U"),
    (("blueprint",), r"(?<=__)[^/]*\.sql\Z", "rollback.sql"),
    (("golang-migrate", "sqlx", "maragu-migrate", "pop", "plain"), r"\.up\.sql\Z", ".down.sql"),
    (("diesel", "hasura", "plain"), r"(?<=/)up\.sql\Z", "down.sql"),
)
"""What a down part is called where none is there yet, by layout: what of the migration's path is otherwise."""


class NoStep(Exception):
    """The layout has no place for the migration; the message says why."""


class Written(Struct, frozen=True):
    """A file to be: its path as reports print paths, and its text. `at`: where in a file that is there already the text
    is inserted (an entry in a journal, a plan, a changelog), with line feeds that become its own line ends; None: the
    file is new."""

    path: str
    text: str
    at: int | None = None


def insertions(made: Iterable[Written]) -> dict[str, Edit]:
    """What goes into files that are there already, as one edit of each: all that is added has its place at its end."""
    found: dict[str, Edit] = {}
    for each in made:
        if each.at is not None:
            before = found[each.path].text if each.path in found else ""
            found[each.path] = Edit(Span(each.at, each.at), before + each.text)
    return found


class Asked(Struct, frozen=True, kw_only=True):
    """A migration that is wanted, in SQL. `outside`: its statement refuses a transaction; `commits`: a runner does not
    see that by its words. `ahead`: how many are to be added before it, and `made` what those consist of."""

    title: str
    up: str
    down: str = ""
    outside: bool = False
    commits: bool = False
    ahead: int = 0
    made: Sequence[Written] = ()


def undoing(down: str) -> str:
    """The text of a down part."""
    return (down or "-- Nothing is to be undone.").rstrip() + "\n"


def with_ends(like: Source, written: Written) -> Written:
    """With the line ends of a file."""
    end = "\r\n" if "\r\n" in like.text else "\n"
    return replace(written, text=written.text.replace("\n", end))


class Place:
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
        found = parts(self.layout, name)
        new = (
            found["head"]
            + advanced(found["version"], ahead + 1)
            + (found["sep"] or "_")
            + slug(title, found["title"] or "")
            + found["tail"].replace(".autocommit", "")
        )
        return join(folder, f"{new}/{file}" if file else new)

    def down(self, title: str, ahead: int) -> str:
        if self.pair is None:
            raise NoStep("no migration shows where its down part would go")
        up = parts(self.layout, _named(self.newest.path)[1])
        return self._like(
            self.pair.down[0].source.path,
            parts(self.layout, _named(self.pair.path)[1]),
            advanced(up["version"], ahead + 1),
            slug(title, up["title"] or ""),
        )

    def beside(self, migration: Migration) -> str:
        """The path of the down part of a migration that has none: as the others are called, or as is usual."""
        if self.pair is None:
            return self._usual(migration.path)
        own = parts(self.layout, _named(migration.path)[1])
        path = self._like(
            self.pair.down[0].source.path,
            parts(self.layout, _named(self.pair.path)[1]),
            own["version"],
            own["title"] or "",
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


def parts(layout: str, name: str) -> re.Match[str]:
    """The groups `head`, `version`, `sep`, `title` and `tail` of a step's name. NoStep where it shows no version."""
    for pattern in (*_NAMES.get(layout, ()), *_DEFAULT):
        if found := re.match(pattern, name):
            return found
    raise NoStep(f"{name} does not show how the next file would be called")


def upgrade(history: History, newest: Migration, asked: Asked) -> str:
    """The path of the next script where scripts are numbered one by one, since versions of releases are people's."""
    versions = [each.version for each in history.migrations]
    numbers = {int(each) for each in versions if each.isdigit()}
    folder, _, name = newest.path.rpartition("/")
    found = re.match(rf"(?P<head>\D*)0*{newest.version.lstrip('0')}(?P<title>[-_.][^.]+)?\.sql\Z", name)
    if (
        found is None
        or len(numbers) < 3
        or set(range(min(numbers), max(numbers) + 1)) != numbers
        or not all(map(str.isdigit, versions))
    ):
        raise NoStep("its steps belong to releases, whose versions people choose")
    title = found["title"]
    words = title[0] + slug(asked.title, title) if title else ""
    return join(folder, f"{found['head']}{advanced(newest.version, asked.ahead + 1)}{words}.sql")


def _named(path: str) -> tuple[str, str, str]:
    """The folder, the name that has the version, and the file in it where that name is a folder's."""
    folder, _, name = path.rpartition("/")
    if name in ("up.sql", "down.sql", "migration.sql"):
        above, _, step = folder.rpartition("/")
        return above, step, name
    return folder, name, ""


def slug(title: str, like: str) -> str:
    """The title as a part of a file's name, its words joined as in the name `like`."""
    joint = "-" if "-" in like and "_" not in like else "_"
    return joint.join(_words(title))[:60].rstrip("-_")


def unused(name: str, names: Collection[str]) -> str:
    """The name, with a number behind it where it is one of `names`."""
    tries = (name, *(f"{name}_{number}" for number in range(2, len(names) + 3)))
    return next(each for each in tries if each not in names)


def _words(title: str) -> Iterator[str]:
    return (word.lower() for word in re.findall(r"[^\W_]+", title))


def advanced(version: str, by: int) -> str:
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
