"""Two documents promise different things. See contradictory_declaration.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for found in after.declared.contradictions if after.declared else ():
        first, second = found.first, found.second
        here, there = (" ".join(node.source.slice(node.span).split()) for node in (second, first))
        here = found.here or here
        yield Problem(
            message=f"{found.subject}: {found.key} is {here} here, and {there} elsewhere, where it counts",
            source=second.source,
            span=second.span if isinstance(second.content, str) else second.line_span,
            related=(Related(first.source, first.line_span, f"here {found.key} is {there}"),),
            object=found.subject,
        )
