"""The contract does not know a part of the database. See built_not_declared.md."""

from collections.abc import Iterator

from dblint.blueprint.difference import Difference
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def difference(found: Difference, after: After) -> Iterator[Problem]:
    if found.kind == "built not declared":
        where = "the declared tables" if found.what == "table" else f"{found.table} is declared here"
        yield Problem(
            message=found.message,
            origin=found.origin,
            related=(Related(found.place.source, found.place.span, where),),
            object=f"{found.table}.{found.name}",
        )
