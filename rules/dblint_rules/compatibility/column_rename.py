"""Code that knows a column by its old name fails. See column_rename.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.evidence import in_use, is_added, provenance
from dblint.operations import RenameColumn
from dblint.remedies import recipe
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def column_rename(rename: RenameColumn, before: Before) -> Iterator[Problem]:
    schema = before.schema
    relation = schema.relation(rename.table)
    column = schema.column(rename.table, rename.column)
    if not in_use(before, rename.table) or is_added(before, rename.table, rename.column):
        return
    if column is None and isinstance(relation, Table) and not relation.incomplete:
        return

    def offered(end: Schema) -> bool:
        """Whether the old name is there again, in the table itself or in a new view of it."""
        now = next((table for table in end.tables() if relation and table.origin is relation.origin), None)
        if now is None:
            return False
        views = [view for view in end.readers_of(now.name) if end.introduced(view.origin)]
        return rename.column in now.columns or any(rename.column in view.columns for view in views)

    yield Problem(
        message=f"code that still names {rename.table}.{rename.column} fails",
        why=(provenance(schema, rename.table),),
        unless=offered,
        fix=partial(
            recipe,
            f"Expand and contract: add {rename.new_name}, keep both columns in step, move the code, then drop "
            f"{rename.column}",
        ),
    )
