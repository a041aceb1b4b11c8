"""A statement could not be read. See unparsable_statement.md."""

from collections.abc import Iterator

from dblint.operations import CreateFunction, Unparsable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def statement(operation: Unparsable, before: Before) -> Iterator[Problem]:
    yield Problem(
        message=f"the statement cannot be read: {operation.message}",
        why=("what it does is not known to anything after it",),
    )


@rule.check
def body(operation: CreateFunction, before: Before) -> Iterator[Problem]:
    for inner in operation.body:
        if isinstance(inner, Unparsable):
            yield Problem(
                message=f"{operation.name} fails when it runs: its body cannot be read: {inner.message}",
                span=inner.span,
            )
