"""Two foreign keys check the same thing. See duplicate_foreign_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Constraint, Table
from dblint.remedies import fix, spelled, sql
from dblint.rule import After, Fix, NewStep, Problem, Related, Rule, Severity

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
                fix=partial(dropped, table, key, after) if not actions and after.dialect == "postgres" else None,
            )


def dropped(table: Table, key: Constraint, after: After) -> Fix | None:
    from dblint.reports.ddl import constraint_definition

    place, name = spelled(after.schema, table.name), sql(key.name)
    definition = constraint_definition(key, "public").removesuffix(" NOT VALID")
    step = NewStep(
        title=f"drop {key.name}",
        up=f"ALTER TABLE {place} DROP CONSTRAINT {name};",
        down=f"ALTER TABLE {place} ADD CONSTRAINT {name} {definition} NOT VALID;",
    )
    return fix("Keep one of them", steps=(step,), changes=[label("constraint", table.name, key.name)])
