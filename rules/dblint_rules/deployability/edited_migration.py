"""A migration that has been applied is changed, renamed or removed. See edited_migration.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind == "edited":
        yield Problem(message=remark.message, source=remark.source, why=remark.related)
