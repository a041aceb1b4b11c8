"""A seed fills what it should not, or what there is not. See stray_seed.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.evidence import listed
from dblint.operations import Copy, Delete, Insert, Merge, Truncate, Update
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.blueprint._known import anything, has_column, tables

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: bool(context.seeds))


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    known = anything(after)
    for seed in after.context.seeds:
        section = seed.entry.get("tables") if seed.entry is not None else None
        declared = [node.text for node in section.elements()] if section is not None else []
        for statement, operations in seed.statements:
            for operation in operations:
                if not isinstance(operation, Copy | Delete | Insert | Merge | Truncate | Update):
                    continue
                name = str(operation.table)
                message = ""
                why: tuple[str, ...] = ()
                if known and not tables(name, after):
                    message = f"the seed fails: there is no table {name}"
                elif wrong := [each for each in written(operation) if not has_column(name, each, after)]:
                    message = f"the seed fails: {name} has no column {listed(wrong)}"
                elif declared and name not in declared and operation.table.name not in declared:
                    message = f"the seed changes {name}, which is none of its declared tables"
                    why = (f"declared are {listed(declared)}",)
                if message:
                    yield Problem(message=message, source=seed.source, span=statement.span, object=name, why=why)


def written(operation: object) -> list[str]:
    """The columns that a statement of a seed writes by name."""
    if isinstance(operation, Insert):
        return list(operation.columns)
    return [column for column, _ in operation.assignments] if isinstance(operation, Update) else []
