"""A reference cannot hold every key it may have to. See foreign_key_type_mismatch.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.operations import Type
from dblint.remedies import recipe
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)

INTEGERS = {"smallint": 1, "integer": 2, "bigint": 3, "tinyint": 0, "int": 2}
TEXTS = frozenset({"text", "character varying", "character", "varchar", "nvarchar", "char", "nchar", "citext"})


@rule.check
def mismatch(table: Table, after: After) -> Iterator[Problem]:
    for key in table.foreign_keys:
        parent = after.schema.table(key.references) if key.references else None
        if parent is None or key.inherited:
            continue
        for own, other in zip(key.columns, key.referenced_columns, strict=False):
            column, target = table.columns.get(own), parent.columns.get(other)
            if column is None or target is None or "unknown" in (column.type.text, target.type.text):
                continue
            if (fault := difference(column.type, target.type)) is None:
                continue
            name = f"{shown(after.schema, table.name)}.{column.name}"
            yield Problem(
                message=f"{name} ({column.type}) {fault} of {shown(after.schema, parent.name)}.{target.name} "
                f"({target.type})",
                origin=key.origin,
                object=name,
                fix=partial(
                    recipe,
                    f"Expand and contract: add a column of type {target.type}, keep it in step, fill it in batches, "
                    f"reference by it, then drop {column.name}",
                ),
            )


def difference(own: Type, target: Type) -> str | None:
    """What is wrong with a column that refers to one of type `target`, or None."""
    if own.text == target.text:
        return None
    mine, theirs = INTEGERS.get(own.text), INTEGERS.get(target.text)
    if mine is not None and theirs is not None:
        return "cannot hold every value" if mine < theirs else None
    if own.name.name in TEXTS and target.name.name in TEXTS:
        short = own.modifiers[:1] and (not target.modifiers or own.modifiers[0] < target.modifiers[0])
        return "cannot hold every value" if short else None
    if own.name == target.name:
        return None
    return "is compared by conversion with the type"
