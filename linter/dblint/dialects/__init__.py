"""The seam between databases: how each one's SQL becomes operations, and what operations cost there."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from msgspec import Struct

from dblint.catalog.results import NO_RESULTS, Results
from dblint.catalog.schema import Schema
from dblint.errors import UsageError
from dblint.impact import Impact
from dblint.migrations.model import Script
from dblint.operations import Guard, Operation
from dblint.source import Statement


def _no_volatility(name: str) -> str | None:
    return None


InCall = Callable[[Statement, str, str, Callable[[Guard], bool | None]], Sequence[Operation] | None]


def _untold(created: Statement, name: str, call: str, holds: Callable[[Guard], bool | None]) -> None:
    return None


class Dialect(Struct, frozen=True, kw_only=True):
    """One database system.

    `read`: the statements of a script in order, each with its operations.
    `impact`: the price of an operation against the schema just before it, on a server version.
    `in_call`: what a routine that puts SQL together does, given the statement that made it, its name, the text of
    the statement that calls it, and which conditions hold; None where that cannot be told.
    `results`: the types that its own functions and operators give.
    `newest`, `oldest`, `default`: server versions as configuration counts them.
    """

    name: str
    title: str
    read: Callable[[Script], Iterable[tuple[Statement, list[Operation]]]]
    impact: Callable[[Operation, Schema, int], Impact]
    default_schema: str
    ignore_case: bool = False
    builtin_volatility: Callable[[str], str | None] = _no_volatility
    in_call: InCall = _untold
    results: Results = NO_RESULTS


_HOMES = {
    "postgres": "dblint.dialects.postgres.dialect",
    "tsql": "dblint.dialects.tsql.dialect",
}
NAMES = tuple(_HOMES)
"""The dialects that can be read."""


_TITLES = {
    "postgres": "PostgreSQL",
    "tsql": "SQL Server",
    "mysql": "MySQL",
    "sqlite": "SQLite",
    "cockroach": "CockroachDB",
    "oracle": "Oracle",
    "clickhouse": "ClickHouse",
}


def title_of(name: str) -> str:
    """A database's name as people write it."""
    return _TITLES.get(name, name)


def load(name: str) -> Dialect:
    """The dialect of that name; its parser is imported only now."""
    if name not in _HOMES:
        known = " and ".join(map(title_of, _HOMES))
        raise UsageError(f"{title_of(name)} is not read: dblint reads {known} (dialect says which, if names mislead)")
    found: Dialect = import_module(_HOMES[name]).DIALECT
    return found
