"""A BEGIN has no COMMIT. See transaction_left_open.md."""

from collections.abc import Iterator
from functools import partial

from dblint.operations import MigrationEnd
from dblint.placing import at_end
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.source import Source

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
        fix=partial(committed, transaction.opened.source, before),
    )


def committed(source: Source, before: Before) -> Fix | None:
    ends = [piece.end for part in before.migration.up if part.source is source for piece in part.pieces]
    if not ends or not before.operations:
        return None
    last = before.operations[-1].statement
    missing = "" if source.text[last.span.end :].lstrip().startswith(";") or last.text.endswith(";") else ";"
    return fix("Commit at the end", at_end(source, ends[-1], "COMMIT;") if not missing else None)
