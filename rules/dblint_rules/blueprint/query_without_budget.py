"""Nobody said how fast a new query must be. See query_without_budget.md."""

from collections.abc import Iterator

from dblint.operations import CreateFunction, CreateMaterializedView, CreateView, Select
from dblint.rule import Before, Context, Problem, Rule, Severity


def budgeted(context: Context) -> bool:
    """Whether the blueprint has budgets."""
    return context.blueprint is not None and context.blueprint.section("queryPerformance", "budgets") is not None


rule = Rule(__name__, severity=Severity.WARNING, gate="performance-budget", applies=budgeted)


@rule.check
def view(create: CreateView | CreateMaterializedView, before: Before) -> Iterator[Problem]:
    if create.query.tables and not has_budget(create.name.name, before):
        kind = "materialized view" if isinstance(create, CreateMaterializedView) else "view"
        yield Problem(message=f"nobody will notice when {kind} {create.name} gets slow: it has no budget")


@rule.check
def routine(create: CreateFunction, before: Before) -> Iterator[Problem]:
    if create.returns is not None and create.returns.name.name in ("trigger", "event_trigger"):
        return
    reads = any(isinstance(inner, Select) and inner.query.tables for inner in create.body)
    known = bool(before.schema.functions(create.name))
    if reads and not known and not has_budget(create.name.name, before):
        kind = "procedure" if create.procedure else "function"
        yield Problem(message=f"nobody will notice when {kind} {create.name} gets slow: it has no budget")


def has_budget(name: str, before: Before) -> bool:
    """Whether a budget is for the object, or names it in its query."""
    sections = before.blueprint.sections("queryPerformance", "budgets") if before.blueprint is not None else ()
    for section in sections:
        for each in section.elements():
            for key in ("object", "query", "sql"):
                node = each.get(key)
                if node is not None and name.lower() in node.text.lower():
                    return True
    return False
