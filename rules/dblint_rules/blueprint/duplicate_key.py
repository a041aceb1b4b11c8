"""Of two declarations in one place one is lost. See duplicate_key.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for fault in blueprint.faults:
        if fault.kind == "duplicate key":
            related = (Related(fault.source, fault.related, "first here"),) if fault.related else ()
            yield Problem(message=fault.message, source=fault.source, span=fault.span, related=related)
