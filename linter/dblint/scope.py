"""What is under check: each migration in turn, those that are named, or those that git or a list says are new."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from dblint.errors import UsageError
from dblint.migrations.files import read_source, shown_path
from dblint.migrations.model import History, Migration

if TYPE_CHECKING:
    from dblint.revisions import Repository

AUTO, ALL = "auto", "all"
"""The words that `--new` takes beside paths."""


class Scope(Struct, frozen=True, kw_only=True):
    """What was asked for; at most one of these, or nothing: each migration is checked in turn.

    `new`: paths of the migrations that are the change. `since`: a version, and the change is what comes after it.
    `applied`: a file with a version or file name on each line, and the change is all else. `since_commit`: the
    change is what is not in that revision. `auto`: it is what the branch that this one is to be merged into does
    not have ("presumed": nobody asked, and where there is no git repository each migration is checked in turn).
    `base`: that branch, when it is not the one that the environment or the repository names. `every`: asked for
    in so many words that each migration is new, so that none has run anywhere.
    """

    new: tuple[str, ...] = ()
    since: str = ""
    applied: str = ""
    since_commit: str = ""
    auto: Literal["", "asked", "presumed"] = ""
    base: str = ""
    every: bool = False


class Change(Struct, frozen=True, kw_only=True):
    """What is under check in one history, as numbers of its migrations.

    `edited`: those that are older, but read otherwise than before. `history`: with remarks about the change as
    such, if there are any. `base`: what it was compared with, for people.
    """

    new: frozenset[int]
    history: History
    edited: frozenset[int] = frozenset()
    base: str = ""


class Selection:
    """Says of each history of a run what is under check, and at its end what was asked for in vain."""

    def __init__(self, scope: Scope, environment: Mapping[str, str] = os.environ) -> None:
        self.scope = scope
        self._environment = environment
        self._wanted = {Path(path).resolve(): False for path in scope.new}
        self._applied = _lines(scope.applied) if scope.applied else {}
        self._versions: list[str] = []
        self._since_found = False
        self._repositories: dict[str, Repository] = {}

    def of(self, history: History, *, whole: bool) -> Change | None:
        """What is under check; None: each migration in turn. `whole`: the history is all that its folder holds."""
        scope = self.scope
        if scope.new:
            return Change(new=self._named(history), history=history)
        if scope.since:
            return self._after(history)
        if scope.applied:
            from dblint.edits import late

            new = self._pending(history)
            files = {history.migrations[number].path for number in new}
            remarks = (*history.remarks, *late(history, files, scope.applied))
            return Change(new=new, history=replace(history, remarks=remarks), base=scope.applied)
        if scope.since_commit or scope.auto:
            from dblint.edits import compared
            from dblint.revisions import Repository

            folder = Path(history.root)
            found = Repository.at(folder) if folder.is_dir() else None
            if found is None:
                if scope.auto == "presumed" or not folder.is_dir():
                    return None
                raise UsageError("is in no git repository, so git cannot tell what is new", path=history.root)
            repository = self._repositories.setdefault(found.top, found)
            start = (
                repository.revision(scope.since_commit)
                if scope.since_commit
                else repository.start(scope.base, self._environment)
            )
            return compared(history, repository, start, whole=whole)
        return None

    def check(self) -> None:
        """Raise UsageError for what was asked for and is in none of the histories."""
        for path, found in self._wanted.items():
            if not found:
                raise UsageError("--new names a path with no migration of these histories", path=shown_path(path))
        if self.scope.since and not self._since_found:
            newest = self._versions[-1] if self._versions else "-"
            raise UsageError(f"--since {self.scope.since}: no migration has that version (the newest is {newest})")
        if self._applied and not any(self._applied.values()):
            raise UsageError(
                "no line of it is the version or file name of a migration",
                path=self.scope.applied,
            )

    def _named(self, history: History) -> frozenset[int]:
        numbers = set()
        for migration in history.migrations:
            place = Path(migration.path).resolve()
            for path in self._wanted:
                if place == path or path in place.parents:
                    self._wanted[path] = True
                    numbers.add(migration.number)
        return frozenset(numbers)

    def _after(self, history: History) -> Change | None:
        for migration in history.migrations:
            if migration.version == self.scope.since:
                self._since_found = True
                return Change(new=frozenset(range(migration.number + 1, len(history.migrations))), history=history)
        self._versions += [migration.version for migration in history.migrations if migration.version]
        return None

    def _pending(self, history: History) -> frozenset[int]:
        """The migrations that the list of applied ones does not name."""
        pending = set()
        for migration in history.migrations:
            named = [name for name in _names(migration) if name in self._applied]
            self._applied.update(dict.fromkeys(named, True))
            if not named:
                pending.add(migration.number)
        return frozenset(pending)


def _lines(path: str) -> dict[str, bool]:
    """What a list of applied migrations names, none of it found yet. UsageError when it cannot be read."""
    lines = [line.strip() for line in read_source(Path(path)).text.splitlines()]
    names = [line.replace("\\", "/") for line in lines if line and not line.startswith("#")]
    return {_plain(name): False for name in names}


def _names(migration: Migration) -> Iterable[str]:
    """All that a list may call the migration: version, path, or any end of the path, with or without `.sql`."""
    if migration.version:
        yield _plain(migration.version)
    parts = migration.path.split("/")
    for at in range(len(parts)):
        name = "/".join(parts[at:])
        yield name
        yield name.removesuffix(".sql").removesuffix(".up")
    if parts[-1] in ("up.sql", "migration.sql"):
        yield from parts[-2:-1]


def _plain(version: str) -> str:
    """A version without the zeros before it: runners write `7` for `007` into their tables."""
    return (version.lstrip("0") or "0") if version.isdigit() else version


def presumed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is the check of a pull request, whose base the environment names."""
    if not (environment.get("CI") or environment.get("TF_BUILD")):
        return False
    from dblint.revisions import target

    return target(environment) != ("", "")
