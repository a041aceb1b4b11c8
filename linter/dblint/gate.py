"""The gate: findings summed up by the check that each rule serves, and the verdict on each check.

The checks are those of a blueprint's `schemaValidationGate`. Where it declares them, their severities are the
verdict's; without it, a check is as severe as its gravest rule in force.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import Finding, Rule, Severity

SECTION = "schemaValidationGate"
CHECKS = {
    "naming-conventions": "tables, columns, indexes and files are named as agreed",
    "required-columns": "every business table has the columns that all must have",
    "foreign-key-indexes": "foreign keys have indexes",
    "migration-reversibility": "every migration has a rollback, and it inverts it",
    "zero-downtime-compliance": "nobody waits for a migration, and running code goes on working",
    "performance-budget": "queries have budgets, and the indexes that these count on",
}
OTHER = "other rules"
"""What belongs to no check, as reports call it."""

_FAMILIES = {
    "naming": "naming-conventions",
    "availability": "zero-downtime-compliance",
    "compatibility": "zero-downtime-compliance",
    "policy": "zero-downtime-compliance",
}


class CheckResult(Struct, frozen=True, kw_only=True):
    """One line of the gate. `severity` is None where no rule of the check was in force: then nothing was checked.

    `findings` counts those of every severity; `failed` when one of them fails the run. `declared`: a blueprint names
    it.
    """

    check: str
    severity: Severity | None
    findings: int = 0
    failed: bool = False
    declared: bool = False

    @property
    def result(self) -> str:
        return "not checked" if self.severity is None else "failed" if self.failed else "passed"


class Gate(Struct, frozen=True, kw_only=True):
    """What a blueprint's gate declares: the severity of checks, and the check of rules that it lists under one."""

    severities: Mapping[str, Severity] = {}
    members: Mapping[str, str] = {}


NO_GATE = Gate()


def check_of(rule: Rule, gate: Gate = NO_GATE) -> str:
    """The check that a rule serves: the one that lists it, or that it names, or else its family's; `OTHER` for none."""
    for name in (rule.name, *rule.formerly) if gate.members else ():
        if name in gate.members:
            return gate.members[name]
    return rule.gate or _FAMILIES.get(rule.family, OTHER)


def declared_checks(blueprint: Blueprint) -> Iterator[tuple[Node, Node]]:
    """The checks that the gate of a blueprint declares: each with the node of its name."""
    section = blueprint.section(SECTION, "checks")
    for node in section.elements() if section is not None else ():
        name = node.get("name")
        if name is not None and name.text:
            yield node, name


def declared_gate(blueprint: Blueprint | None) -> Gate:
    """What a blueprint declares. Critical and High are errors, Medium a warning, Low an info."""
    severities: dict[str, Severity] = {}
    members: dict[str, str] = {}
    for node, name in declared_checks(blueprint) if blueprint is not None else ():
        severity, rules = node.get("severity"), node.get("rules")
        if severity is not None and (graded := _SEVERITIES.get(severity.text.lower())) is not None:
            severities[name.text] = graded
        members |= dict.fromkeys(rules.texts() if rules is not None else (), name.text)
    return Gate(severities=severities, members=members)


_SEVERITIES = {
    "error": Severity.ERROR,
    "critical": Severity.ERROR,
    "high": Severity.ERROR,
    "warning": Severity.WARNING,
    "medium": Severity.WARNING,
    "info": Severity.INFO,
    "low": Severity.INFO,
}


def graded(rule: Rule, gate: Gate) -> Severity:
    """The severity of a rule that nobody graded by name or family: its check's, unless it only informs."""
    if not gate.severities or rule.severity is Severity.INFO:
        return rule.severity
    return gate.severities.get(check_of(rule, gate), rule.severity)


def results(
    findings: Iterable[Finding],
    in_force: Mapping[str, Severity],
    rules: Mapping[str, Rule],
    fail_on: str,
    gate: Gate,
) -> list[CheckResult]:
    """The gate of one history: `in_force` are the rules that ran with their severities, `fail_on` the lowest that
    fails the run ("never": none does)."""
    counts = dict.fromkeys((*CHECKS, *gate.members.values(), OTHER), 0)
    failed: set[str] = set()
    severities: dict[str, Severity] = {}
    for name, severity in in_force.items():
        check = check_of(rules[name], gate)
        severities[check] = max(severity, severities.get(check, severity))
    for finding in findings:
        check = check_of(rules[finding.rule], gate) if finding.rule in rules else OTHER
        counts[check] += 1
        if fail_on != "never" and finding.severity >= Severity[fail_on.upper()]:
            failed.add(check)
    return [
        CheckResult(
            check=check,
            severity=gate.severities.get(check, severities[check]) if check in severities else None,
            findings=count,
            failed=check in failed,
            declared=check in gate.severities,
        )
        for check, count in counts.items()
    ]


def together(parts: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The gates of several histories as one: the gravest severity, all findings, failed where one failed."""
    whole: dict[str, CheckResult] = {}
    for part in parts:
        known = whole.get(part.check)
        if known is None:
            whole[part.check] = part
            continue
        known_severities = [each for each in (known.severity, part.severity) if each is not None]
        whole[part.check] = CheckResult(
            check=part.check,
            severity=max(known_severities, default=None),
            findings=known.findings + part.findings,
            failed=known.failed or part.failed,
            declared=known.declared or part.declared,
        )
    return tuple(whole.values())
