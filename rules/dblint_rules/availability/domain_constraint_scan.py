"""Writes wait while every table that uses a domain is read. See domain_constraint_scan.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AlterDomain
from dblint.placing import behind
from dblint.remedies import fix, spelled, sql
from dblint.rule import Before, Fix, NewStep, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def domain_constraint(op: AlterDomain, before: Before) -> Iterator[Problem]:
    tables = busy(before, before.impact.scans)
    if tables and op.action in ("add constraint", "set not null"):
        yield Problem(
            message=f"{crowd(before, Blocks.WRITES, *tables)} wait until every {op.name} in every row is checked",
            why=because(before, *tables),
            instead="Prove it per table, by CHECK (… IS NOT NULL) NOT VALID and VALIDATE."
            if op.action == "set not null"
            else "",
            fix=partial(not_valid, op, before),
        )


def not_valid(op: AlterDomain, before: Before) -> Fix | None:
    if op.action != "add constraint" or op.constraint is None or not op.constraint.name or op.guards:
        return None
    name = sql(op.constraint.name)
    step = NewStep(
        title=f"validate {op.constraint.name}",
        up=f"ALTER DOMAIN {spelled(before.schema, op.name)} VALIDATE CONSTRAINT {name};",
    )
    edit = behind(op.source, op.span, "NOT VALID")
    return fix("Add it NOT VALID, and validate it in a later migration", edit, steps=(step,))
