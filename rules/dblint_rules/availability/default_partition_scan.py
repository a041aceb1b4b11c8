"""The default partition is out of reach while it is searched for a new one's rows. See default_partition_scan.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks, Lock
from dblint.operations import AttachPartition, CreateTable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def default_partition(op: CreateTable | AttachPartition, before: Before) -> Iterator[Problem]:
    schema, impact = before.schema, before.impact
    if isinstance(op, CreateTable):
        parent, partition = op.partition_of, op.name
    else:
        parent, partition = op.table, op.partition
    default = schema.default_partition(parent) if parent is not None else None
    if parent is None or default is None:
        return
    parts = [default.name, *(table.name for table in schema.partitions_of(default.name))]
    if not busy(before, [name for name in parts if name in impact.scans]):
        return
    tables = [default.name]
    if impact.lock_on(schema.resolve(parent)) is Lock.ACCESS_EXCLUSIVE:
        tables = [parent]  # and with it the default partition
    yield Problem(
        message=f"{crowd(before, Blocks.READS, *tables)} wait"
        f" until {default.name.name} is searched for rows of {partition}",
        why=because(before, default.name, parent),
    )
