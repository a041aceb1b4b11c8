"""A copy of guarded rows that nothing guards. See copy_without_row_security.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.evidence import shown
from dblint.names import Name
from dblint.operations import CreateTable, CreateTableAs
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",), applies=by_rows)


@rule.check
def copy(create: CreateTable | CreateTableAs, before: Before) -> Iterator[Problem]:
    schema = before.schema
    if isinstance(create, CreateTable):
        origins = [like.table for _, like in create.likes]
    else:
        origins = [use.name for use in create.query.tables]
    if create.persistence == "temporary" or before.config.tenancy.covers(schema.resolve(create.name)):
        return  # missing-row-security speaks of the tables that are declared to be tenants'
    for origin in origins:
        table = schema.table(origin)
        if table is not None and table.row_security:
            yield Problem(
                message=f"{create.name} shows the rows of all tenants that it copies from "
                f"{shown(schema, table.name)}: row-level security does not come along",
                unless=partial(secured, create.name),
            )
            return


def secured(name: Name, schema: Schema) -> bool:
    found = schema.relation(name)
    return not isinstance(found, Table) or found.row_security
