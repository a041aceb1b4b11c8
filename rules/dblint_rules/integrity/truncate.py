"""A table is emptied, and perhaps others with it. See truncate.md."""

from collections.abc import Iterator

from dblint.evidence import in_use, listed, provenance
from dblint.operations import Truncate
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.integrity._foreign_keys import reached

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def truncate(operation: Truncate, before: Before) -> Iterator[Problem]:
    schema = before.schema
    named = {schema.resolve(name) for name in operation.together}
    reach = reached(schema, operation.table, lambda key: True) if operation.cascade else []
    along = [name for name in reach if schema.resolve(name) not in named and in_use(before, name)]
    if not in_use(before, operation.table) and not along:
        return
    yield Problem(
        message=f"all rows of {operation.table} are lost"
        + (f", and all of {listed(along)}, which the statement does not name" if along else ""),
        why=(provenance(schema, operation.table),),
        instead="Name every table to be emptied instead of CASCADE." if along else "",
    )
