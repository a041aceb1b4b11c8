"""A policy's name breaks the convention that is declared for it. See unconventional_policy_name.md."""

from collections.abc import Iterable

from dblint.migrations.model import History
from dblint.nomenclature import unconventional
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def names(history: History, after: After) -> Iterable[Problem]:
    return unconventional(after, "policy")
