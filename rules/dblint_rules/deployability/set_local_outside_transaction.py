"""SET LOCAL outside a transaction does nothing. See set_local_outside_transaction.md."""

from collections.abc import Iterator

from dblint.operations import SetVariable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def setting(operation: SetVariable, before: Before) -> Iterator[Problem]:
    if operation.local and before.schema.transaction is None:
        yield Problem(message=f"{operation.name} stays as it was: SET LOCAL does nothing outside a transaction")
