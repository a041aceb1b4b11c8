"""Another name for an object that the change under check makes, where the change itself writes the name only once."""

import re
from collections.abc import Iterator

from dblint.catalog.facts import label
from dblint.lexer import fold, tokens
from dblint.names import Name
from dblint.naming import STYLES, Convention
from dblint.nomenclature import LIMITS, Named
from dblint.remedies import fix, sql
from dblint.rule import After, Fix
from dblint.source import Edit, Source

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_KINDS = {
    "column": ("column",),
    "index": ("index",),
    "unique_index": ("index",),
    "check": ("constraint",),
    "foreign_key": ("constraint",),
    "unique": ("constraint", "index"),
    "primary_key": ("constraint", "index"),
    "exclusion": ("constraint", "index"),
    "trigger": ("trigger",),
    "policy": ("policy",),
    "sequence": ("sequence",),
}
"""The kinds whose names can be changed alone, and the objects that are then called otherwise."""


def conventional(named: Named, convention: Convention) -> str:
    """The name that the convention asks for; "" where it does not say which."""
    if convention.text == "snake_case":
        return snake_case(named.name)
    expected = convention.expected(named.facts)
    return "" if convention.text in STYLES or convention.text.startswith("/") or "{" in expected else expected


def snake_case(name: str) -> str:
    """The name in small letters, its words joined by underscores; "" where that gives no plain name."""
    made = "_".join(word.lower() for word in _HUMP.split(name) if word)
    return made if re.fullmatch(STYLES["snake_case"], made) else ""


def renamed(after: After, named: Named, new: str) -> Fix | None:
    """The object called `new` where it is made; None if it may be there already, or is named elsewhere as well."""
    kinds = _KINDS.get(named.kind)
    if after.dialect != "postgres" or kinds is None or not named.given or len(new.encode()) > LIMITS["postgres"]:
        return None
    if not after.context.editable(named.origin.migration) or _occurrences(after, named.name) != 1:
        return None
    changes: list[str] = []
    for kind in kinds:
        owner = named.table if kind not in ("index", "sequence") else None
        for name in (named.name, new):
            changes.append(label(kind, owner, name) if owner else label(kind, Name(name, named.schema)))
    return fix(f"Call it {new}", Edit(named.place, sql(new)), changes=changes)


def _occurrences(after: After, name: str) -> int:
    """How often the migrations that may still change write the name."""
    return sum(_written(source.text, name) for source in _sources(after))


def _sources(after: After) -> Iterator[Source]:
    for migration in after.history.migrations:
        if after.context.editable(migration.number):
            yield from dict.fromkeys(part.source for part in (*migration.up, *migration.down))


def _written(text: str, name: str) -> int:
    count = 0
    for token in tokens(text):
        written = text[token.start : token.end]
        if token.kind == "word":
            count += fold(written) == name
        elif token.kind == "quoted":
            count += written.strip('"').replace('""', '"') == name
        elif token.kind in ("string", "dollar"):
            count += name in written
    return count
