"""Nothing but the queries keeps tenants apart. See missing_row_security.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.placing import after_statement
from dblint.remedies import fix, recipe
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity
from dblint_rules.tenancy._row_security import SETTING, guard
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
            fix=partial(guarding, table, after),
        )
    elif table.partition_of is not None and (whole := after.schema.table(table.partition_of)) and whole.row_security:
        yield Problem(
            message=f"whoever reads the partition {name} itself sees the rows of all tenants: "
            f"the policies of {shown(after.schema, whole.name)} are not asked",
        )


def guarding(table: Table, after: After) -> Fix | None:
    """The tenants' policy: behind what makes the table, if that has run nowhere; else in a new migration."""
    column = table.columns[after.tenants.column]
    made = guard(table, column.type.text, after)
    if made is None:
        return recipe(SETTING)
    if not column.not_null:
        return recipe(f"Fill {column.name} and make it NOT NULL first: rows without a tenant would be seen by nobody")
    title = "Let each tenant see its own rows"
    own = column.origin.statement is table.origin.statement
    if after.context.editable(table.origin.migration) and table.renamed_by is None and own:
        return fix(title, after_statement(table.origin.statement, "\n".join(made.up)), changes=made.changes)
    step = NewStep(title=f"row level security of {table.name.name}", up="\n".join(made.up), down="\n".join(made.down))
    return fix(title, steps=(step,), changes=made.changes)
