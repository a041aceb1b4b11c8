"""Every query of a partitioned table queues behind a plain DETACH. See blocking_partition_detach.md."""

from collections.abc import Iterator
from functools import partial

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
    return outside(before, "Detach it CONCURRENTLY", edit, name=op.partition.name)
