"""The row-level security that keeps the tenants of a table apart, as the other tables have it or as it is declared."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.model import Policy, Table
from dblint.placing import after_statement
from dblint.remedies import fix, spelled, sql
from dblint.rule import After, Fix, NewStep

SETTING = "Say in multiTenant.connectionManagement.tenantContextSetting which setting holds the tenant"
"""What is missing where no other table shows what a policy asks."""


class Guard(Struct, frozen=True, kw_only=True):
    """The statements that set it up, those that take it back, and what the catalog has otherwise then."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    changes: frozenset[str]


def guard(table: Table, type_: str, after: After) -> Guard | None:
    """A policy on the tenant column of that type, enabled and forced; None where nothing says what it asks."""
    place = spelled(after.schema, table.name)
    made = _like_others(table, place, after) or _as_declared(table, place, type_, after)
    if made is None:
        return None
    policy, statement = made
    return Guard(
        up=(
            statement,
            f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY;",
            f"ALTER TABLE {place} FORCE ROW LEVEL SECURITY;",
        ),
        down=(
            f"ALTER TABLE {place} NO FORCE ROW LEVEL SECURITY;",
            f"ALTER TABLE {place} DISABLE ROW LEVEL SECURITY;",
            f"DROP POLICY {sql(policy)} ON {place};",
        ),
        changes=frozenset((label("policy", table.name, policy), label("row security", table.name))),
    )


def _like_others(table: Table, place: str, after: After) -> tuple[str, str] | None:
    """The policy of another table that decides about all commands by nothing but the tenant column."""
    from dblint.reports.ddl import create_policy

    for other, policy in _usable(after):
        name = policy.name.replace(other.name.name, table.name.name)
        check = policy.check or policy.using
        return name, f"{create_policy(replace(policy, name=name, check=check), place)};"
    return None


def _usable(after: After) -> Iterator[tuple[Table, Policy]]:
    tenants = after.tenants
    for table in after.schema.tables():
        if table.name not in tenants.tables or not table.row_security or len(table.policies) != 1:
            continue
        (policy,) = table.policies.values()
        asked = [each for each in (policy.using, policy.check) if each is not None]
        alone = all(not each.tables and {use.name for use in each.columns} == {tenants.column} for each in asked)
        if policy.using is not None and alone and policy.permissive and policy.command == "all":
            yield table, policy


def _as_declared(table: Table, place: str, type_: str, after: After) -> tuple[str, str] | None:
    setting = after.config.tenancy.setting
    if not setting:
        return None
    name = f"{table.name.name}_tenant"
    condition = f"{sql(after.tenants.column)} = {session_tenant(setting, type_)}"
    return name, f"CREATE POLICY {sql(name)} ON {place} USING ({condition}) WITH CHECK ({condition});"


def session_tenant(setting: str, type_: str, *, optional: bool = False) -> str:
    """The session's tenant as SQL; NULL where there is none, if `optional`."""
    from dblint.reports.ddl import literal

    read = f"current_setting({literal(setting)}{', true' if optional else ''})"
    if type_ in ("text", "character varying"):
        return read
    return f"nullif({read}, '')::{type_}" if optional else f"{read}::{type_}"


def following(table: Table, up: str, down: str, title: str, changes: frozenset[str], after: After) -> Fix | None:
    """Statements about policies: behind the table's last one, if that has run nowhere; else in a new migration."""
    last = list(table.policies.values())[-1].origin if table.policies else table.origin
    together = last.statement.source is table.origin.statement.source
    if after.context.editable(last.migration) and together and table.renamed_by is None:
        return fix(title, after_statement(last.statement, up), changes=changes)
    step = NewStep(title=f"policies of {table.name.name}", up=up, down=down)
    return fix(title, steps=(step,), changes=changes)
