"""A table's rows cannot be told apart. See missing_primary_key.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, formerly=("all-tables-must-have-primary-key",))


@rule.check
def table_without_key(table: Table, after: After) -> Iterator[Problem]:
    if table.primary_key is not None or table.kind == "foreign table" or after.schema.is_temporary(table.name):
        return
    if table.partition_of is not None or not table.columns:
        return
    unique = [
        index.name.name
        for index in after.schema.indexes_of(table.name)
        if index.definition.unique and index.definition.predicate is None and all(index.columns)
    ]
    yield Problem(
        message="rows cannot be told apart: the table has no primary key",
        why=(f"unique index that could become the key: {unique[0]}",) if unique else (),
    )
