"""A failed build's invalid index is taken for the finished one. See invalid_index_kept.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import in_use
from dblint.names import Name
from dblint.operations import CreateIndex, DropIndex
from dblint.placing import at_start
from dblint.remedies import fix, spelled
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False, dialects=("postgres",))


@rule.check
def build(operation: CreateIndex, before: Before) -> Iterator[Problem]:
    if not (operation.online and operation.if_not_exists and operation.name) or not in_use(before, operation.table):
        return
    if before.schema.index(Name(operation.name, before.schema.resolve(operation.table).schema)) is not None:
        return
    for other in before.operations:
        if other is operation:
            break
        if isinstance(other, DropIndex) and other.name.name == operation.name:
            return
    yield Problem(
        message=f"an invalid {operation.name} that a failed build left behind is taken for the finished index",
        why=(
            "a failed CREATE INDEX CONCURRENTLY leaves an index that writes maintain and no query uses",
            "IF NOT EXISTS looks at the name only, so a second run succeeds and builds nothing",
        ),
        fix=partial(cleared, operation, before),
    )


def cleared(operation: CreateIndex, before: Before) -> Fix | None:
    name = spelled(before.schema, Name(operation.name, before.schema.resolve(operation.table).schema))
    line = f"DROP INDEX CONCURRENTLY IF EXISTS {name};"
    return fix("Drop what a failed build left behind", at_start(operation.statement, line))
