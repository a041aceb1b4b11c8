"""Words, names, literals and symbols of T-SQL text, each with its place, and the batches that GO bounds."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from dblint.source import Span

Kind = Literal["word", "name", "string", "number", "variable", "symbol", "go", "tool", "broken"]

_VARIABLE_OF_TOOL = r"\$\([\w.-]+\)|\$\{[^}\s]*\}"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|--[^\r\n]*)
  | (?P<comment>/\*)
  | (?P<string>[Nn]?'(?:[^']|'')*')
  | (?P<name>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")
  | (?P<number>0[xX][0-9A-Fa-f]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[$£€]\d+(?:\.\d+)?)
  | (?P<variable>@[\w@$\#]+)
  | (?P<word>(?:[^\W\d]|[\#$]|{_VARIABLE_OF_TOOL})(?:[\w@$\#]|{_VARIABLE_OF_TOOL})*)
  | (?P<symbol><>|<=|>=|!=|!<|!>|[-+*/%&|^]=|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_PART = re.compile(r"/\*|\*/")
_GO = re.compile(r"[ \t]*\d*[ \t]*;?[ \t]*(?:--[^\r\n]*)?(?=[\r\n]|\Z)")
_GO_LINE = re.compile(r"[\r\n][ \t]*GO[ \t]*(?=[\r\n]|\Z)", re.IGNORECASE)
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_EXIT = re.compile(r"[ \t]*;?[ \t]*(?=[\r\n]|\Z)")


def words(text: str) -> frozenset[str]:
    """The words of a list that is too long to quote each."""
    return frozenset(text.split())


class Token(Struct):
    """`word` is what syntax is compared with: an unquoted word in upper case, a symbol as it is, otherwise "".

    `start` and `end` are offsets in the source.
    """

    kind: Kind
    text: str
    word: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def value(self) -> str:
        """What a name or a string stands for, without its quotes.

        Blanks just inside brackets are dropped: `[ dbo ]` comes out of tools that space tokens, and
        nobody gives a table a name that begins or ends with one.
        """
        if self.kind == "string":
            return self.text[self.text.index("'") + 1 : -1].replace("''", "'")
        if self.kind == "name":
            closer = self.text[-1]
            return self.text[1:-1].replace(closer * 2, closer).strip(" ")
        return self.text


def tokenize(code: str, start: int, end: int) -> Iterator[Token]:
    """The tokens of `code[start:end]`, without blanks and comments. A quote that is never closed
    is "broken", up to the next GO."""
    position = start
    match_at = _TOKEN.match
    while position < end:
        match = match_at(code, position, end)
        assert match is not None  # the last alternative takes any character
        kind = match.lastgroup
        stop = match.end()
        if kind == "space":
            position = stop
            continue
        text = match.group()
        if kind == "word":
            word = text.upper()
            if word in ("GO", "EXIT", "QUIT") and _opens_line(code, position, start):
                rest = (_GO if word == "GO" else _EXIT).match(code, stop, end)
                if rest is not None:
                    yield Token("go" if word == "GO" else "tool", text, "", position, stop)
                    position = rest.end()
                    continue
            yield Token("word", text, word, position, stop)
        elif kind == "comment":
            closed = _end_of_comment(code, stop, end)
            if closed < 0:
                closed = _end_of_batch(code, stop, end)
                yield Token("broken", text, "", position, closed)
            stop = closed
        elif kind == "symbol":
            if text in "'\"[":
                stop = _end_of_batch(code, stop, end)
                yield Token("broken", text, "", position, stop)
            elif text in ":!" and _opens_line(code, position, start):
                rest_of_line = _REST_OF_LINE.match(code, position, end)
                assert rest_of_line is not None
                stop = rest_of_line.end()
                yield Token("tool", rest_of_line.group().rstrip(), "", position, stop)
            else:
                yield Token("symbol", text, text, position, stop)
        elif kind == "name":
            yield Token("name", text, "", position, stop)
        elif kind == "string":
            yield Token("string", text, "", position, stop)
        elif kind == "number":
            yield Token("number", text, "", position, stop)
        else:
            yield Token("variable", text, "", position, stop)
        position = stop


def batches(tokens: Iterator[Token]) -> Iterator[list[Token]]:
    """The tokens between one GO and the next; never an empty list."""
    batch: list[Token] = []
    for token in tokens:
        if token.kind != "go":
            batch.append(token)
        elif batch:
            yield batch
            batch = []
    if batch:
        yield batch


def _opens_line(code: str, position: int, start: int) -> bool:
    while position > start and code[position - 1] in " \t":
        position -= 1
    return position == start or code[position - 1] in "\r\n"


def _end_of_batch(code: str, position: int, end: int) -> int:
    """The end of the line before the next GO, where reading can start afresh."""
    line = _GO_LINE.search(code, position, end)
    return line.start() if line else end


def _end_of_comment(code: str, position: int, end: int) -> int:
    """Past the comment that was opened just before `position`; T-SQL comments nest. -1 if it never ends."""
    depth = 1
    while depth:
        part = _COMMENT_PART.search(code, position, end)
        if part is None:
            return -1
        depth += 1 if part.group() == "/*" else -1
        position = part.end()
    return position
