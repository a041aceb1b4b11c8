"""A view that code reads is gone, or has lost columns. See view_contract_change.md."""

from collections.abc import Iterator

from dblint.catalog.model import View
from dblint.evidence import in_use, listed, provenance, shown
from dblint.operations import DropView, MigrationEnd
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def view_drop(drop: DropView, before: Before) -> Iterator[Problem]:
    name = before.schema.resolve(drop.name)
    if not in_use(before, name) or (drop.if_exists and before.schema.relation(name) is None):
        return
    yield Problem(
        message=f"code that still reads {drop.name} fails",
        why=(provenance(before.schema, name),),
        unless=lambda end: end.relation(name) is not None,
    )


@rule.check
def view_recreated(end: MigrationEnd, before: Before) -> Iterator[Problem]:
    schema = before.schema
    for old in schema.dropped():
        new = schema.view(old.name)
        if not isinstance(old, View) or new is None or schema.introduced(old.origin):
            continue
        if not all(old.columns) or not all(new.columns) or not new.columns:
            continue
        lost = [column for column in old.columns if column not in new.columns]
        if lost:
            name = shown(schema, new.name)
            yield Problem(
                message=f"code that still reads {listed(lost)} of {name} fails",
                origin=new.origin,
                object=name,
                why=(f"{name} was created with {'them' if len(lost) > 1 else 'it'} by {old.origin}",),
            )
