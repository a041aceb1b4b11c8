"""Writes wait while every table that uses a domain is read. See domain_constraint_scan.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AlterDomain
from dblint.rule import Before, Problem, Rule, Severity

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
        )
