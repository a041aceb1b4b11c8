"""Which check hears of what, and what the checks found, graded."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from dblint.operations import Operation
from dblint.rule import Check, Finding, Fix, Problem, Rule, Severity
from dblint.source import Source, Span, Statement

Dispatch = Mapping[type, list[tuple[Rule, Check]]]

Grading = Callable[[str], Mapping[str, Severity]]
"""The rules in force for the file with this path, with their severities."""


class Findings:
    """The findings of one pass, in the order in which they came."""

    def __init__(self, grades: Grading) -> None:
        self.grades = grades
        self.all: list[Finding] = []
        self._known: set[tuple[str, Source, Span, str]] = set()

    def add(
        self,
        rule: Rule,
        problem: Problem,
        source: Source,
        span: Span,
        *,
        statement: Statement | None = None,
        subject: str = "",
        migration: int = -1,
    ) -> None:
        """Grade a problem that stands at this place; nothing where the rule is not in force for the file, or has said
        the same of the place: a routine may be called many times.

        `statement`: the one at fault, if it is one. `subject`: the object, where the problem names none.
        `migration`: the number of the one that brought it.
        """
        severity = self.grades(source.path).get(rule.name)
        said = (rule.name, source, span, problem.message)
        if severity is None or said in self._known:
            return
        self._known.add(said)
        self.all.append(
            Finding(
                rule=rule.name,
                family=rule.family,
                severity=severity,
                source=source,
                span=span,
                message=problem.message,
                object=str(problem.object) if problem.object is not None else subject,
                statement=statement.text if statement is not None else "",
                statement_span=statement.span if statement is not None else None,
                why=problem.why,
                instead=problem.instead,
                fix=problem.fix if isinstance(problem.fix, Fix) else None,
                related=problem.related,
                migration=migration,
            )
        )

    def sort(self) -> None:
        """By place, as they are reported."""
        self.all.sort(key=lambda each: (each.source.path, each.span, each.rule, each.message))


def with_fix(problem: Problem, wanted: bool) -> Problem:
    """The problem with its fix made, to be called while the schema is as the check saw it; without, if not wanted."""
    if problem.fix is None:
        return problem
    if not wanted:
        return replace(problem, fix=None)
    return replace(problem, fix=problem.fix() if callable(problem.fix) else problem.fix)


def glossary() -> list[type[Operation]]:
    """Every class of operations, without the events that are the engine's own work."""
    return [kind for kind in Operation.__subclasses__() if kind.__module__ == Operation.__module__]


def dispatch_table(rules: Iterable[Rule], dialect: str) -> Dispatch:
    """Which checks hear of which operations and objects, for the rules in force."""
    table: dict[type, list[tuple[Rule, Any]]] = {}
    for rule in rules:
        if rule.dialects and dialect not in rule.dialects:
            continue
        for kind, check in rule.checks.items():
            for each in glossary() if kind is Operation else (kind,):
                table.setdefault(each, []).append((rule, check))
    return table
