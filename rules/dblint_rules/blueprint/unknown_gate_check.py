"""The gate has a check that no rule serves. See unknown_gate_check.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.gate import CHECKS, declared_checks
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, applies=lambda context: context.blueprint is not None)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for node, name in declared_checks(blueprint):
        listed = node.get("rules")
        if name.text in CHECKS or (listed is not None and listed.texts()):
            continue
        from difflib import get_close_matches

        close = get_close_matches(name.text, list(CHECKS), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        yield Problem(
            message=f"check {name.text} always passes: no rule serves it{hint}",
            source=name.source,
            span=name.span,
            object=name.text,
        )
