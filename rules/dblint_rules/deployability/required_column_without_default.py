"""A NOT NULL column without a value for the rows there are. See required_column_without_default.md."""

from collections.abc import Iterator

from dblint.evidence import provenance, shown
from dblint.operations import AddColumn
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def column(operation: AddColumn, before: Before) -> Iterator[Problem]:
    definition = operation.column
    if operation.if_not_exists and before.schema.column(operation.table, definition.name) is not None:
        return
    domain = before.schema.domain(definition.type.name)
    if domain is not None and domain.default is not None:
        return
    required = definition.not_null or any(c.kind in ("not null", "primary key") for c in definition.constraints)
    required = required or (domain is not None and domain.not_null)
    filled = definition.default is not None and not definition.default.is_null
    if not required or filled or definition.serial or definition.identity or definition.generated is not None:
        return
    if not before.schema.has_rows(operation.table):
        return
    yield Problem(
        message=f"the deploy fails if {operation.table} has rows: they have no value for {definition.name}",
        why=(
            f"and code that does not know {definition.name} can no longer insert into "
            f"{shown(before.schema, before.schema.resolve(operation.table))}",
            provenance(before.schema, operation.table),
        ),
    )
