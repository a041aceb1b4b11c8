"""A name that the database reserves must be quoted for ever. See reserved_word_name.md."""

from collections.abc import Iterator

from dblint.keywords import RESERVED_BY
from dblint.migrations.model import History
from dblint.nomenclature import CALLED, label, names, subject
from dblint.rule import After, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)

TITLES = {"postgres": "PostgreSQL", "tsql": "SQL Server", "mysql": "MySQL"}


@rule.check
def reserved(history: History, after: After) -> Iterator[Problem]:
    words, own = RESERVED_BY[after.dialect], frozenset(word.lower() for word in after.config.naming.reserved)
    for named in names(after):
        word = named.name.lower()
        if named.kind in CALLED and named.kind != "function" and word in words and named.given:
            message = f"{subject(after, named)} has to be quoted wherever it is used: "
            message += f"{TITLES[after.dialect]} reserves the word {word}"
        elif word in own and named.given:
            message = f"{subject(after, named)} has a name that the configuration reserves: {word}"
        else:
            continue
        yield Problem(message=message, origin=named.origin, span=named.place, object=label(after, named))
