"""An index of a tenant's table starts with another column. See tenant_index_order.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity
from dblint.tenancy import tenant_column, tenant_tables

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    found = tenant_column(after)
    if found is None or table.name not in tenant_tables(after):
        return
    for index in after.schema.indexes_of(table.name):
        if index.parent is not None or found.column not in index.columns[1:] or index.definition.method != "btree":
            continue
        yield Problem(
            message=f"a tenant's rows are spread over all of {index.name.name}: {found.column} is not its first column",
            origin=index.origin,
            object=index.name.name,
        )
