"""A part of the document is not checked. See unknown_section.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    found = [fault for fault in blueprint.faults if fault.kind == "unknown section"]
    for first in found[:1]:  # said once, however many documents have such sections
        others = tuple(Related(each.source, each.span, each.message) for each in found[1:])
        yield Problem(message=first.message, source=first.source, span=first.span, related=others)
