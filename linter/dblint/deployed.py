"""Which versions of which databases a repository speaks of, in the files that say what it runs and is tested on."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

PLACES = (
    "compose*.y*ml",
    "docker-compose*.y*ml",
    "*/compose*.y*ml",
    "*/docker-compose*.y*ml",
    "Dockerfile*",
    "*/Dockerfile*",
    ".tool-versions",
    ".github/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
    ".devcontainer/*",
)
"""Globs of the files that are looked into, from a repository's root."""

_LIMIT = 200_000
"""Bytes; a longer file is no such file."""

_NAMES = {
    "postgres": r"(?:[\w./-]*/)?(?:postgres(?:ql|ai)?|postgis|timescaledb(?:-ha)?|pgvector|alloydbomni)",
    "mysql": r"(?:[\w./-]*/)?(?:mysql(?:-server)?|percona(?:-server)?)",
    "tsql": r"mcr\.microsoft\.com/mssql/server",
}
_IMAGE = {
    dialect: re.compile(rf"(?<![\w./-]){name}(?::|[ \t]+)[\"']?(?P<tag>[\w.-]+)") for dialect, name in _NAMES.items()
}
_VERSION = {
    "postgres": re.compile(r"(?:.*-)?pg(\d+)|v?(\d+)(?![\d])"),
    "mysql": re.compile(r"(\d+\.\d+|9)"),
    "tsql": re.compile(r"(20\d\d)"),
}


class Deployed(Struct, frozen=True, order=True):
    """A database that is run somewhere: the version as the configuration writes it, and the place that says so."""

    dialect: str
    version: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def deployed(folder: Path, known: dict[str, tuple[str, ...]]) -> list[Deployed]:
    """What the files say, the oldest version of each database first. `known`: the versions of each dialect that the
    configuration takes; others are passed over."""
    found = [each for each in _named(folder) if each.version in known[each.dialect]]
    return sorted(found, key=lambda each: (each.dialect, known[each.dialect].index(each.version), each))


def _named(folder: Path) -> Iterator[Deployed]:
    files = dict.fromkeys(file for glob in PLACES for file in sorted(folder.glob(glob)))
    for file in files:
        if not file.is_file() or file.stat().st_size > _LIMIT:
            continue
        path = file.relative_to(folder).as_posix()
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            for dialect, image in _IMAGE.items():
                for name in image.finditer(line.partition(" #")[0]):
                    version = _VERSION[dialect].match(name["tag"])
                    if version is not None:
                        text = next(part for part in version.groups() if part)
                        yield Deployed(dialect, "9.0" if (dialect, text[0]) == ("mysql", "9") else text, path, number)
