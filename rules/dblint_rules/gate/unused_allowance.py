"""A comment allows what is not found. See unused_allowance.md."""

from collections.abc import Iterator
from functools import partial

from dblint.placing import comment_removal
from dblint.remedies import fix
from dblint.rule import After, Fix, Problem, Rule, Severity
from dblint.suppressions import Allowance

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def allowance(allowance: Allowance, after: After) -> Iterator[Problem]:
    if allowance.used == 0 and not allowance.expired:
        where = "in this file" if allowance.whole_file else "here"
        yield Problem(
            message=f"this allows nothing: {allowance.name} is not found {where}", fix=partial(taken_away, allowance)
        )


def taken_away(allowance: Allowance) -> Fix | None:
    """Without the comment, if this is all that it allows."""
    return fix("Take the comment away", comment_removal(allowance.source, allowance.span), safe=True)
