"""Writes that were fine are refused from now on. See stricter_writes.md."""

from collections.abc import Iterable, Iterator

from dblint.evidence import in_use, is_added, listed
from dblint.names import Name
from dblint.operations import AddConstraint, CreateIndex, DropConstraint, DropIndex, SetNotNull
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False)


@rule.check
def constraint(add: AddConstraint, before: Before) -> Iterator[Problem]:
    definition = add.constraint
    if definition.using_index or not definition.enforced or replaces(add, before):
        return
    expression = definition.expression
    used = [use.name for use in expression.columns] if expression and definition.kind == "check" else []
    keys = [key.column for key in definition.keys]
    columns = list(dict.fromkeys((*definition.columns, *used, *keys)))
    yield from refused(add.table, columns, f"the new {definition.kind} constraint", before)


@rule.check
def unique_index(create: CreateIndex, before: Before) -> Iterator[Problem]:
    if create.index.unique and not any(
        isinstance(other, DropIndex) and other.name.name == create.name for other in before.operations
    ):
        columns = [key.column for key in create.index.keys if key.column]
        yield from refused(create.table, columns, "the new unique index", before)


@rule.check
def not_null(change: SetNotNull, before: Before) -> Iterator[Problem]:
    column = before.schema.column(change.table, change.column)
    if column is None or not column.not_null:
        yield from refused(change.table, [change.column], "NOT NULL", before)


def replaces(add: AddConstraint, before: Before) -> bool:
    """Whether the migration drops a constraint of the table, which the new one most likely stands in for."""
    table = before.schema.resolve(add.table)
    return any(
        isinstance(other, DropConstraint) and before.schema.resolve(other.table) == table for other in before.operations
    )


def refused(table: Name, columns: Iterable[str], what: str, before: Before) -> Iterator[Problem]:
    old = [name for name in columns if not is_added(before, table, name)]
    if in_use(before, table) and old:
        yield Problem(message=f"writes to {listed(old)} of {table} that were fine until now are refused by {what}")
