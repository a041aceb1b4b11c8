"""The server refuses the statement inside a transaction. See untransactional_statement.md."""

from collections.abc import Iterator
from functools import partial

from dblint.operations import AddEnumValue, Cluster, ServerCommand, Vacuum
from dblint.remedies import outside
from dblint.rule import Before, Problem, Rule, Severity
from dblint.runners import opened_by, way_out

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def statement(operation: Vacuum | ServerCommand | Cluster | AddEnumValue, before: Before) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if transaction is None or before.impact.in_transaction:
        return
    way = way_out(before.history.layout, before.migration)
    words = operation.statement.text.split(None, 1)
    command = operation.command if isinstance(operation, ServerCommand) else words[0]
    yield Problem(
        message=f"the deploy fails: {command.upper()} cannot run inside a transaction",
        why=() if transaction.explicit else (opened_by(before.migration),),
        instead=f"Run it outside a transaction: {way}." if way else "",
        fix=partial(outside, before, "Run it outside the transaction"),
    )
