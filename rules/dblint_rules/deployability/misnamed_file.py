"""A file looks like a migration, but its runner passes it over. See misnamed_file.md."""

from collections.abc import Iterator

from dblint.migrations.model import Remark
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, gate="naming-conventions")


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind == "misnamed":
        yield Problem(message=remark.message, why=remark.related)
