"""Inserts that leave a column to its default fail. See default_drop.md."""

from collections.abc import Iterator

from dblint.catalog.schema import Schema
from dblint.evidence import in_use
from dblint.operations import DropDefault, DropIdentity, SetDefault
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def default_drop(drop: DropDefault | DropIdentity | SetDefault, before: Before) -> Iterator[Problem]:
    if isinstance(drop, SetDefault) and not drop.default.is_null:
        return
    schema = before.schema
    name = schema.resolve(drop.table)
    column = schema.column(name, drop.column)
    if column is None or not column.not_null or column.required:
        return
    if not in_use(before, name) or schema.introduced(column.origin):
        return

    def optional(end: Schema) -> bool:
        now = end.column(name, drop.column)
        return now is None or not now.required or end.fills(name, now.name)

    yield Problem(
        message=f"inserts that leave out {drop.table}.{drop.column} fail: it is NOT NULL and has no default any more",
        why=(f"the default was: {column.default_text or 'an identity value'}",),
        unless=optional,
    )
