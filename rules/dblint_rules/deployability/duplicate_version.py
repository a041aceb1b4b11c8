"""Two migrations claim one version. See duplicate_version.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind == "duplicate version":
        yield Problem(message=remark.message, why=remark.related)
