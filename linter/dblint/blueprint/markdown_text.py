"""Finds the fenced blocks of a Markdown document (CommonMark) that hold YAML, JSON or SQL."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from dblint.source import Source, Span

_FENCE = re.compile(r"[ \t]*(?:>[ \t]?)*(?P<marks>`{3,}|~{3,})[ \t]*(?P<word>[\w+-]*)(?P<rest>[^\r\n]*)")
_LANGUAGES: dict[str, Literal["yaml", "json", "sql"]] = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "sql": "sql",
    "postgresql": "sql",
    "pgsql": "sql",
}


class Block(Struct, frozen=True):
    """The lines between two fences."""

    language: Literal["yaml", "json", "sql"]
    span: Span


def blocks(source: Source) -> Iterator[Block]:
    """The blocks in order; one that no fence ends goes on to the end of the file."""
    text, starts = source.text, source.lines
    if "```" not in text and "~~~" not in text:
        return
    fence, language, begin = "", "", 0
    for number, start in enumerate(starts):
        found = _FENCE.match(text, start)
        if fence:
            closes = found and found["marks"][0] == fence[0] and len(found["marks"]) >= len(fence)
            if found and closes and not found["word"] and not found["rest"].strip():
                if language in _LANGUAGES:
                    yield Block(_LANGUAGES[language], Span(begin, start))
                fence = ""
        elif found and not (found["marks"][0] == "`" and "`" in found["rest"]):
            fence, language = found["marks"], found["word"].lower()
            begin = starts[number + 1] if number + 1 < len(starts) else len(text)
    if fence and language in _LANGUAGES:
        yield Block(_LANGUAGES[language], Span(begin, len(text)))
