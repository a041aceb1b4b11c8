"""A seed fails, or doubles its rows, when it runs again. See unrepeatable_seed.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.operations import Copy, Delete, Insert, Truncate
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: bool(context.seeds))


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    for seed in after.context.seeds:
        if not seed.repeatable:
            continue
        emptied: set[str] = set()
        for statement, operations in seed.statements:
            for operation in operations:
                if isinstance(operation, Truncate | Delete):
                    emptied.add(operation.table.name)
                if not isinstance(operation, Insert | Copy) or operation.table.name in emptied or operation.guards:
                    continue
                if looks_first(operation) if isinstance(operation, Insert) else not operation.into:
                    continue
                yield Problem(
                    message=f"run again, the seed fails or doubles rows of {operation.table}",
                    source=seed.source,
                    span=statement.span,
                    object=operation.table,
                )


def looks_first(insert: Insert) -> bool:
    """Whether an INSERT minds the rows that there are: by ON CONFLICT, or by looking as WHERE NOT EXISTS does."""
    if insert.on_conflict:
        return True
    read = (*(insert.query.tables if insert.query is not None else ()), *insert.reads)
    return any(use.name.name == insert.table.name for use in read)
