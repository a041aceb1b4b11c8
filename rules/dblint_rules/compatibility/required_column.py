"""Inserts that do not know a new column fail. See required_column.md."""

from collections.abc import Iterator

from dblint.catalog.schema import Schema
from dblint.evidence import in_use, provenance
from dblint.operations import DropDefault, DropIdentity, SetDefault, SetNotNull
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def made_required(change: SetNotNull | SetDefault | DropDefault | DropIdentity, before: Before) -> Iterator[Problem]:
    column = before.schema.column(change.table, change.column)
    if isinstance(change, SetDefault) and not change.default.is_null:
        return
    schema = before.schema
    name = schema.resolve(change.table)
    if column is None or column.required or not schema.introduced(column.origin) or not in_use(before, name):
        return

    def optional(end: Schema) -> bool:
        now = end.column(name, change.column)
        return now is None or not now.required or end.fills(name, now.name)

    yield Problem(
        message=f"inserts of code that does not know {change.table}.{change.column} yet fail",
        why=(f"the column was added by {column.origin}", provenance(schema, name)),
        unless=optional,
    )
