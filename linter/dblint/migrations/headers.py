"""What the comment at the head of a migration states: `-- Key: value` lines before the first statement."""

import re
from functools import lru_cache

from msgspec import Struct

from dblint.source import Source, Span

_LINE = re.compile(r"[ \t]*--[ \t]*(?P<key>[A-Za-z][\w -]*?)[ \t]*:[ \t]*(?P<value>[^\r\n]*)")
_SKIPPED = re.compile(r"[ \t]*(?:--[^\r\n]*)?(?:\r\n?|\n|\Z)")


class Header(Struct, frozen=True):
    """One statement of a head comment. `span` is of the whole, without the dashes."""

    key: str
    value: str
    span: Span


def headers_of(source: Source) -> dict[str, Header]:
    """The statements at the head of the file, by their keys in lower case without blanks; the first of each counts."""
    found: dict[str, Header] = {}
    position, text = 0, source.text
    while position < len(text) and (line := _SKIPPED.match(text, position)):
        stated = _LINE.match(text, position, line.end())
        if stated is not None:
            key, value = stated["key"], stated["value"].strip()
            span = Span(stated.start("key"), stated.start("value") + len(value))
            found.setdefault(key.lower().replace(" ", "-"), Header(key, value, span))
        position = line.end()
    return found


@lru_cache(maxsize=4)
def claims_zero_downtime(source: Source) -> Header | None:
    """The header by which a migration says that nobody waits for it."""
    header = headers_of(source).get("zero-downtime")
    return header if header is not None and re.match(r"(?i)(?:yes|true)\b", header.value) else None
