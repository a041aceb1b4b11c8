"""Whether an English word is a singular, as the library `inflect` knows it."""

import re
from functools import cache
from typing import Any

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")


@cache
def _engine() -> Any:
    import inflect

    return inflect.engine()


def last_word(name: str) -> str:
    """The last word of a name in snake_case, PascalCase or camelCase, in small letters; "" where it has none."""
    words = _WORDS.findall(name)
    return words[-1].lower() if words else ""


@cache
def plural_of(word: str) -> str:
    """The plural of a word that is a singular; "" for one that is a plural already, or may be."""
    engine = _engine()
    if not word.isascii() or engine.singular_noun(word):
        return ""
    plural = str(engine.plural_noun(word))
    return plural if plural != word else ""
