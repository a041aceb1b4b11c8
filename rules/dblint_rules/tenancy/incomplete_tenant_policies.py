"""Some commands on a tenants' table have no policy. See incomplete_tenant_policies.md."""

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dblint.catalog.facts import label
from dblint.catalog.model import Policy, Table
from dblint.evidence import listed, shown
from dblint.operations import PolicyCommand
from dblint.remedies import recipe, spelled, sql
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint_rules.tenancy._row_security import SETTING, following, guard
from dblint_rules.tenancy._strategies import by_rows, guarded

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",), applies=by_rows)

COMMANDS: tuple[PolicyCommand, ...] = ("select", "insert", "update", "delete")


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if not guarded(table, after) or not table.row_security:
        return
    permissive = [policy for policy in table.policies.values() if policy.permissive]
    missing = [command for command in COMMANDS if not any(covers(policy, command) for policy in permissive)]
    if missing:
        commands = listed(command.upper() for command in missing)
        verb, them = ("reaches", "it") if len(missing) == 1 else ("reach", "them")
        yield Problem(
            message=f"{commands} on {shown(after.schema, table.name)} {verb} no row: no policy is for {them}",
            why=(f"policies: {listed(table.policies)}",) if table.policies else (),
            fix=partial(completed, table, missing, after),
        )


def completed(table: Table, missing: list[PolicyCommand], after: After) -> Fix | None:
    """A policy for each command without one, by the condition that the others have; the one of all tables' where there
    is none."""
    from dblint.reports.ddl import create_policy

    permissive = [policy for policy in table.policies.values() if policy.permissive]
    if not permissive:
        made = guard(table, table.columns[after.tenants.column].type.text, after)
        if made is None:
            return recipe(SETTING)
        policy = frozenset(each for each in made.changes if each.startswith("policy "))
        return following(table, made.up[0], made.down[-1], "Let each tenant see its own rows", policy, after)
    asked = {each.key: each for policy in permissive for each in (policy.using, policy.check) if each is not None}
    roles = {policy.roles for policy in permissive}
    if len(asked) > 1 or len(roles) > 1:
        return recipe("Say in a policy for each command which rows it is for: those that are there do not agree")
    condition = next(iter(asked.values()))
    made_policies = [
        replace(
            permissive[0],
            name=f"{table.name.name}_{command}",
            command=command,
            using=None if command == "insert" else condition,
            check=condition if command in ("insert", "update") else None,
        )
        for command in missing
    ]
    if any(policy.name in table.policies for policy in made_policies):
        return None
    place = spelled(after.schema, table.name)
    return following(
        table,
        "\n".join(f"{create_policy(policy, place)};" for policy in made_policies),
        "\n".join(f"DROP POLICY {sql(policy.name)} ON {place};" for policy in made_policies),
        "Let the other commands reach the rows that these reach",
        frozenset(label("policy", table.name, policy.name) for policy in made_policies),
        after,
    )


def covers(policy: Policy, command: str) -> bool:
    """Whether a policy decides about the rows that a command reads or writes: for INSERT what it checks, or else what
    it uses for all commands."""
    if policy.command not in ("all", command):
        return False
    return policy.using is not None or (policy.check is not None and command == "insert")
