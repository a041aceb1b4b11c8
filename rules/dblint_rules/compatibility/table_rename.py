"""Code that knows a table or view by its old name fails. See table_rename.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Index, Sequence, Table
from dblint.evidence import in_use, provenance
from dblint.names import Name
from dblint.operations import RenameObject, RenameTable, SetSchema
from dblint.remedies import recipe
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)

QUERIED = ("table", "view", "materialized view", "foreign table")


@rule.check
def table_rename(rename: RenameTable | RenameObject, before: Before) -> Iterator[Problem]:
    if isinstance(rename, RenameTable) or rename.kind in QUERIED:
        yield from moved(rename.name, before)


@rule.check
def table_move(move: SetSchema, before: Before) -> Iterator[Problem]:
    if move.kind in QUERIED and move.schema not in before.schema.search_path:
        yield from moved(move.name, before)


def moved(name: Name, before: Before) -> Iterator[Problem]:
    schema = before.schema
    old = schema.resolve(name)
    relation = schema.relation(old)
    if isinstance(relation, Index | Sequence) or (isinstance(relation, Table) and relation.partition_of is not None):
        return
    if relation is None and any(name.name in table.constraints for table in schema.tables()):
        return  # SQL Server's sp_rename does not say whether it means a table or a constraint
    if in_use(before, old):
        yield Problem(
            message=f"code that still names {name} fails",
            why=(provenance(schema, old),),
            unless=lambda end: end.relation(old) is not None,
            fix=partial(recipe, f"Expand and contract: leave a view called {old.name}, move the code, then drop it"),
        )
