"""What a statement does is not known. See unmodelled_statement.md."""

from collections.abc import Iterator

from dblint.operations import Opaque
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def statement(operation: Opaque, before: Before) -> Iterator[Problem]:
    yield Problem(message=f"what this does is not known: {operation.what}", why=(operation.reason,))
