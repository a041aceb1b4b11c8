"""A tenant's schema cannot be moved or dropped by itself. See cross_schema_foreign_key.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_schema

rule = Rule(__name__, severity=Severity.WARNING, applies=by_schema)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    for key in table.foreign_keys:
        if key.references is None or key.references.schema == table.name.schema or key.inherited:
            continue
        yield Problem(
            message=f"{key.name} of {shown(after.schema, table.name)} ties two schemas together: it refers to "
            f"{key.references}",
            origin=key.origin,
            object=key.name,
        )
