"""The owner of a table sees all tenants' rows. See unforced_row_security.md."""

from collections.abc import Iterator

from dblint.blueprint.declaration import BLUEPRINT
from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows, guarded

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",), applies=by_rows)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.origin.migration == BLUEPRINT:
        return  # a declaration that says nothing of it does not forbid it
    if guarded(table, after) and table.row_security and not table.row_security_forced:
        yield Problem(
            message=f"the owner of {shown(after.schema, table.name)} sees the rows of all tenants: "
            "its row-level security is not forced",
            why=(f"the strategy is {after.config.tenancy.strategy}",),
        )
