"""Every query of a partitioned table queues behind CREATE TABLE … PARTITION OF. See blocking_partition_create.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import CreateTable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def partition(op: CreateTable, before: Before) -> Iterator[Problem]:
    parent = op.partition_of
    if parent is None or before.schema.resolve(parent) not in before.impact.locks or not busy(before, [parent]):
        return
    if busy(before, before.impact.scans):
        return  # default-partition-scan says it
    yield Problem(
        message=f"{crowd(before, Blocks.READS, parent)} queue behind the new partition {op.name}",
        why=because(before, parent),
    )
