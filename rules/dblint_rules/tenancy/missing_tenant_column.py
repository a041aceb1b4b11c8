"""A table's rows cannot be told to be one tenant's. See missing_tenant_column.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.placing import last_element
from dblint.remedies import fix, recipe, sql
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span

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
    statement = table.origin.statement
    place = last_element(statement.source, statement.span)
    if place is None:
        return None
    required = " NOT NULL" if like[-1].not_null else ""
    line = statement.source.line_span(statement.source.position(place.start).line)
    lead = statement.source.text[line.start : place.start]
    joint = f",\n{lead}" if not lead.strip() else ", "
    column = f"{sql(name)} {like[-1].type.text}{required}"
    edits = [Edit(Span(place.end, place.end), f"{joint}{column}")]
    end = statement.source.line_span(statement.source.position(place.end).line).end
    if not lead.strip() and statement.source.text[place.end : end].lstrip().startswith("--"):  # of the element before
        edits = [Edit(Span(place.end, place.end), ","), Edit(Span(end, end), f"\n{lead}{column}")]
    changes = [label("column", table.name, name)]
    if required and after.version >= 18:
        changes.append(label("constraint", table.name, f"{table.name.name}_{name}_not_null"))
    return fix("Add the column as the other tables have it", *edits, changes=changes)
