"""A row may belong to nothing. See nullable_foreign_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Column, Constraint, Table
from dblint.placing import cased
from dblint.remedies import fix
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, formerly=("no-nullable-foreign-keys",))


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.partition_of is not None or after.schema.is_temporary(table.name):
        return
    for key in table.foreign_keys:
        columns = [table.columns[name] for name in key.columns if name in table.columns]
        nullable = next((column for column in columns if not column.not_null), None)
        if nullable is not None and key.references is not None:
            yield Problem(
                message=f"a row of {table.name.name} may belong to no {key.references.name}: "
                f"{nullable.name} takes NULL",
                origin=key.origin,
                object=f"{table.name.name}.{nullable.name}",
                fix=partial(required, table, key, nullable, after) if after.dialect == "postgres" else None,
            )


def required(table: Table, key: Constraint, column: Column, after: After) -> Fix | None:
    """NOT NULL before the REFERENCES, in a table that nobody has yet."""
    place, own = key.origin, column.origin
    inline = place.statement is own.statement is table.origin.statement and own.span.contains(place.span.start)
    if not inline or not after.context.editable(own.migration) or len(key.columns) > 1:
        return None
    text = cased(place.statement.source, Span(place.span.start, place.span.start + len("REF")), "NOT NULL")
    changes = [label("column", table.name, column.name)]
    if after.version >= 18:
        changes.append(label("constraint", table.name, compose(table.name.name, column.name, "not_null")))
    return fix("Make it NOT NULL", Edit(Span(place.span.start, place.span.start), f"{text} "), changes=changes)
