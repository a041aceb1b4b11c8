"""A policy lets rows of other tenants through. See policy_without_tenant.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.model import Policy, Table
from dblint.evidence import shown
from dblint.operations import Expression
from dblint.remedies import spelled, sql
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint_rules.tenancy._row_security import following
from dblint_rules.tenancy._strategies import by_rows, guarded

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",), applies=by_rows)


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if not guarded(table, after):
        return
    public = [policy for policy in table.policies.values() if policy.permissive and "public" in policy.roles]
    for policy in public or [policy for policy in table.policies.values() if policy.permissive]:
        name, fault = shown(after.schema, table.name), leak(policy, after)
        if fault:
            yield Problem(
                message=f"policy {policy.name} of {name} lets rows of other tenants through: {fault}",
                origin=policy.origin,
                object=f"{name}.{policy.name}",
                fix=partial(checked, table, policy, after),
            )


def checked(table: Table, policy: Policy, after: After) -> Fix | None:
    """What is written held against what may be read, where that asks for the tenant."""
    using = policy.using
    if policy.check is None or using is None or leak(replace(policy, check=None), after):
        return None
    alter = f"ALTER POLICY {sql(policy.name)} ON {spelled(after.schema, table.name)} WITH CHECK"
    return following(
        table,
        f"{alter} ({using.text});",
        f"{alter} ({policy.check.text});",
        "Let no row be written that its writer may not read",
        frozenset((label("policy", table.name, policy.name),)),
        after,
    )


def leak(policy: Policy, after: After) -> str:
    """What is wrong with a permissive policy, in words; "" where it compares the tenant column with the setting."""
    column, setting = after.tenants.column, after.config.tenancy.setting
    for clause, expression in (("USING", policy.using), ("WITH CHECK", policy.check)):
        if expression is None or expression.truth is False:
            continue
        if expression.truth is True:
            return f"its {clause} is always true"
        if all(use.name != column for use in expression.columns) and not expression.tables:
            return f"its {clause} does not look at {column}"
        if (
            setting
            and not reads(expression, setting)
            and not expression.tables
            and not own_functions(expression, after)
        ):
            return f"its {clause} does not read {setting}"
    return ""


def reads(expression: Expression, setting: str) -> bool:
    return (
        any(call.name.name == "current_setting" and setting in call.literals for call in expression.functions)
        or setting in expression.strings
    )


def own_functions(expression: Expression, after: After) -> bool:
    """Whether it calls a function of the history's own, or of nobody knows whose: that may read the setting."""
    return any(
        after.schema.functions(call.name) or call.name.schema not in ("", "pg_catalog") for call in expression.functions
    )
