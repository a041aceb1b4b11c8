"""A trigger or a foreign key stays switched off. See trigger_left_disabled.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def trigger_left_disabled(table: Table, after: After) -> Iterator[Problem]:
    name = shown(after.schema, table.name)
    for trigger in table.triggers.values():
        if not trigger.enabled and not trigger.inherited and trigger.disabled_by is not None:
            yield Problem(
                message=f"trigger {trigger.name} on {name} never fires: nothing enables it again",
                origin=trigger.disabled_by,
            )
    keys = [key.name for key in table.foreign_keys]
    keys += [key.name for _, key in after.schema.referencing(table.name)]
    if table.unchecked_by is not None and keys and after.dialect == "postgres":
        yield Problem(
            message=f"foreign keys from and to {name} are not enforced: DISABLE TRIGGER ALL turns them off as well",
            origin=table.unchecked_by,
            why=(f"not enforced: {listed(dict.fromkeys(keys))}",),
        )
