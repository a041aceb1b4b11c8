"""Every query of a partitioned table queues behind a plain DETACH. See blocking_partition_detach.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import DetachPartition
from dblint.rule import Before, Problem, Rule, Severity

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
    )
