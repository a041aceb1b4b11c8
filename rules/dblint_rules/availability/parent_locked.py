"""A statement about one table locks the table that its foreign keys reference. See parent_locked.md."""

from collections.abc import Iterable, Iterator

from dblint.catalog.model import Constraint
from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.names import Name
from dblint.operations import AddColumn, AddConstraint, CreateTable, DropColumn, DropConstraint, DropTable
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO, recommended=False, dialects=("postgres",))


@rule.check
def key_added(op: CreateTable | AddColumn | AddConstraint, before: Before) -> Iterator[Problem]:
    if isinstance(op, CreateTable):
        table = op.name
        constraints = (*op.constraints, *(each for column in op.columns for each in column.constraints))
    else:
        table = op.table
        constraints = op.column.constraints if isinstance(op, AddColumn) else (op.constraint,)
        if busy(before, [table]) and before.impact.slow:
            return  # the rules about what takes that long name both tables
    parents = locked(before, table, (each.references for each in constraints))
    if parents:
        yield Problem(
            message=f"{crowd(before, Blocks.WRITES, *parents)} queue behind the new foreign key of {table}",
            why=because(before, *parents),
        )


@rule.check
def key_dropped(op: DropTable | DropColumn | DropConstraint, before: Before) -> Iterator[Problem]:
    name = op.name if isinstance(op, DropTable) else op.table
    table = before.schema.table(name)
    keys: Iterable[Constraint] = table.foreign_keys if table is not None else ()
    if isinstance(op, DropColumn):
        keys = [key for key in keys if op.column in key.columns]
    elif isinstance(op, DropConstraint):
        keys = [key for key in keys if key.name == op.constraint]
    parents = locked(before, name, (key.references for key in keys))
    if parents:
        what = name if isinstance(op, DropTable) else f"the foreign key of {name}"
        yield Problem(
            message=f"{crowd(before, Blocks.READS, *parents)} queue behind the drop of {what}",
            why=because(before, *parents),
        )


def locked(before: Before, table: Name, references: Iterable[Name | None]) -> list[Name]:
    """The tables in use among those referenced, other than the table itself, that the operation locks."""
    schema = before.schema
    parents = dict.fromkeys(schema.resolve(name) for name in references if name is not None)
    own = schema.resolve(table)
    return [n for n in busy(before, parents) if n != own and before.impact.lock_on(n).blocks >= Blocks.WRITES]
