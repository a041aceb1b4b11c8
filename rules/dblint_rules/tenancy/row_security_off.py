"""Policies are written, but nobody asks them. See row_security_off.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Table
from dblint.evidence import listed, shown
from dblint.placing import after_statement
from dblint.remedies import fix, spelled
from dblint.rule import After, Fix, NewStep, Problem, Related, Rule, Severity

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
        fix=partial(enabled, table, after),
    )


def enabled(table: Table, after: After) -> Fix | None:
    """Row-level security on: behind the last policy, if that has run nowhere; else in a new migration."""
    place = spelled(after.schema, table.name)
    line = f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY;"
    policies = list(table.policies.values())
    first, last = policies[0].origin, policies[-1].origin
    changes = [label("row security", table.name)]
    if after.context.editable(last.migration) and first.statement.source is last.statement.source:
        return fix("Enable it", after_statement(last.statement, line), changes=changes)
    step = NewStep(
        title=f"enable row level security of {table.name.name}",
        up=line,
        down=f"ALTER TABLE {place} DISABLE ROW LEVEL SECURITY;",
    )
    return fix("Enable it", steps=(step,), changes=changes)
