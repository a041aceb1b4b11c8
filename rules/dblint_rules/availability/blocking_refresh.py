"""Readers of a materialized view wait until it is filled anew. See blocking_refresh.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, busy, shown
from dblint.operations import RefreshMaterializedView
from dblint.placing import after
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def refresh(op: RefreshMaterializedView, before: Before) -> Iterator[Problem]:
    schema = before.schema
    view = schema.view(op.name)
    if op.online or not op.with_data or not busy(before, [op.name]) or (view is not None and not view.populated):
        return
    unique = any(
        index.definition.unique and index.valid and index.definition.predicate is None and all(index.columns)
        for index in schema.indexes_of(op.name)
    )
    yield Problem(
        message=f"reads of {shown(schema, op.name)} wait until it is filled anew",
        why=because(before, op.name),
        instead=""
        if unique or view is None
        else "Give it a unique index on plain columns, then REFRESH … CONCURRENTLY.",
        fix=partial(online, op) if unique else None,
    )


def online(op: RefreshMaterializedView) -> Fix | None:
    edit = after(op.source, op.statement.span, ("VIEW",), "CONCURRENTLY")
    return fix("Refresh it CONCURRENTLY", edit) if not op.guards else None
