"""A part of the contract is not there for anyone who reads it. See unreadable_document.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for fault in blueprint.faults:
        if fault.kind == "unreadable":
            yield Problem(message=fault.message, source=fault.source, span=fault.span)
