"""A stage comes too late to protect what runs before it. See pipeline_order.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, applies=lambda context: context.blueprint is not None)

ORDER = {
    "ci": (
        "schema-lint",
        "migration-validation",
        "migration-dry-run",
        "seed-data-test",
        "integration-tests",
        "performance-regression",
    ),
    "cd": ("deploy-migrations", "verify-schema", "health-check"),
}
"""The stages that the rule knows, in the order in which each builds on those before it."""


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for part, order in ORDER.items():
        section = blueprint.section("databasePipeline", part, "stages")
        seen: dict[str, Node] = {}
        for stage in section.elements() if section is not None else ():
            name = stage.get("name")
            if name is None or not name.text:
                continue
            later = [known for known in seen if known in order and name.text in order]
            later = [known for known in later if order.index(known) > order.index(name.text)]
            if name.text in seen:
                yield problem(name, f"stage {name.text} runs twice", seen[name.text], "first here")
            elif later:
                first = seen[later[0]]
                yield problem(name, f"stage {name.text} runs after {later[0]}, which builds on it", first, later[0])
            seen.setdefault(name.text, name)


def problem(name: Node, message: str, other: Node, said: str) -> Problem:
    return Problem(
        message=message,
        source=name.source,
        span=name.span,
        object=name.text,
        related=(Related(other.source, other.span, said),),
    )
