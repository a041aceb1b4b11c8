"""Every query of a partitioned table queues behind a plain DETACH. See blocking_partition_detach.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import DetachPartition
from dblint.placing import behind
from dblint.remedies import outside
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def detach(op: DetachPartition, before: Before) -> Iterator[Problem]:
    schema = before.schema
    if op.online or op.finalize or not busy(before, [schema.resolve(op.table)]):
        return
    read = busy(before, before.impact.scans)
    default = schema.default_partition(op.table)
    instead = ""
    if default is not None and default.name != schema.resolve(op.partition):
        instead = "CONCURRENTLY is refused beside a default partition: set a short lock_timeout, and retry."
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table, *read)} wait until the foreign keys are checked again"
        if read
        else f"{crowd(before, Blocks.READS, op.table)} queue behind the detaching of {op.partition}",
        why=because(before, op.table),
        instead=instead,
        fix=partial(online, op, before) if not instead else None,
    )


def online(op: DetachPartition, before: Before) -> Fix | None:
    edit = behind(op.source, op.span, "CONCURRENTLY")
    found = outside(before, "Detach it CONCURRENTLY", edit, name=op.partition.name)
    left = before.schema.resolve(op.partition)  # with a CHECK that says what the bound said
    table, parent = before.schema.table(left), before.schema.table(op.table)
    key = parent.partition_by if parent is not None else None
    if found is None or table is None or key is None or len(key.keys) != 1 or not key.keys[0].column:
        return None
    if key.strategy == "hash":
        return None
    name = compose(left.name, key.keys[0].column, "check")
    return replace(found, changes=frozenset((label("constraint", left, name),)))
