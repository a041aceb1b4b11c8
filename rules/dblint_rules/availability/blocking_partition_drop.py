"""Every query of a partitioned table queues behind the drop of a partition. See blocking_partition_drop.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import DropTable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def drop(op: DropTable, before: Before) -> Iterator[Problem]:
    table = before.schema.table(op.name)
    if table is None or table.partition_of is None or not busy(before, [table.partition_of]):
        return
    default = before.schema.default_partition(table.partition_of)
    yield Problem(
        message=f"{crowd(before, Blocks.READS, table.partition_of)} queue behind the drop of {op.name}",
        why=because(before, table.partition_of),
        instead="DETACH CONCURRENTLY is refused beside a default partition: set a short lock_timeout, and retry."
        if default is not None and default.name != table.name
        else "",
    )
