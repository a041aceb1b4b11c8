"""A name that works only in quotes must be quoted for ever. See quoted_name.md."""

from collections.abc import Iterator
from functools import partial

from dblint.habits import quoting
from dblint.migrations.model import History
from dblint.nomenclature import Named, label, names, subject
from dblint.rule import After, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))


@rule.check
def quoted(history: History, after: After) -> Iterator[Problem]:
    for named in quoting(names(after)):
        folded = named.name.lower()
        reason = f"without, the server looks for {folded}" if folded.isidentifier() else "it is not a plain word"
        yield Problem(
            message=f"{subject(after, named)} has to be quoted wherever it is used: {reason}",
            origin=named.origin,
            span=named.place,
            object=label(after, named),
            fix=partial(plain, after, named),
        )


def plain(after: After, named: Named) -> Fix | None:
    from dblint.renaming import renamed, snake_case

    new = snake_case(named.name)
    return renamed(after, named, new) if new else None
