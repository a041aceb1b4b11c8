"""A table's rows cannot be told to be one tenant's. See missing_tenant_column.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.index_fixes import index_name
from dblint.names import Name
from dblint.placing import after_statement
from dblint.remedies import new_column, recipe, spelled, sql
from dblint.rule import After, Fix, Problem, Rule, Severity

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
        fix=partial(added, table, after) if after.dialect == "postgres" else None,
    )


def added(table: Table, after: After) -> Fix | None:
    """The column as the other tables have it, in a table that nobody has yet."""
    name = after.tenants.column
    like = [other.columns[name] for other in after.schema.tables() if name in other.columns]
    if not like or not after.context.editable(table.origin.migration) or table.renamed_by is not None:
        return recipe(
            f"Add {name}, fill it in batches, prove it NOT NULL, then enable row-level security with a tenant's policy"
        )
    definition = like[-1].type.text + (" NOT NULL" if like[-1].not_null else "")
    column = new_column(table, after, name, definition, "Add the column as the other tables have it, and its index")
    if column is None:
        return None
    index = Name(index_name(table, (name,), after), table.name.schema)
    statement = f"CREATE INDEX {sql(index.name)} ON {spelled(after.schema, table.name)} ({sql(name)});"
    edit = after_statement(table.origin.statement, statement)
    return replace(column, edits=(*column.edits, edit), changes=column.changes | {label("index", index)})
