"""A tenant's rows can only be found by reading everybody's. See missing_tenant_index.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.index_fixes import new_index
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import guarded

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    tenants = after.tenants
    if not guarded(table, after):
        return
    for index in after.schema.indexes_of(table.name):
        usable = index.valid and index.definition.predicate is None and index.definition.method in ("btree", "hash")
        if usable and index.columns[:1] == (tenants.column,):
            return
    column = table.columns[tenants.column]
    yield Problem(
        message=f"every query of one tenant reads all rows of {shown(after.schema, table.name)}: "
        f"no index starts with {column.name}",
        origin=column.origin,
        object=shown(after.schema, table.name),
        why=(tenants.reason,),
        fix=partial(new_index, table, (column.name,), column.origin, after) if after.dialect == "postgres" else None,
    )
