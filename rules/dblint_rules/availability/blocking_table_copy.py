"""A table is out of reach while it is copied to another file. See blocking_table_copy.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import Cluster, SetAccessMethod, SetLogged, SetTablespace, Vacuum
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))

NEW_TABLE = "Make a new table that is so, copy the rows over in batches, and switch the names."


@rule.check
def copy(op: Vacuum | Cluster | SetTablespace | SetLogged | SetAccessMethod, before: Before) -> Iterator[Problem]:
    impact = before.impact
    if isinstance(op, Vacuum | Cluster) and op.name is None:
        if isinstance(op, Cluster) or op.full:
            tables = "every table" if isinstance(op, Vacuum) else "every clustered table"
            yield Problem(message=f"reads and writes of {tables} wait, one after the other, until it is copied")
        return
    if isinstance(op, SetTablespace) and (index := before.schema.index(op.name)) is not None:
        if impact.builds and busy(before, [index.table]):
            yield Problem(
                message=f"{crowd(before, Blocks.READS, index.table)} wait until {op.name} is copied",
                why=because(before, index.table),
                instead="REINDEX (TABLESPACE …) INDEX CONCURRENTLY moves it while queries go on.",
            )
        return
    tables_copied = busy(before, impact.rewrites)
    if tables_copied:
        yield Problem(
            message=f"{crowd(before, Blocks.READS, *tables_copied)} wait until the table is copied",
            why=because(before, *tables_copied),
            instead="" if isinstance(op, Vacuum | Cluster) else NEW_TABLE,
        )
