"""Readers meet NULL where there never was one. See not_null_drop.md."""

from collections.abc import Iterator

from dblint.catalog.schema import Schema
from dblint.evidence import in_use
from dblint.names import Name
from dblint.operations import AlterColumnType, DropConstraint, DropNotNull
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO, recommended=False)


@rule.check
def not_null_drop(drop: DropNotNull, before: Before) -> Iterator[Problem]:
    yield from nullable(drop.table, drop.column, before)


@rule.check
def restated(change: AlterColumnType, before: Before) -> Iterator[Problem]:
    if change.nullable:
        yield from nullable(change.table, change.column, before)


@rule.check
def constraint_drop(drop: DropConstraint, before: Before) -> Iterator[Problem]:
    constraint = before.schema.constraint(drop.table, drop.constraint)
    if constraint is not None and constraint.kind == "not null":
        for column in constraint.columns:
            yield from nullable(drop.table, column, before)


def nullable(table: Name, name: str, before: Before) -> Iterator[Problem]:
    schema = before.schema
    full = schema.resolve(table)
    column = schema.column(full, name)
    if column is None or not column.not_null or schema.introduced(column.origin) or not in_use(before, full):
        return

    def restored(end: Schema) -> bool:
        now = end.column(full, name)
        return now is None or now.not_null

    yield Problem(message=f"code that reads {table}.{name} meets NULL for the first time", unless=restored)
