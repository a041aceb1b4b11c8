"""Code relies on what is not there. See declared_not_built.md."""

from collections.abc import Iterator
from functools import partial

from dblint.blueprint.difference import Difference
from dblint.drift_fixes import making
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def difference(found: Difference, after: After) -> Iterator[Problem]:
    if found.kind == "declared not built":
        there = (Related.origin(found.origin, f"{found.table} is made here"),) if found.origin is not None else ()
        yield Problem(
            message=found.message,
            source=found.place.source,
            span=found.place.span,
            related=there,
            object=f"{found.table}.{found.name}",
            fix=partial(making, found, after),
        )
