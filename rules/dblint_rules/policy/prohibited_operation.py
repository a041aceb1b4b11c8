"""A migration does what the policy prohibits. See prohibited_operation.md."""

from collections.abc import Iterator

from dblint.operations import Operation
from dblint.rule import Before, Problem, Rule, Severity
from dblint.vocabulary import words_of
from dblint_rules.policy._operations import declared, evidence, target

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: bool(context.policy.policy.prohibited))


@rule.check
def operation(operation: Operation, before: Before) -> Iterator[Problem]:
    policy = before.context.policy
    words = [word.name for word in words_of(operation, before) if word.name in policy.policy.prohibited]
    if words:
        yield Problem(
            message=f"the policy prohibits {words[-1]}{target(operation, before)}",
            why=(*evidence(operation, words[-1], before), *policy.why("prohibited", f"prohibited is {words[-1]}")),
            related=declared(policy, "prohibited"),
        )
