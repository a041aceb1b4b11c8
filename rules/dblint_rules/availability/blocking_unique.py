"""A table is out of reach while a new UNIQUE constraint builds its index. See blocking_unique.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Index
from dblint.constraint_fixes import by_index
from dblint.evidence import added, because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn, AddConstraint, ConstraintDefinition
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def unique(op: AddConstraint | AddColumn, before: Before) -> Iterator[Problem]:
    constraint = added(op, "unique")
    if constraint is None or constraint.without_overlaps or before.impact.rewrites or not before.impact.builds:
        return
    if busy(before, [op.table]):
        yield Problem(
            message=f"{crowd(before, Blocks.READS, op.table)} wait until the unique index is built",
            span=constraint.span if isinstance(op, AddColumn) else None,
            why=because(before, op.table),
            instead=instead_of(op, constraint, before),
            fix=partial(by_index, op, before, "UNIQUE")
            if isinstance(op, AddConstraint) and not instead_of(op, constraint, before)
            else None,
        )


def instead_of(op: AddConstraint | AddColumn, constraint: ConstraintDefinition, before: Before) -> str:
    table = before.schema.table(op.table)
    if table is not None and table.kind == "partitioned table":
        return "Make a unique index ON ONLY the parent, one CONCURRENTLY per partition, and ATTACH those."
    for index in before.schema.indexes_of(op.table):
        if usable(index, constraint):
            return f"Use the index that is there: ADD CONSTRAINT … UNIQUE USING INDEX {index.name.name}."
    return ""


def usable(index: Index, constraint: ConstraintDefinition) -> bool:
    """Whether USING INDEX would take it for this constraint."""
    definition = index.definition
    return (
        definition.unique
        and index.valid
        and not index.constraint
        and definition.predicate is None
        and definition.method == "btree"
        and definition.nulls_not_distinct == constraint.nulls_not_distinct
        and set(index.columns) == set(constraint.columns)
        and not any(k.descending or k.nulls_first or k.operator_class or k.collation for k in definition.keys)
    )
