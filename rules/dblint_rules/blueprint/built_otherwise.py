"""The database is not what the contract promises. See built_otherwise.md."""

from collections.abc import Iterator
from functools import partial

from dblint.blueprint.difference import Difference
from dblint.drift_fixes import mending
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def difference(found: Difference, after: After) -> Iterator[Problem]:
    if found.kind == "built otherwise":
        built = (Related.origin(found.origin, f"built here {found.built}"),) if found.origin is not None else ()
        yield Problem(
            message=found.message,
            source=found.place.source,
            span=found.place.span,
            related=built,
            object=f"{found.table}.{found.name}",
            fix=partial(mending, found, after),
        )
