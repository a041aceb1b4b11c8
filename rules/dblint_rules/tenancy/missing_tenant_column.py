"""A table's rows cannot be told to be one tenant's. See missing_tenant_column.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(
    __name__, severity=Severity.ERROR, gate="required-columns", formerly=("tenant-column-required-for-business-tables",)
)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    tenants = after.tenants
    if table.name not in tenants.tables or tenants.column in table.columns:
        return
    yield Problem(
        message=f"rows of {shown(after.schema, table.name)} belong to no tenant: it has no column {tenants.column}",
        why=(tenants.reason,),
    )
