"""The server refuses CONCURRENTLY inside a transaction. See concurrently_in_transaction.md."""

from collections.abc import Iterator
from functools import partial

from dblint.names import Name
from dblint.operations import CreateIndex, DetachPartition, DropIndex, Operation, Reindex
from dblint.remedies import outside
from dblint.rule import Before, Problem, Related, Rule, Severity
from dblint.runners import opened_by, way_out

rule = Rule(__name__, severity=Severity.ERROR, gate="zero-downtime-compliance", dialects=("postgres",))

COMMANDS: dict[type[Operation], str] = {
    CreateIndex: "CREATE INDEX CONCURRENTLY",
    DropIndex: "DROP INDEX CONCURRENTLY",
    Reindex: "REINDEX CONCURRENTLY",
    DetachPartition: "DETACH PARTITION CONCURRENTLY",
}


@rule.check
def concurrently(operation: CreateIndex | DropIndex | Reindex | DetachPartition, before: Before) -> Iterator[Problem]:
    transaction = before.schema.transaction
    if not operation.online or transaction is None or before.impact.in_transaction:
        return
    begun = transaction.opened if transaction.explicit else None
    way = way_out(before.history.layout, before.migration)
    wrapped = begun is None or before.migration.transactions.value in ("file", "batch", "string", "detected")
    advice = "Move it out of BEGIN … COMMIT" if begun is not None else "Run it outside a transaction"
    yield Problem(
        message=f"the deploy fails: {COMMANDS[type(operation)]} cannot run inside a transaction",
        why=() if begun is not None else (opened_by(before.migration),),
        instead=f"{advice}: {way}." if wrapped and way else f"{advice}, into a migration of its own.",
        related=(Related(begun.source, begun.span, "the transaction begins here"),) if begun is not None else (),
        fix=partial(outside, before, "Run it outside the transaction", name=named(operation)),
    )


def named(operation: CreateIndex | DropIndex | Reindex | DetachPartition) -> str:
    """What a migration of its own would be about."""
    name = operation.partition if isinstance(operation, DetachPartition) else operation.name
    return name.name if isinstance(name, Name) else name or ""
