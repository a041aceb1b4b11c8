"""Every row of a table gets new values. See update_without_where.md."""

from collections.abc import Iterator

from dblint.evidence import in_use, is_added, listed, provenance
from dblint.operations import Update
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def update_without_where(update: Update, before: Before) -> Iterator[Problem]:
    if update.joined or (update.where is not None and update.where.truth is not True):
        return
    if not in_use(before, update.table):
        return
    overwritten = [name for name, _ in update.assignments if not is_added(before, update.table, name)]
    if overwritten:
        yield Problem(
            message=f"every row of {update.table} gets a new {listed(overwritten)}",
            why=(provenance(before.schema, update.table),),
        )
