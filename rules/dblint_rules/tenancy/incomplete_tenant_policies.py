"""Some commands on a tenants' table have no policy. See incomplete_tenant_policies.md."""

from collections.abc import Iterator

from dblint.catalog.model import Policy, Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows, guarded

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",), applies=by_rows)

COMMANDS = ("select", "insert", "update", "delete")


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
        )


def covers(policy: Policy, command: str) -> bool:
    """Whether a policy decides about the rows that a command reads or writes: for INSERT what it checks, or else what
    it uses for all commands."""
    if policy.command not in ("all", command):
        return False
    return policy.using is not None or (policy.check is not None and command == "insert")
