"""Two foreign keys check the same thing. See duplicate_foreign_key.md."""

from collections.abc import Iterator

from dblint.catalog.model import Constraint, Table
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def foreign_keys(table: Table, after: After) -> Iterator[Problem]:
    seen: dict[object, Constraint] = {}
    for key in table.foreign_keys:
        if key.inherited:
            continue
        pairs = frozenset(zip(key.columns, key.referenced_columns, strict=False)) or key.columns
        first = seen.setdefault((key.references, pairs), key)
        if first is not key:
            actions = (
                ""
                if (first.on_delete, first.on_update) == (key.on_delete, key.on_update)
                else (f", with different actions (ON DELETE {first.on_delete.upper()} and {key.on_delete.upper()})")
            )
            yield Problem(
                message=f"every write checks the same reference twice: {first.name} and {key.name}{actions}",
                origin=key.origin,
                object=key.name,
                related=(Related.origin(first.origin, f"{first.name} is made here"),),
            )
