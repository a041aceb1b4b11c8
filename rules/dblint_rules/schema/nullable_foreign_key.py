"""A row may belong to nothing. See nullable_foreign_key.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity

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
            )
