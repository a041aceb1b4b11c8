"""The file's BEGIN and COMMIT meet the runner's. See nested_transaction.md."""

from collections.abc import Iterator
from functools import partial

from dblint.migrations.model import Transactions
from dblint.operations import Begin, Commit, Rollback
from dblint.placing import removal
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.runners import opened_by

rule = Rule(__name__, severity=Severity.WARNING, recommended=False)


@rule.check
def begin(operation: Begin, before: Before) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if transaction is None or before.migration.transactions is Transactions.STRING:
        return
    why = "the file began it before" if transaction.explicit else opened_by(before.migration)
    yield Problem(
        message="BEGIN changes nothing: a transaction is open",
        why=(why,),
        fix=None if transaction.explicit else partial(left_to_runner, before),
    )


@rule.check
def end(operation: Commit | Rollback, before: Before) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if before.migration.transactions is Transactions.STRING or transaction is None or transaction.explicit:
        return
    word = "COMMIT" if isinstance(operation, Commit) else "ROLLBACK"
    yield Problem(
        message=f"{word} ends the runner's transaction: what follows is no longer undone together",
        why=(opened_by(before.migration),),
        fix=partial(left_to_runner, before),
    )


def left_to_runner(before: Before) -> Fix | None:
    """Without the one BEGIN and the one COMMIT that stand around all the rest."""
    edges = [each for each in before.operations if isinstance(each, Begin | Commit | Rollback)]
    kinds = [type(each) for each in edges]
    if kinds != [Begin, Commit] or [before.operations[0], before.operations[-1]] != edges:
        return None
    return fix("Leave the transaction to the runner", *(removal(each.statement) for each in edges), safe=True)
