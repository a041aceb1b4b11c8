"""A comment allows a finding no longer. See expired_allowance.md."""

from collections.abc import Iterator

from dblint.rule import After, Problem, Rule, Severity
from dblint.suppressions import Allowance

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def allowance(allowance: Allowance, after: After) -> Iterator[Problem]:
    if allowance.expired:
        reason = (f"its reason was: {allowance.reason}",) if allowance.reason else ()
        yield Problem(message=f"{allowance.name} is no longer allowed here: {allowance.until} has passed", why=reason)
