"""A role sees the rows of all tenants. See row_security_bypass.md."""

from collections.abc import Iterator

from dblint.operations import ChangeRole
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",), applies=by_rows)


@rule.check
def change(change: ChangeRole, before: Before) -> Iterator[Problem]:
    if change.action in ("create", "alter"):
        for option in sorted({"bypassrls", "superuser"} & change.options):
            yield Problem(message=f"{change.role} sees the rows of all tenants: {option.upper()} asks no policy")
