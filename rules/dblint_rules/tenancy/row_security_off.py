"""Policies are written, but nobody asks them. See row_security_off.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.row_security or not table.policies:
        return
    first = next(iter(table.policies.values()))
    yield Problem(
        message=f"{shown(after.schema, table.name)} shows every row to everybody: "
        "its policies have no effect while row-level security is off",
        origin=first.origin,
        object=shown(after.schema, table.name),
        why=(f"policies: {listed(table.policies)}",),
        related=(Related.origin(table.origin, "the table is made here"),),
    )
