"""What names of migrations say: numbers, natural order, descriptions, and the database they are for."""

import re
from typing import Any

Key = tuple[Any, ...]
"""A sort key: numbers and texts, comparable place by place within one layout."""

_DIGITS = re.compile(r"(\d+)")
_SPACING = re.compile(r"[-_.\s]+")
_NUMBER = re.compile(r"[vV]?(\d{4}-\d\d-\d\d(?:[-T_]?\d{2,})*|\d+(?:\.\d+)*)(?=[-_. ]|\Z)")


def natural(text: str) -> Key:
    """A key by which `2` comes before `10`; letters compare without case."""
    parts: list[Any] = _DIGITS.split(text.lower())
    parts[1::2] = map(int, parts[1::2])
    return (tuple(parts), text)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at the end: `1.0` and `1` are the same."""
    found = [int(part) for part in _DIGITS.findall(version)]
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)


def number_of(name: str) -> str:
    """The number, date or dotted version that a name starts with, or ""."""
    found = _NUMBER.match(name)
    return found[1] if found else ""


def words(text: str) -> str:
    """A description as people write it: underscores, dashes and dots are spaces."""
    return _SPACING.sub(" ", text).strip()


def described(stem: str, number: str) -> str:
    """What is left of a name without its number."""
    at = stem.find(number) + len(number)
    return words(stem[at:])


DATABASES = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "pgsql": "postgres",
    "pg": "postgres",
    "psql": "postgres",
    "mysql": "mysql",
    "mysql_innodb": "mysql",
    "mariadb": "mysql",
    "sqlserver": "tsql",
    "mssql": "tsql",
    "tsql": "tsql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "cockroach": "cockroach",
    "cockroachdb": "cockroach",
    "crdb": "cockroach",
    "oracle": "oracle",
    "h2": "h2",
    "hsqldb": "hsqldb",
    "derby": "derby",
    "db2": "db2",
    "firebird": "firebird",
    "clickhouse": "clickhouse",
}
"""Words for a database, as names and marker files spell them, and dblint's word for its dialect."""

_SUFFIX = re.compile(
    r"[._-](" + "|".join(sorted(DATABASES, key=len, reverse=True)) + r"|sql_?server[a-z]*)(?=\.[a-z.]*\Z)",
    re.IGNORECASE,
)


def database_suffix(name: str) -> tuple[str, str]:
    """The database a file's name ends in (`x_sqlServer.sql`, `x.postgres.up.sql`), and the name without it.

    ("", name) when it names none.
    """
    found = _SUFFIX.search(name, name.rfind("/") + 1)
    if found is None:
        return "", name
    return dialect_of(found[1]), name[: found.start()] + name[found.end() :]


def dialect_of(word: str) -> str:
    """dblint's word for a database's name, or ""."""
    low = word.lower()
    return DATABASES.get(low, "tsql" if low.replace("_", "").startswith("sqlserver") else "")


def database_of_folder(path: str) -> str:
    """The database that a path's folder names speak of, the innermost first, or ""."""
    for part in reversed(path.split("/")):
        for word in _SPACING.split(part):
            if dialect := dialect_of(word):
                return dialect
    return ""
