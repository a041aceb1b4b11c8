"""A migration does what the policy does not allow. See operation_not_allowed.md."""

from collections.abc import Iterator

from dblint.operations import Operation
from dblint.rule import Before, Problem, Rule, Severity
from dblint.vocabulary import CONTRACT, permitted, words_of
from dblint_rules.policy._operations import declared, evidence, target

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: bool(context.policy.policy.allowed))


@rule.check
def operation(operation: Operation, before: Before) -> Iterator[Problem]:
    in_force = before.context.policy
    policy = in_force.policy
    allowed = (*policy.allowed, CONTRACT) if policy.expand_contract else policy.allowed
    if permitted(operation, before, allowed):
        return
    words = [word.name for word in words_of(operation, before)]
    if set(words) & set(policy.prohibited):
        return  # prohibited-operation says so
    yield Problem(
        message=f"the policy does not allow {words[-1]}{target(operation, before)}",
        why=(
            *evidence(operation, words[-1], before),
            *([f"it is also called {' and '.join(words[:-1])}"] if len(words) > 1 else []),
            *in_force.why("allowed", f"{len(policy.allowed)} operations are allowed"),
        ),
        related=declared(in_force, "allowed"),
    )
