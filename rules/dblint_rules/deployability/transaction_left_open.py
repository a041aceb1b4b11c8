"""A BEGIN has no COMMIT. See transaction_left_open.md."""

from collections.abc import Iterator

from dblint.operations import MigrationEnd
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def end(operation: MigrationEnd, before: Before) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if transaction is None or not transaction.explicit or transaction.opened is None:
        return
    yield Problem(
        message="everything after this BEGIN is lost: the file ends without COMMIT",
        source=transaction.opened.source,
        span=transaction.opened.span,
    )
