"""All rows of a table are deleted. See delete_without_where.md."""

from collections.abc import Iterator

from dblint.evidence import in_use, listed, provenance
from dblint.operations import Delete
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.integrity._foreign_keys import reached

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def delete_without_where(delete: Delete, before: Before) -> Iterator[Problem]:
    if delete.joined or (delete.where is not None and delete.where.truth is not True):
        return
    if not in_use(before, delete.table):
        return
    along = reached(before.schema, delete.table, lambda key: key.on_delete == "cascade")
    yield Problem(
        message=f"all rows of {delete.table} are lost"
        + (f", and with them the rows of {listed(along)} that point at them" if along else ""),
        why=(provenance(before.schema, delete.table),),
    )
