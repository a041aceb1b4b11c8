"""SET LOCAL outside a transaction does nothing. See set_local_outside_transaction.md."""

from collections.abc import Iterator
from functools import partial

from dblint.operations import SetVariable
from dblint.placing import sequence
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def setting(operation: SetVariable, before: Before) -> Iterator[Problem]:
    if operation.local and before.schema.transaction is None:
        yield Problem(
            message=f"{operation.name} stays as it was: SET LOCAL does nothing outside a transaction",
            fix=partial(for_session, operation),
        )


def for_session(operation: SetVariable) -> Fix | None:
    place = sequence(operation.source, operation.span, "SET", "LOCAL")
    edit = Edit(Span(place.start + len("SET"), place.end), "") if place else None
    return fix("Set it for the session", edit)
