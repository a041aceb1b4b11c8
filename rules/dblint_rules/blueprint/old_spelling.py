"""A key is spelled as nobody will look for it. See old_spelling.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for fault in blueprint.faults:
        if fault.kind == "old spelling":
            yield Problem(message=fault.message, source=fault.source, span=fault.span)
