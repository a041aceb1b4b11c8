"""A table's rows cannot be told to be one tenant's. See missing_tenant_column.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.index_fixes import index_name
from dblint.names import Name
from dblint.placing import after_statement
from dblint.remedies import fix, new_column, recipe, spelled, sql
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint_rules.tenancy._filling import parent_of, steps
from dblint_rules.tenancy._row_security import SETTING, Guard, guard
from dblint_rules.tenancy._strategies import by_rows

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
    """The column as the other tables have it: at once in a table that nobody has yet; else by steps that fill it, if
    there is a parent that says which tenant a row has."""
    name = after.tenants.column
    like = [other.columns[name] for other in after.schema.tables() if name in other.columns]
    type_ = like[-1].type.text if like else after.config.tenancy.type
    if not type_:
        return recipe(f"Say of which type {name} is, in a table or in the declaration of the tenants")
    guarded = guard(table, type_, after) if by_rows(after.context) else None
    if by_rows(after.context) and guarded is None:
        return recipe(SETTING)
    if after.context.editable(table.origin.migration) and table.renamed_by is None:
        return _at_once(table, type_, not like or like[-1].not_null, guarded, after)
    made = tuple(steps(table, type_, after, guarded))
    if table.kind != "table" or parent_of(table, after) is None:
        return recipe("; then ".join(" ".join(step.up.removesuffix(";").split()) for step in made))
    index = Name(index_name(table, (name,), after), table.name.schema)
    changes = {label("column", table.name, name), label("index", index)}
    if after.version >= 18:
        changes.add(label("constraint", table.name, compose(table.name.name, name, "not_null")))
    title = "Add the column, fill it from the parent, prove it and isolate the table, by new migrations"
    return fix(title, steps=made, changes=changes | (guarded.changes if guarded is not None else frozenset()))


def _at_once(table: Table, type_: str, required: bool, guarded: Guard | None, after: After) -> Fix | None:
    name = after.tenants.column
    definition = f"{type_} NOT NULL" if required else type_
    column = new_column(table, after, name, definition, "Add the column as the other tables have it, and its index")
    if column is None:
        return None
    index = Name(index_name(table, (name,), after), table.name.schema)
    statement = f"CREATE INDEX {sql(index.name)} ON {spelled(after.schema, table.name)} ({sql(name)});"
    edit = after_statement(table.origin.statement, "\n".join((statement, *(guarded.up if guarded else ()))))
    changes = column.changes | {label("index", index)} | (guarded.changes if guarded is not None else frozenset())
    return replace(column, edits=(*column.edits, edit), changes=changes)
