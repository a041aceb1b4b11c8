"""A declared foreign key points at nothing. See unknown_reference.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.sheet import placed
from dblint.catalog.model import Constraint
from dblint.names import Name
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    declared = after.declared
    if declared is None or declared.facts.nameless:
        return
    for name, facts in declared.tables.items():
        table = declared.catalog.table(name)
        for key in table.foreign_keys if table is not None else ():
            for message in missing(key, after):
                source, span = placed(key.origin.statement.source, key.origin.span)
                yield Problem(message=message, source=source, span=span, object=f"{facts.name}.{key.name}")
    for named, node in declared.facts.orphans:
        schema, _, plain = named.rpartition(".")
        if after.schema.table(Name(plain, schema)) is None:
            message = f"indexes are declared for {named}, which is neither declared nor made by a migration"
            yield Problem(message=message, source=node.source, span=node.line_span, object=named)


def missing(key: Constraint, after: After) -> Iterator[str]:
    """What a declared foreign key points at and there is not, neither declared nor built."""
    target = key.references
    if target is None or after.declared is None:
        return
    tables = [found for schema in (after.declared.catalog, after.schema) if (found := schema.table(target)) is not None]
    columns = ", ".join(key.columns)
    if not tables:
        yield f"{columns} points at {target.name}, which is neither declared nor made by a migration"
    elif not any(table.incomplete for table in tables):
        for column in key.referenced_columns:
            if not any(column in table.columns for table in tables):
                yield f"{columns} points at {target.name}.{column}, and {target.name} has no such column"
