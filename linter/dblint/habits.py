"""The naming conventions that a history follows without having declared them, found by counting."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from dblint.nomenclature import CALLED, Named

FEWEST, SHARE = 10, 0.9
"""How many names of a kind must tell, and which part of them agree, before that is a habit."""

# Negated classes compile much faster than a range up to the last character.
PLAIN = re.compile(r"[^\x00-^`{-\x7f][^\x00-#%-/:-^`{-\x7f]*\Z")
"""What PostgreSQL takes unquoted and finds again: it folds A to Z and lets every letter beyond them stand."""

_MARKS = {
    "index": ("ix", "idx", "index", "indx", "i"),
    "unique_index": ("ux", "uidx", "uix", "uq", "uk", "unq", "uniq", "unique", "key", "udx", "ix", "idx", "index"),
    "primary_key": ("pk", "pkey"),
    "unique": ("uq", "uk", "ux", "unq", "uniq", "unique", "key", "ukey", "u"),
    "foreign_key": ("fk", "fkey", "fkc"),
    "check": ("ck", "chk", "check", "c"),
    "exclusion": ("ex", "excl", "exclude"),
    "sequence": ("seq", "sq", "sequence"),
    "view": ("v", "vw", "view"),
    "materialized_view": ("mv", "mvw", "matview"),
    "trigger": ("tr", "trg", "trig", "trigger", "tg", "t"),
}
"""Words that begin or end the names of a kind where people mark it so."""

_WORDS = re.compile(r"[^\W_]+")


class Habit(Struct, frozen=True):
    """`names` of a kind that tell something about how it is named; `following` of them follow it.

    `rule` is the habit in words, for a message: "are snake_case", "end in _idx".
    """

    kind: str
    rule: str
    following: int
    names: int
    deviants: tuple[Named, ...]


def habits(names: Iterable[Named]) -> Iterator[Habit]:
    """What at least nine tenths of ten or more names of a kind, as their authors wrote them, have in common."""
    kinds: defaultdict[str, list[Named]] = defaultdict(list)
    for named in names:
        if named.given and len(named.name) < _CUT:
            kinds[named.kind].append(named)
    for kind, found in kinds.items():
        if len(found) >= FEWEST:
            yield from _habit(kind, "are {}", [(named, _style(named.name)) for named in found], STYLES)
            if marks := _MARKS.get(kind):
                words = [(named, _WORDS.findall(named.name)) for named in found]
                for rule, place in (("begin with {}_", 0), ("end in _{}", -1)):
                    marked = [(named, parts[place] if len(parts) > 1 else "-") for named, parts in words]
                    yield from _habit(kind, rule, marked, marks)


_CUT = 60
"""From this length on, PostgreSQL may have cut off what a name ends in."""


def _habit(kind: str, rule: str, traits: list[tuple[Named, str]], possible: Collection[str]) -> Iterator[Habit]:
    """The one trait of nearly all names that have one, if it is one of the possible ones."""
    telling = [(named, trait) for named, trait in traits if trait]
    if len(telling) >= FEWEST:
        common, count = Counter(trait for _, trait in telling).most_common(1)[0]
        if common.lower() in possible and SHARE * len(telling) <= count < len(telling):
            deviants = tuple(named for named, trait in telling if trait != common)
            yield Habit(kind, rule.format(common), count, len(telling), deviants)


STYLES = ("snake_case", "camelcase", "pascalcase")


def _style(name: str) -> str:
    """How the words of a name are joined; "" for a single word, which fits more than one style."""
    if name == name.lower():
        return "snake_case" if "_" in name.strip("_") else ""
    if "_" in name.strip("_"):
        return "Mixed_Case"
    return "" if name == name.upper() else "PascalCase" if name[0].isupper() else "camelCase"


def quoting(names: Iterable[Named]) -> tuple[Named, ...]:
    """The names of what queries call that PostgreSQL finds only in quotes.

    None where the history means it so: it has many of them, or quotes also names that need no quotes, as the SQL of
    most object-relational mappers does.
    """
    given = [named for named in names if named.given and named.kind in CALLED]
    quoted = tuple(named for named in given if not PLAIN.match(named.name))
    if not quoted or (len(quoted) >= FEWEST and len(quoted) * 5 >= len(given)):
        return ()
    plain = [named for named in given if PLAIN.match(named.name)][-2 * FEWEST :]
    return () if 2 * sum(named.quoted for named in plain) > len(plain) else quoted
