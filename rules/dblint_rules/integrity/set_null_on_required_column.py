"""Deletes of parent rows fail. See set_null_on_required_column.md."""

from collections.abc import Iterator

from dblint.catalog.model import Constraint, Table
from dblint.evidence import listed, shown
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def set_null_on_required_column(table: Table, after: After) -> Iterator[Problem]:
    if table.partition_of is not None:
        return
    for key in table.foreign_keys:
        if key.references is None:
            continue
        for action, event, columns in (
            (key.on_delete, "deletes", key.delete_columns or key.columns),
            (key.on_update, "changes of keys", key.columns),
        ):
            stuck = [name for name in columns if takes_no_null(table, name, action)]
            if stuck:
                yield Problem(
                    message=f"{event} in {shown(after.schema, key.references)} fail while "
                    f"{shown(after.schema, table.name)} points at the row: {listed(stuck)} cannot be NULL",
                    origin=key.origin,
                    why=(described(key, action),),
                )


def takes_no_null(table: Table, name: str, action: str) -> bool:
    """Whether the action would put NULL where none may be: SET DEFAULT does without a default."""
    column = table.columns.get(name)
    if column is None or not column.not_null:
        return False
    return action == "set null" or (action == "set default" and not column.default_text)


def described(key: Constraint, action: str) -> str:
    return f"foreign key {key.name} says {action.upper()}, and the column is NOT NULL"
