"""A tenant column has another type than the tenants' keys. See tenant_column_type.md."""

from collections import Counter
from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.dialects import load
from dblint.evidence import shown
from dblint.migrations.model import Script
from dblint.operations import CreateTable
from dblint.rule import After, Problem, Rule, Severity
from dblint.source import Source

rule = Rule(__name__, severity=Severity.WARNING, gate="required-columns")

SHARE = 0.7
"""More than which part of the tables must agree before the others are expected to."""


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    tenants = after.tenants
    column = table.columns.get(tenants.column)
    if table.name not in tenants.tables or column is None:
        return
    declared = after.config.tenancy.type
    wanted = spelled(declared, after) if declared else usual(after)
    if not wanted or column.type.text == wanted:
        return
    told = f"declared is {declared}" if declared else f"most tables have {wanted}"
    yield Problem(
        message=f"{shown(after.schema, table.name)}.{column.name} is {column.type.text}, and the tenant column is "
        f"{wanted} elsewhere"
        if not declared
        else f"{shown(after.schema, table.name)}.{column.name} is {column.type.text}, and the tenant column is "
        f"to be {wanted}",
        origin=column.origin,
        object=f"{shown(after.schema, table.name)}.{column.name}",
        why=(told,),
    )


def usual(after: After) -> str:
    """The type that most tenant columns have; "" where there is none."""
    tenants = after.tenants
    counted = Counter(
        table.columns[tenants.column].type.text
        for name in tenants.tables
        if (table := after.schema.table(name)) is not None and tenants.column in table.columns
    )
    ((kind, count),) = counted.most_common(1) or [("", 0)]
    return kind if count > SHARE * counted.total() else ""


def spelled(kind: str, after: After) -> str:
    """A type that people write, in the spelling of the catalog."""
    script = Script.whole(Source("", f"CREATE TABLE t (c {kind})"))
    for _, operations in load(after.dialect).read(script):
        for operation in operations:
            if isinstance(operation, CreateTable) and operation.columns:
                return operation.columns[0].type.text
    return ""
