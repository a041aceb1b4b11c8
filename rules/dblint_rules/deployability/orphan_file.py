"""A file and its other half do not go together. See orphan_file.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind in ("orphan", "missing up"):
        yield Problem(message=remark.message, why=remark.related)
