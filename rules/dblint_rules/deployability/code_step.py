"""A step is code, not SQL. See code_step.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind == "code step":
        yield Problem(message=remark.message, why=remark.related)
