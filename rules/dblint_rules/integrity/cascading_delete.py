"""Deleting a row deletes rows of other tables. See cascading_delete.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.integrity._foreign_keys import reached

rule = Rule(__name__, severity=Severity.INFO, recommended=False)


@rule.check
def cascading_delete(table: Table, after: After) -> Iterator[Problem]:
    if table.partition_of is not None:
        return
    schema = after.schema
    for key in table.foreign_keys:
        if key.on_delete != "cascade" or key.references is None:
            continue
        further = reached(schema, table.name, lambda other: other.on_delete == "cascade")
        yield Problem(
            message=f"a delete in {shown(schema, key.references)} also deletes rows of {shown(schema, table.name)}",
            origin=key.origin,
            why=(f"and from there rows of {listed(further)}",) if further else (),
        )
