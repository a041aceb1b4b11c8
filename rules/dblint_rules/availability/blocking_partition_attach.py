"""A table is out of reach while it is read to become a partition. See blocking_partition_attach.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AttachPartition
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def attach(op: AttachPartition, before: Before) -> Iterator[Problem]:
    schema = before.schema
    partition = schema.resolve(op.partition)
    parts = {partition, *(table.name for table in schema.partitions_of(partition))}
    read = parts.intersection(before.impact.scans)
    if not busy(before, [partition]) or not (read or before.impact.builds):
        return
    done = f"every row is checked for its place in {op.table}" if read else f"the indexes of {op.table} are built on it"
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.partition)} wait until {done}",
        why=because(before, op.partition),
        instead="" if read else "Build the parent's indexes on it CONCURRENTLY first: ATTACH adopts them.",
    )
