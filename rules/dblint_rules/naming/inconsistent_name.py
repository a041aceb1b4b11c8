"""A name departs from what nearly all others of its kind follow. See inconsistent_name.md."""

from collections.abc import Iterator

from dblint.habits import habits
from dblint.migrations.model import History
from dblint.nomenclature import PLURALS, label, names, subject
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO)


@rule.check
def inconsistent(history: History, after: After) -> Iterator[Problem]:
    naming = after.config.naming
    for habit in habits(names(after)):
        if getattr(naming, habit.kind, None) is not None:
            continue
        for named in habit.deviants:
            others = f"{habit.following} of {habit.names} {PLURALS[habit.kind]}"
            yield Problem(
                message=f"{subject(after, named)} is named unlike the others: {others} {habit.rule}",
                origin=named.origin,
                span=named.place,
                object=label(after, named),
            )
