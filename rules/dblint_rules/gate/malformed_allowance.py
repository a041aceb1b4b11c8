"""A comment that was to allow a finding cannot be obeyed. See malformed_allowance.md."""

from collections.abc import Iterator

from dblint.rule import After, Problem, Rule, Severity
from dblint.suppressions import Allowance

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def allowance(allowance: Allowance, after: After) -> Iterator[Problem]:
    if allowance.fault:
        yield Problem(message=f"this allows nothing: {allowance.fault}")
