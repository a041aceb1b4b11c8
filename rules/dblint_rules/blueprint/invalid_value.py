"""What is declared cannot be understood. See invalid_value.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for fault in blueprint.faults:
        if fault.kind in ("missing key", "wrong value"):
            yield Problem(message=fault.message, source=fault.source, span=fault.span)
