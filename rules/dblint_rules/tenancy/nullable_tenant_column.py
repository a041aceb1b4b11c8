"""Rows may belong to no tenant. See nullable_tenant_column.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, gate="required-columns")


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    tenants = after.tenants
    column = table.columns.get(tenants.column)
    if table.name not in tenants.tables or column is None or column.not_null:
        return
    yield Problem(
        message=f"rows of {shown(after.schema, table.name)} may belong to no tenant: {column.name} takes NULL",
        origin=column.origin,
        object=f"{shown(after.schema, table.name)}.{column.name}",
        why=(tenants.reason,),
    )
