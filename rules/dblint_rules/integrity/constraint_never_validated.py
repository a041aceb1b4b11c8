"""Nobody knows whether the old rows obey a constraint. See constraint_never_validated.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Constraint, Table
from dblint.evidence import shown
from dblint.remedies import fix, spelled, sql
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def constraint_never_validated(table: Table, after: After) -> Iterator[Problem]:
    last = after.history.migrations[-1].number if after.history.migrations else -1
    for constraint in table.constraints.values():
        if constraint.validated or not constraint.enforced or constraint.inherited:
            continue
        if constraint.origin.migration == last:
            continue  # validating it is the next migration's work
        if empty_then(table, constraint):
            continue
        name = shown(after.schema, table.name)
        yield Problem(
            message=f"{constraint.name} is not proven for older rows of {name}: no later migration validates it",
            origin=constraint.origin,
            why=(f"added NOT VALID by {constraint.origin}",),
            fix=partial(validated, table, constraint, after),
        )


def validated(table: Table, constraint: Constraint, after: After) -> Fix | None:
    name, place = constraint.name, spelled(after.schema, table.name)
    step = NewStep(title=f"validate {name}", up=f"ALTER TABLE {place} VALIDATE CONSTRAINT {sql(name)};")
    return fix("Validate it", steps=(step,), changes=[label("constraint", table.name, name)])


def empty_then(table: Table, constraint: Constraint) -> bool:
    """Whether its columns are as new as itself and held NULL in all older rows, which breaks no such constraint."""
    expression = constraint.expression
    names = [use.name for use in expression.columns] if expression is not None else constraint.columns
    columns = [table.columns.get(name) for name in names]
    asks_for_value = expression is not None and bool(expression.not_null)
    return (
        bool(columns)
        and not asks_for_value
        and all(
            column is not None
            and column.origin.migration == constraint.origin.migration
            and not column.default_text
            and not column.identity
            for column in columns
        )
    )
