"""Nothing but the queries keeps tenants apart. See missing_row_security.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows, guarded

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",), applies=by_rows)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.row_security or table.policies or table.kind == "foreign table":
        return  # row-security-off speaks of policies that are never asked
    name = shown(after.schema, table.name)
    if guarded(table, after):
        yield Problem(
            message=f"{name} shows the rows of all tenants to each of them: its row-level security is off",
            why=(f"the strategy is {after.config.tenancy.strategy}", after.tenants.reason),
        )
    elif table.partition_of is not None and (whole := after.schema.table(table.partition_of)) and whole.row_security:
        yield Problem(
            message=f"whoever reads the partition {name} itself sees the rows of all tenants: "
            f"the policies of {shown(after.schema, whole.name)} are not asked",
        )
