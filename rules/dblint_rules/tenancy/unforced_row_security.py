"""The owner of a table sees all tenants' rows. See unforced_row_security.md."""

from collections.abc import Iterator
from functools import partial

from dblint.blueprint.sheet import BLUEPRINT
from dblint.catalog.facts import label
from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.placing import after_statement
from dblint.remedies import fix, spelled
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity
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
            fix=partial(forced, table, after),
        )


def forced(table: Table, after: After) -> Fix | None:
    """FORCE: behind the statement that makes the table, if that has run nowhere; else in a new migration."""
    place = spelled(after.schema, table.name)
    line = f"ALTER TABLE {place} FORCE ROW LEVEL SECURITY;"
    changes = [label("row security", table.name)]
    if after.context.editable(table.origin.migration) and table.renamed_by is None:
        return fix("Force it", after_statement(table.origin.statement, line), changes=changes)
    step = NewStep(
        title=f"force row level security of {table.name.name}",
        up=line,
        down=f"ALTER TABLE {place} NO FORCE ROW LEVEL SECURITY;",
    )
    return fix("Force it", steps=(step,), changes=changes)
