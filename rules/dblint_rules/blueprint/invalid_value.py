"""What is declared cannot be understood. See invalid_value.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)

TITLES = {"postgres": "PostgreSQL", "tsql": "SQL Server", "mysql": "MySQL"}


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for fault in blueprint.faults:
        if fault.kind in ("missing key", "wrong value"):
            yield Problem(message=fault.message, source=fault.source, span=fault.span)
    for found in after.declared.no_sql if after.declared else ():
        text = f": {found.node.text}" if found.node.text else ""
        message = f"{found.what} is none that {TITLES[after.dialect]} reads{text}"
        yield Problem(message=message, source=found.node.source, span=found.node.line_span)
