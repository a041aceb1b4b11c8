"""A trigger or a foreign key stays switched off. See trigger_left_disabled.md."""

from collections.abc import Iterator

from dblint.catalog.model import Origin, Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def trigger_left_disabled(table: Table, after: After) -> Iterator[Problem]:
    name = shown(after.schema, table.name)
    disabled: dict[Origin, list[str]] = {}
    for trigger in table.triggers.values():
        if not trigger.enabled and not trigger.inherited and trigger.disabled_by is not None:
            disabled.setdefault(trigger.disabled_by, []).append(trigger.name)
    keys = [key.name for key in (*table.foreign_keys, *(key for _, key in after.schema.referencing(table.name)))]
    if table.unchecked_by is not None and keys and after.dialect == "postgres":
        names = disabled.pop(table.unchecked_by, [])
        yield Problem(
            message=f"changes of {name} are not checked by foreign keys: nothing enables its triggers again",
            origin=table.unchecked_by,
            why=(
                f"DISABLE TRIGGER ALL turns off {listed(dict.fromkeys(keys))} as well",
                *((f"and the triggers {listed(names)}",) if names else ()),
            ),
        )
    for place, names in disabled.items():
        several = len(names) > 1
        yield Problem(
            message=f"trigger{'s' if several else ''} {listed(names)} on {name} never fire{'' if several else 's'}: "
            f"nothing enables {'them' if several else 'it'} again",
            origin=place,
        )
