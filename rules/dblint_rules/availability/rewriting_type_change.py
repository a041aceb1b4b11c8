"""A table is out of reach while a change of type rewrites or reads it. See rewriting_type_change.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks, Lock
from dblint.names import Name
from dblint.operations import AlterColumnType
from dblint.remedies import recipe
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))

UNLIMITED = {"text", "character varying"}
TIMES = {"timestamp without time zone", "timestamp with time zone"}


@rule.check
def type_change(op: AlterColumnType, before: Before) -> Iterator[Problem]:
    impact, schema = before.impact, before.schema
    table = schema.resolve(op.table)
    if not busy(before, (*impact.rewrites, *impact.scans, *([table] if impact.builds else []))):
        return
    old = schema.column(op.table, op.column)
    if old is None and op.using is None and op.type.text in UNLIMITED:
        return  # most likely it was shorter text, which stays as it is
    if old is not None and before.dialect == "tsql" and not impact.rewrites and op.nullable is False:
        return  # a scan for NULL, of which the type is not the cause
    if impact.rewrites:
        effect = "the table is rewritten"
    elif impact.scans:
        effect = "every row is checked again"
    else:
        effect = "its indexes are rebuilt"
    doubt = old is None or schema.uncertain(op.table) is not None
    new = f"{op.type} COLLATE {op.collation}" if op.collation else f"{op.type}"
    change = f"{op.column} from {old.type} to {new}" if old is not None else f"{op.column} to {new}"
    tables = [table, *(name for name in referencing(before, table) if name != table)]
    yield Problem(
        message=f"{crowd(before, Blocks.READS, *tables)} {'may ' if doubt else ''}wait until {effect}: {change}",
        why=because(before, *tables),
        instead=instead_of(op, before),
        fix=partial(
            recipe,
            f"Expand and contract: add a column of type {op.type}, keep it in step, fill it in batches, move the code, "
            f"then drop {op.column}",
        ),
    )


def referencing(before: Before, table: Name) -> list[Name]:
    """Other tables in use that are locked, and read to check their foreign keys again."""
    impact = before.impact
    own = {part.name for part in before.schema.partitions_of(table)}
    return [
        name
        for name in busy(before, impact.scans)
        if name not in own
        and impact.lock_on(name) is Lock.ACCESS_EXCLUSIVE
        and isinstance(before.schema.relation(name), Table)
    ]


def instead_of(op: AlterColumnType, before: Before) -> str:
    impact = before.impact
    old = before.schema.column(op.table, op.column)
    if before.dialect == "postgres" and not impact.rewrites:
        if impact.scans:
            return "Drop the CHECK, change the type, add the CHECK again as NOT VALID, and VALIDATE it later."
        return "Drop the indexes, change the type, and build them again CONCURRENTLY."
    if old is not None and op.using is None and {old.type.name.name, op.type.name.name} == TIMES:
        return "If the values are in UTC, SET LOCAL timezone = 'UTC' before it saves the rewrite."
    return ""
