"""What a statement does is not known. See unmodelled_statement.md."""

from collections.abc import Iterator

from dblint.operations import Opaque
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def statement(operation: Opaque, before: Before) -> Iterator[Problem]:
    places = [o for o in before.operations if o.statement is operation.statement and isinstance(o, Opaque)]
    if places and places[0] is not operation:
        return
    more = f", here and in {len(places) - 1} more" if len(places) > 1 else ""
    yield Problem(message=f"what this does is not known: {operation.what}{more}", why=(operation.reason,))
