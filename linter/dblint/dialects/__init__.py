"""The seam between databases: how each one's SQL becomes operations, and what operations cost there."""

from collections.abc import Callable, Iterable
from importlib import import_module

from msgspec import Struct

from dblint.catalog.schema import Schema
from dblint.errors import UsageError
from dblint.impact import Impact
from dblint.migrations.model import Script
from dblint.operations import Operation
from dblint.source import Statement


def _no_volatility(name: str) -> str | None:
    return None


class Dialect(Struct, frozen=True, kw_only=True):
    """One database system.

    `read`: the statements of a script in order, each with its operations.
    `impact`: the price of an operation against the schema just before it, on a server version.
    `newest`, `oldest`, `default`: server versions as configuration counts them.
    """

    name: str
    title: str
    read: Callable[[Script], Iterable[tuple[Statement, list[Operation]]]]
    impact: Callable[[Operation, Schema, int], Impact]
    default_schema: str
    ignore_case: bool = False
    builtin_volatility: Callable[[str], str | None] = _no_volatility


_HOMES = {
    "postgres": "dblint.dialects.postgres.dialect",
    "tsql": "dblint.dialects.tsql.dialect",
}
NAMES = tuple(_HOMES)
"""The dialects that can be read."""


def load(name: str) -> Dialect:
    """The dialect of that name; its parser is imported only now."""
    if name not in _HOMES:
        raise UsageError(f"dialect {name!r} is not supported yet (known: {', '.join(sorted(_HOMES))})")
    found: Dialect = import_module(_HOMES[name]).DIALECT
    return found
