"""A table is out of reach while every row is searched for NULL. See not_null_scan.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.generated_names import compose
from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddConstraint, SetNotNull
from dblint.placing import cased
from dblint.remedies import fix, spelled, sql, taken_out
from dblint.rule import Before, Fix, NewStep, Problem, Rule, Severity
from dblint.source import Edit

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def not_null(op: SetNotNull | AddConstraint, before: Before) -> Iterator[Problem]:
    if isinstance(op, SetNotNull):
        column = op.column
    elif op.constraint.kind == "not null":
        column = op.constraint.columns[0]
    else:
        return
    if not busy(before, before.impact.scans):
        return
    table = before.schema.table(op.table)
    waiting = [
        constraint.name
        for constraint in (table.constraints.values() if table is not None else ())
        if constraint.kind == "check"
        and not constraint.validated
        and constraint.expression is not None
        and column in constraint.expression.not_null
    ]
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait until every row is searched for a NULL {column}",
        why=(*because(before, op.table), *(f"{name} would prove it once it is validated" for name in waiting)),
        instead="Add the constraint NOT NULL … NOT VALID, and VALIDATE it in a later migration."
        if before.version >= 18
        else "",
        fix=partial(proven_first, op, before) if isinstance(op, SetNotNull) and not waiting else None,
    )


def proven_first(op: SetNotNull, before: Before) -> Fix | None:
    schema = before.schema
    if op.guards or schema.table(op.table) is None:
        return None
    name, column, table = compose(op.table.name, op.column, "set"), sql(op.column), spelled(schema, op.table)
    if schema.constraint(op.table, name) is not None:
        return None
    title = "Add CHECK (… IS NOT NULL) NOT VALID; validate it and SET NOT NULL in a later migration"
    check = f"ADD CONSTRAINT {sql(name)} CHECK ({column} IS NOT NULL) NOT VALID"
    clause = cased(op.source, op.span, "ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID").format(sql(name), column)
    step = NewStep(
        title=f"set {op.table.name} {op.column} not null",
        up=f"ALTER TABLE {table} VALIDATE CONSTRAINT {sql(name)};\n"
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n"
        f"ALTER TABLE {table} DROP CONSTRAINT {sql(name)};",
        down=f"ALTER TABLE {table} {check};\nALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;",
    )
    if before.migration.down:  # which knows nothing of the CHECK
        proof = NewStep(
            title=f"check {op.table.name} {op.column}",
            up=f"ALTER TABLE {table} {check};",
            down=f"ALTER TABLE {table} DROP CONSTRAINT {sql(name)};",
        )
        return fix(title, taken_out(op, before), steps=(proof, step))
    return fix(title, Edit(op.span, clause), steps=(step,))
