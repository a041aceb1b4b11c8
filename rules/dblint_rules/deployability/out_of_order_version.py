"""A migration sorts before one that is older. See out_of_order_version.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind == "out of order":
        yield Problem(message=remark.message, why=remark.related)
