"""A tenant column has another type than the tenants' keys. See tenant_column_type.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from dblint.catalog.model import Column
from dblint.dialects import load
from dblint.evidence import shown
from dblint.migrations.model import History, Script
from dblint.operations import CreateTable
from dblint.remedies import recipe
from dblint.rule import After, Problem, Rule, Severity
from dblint.source import Source

rule = Rule(__name__, severity=Severity.WARNING, gate="required-columns")

SHARE = 0.7
"""More than which part of the tables must agree before the others are expected to."""


@rule.check
def tables(history: History, after: After) -> Iterator[Problem]:
    tenants, declared = after.tenants, after.config.tenancy.type
    columns = [
        (table, table.columns[tenants.column])
        for table in after.schema.tables()
        if table.name in tenants.tables and tenants.column in table.columns
    ]
    wanted = spelled(declared, after) if declared else usual(column for _, column in columns)
    for table, column in columns if wanted else ():
        if column.type.text == wanted:
            continue
        name = f"{shown(after.schema, table.name)}.{column.name}"
        expected = f"to be {wanted}" if declared else f"{wanted} elsewhere"
        yield Problem(
            message=f"{name} is {column.type.text}, and the tenant column is {expected}",
            origin=column.origin,
            object=name,
            why=(f"declared is {declared}" if declared else f"most tables have {wanted}",),
            fix=partial(
                recipe,
                f"Expand and contract: add a column of type {wanted}, keep it in step, fill it in batches, "
                f"move policies and code, then drop {column.name}",
            ),
        )


def usual(columns: Iterable[Column]) -> str:
    """The type that most tenant columns have; "" where there is none."""
    counted = Counter(column.type.text for column in columns)
    ((kind, count),) = counted.most_common(1) or [("", 0)]
    return kind if count > SHARE * counted.total() else ""


def spelled(kind: str, after: After) -> str:
    """A type that people write, in the spelling of the catalog."""
    script = Script.whole(Source("", f"CREATE TABLE t (c {kind})"))
    for _, operations in load(after.dialect).read(script):
        for operation in operations:
            if isinstance(operation, CreateTable) and operation.columns:
                return operation.columns[0].type.text
    return ""
