"""The head of a migration does not say what the policy asks for. See missing_header.md."""

from collections.abc import Iterator

from dblint.evidence import listed
from dblint.gate import OTHER
from dblint.migrations.headers import headers_of
from dblint.operations import MigrationBegin
from dblint.rule import Before, Problem, Rule, Severity
from dblint.source import Span
from dblint_rules.policy._operations import declared

rule = Rule(
    __name__, severity=Severity.WARNING, gate=OTHER, applies=lambda context: bool(context.policy.policy.headers)
)


@rule.check
def begin(begin: MigrationBegin, before: Before) -> Iterator[Problem]:
    policy = before.context.policy
    stated = headers_of(before.migration.source)
    missing, empty = [], []
    for header in policy.policy.headers:
        found = stated.get(header.lower().replace(" ", "-"))
        if found is None:
            missing.append(header)
        elif not found.value:
            empty.append(found)
    why = policy.why("headers", f"each migration states {listed(policy.policy.headers)}")
    related = declared(policy, "headers")
    if missing:
        yield Problem(
            message=f"version {before.migration.version} does not state its {listed(missing)}",
            span=Span(0, 0),
            why=why,
            related=related,
        )
    for blank in empty:
        yield Problem(
            message=f"version {before.migration.version} states no {blank.key}",
            span=blank.span,
            why=why,
            related=related,
        )
