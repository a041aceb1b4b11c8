"""Text on a terminal: how wide it is, how it wraps, and a stretch of source with its carets."""

import re
from unicodedata import category, east_asian_width

from msgspec import Struct

from dblint.source import Source, Span

TAB = 4
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LEAD = 16
"""Columns kept before the span when a long line is clipped."""


def printable(text: str) -> str:
    """Without what could move the cursor, colour the screen or reverse the text: each such character is U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def width(text: str) -> int:
    """Columns that the text takes: wide characters take two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def wrap(text: str, first: str, columns: int, hang: int | None = None) -> list[str]:
    """The words of `text` behind `first`, lines after it below its end or indented by `hang`; no word is broken."""
    indent = " " * (width(first) if hang is None else hang)
    lines: list[str] = []
    line, used, empty = first, width(first), True
    for word in printable(" ".join(text.split())).split(" "):
        size = width(word)
        if not empty and used + 1 + size > columns:
            lines.append(line)
            line, used, empty = indent, len(indent), True
        line, used, empty = (line + word, used + size, False) if empty else (f"{line} {word}", used + 1 + size, False)
    return [*lines, line.rstrip()]


class Underlined(Struct, frozen=True):
    """One line of source as it is shown, and the columns (from 0) under which carets stand.

    Number 0 stands for the lines that are left out.
    """

    number: int
    text: str
    start: int
    end: int


def underlined(source: Source, span: Span, columns: int) -> list[Underlined]:
    """The lines that the span covers, each cut to `columns`; of more than three, the first and the last."""
    first = source.position(span.start).line
    last = source.position(max(span.start, span.end - 1)).line
    if last - first < 3:
        numbers = list(range(first, last + 1))
    else:
        numbers = [first, 0, last]
    return [_shown(source, number, span, columns) if number else Underlined(0, "", 0, 0) for number in numbers]


def _shown(source: Source, number: int, span: Span, columns: int) -> Underlined:
    line = source.line_span(number)
    text = source.slice(line)
    start = min(max(span.start, line.start), line.end) - line.start
    end = min(max(span.end, line.start), line.end) - line.start
    if span.start < line.start:
        start = len(text) - len(text.lstrip())
    if span.end > line.end:
        end = max(start, len(text.rstrip()))
    if text.isascii() and text.isprintable():
        return _clipped(number, text, start, end, columns)
    cells = _cells(text)
    before = sum(map(width, cells[:start]))
    return _clipped(number, "".join(cells), before, before + sum(map(width, cells[start:end])), columns)


def _cells(text: str) -> list[str]:
    """What is shown for each character: tabs as blanks, the unprintable as U+FFFD."""
    cells: list[str] = []
    column = 0
    for character in text:
        cell = " " * (TAB - column % TAB) if character == "\t" else printable(character)
        cells.append(cell)
        column += width(cell)
    return cells


def _clipped(number: int, text: str, start: int, end: int, columns: int) -> Underlined:
    """Cut a line at the right end, and at the left end when its span would not be seen; "…" marks a cut."""
    text = text.rstrip()
    whole = width(text)
    end = max(end, start + 1)
    if max(whole, end) <= columns:
        return Underlined(number, text, start, end)
    left = 0
    if end > columns - 1:
        left = max(0, min(start - _LEAD, max(whole, end) - columns))
    right = left + columns
    kept = _between(text, left + (left > 0), right - (whole > right))
    shown = ("…" if left else "") + kept + ("…" if whole > right else "")
    return Underlined(number, shown, start - left, min(end - left, columns))


def _between(text: str, left: int, right: int) -> str:
    """The part of the text in these columns; half a wide character is a blank."""
    if text.isascii():
        return text[left:right]
    parts: list[str] = []
    column = 0
    for character in text:
        after = column + _columns(character)
        if left <= column and after <= right:
            parts.append(character)
        elif column < right and after > left and after > column:
            parts.append(" ")
        column = after
    return "".join(parts)
