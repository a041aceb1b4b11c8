"""A migration cannot be undone, though its neighbours can. See missing_rollback.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind in ("missing down",):
        yield Problem(message=remark.message, why=remark.related)
