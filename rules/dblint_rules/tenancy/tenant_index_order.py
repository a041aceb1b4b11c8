"""An index of a tenant's table starts with another column. See tenant_index_order.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    tenants = after.tenants
    if table.name not in tenants.tables:
        return
    for index in after.schema.indexes_of(table.name):
        if index.parent is not None or tenants.column not in index.columns[1:] or index.definition.method != "btree":
            continue
        yield Problem(
            message=f"a tenant's rows are spread over all of {index.name.name}: "
            f"{tenants.column} is not its first column",
            origin=index.origin,
            object=index.name.name,
        )
