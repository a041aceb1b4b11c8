"""A policy speaks of an operation that there is not. See unknown_operation_word.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.gate import OTHER
from dblint.policy import SECTION
from dblint.rule import After, Problem, Rule, Severity
from dblint.vocabulary import unknown

rule = Rule(__name__, severity=Severity.ERROR, gate=OTHER)


@rule.check
def policy(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for section in blueprint.sections(SECTION):
        for key, effect in (("allowedOperations", "allows"), ("prohibitedOperations", "prohibits")):
            words = section.get("patterns", key)
            for node in words.elements() if words is not None else ():
                for word, hint in unknown([node.text]):
                    yield Problem(
                        message=f"the policy {effect} {word!r}, which is no operation{hint}",
                        source=node.source,
                        span=node.span,
                        object=word,
                    )
