"""A comment allows what is not found. See unused_allowance.md."""

from collections.abc import Iterator

from dblint.rule import After, Problem, Rule, Severity
from dblint.suppressions import Allowance

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def allowance(allowance: Allowance, after: After) -> Iterator[Problem]:
    if allowance.used == 0 and not allowance.expired:
        where = "in this file" if allowance.whole_file else "here"
        yield Problem(message=f"this allows nothing: {allowance.name} is not found {where}")
