"""Speed is to be tested, and nobody says against what. See untestable_performance.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(
    __name__,
    severity=Severity.WARNING,
    gate="performance-budget",
    applies=lambda context: context.blueprint is not None,
)

MEASURES = ("queryPerformance", "executionPlanBaselines")


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    if any(blueprint.section(section) is not None for section in MEASURES):
        return
    required = blueprint.section("migrationPolicy", "validation", "requirePerformanceTest")
    if required is not None and required.is_true and not misspelt(blueprint):
        message = "no performance test can fail: there are no query budgets and no plan baselines"
        yield Problem(message=message, source=required.source, span=required.line_span)


def misspelt(blueprint: Blueprint) -> bool:
    """Whether a section's name is not understood, so that it may be one of those."""
    return any(
        fault.kind == "unknown key" and any(name in fault.message for name in MEASURES) for fault in blueprint.faults
    )
