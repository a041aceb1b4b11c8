"""What a constraint kept out can come in again. See constraint_drop.md."""

from collections.abc import Iterator

from dblint.catalog.expressions import uses_column
from dblint.catalog.model import Constraint, Index, Table
from dblint.catalog.schema import Schema
from dblint.evidence import in_use, listed, shown
from dblint.names import Name
from dblint.operations import ColumnUse, DropConstraint, DropIndex
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def constraint_drop(drop: DropConstraint, before: Before) -> Iterator[Problem]:
    schema = before.schema
    table = schema.table(drop.table)
    constraint = schema.constraint(drop.table, drop.constraint)
    if table is None or constraint is None or not in_use(before, table.name):
        return
    if constraint.kind == "not null" or schema.introduced(constraint.origin):
        return
    parent = schema.table(constraint.references) if constraint.references else None
    yield Problem(
        message=consequence(schema, drop.table, constraint),
        why=(f"{constraint.kind} constraint {constraint.name} was created by {constraint.origin}",),
        related=(Related.origin(constraint.origin, "the constraint"),),
        unless=lambda end: kept(end, table, constraint) or (parent is not None and end.table(parent.name) is None),
    )


@rule.check
def unique_index_drop(drop: DropIndex, before: Before) -> Iterator[Problem]:
    schema = before.schema
    index = schema.index(drop.name)
    if index is None or not index.definition.unique or index.constraint or schema.introduced(index.origin):
        return
    table = schema.table(index.table)
    if table is None or not in_use(before, table.name):
        return
    keys = listed(key.text for key in index.definition.keys)
    where = f" where {index.definition.predicate.text}" if index.definition.predicate else ""
    yield Problem(
        message=f"{shown(schema, table.name)} takes a second row with the same {keys}{where}",
        why=(f"unique index {index.name.name} was created by {index.origin}",),
        unless=lambda end: still_unique(end, table, index),
    )


def consequence(schema: Schema, name: Name, constraint: Constraint) -> str:
    columns = listed(constraint.columns)
    match constraint.kind:
        case "foreign key" if constraint.references is not None:
            return f"{name} can point at rows of {shown(schema, constraint.references)} that do not exist"
        case "primary key":
            return f"rows of {name} can no longer be told apart"
        case "unique":
            return f"{name} takes a second row with the same {columns}"
        case "check" if constraint.expression is not None:
            return f"{name} takes rows for which this is false: {' '.join(constraint.expression.text.split())}"
        case _:
            return f"{name} takes rows that {constraint.name} refused"


def kept(end: Schema, table: Table, old: Constraint) -> bool:
    """Whether something else stands in for the constraint, or what it was about is gone."""
    now = end.table(table.name)
    if now is None or not all(column in now.columns for column in old.columns):
        return True
    if old.kind == "unique":
        return any(stands_in(end, index, set(old.columns)) for index in end.indexes_of(now.name))
    if old.kind == "check" and proven_by_columns(end, now, old):
        return True
    return any(replaces(end, now, old, other) for other in now.constraints.values())


def replaces(end: Schema, table: Table, old: Constraint, other: Constraint) -> bool:
    if other.kind != old.kind:
        return False
    if old.kind == "foreign key":
        same = other.columns == old.columns and other.references == old.references
        return same or (end.introduced(other.origin) and set(old.columns) <= set(other.columns))
    if old.kind == "check":
        return end.introduced(other.origin) and bool(columns_of(table, old) & columns_of(table, other))
    return True


def columns_of(table: Table, check: Constraint) -> set[str]:
    return {column for column in table.columns if uses_column(check.expression, column)}


def proven_by_columns(end: Schema, table: Table, check: Constraint) -> bool:
    """Whether it was CHECK (c IS NOT NULL), the helper that spares SET NOT NULL its scan, and c is NOT NULL now; or
    its columns are of an enum now; or one of them is gone."""
    expression = check.expression
    if expression is None:
        return False
    columns = [table.columns.get(use.name) for use in expression.columns]
    if columns and all(column is None or end.enum(column.type.name) for column in columns):
        return True
    if None in columns:
        return True
    written = set(expression.key.translate(str.maketrans('()"', "   ")).split())
    named = {word for column in expression.not_null for word in column.split()}
    helper = written <= named | {"is", "not", "null", "and"}
    return bool(expression.not_null) and helper and all(table.columns[c].not_null for c in expression.not_null)


def stands_in(end: Schema, index: Index, columns: set[str]) -> bool:
    """Whether the unique index refuses what one over `columns` refused, or was made in its place."""
    definition = index.definition
    if not definition.unique or not index.valid:
        return False
    own = used_by(index)
    # Equal columns give equal expressions of them, so a unique expression refuses all that unique columns did.
    return (definition.predicate is None and own <= columns) or (end.introduced(index.origin) and bool(own & columns))


def used_by(index: Index) -> set[str]:
    """The columns of its keys, also of those that are expressions."""
    keys = index.definition.keys
    return {
        use.name for key in keys for use in (key.expression.columns if key.expression else (ColumnUse(key.column),))
    }


def still_unique(end: Schema, table: Table, old: Index) -> bool:
    now = end.table(table.name)
    if now is None or not all(column in now.columns for column in old.columns if column):
        return True
    return any(stands_in(end, index, used_by(old)) for index in end.indexes_of(now.name))
