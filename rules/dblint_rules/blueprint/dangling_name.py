"""A section speaks of a table, column or index that there is not. See dangling_name.md."""

from collections.abc import Iterable, Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.blueprint._known import anything, has_column, has_index, schemas, tables

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.blueprint is not None)

TABLES = (
    ("multiTenant", "tables"),
    ("multiTenant", "excludedTables"),
    ("softDelete", "excludedTables"),
)
"""Sections that list tables."""


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    if not anything(after) or (after.declared is not None and after.declared.facts.nameless):
        return
    for node in table_names(blueprint):
        if node.text and "*" not in node.text and not tables(node.text, after):
            yield missing(
                node, f"no table is called {node.text}", (t.name.name for s in schemas(after) for t in s.tables())
            )
    for node in blueprint.sections("dataMasking", "rules"):
        for each in node.elements():
            if (column := each.get("column")) is not None:
                yield from column_problems(column, after)
    if any(fault.kind == "unknown key" for fault in blueprint.faults):
        return  # what is not understood may be the very list that has the index
    for node in index_names(blueprint):
        if not has_index(node.text, after):
            names = (index.name.name for schema in schemas(after) for index in schema.indexes())
            yield missing(node, f"no index is called {node.text}", names)


def all_tables(after: After) -> list[str]:
    return [table.name.name for schema in schemas(after) for table in schema.tables()]


def table_names(blueprint: Blueprint) -> Iterator[Node]:
    for path in TABLES:
        for section in blueprint.sections(*path):
            yield from section.elements()
    for section in blueprint.sections("temporalTables", "tables"):
        yield from named(section, "name")
    for section in blueprint.sections("dataSeeding"):
        lists = [entry.get("tables") for _name, entry in section.items()]
        yield from (node for each in lists if each is not None for node in each.elements())


def index_names(blueprint: Blueprint) -> Iterator[Node]:
    for section in blueprint.sections("queryPerformance", "budgets"):
        yield from named(section, "index")
    for section in blueprint.sections("executionPlanBaselines"):
        for each in section.elements():
            index = each.get("expectedPlan", "index")
            if index is not None and index.text:
                yield index


def named(section: Node, key: str) -> Iterator[Node]:
    """What stands under a key in each element of a list."""
    for each in section.elements():
        node = each.get(key)
        if node is not None and node.text:
            yield node


def column_problems(node: Node, after: After) -> Iterator[Problem]:
    table, _, column = node.text.rpartition(".")
    if not table:
        return
    found = tables(table, after)
    if not found:
        yield missing(node, f"no table is called {table}", all_tables(after), table)
    elif not has_column(table, column, after):
        yield missing(node, f"{table} has no column {column}", found[0].columns, column)


def missing(node: Node, message: str, names: Iterable[str], wrong: str = "") -> Problem:
    from difflib import get_close_matches

    close = get_close_matches(wrong or node.text, sorted(set(names)), n=1)
    return Problem(
        message=message,
        source=node.source,
        span=node.span,
        object=node.text,
        why=(f"the nearest name there is {close[0]}",) if close else (),
    )
