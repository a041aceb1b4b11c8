"""A tenant's database reaches into another one. See cross_database_reference.md."""

import re
from collections.abc import Iterator

from dblint.operations import (
    CreateExtension,
    CreateMaterializedView,
    CreateObject,
    CreateTable,
    CreateTableAs,
    CreateView,
    Insert,
    Query,
    Select,
)
from dblint.rule import Before, Problem, Rule, Severity
from dblint.source import Source
from dblint_rules.tenancy._strategies import by_database

rule = Rule(__name__, severity=Severity.ERROR, applies=by_database)

WRAPPERS = ("dblink", "postgres_fdw", "mysql_fdw", "tds_fdw", "oracle_fdw")
_PART = r'(?:"(?:[^"]|"")+"|\[[^\]]+\]|[\w$]+)'
THREE = re.compile(rf"{_PART}\s*\.\s*{_PART}?\s*\.\s*{_PART}")


@rule.check
def extension(create: CreateExtension, before: Before) -> Iterator[Problem]:
    if create.name in WRAPPERS:
        yield Problem(message=f"this tenant's database can reach the others: {create.name} opens connections to them")


@rule.check
def server(create: CreateObject, before: Before) -> Iterator[Problem]:
    if create.kind == "server":
        yield Problem(message=f"this tenant's database can reach another one: server {create.name}")


@rule.check
def table(create: CreateTable, before: Before) -> Iterator[Problem]:
    if create.foreign_server:
        yield Problem(message=f"{create.name} is kept in another database: server {create.foreign_server}")


@rule.check
def query(
    reading: Select | CreateView | CreateMaterializedView | CreateTableAs | Insert, before: Before
) -> Iterator[Problem]:
    query = reading.query
    if query is None:
        return
    for call in query.functions:
        if call.name.name.startswith("dblink"):
            yield Problem(message=f"rows of another database are read: {call.name}")
            return
    yield from three_parts(reading.source, query)


def three_parts(source: Source, query: Query) -> Iterator[Problem]:
    for use in query.tables:
        text = source.slice(use.span)
        if found := THREE.match(text):
            yield Problem(message=f"rows of another database are read: {found[0]}", span=use.span)
