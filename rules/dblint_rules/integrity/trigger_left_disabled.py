"""A trigger or a foreign key stays switched off. See trigger_left_disabled.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Origin, Table
from dblint.evidence import listed, shown
from dblint.remedies import fix, spelled, sql
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity

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
            fix=partial(enabled, table, [], after),
        )
    for place, names in disabled.items():
        several = len(names) > 1
        yield Problem(
            message=f"trigger{'s' if several else ''} {listed(names)} on {name} never fire{'' if several else 's'}: "
            f"nothing enables {'them' if several else 'it'} again",
            origin=place,
            fix=partial(enabled, table, names, after),
        )


def enabled(table: Table, names: list[str], after: After) -> Fix | None:
    """The triggers enabled by a new migration; all of the table's where no name is given."""
    if after.dialect != "postgres":
        return None
    place = spelled(after.schema, table.name)
    wanted = [sql(name) for name in names] or ["ALL"]
    step = NewStep(
        title=f"enable triggers of {table.name.name}",
        up="\n".join(f"ALTER TABLE {place} ENABLE TRIGGER {name};" for name in wanted),
        down="\n".join(f"ALTER TABLE {place} DISABLE TRIGGER {name};" for name in wanted),
    )
    off = [each.name for each in table.triggers.values() if not each.enabled and (not names or each.name in names)]
    return fix("Enable it again", steps=(step,), changes=[label("trigger", table.name, name) for name in off])
