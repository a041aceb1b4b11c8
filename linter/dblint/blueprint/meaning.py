"""When two SQL expressions that are written differently mean the same, as far as a text can tell."""

import re

from dblint.lexer import normalise
from dblint.operations import Expression

_CAST = re.compile(r"(?P<value>'(?:[^']|'')*'|-? ?[\d.]+|true|false|null) :: [\w ]+(?: \( [\d ,]+ \))?(?: \[ \])?\Z")
_NUMBER = re.compile(r"-? ?\d+(?:\.\d*)?\Z")
_SAME = {
    "current_timestamp": "now ( )",
    "transaction_timestamp ( )": "now ( )",
    "getdate ( )": "current_timestamp",
    "'t'": "true",
    "'f'": "false",
}
"""Spellings of PostgreSQL's and SQL Server's manuals for the same function or value."""


def meaning(text: str) -> str:
    """A key that is equal for expressions that differ only in layout, outer parentheses, the cast of a literal, the
    quotes around a number or a Boolean, or the spelling of the present moment."""
    key = normalise(text)
    while True:
        plain = _unwrapped(key)
        if found := _CAST.match(plain):
            plain = found["value"]
        plain = _SAME.get(plain, plain)
        if plain.startswith("'") and (_NUMBER.match(plain[1:-1]) or plain[1:-1] in ("true", "false")):
            plain = plain[1:-1]
        if plain == key:
            break
        key = plain
    if _NUMBER.match(key):
        whole, _, fraction = key.replace(" ", "").partition(".")
        fraction = fraction.rstrip("0")
        return f"{whole}.{fraction}" if fraction else whole
    return key


def same(one: Expression | None, other: Expression | None) -> bool:
    """Whether two expressions, or their absence, mean the same."""
    if one is None or other is None:
        return one is other
    return one.key == other.key or meaning(one.text) == meaning(other.text)


def _unwrapped(key: str) -> str:
    """The key without parentheses around all of it."""
    while key.startswith("( ") and key.endswith(" )"):
        depth = 0
        for at, token in enumerate(tokens := key.split(" ")):
            depth += (token == "(") - (token == ")")
            if depth == 0 and at < len(tokens) - 1:
                return key
        key = key[2:-2]
    return key
