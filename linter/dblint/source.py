"""Text and the places in it: sources, spans, positions, statements and edits."""

import re
from bisect import bisect_right

from msgspec import Struct

_LINE_END = re.compile(r"\r\n?|\n")
_NOT_FIRST_BYTE = re.compile(rb"[\x80-\xbf]")


class Span(Struct, frozen=True, order=True):
    """A half-open range of characters (code points) in a source's text."""

    start: int
    end: int

    def until(self, other: "Span") -> "Span":
        """The span from this one's start to the other's end."""
        return Span(self.start, other.end)

    def contains(self, offset: int) -> bool:
        return self.start <= offset < self.end


class Position(Struct, frozen=True, order=True):
    """A place as people and editors say it: both numbers count from 1, columns in characters."""

    line: int
    column: int


class Source:
    """One file's text, decoded, with its line ends as they are and without its byte order mark.

    `path` is what reports print: relative to where dblint was started, with forward slashes.
    """

    __slots__ = ("_lines", "_surplus_bytes", "bom", "path", "text")

    def __init__(self, path: str, text: str, *, bom: bool = False) -> None:
        self.path = path
        self.text = text
        self.bom = bom
        self._lines: list[int] | None = None
        self._surplus_bytes: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @property
    def lines(self) -> list[int]:
        """The offset at which each line starts. `\\n`, `\\r\\n` and a lone `\\r` end a line."""
        if self._lines is None:
            text, starts = self.text, [0]
            if "\r" in text:
                starts += [end.end() for end in _LINE_END.finditer(text)]
            else:
                while start := text.find("\n", starts[-1]) + 1:
                    starts.append(start)
            self._lines = starts
        return self._lines

    def position(self, offset: int) -> Position:
        line = bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def line_span(self, line: int) -> Span:
        """The span of a line (counted from 1) without its line end."""
        start = self.lines[line - 1]
        end = self.lines[line] if line < len(self.lines) else len(self.text)
        return Span(start, start + len(self.text[start:end].rstrip("\r\n")))

    def utf16_column(self, offset: int) -> int:
        """The column (from 1) in UTF-16 code units, the unit of SARIF viewers and editors."""
        start = self.lines[bisect_right(self.lines, offset) - 1]
        return utf16_length(self.text[start:offset]) + 1

    def offset_of_byte(self, byte: int) -> int:
        """The character offset of a UTF-8 byte offset, as the PostgreSQL parser counts."""
        if self._surplus_bytes is None:
            self._surplus_bytes = [] if self.text.isascii() else _surplus_of(self.text)
        return byte - bisect_right(self._surplus_bytes, byte)

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _surplus_of(text: str) -> list[int]:
    """The offset of each byte that is not the first of its character."""
    return [match.start() for match in _NOT_FIRST_BYTE.finditer(text.encode("utf-8", "surrogatepass"))]


class Statement(Struct, frozen=True, eq=False):
    """One SQL statement: where it stands, and which of its script's statements it is (from 0)."""

    source: Source
    span: Span
    number: int = 0

    @property
    def text(self) -> str:
        return self.source.slice(self.span)

    @property
    def line(self) -> int:
        return self.source.position(self.span.start).line

    @property
    def place(self) -> str:
        """`path:line`, as provenance in messages."""
        return f"{self.source.path}:{self.line}"


class Edit(Struct, frozen=True, order=True):
    """Replace a span by text; an empty span inserts, empty text deletes."""

    span: Span
    text: str
