"""Reads scripts into statements with their parse trees, or with the server's own words about why there is none."""

import re
from bisect import bisect_right

from msgspec import DecodeError, Raw, Struct, json

from dblint.dialects.postgres.mask import Mask, mask, may_be_quoted
from dblint.dialects.postgres.parser import ParseError, parse_sql_json
from dblint.lexer import significant, split_statements
from dblint.migrations.model import Script
from dblint.source import Source, Span, Statement

_SURROGATE = re.compile("[\ud800-\udfff]")


class ParsedStatement(Struct, frozen=True, eq=False):
    """A statement with the JSON of its parse tree's root, `node`, of libpg_query's type `kind` ("AlterTableStmt").

    `masked`: a placeholder stands in it, so that some name in the tree is made up.
    """

    statement: Statement
    kind: str
    node: Raw
    origin: int
    """Where the text given to the parser begins, in bytes of the source."""
    masked: bool = False

    def offset(self, location: int) -> int:
        """The character offset in the source of a `location` in the tree."""
        return self.statement.source.offset_of_byte(self.origin + location)


class UnparsedStatement(Struct, frozen=True, eq=False):
    """A statement that the server's grammar refuses: its `message`, and the character offset it points at."""

    statement: Statement
    message: str
    offset: int


class Reading(Struct):
    """What a script holds: its statements in order, and what was masked so that they could be read."""

    statements: list[ParsedStatement | UnparsedStatement]
    masks: list[Mask]


class _RawStatement(Struct):
    stmt: dict[str, Raw]
    stmt_location: int = 0
    stmt_len: int = 0


class _Tree(Struct):
    stmts: list[_RawStatement]


class _Failure(Struct):
    """`at` is a character of the text given to the parser; None when the parser names no place."""

    message: str
    at: int | None


_decode = json.Decoder(_Tree).decode


class _Text(Struct):
    """A text given to the parser: `start` and `origin` are where it begins in the source, in characters and bytes.

    It has as many bytes as the stretch of the source that it stands for. `aligned`: characters too, everywhere.
    """

    source: Source
    text: str
    start: int
    origin: int
    aligned: bool = True
    made_up: tuple[Span, ...] = ()

    def place(self, character: int) -> int:
        """The offset in the source of a character of the text."""
        if self.aligned:
            return self.start + character
        return self.source.offset_of_byte(self.origin + _bytes(self.text[:character]))

    def character(self, byte: int) -> int:
        if self.text.isascii():
            return byte
        if self.aligned:
            return self.source.offset_of_byte(self.origin + byte) - self.start
        return Source("", self.text).offset_of_byte(byte)

    def span(self, start: int, end: int) -> Span:
        """The span in the source of the text from `start` to `end`, without blanks and comments around it."""
        inner = significant(self.text, start, end)
        if self.aligned and not self.start and not self.made_up:
            return inner
        span = Span(self.place(inner.start), self.place(inner.end))
        # A made-up name is shorter than what it stands for.
        last = self.made_up_in(Span(span.end - 1, span.end)) if self.made_up else None
        return span if last is None else Span(span.start, last.end)

    def part(self, span: Span) -> "_Text":
        before = _bytes(self.text[: span.start])
        text = self.text[span.start : span.end]
        return _Text(self.source, text, self.place(span.start), self.origin + before, self.aligned, self.made_up)

    def made_up_in(self, span: Span) -> Span | None:
        """The first stretch with something made up that overlaps a span of the source."""
        first = bisect_right(self.made_up, span.start, key=lambda each: each.end)
        return self.made_up[first] if first < len(self.made_up) and self.made_up[first].start < span.end else None


def read(script: Script) -> list[ParsedStatement | UnparsedStatement]:
    """The statements of a script, in order."""
    return read_masked(script).statements


def read_masked(script: Script) -> Reading:
    """The statements of a script and the masks, whose spans are the source's.

    Each piece is parsed as it is; if that fails, masked; if that fails too, statement by statement, unless it is
    bounded. Spans of statements are ordered, disjoint, and free of blanks and comments at their ends.
    """
    reading = Reading([], [])
    source = script.source
    for number, piece in enumerate(script.pieces):
        text = source.slice(piece)
        origin = _bytes(source.text[: piece.start]) if piece.start else 0
        as_it_is = _Text(source, text, piece.start, origin)
        bounded = number < len(script.bounded) and script.bounded[number]
        if may_be_quoted(text) or not _read_whole(as_it_is, reading):
            _read_masked(as_it_is, bounded, reading)
    return reading


def _read_whole(text: _Text, reading: Reading) -> bool:
    tree = _parse(text.text)
    if isinstance(tree, _Failure):
        return False
    _add_parsed(text, tree, reading)
    return True


def _read_masked(text: _Text, bounded: bool, reading: Reading) -> None:
    masked = mask(text.text)
    reading.masks += [Mask(each.kind, _moved(each.span, text.start)) for each in masked.masks]
    made_up = tuple(_moved(span, text.start) for span in masked.made_up)
    aligned = len(masked.text) == len(text.text)
    changed = _Text(text.source, masked.text, text.start, text.origin, aligned, made_up)
    tree = _parse(masked.text)
    if not isinstance(tree, _Failure):
        _add_parsed(changed, tree, reading)
    elif bounded:
        _add_unparsed(changed, tree, reading)
    else:
        _read_each(changed, tree, reading)


def _read_each(text: _Text, failure: _Failure, reading: Reading) -> None:
    """Reads the statements one by one; `failure` is that of the whole."""
    for span in split_statements(text.text, masked=True):
        part = text.part(span)
        tree = _parse(part.text)
        if isinstance(tree, _Failure):
            _add_unparsed(part, tree, reading)
        else:
            _add_parsed(part, tree, reading)
    if failure.message.startswith("unterminated /* comment") and failure.at is not None:
        # It is no statement, but it may have swallowed some.
        _add_unparsed(text.part(Span(failure.at, len(text.text))), _Failure(failure.message, 0), reading)


def _parse(text: str) -> list[_RawStatement] | _Failure:
    null = text.find("\0")
    if null >= 0:
        # The parser takes it for the text's end; the server refuses it, in these words.
        return _Failure('invalid byte sequence for encoding "UTF8": 0x00', null)
    try:
        return _decode(parse_sql_json(text)).stmts
    except ParseError as error:
        message, at = error.args
        return _Failure(message, len(text) if at is None and message.endswith("at end of input") else at)
    except UnicodeEncodeError:
        # A byte that was no UTF-8: its stand-in has three bytes, as many as the parser gets for it now.
        return _parse(_SURROGATE.sub("\ufffd", text))
    except (RecursionError, DecodeError):
        return _Failure("the statement is nested too deeply to be read", None)


def _add_parsed(text: _Text, tree: list[_RawStatement], reading: Reading) -> None:
    found = reading.statements
    plain = text.text.isascii()  # its bytes are its characters
    for raw in tree:
        start, end = raw.stmt_location, raw.stmt_location + raw.stmt_len
        if not plain:
            start, end = text.character(start), text.character(end)
        span = text.span(start, end if raw.stmt_len else len(text.text))
        masked = bool(text.made_up) and text.made_up_in(span) is not None
        statement = Statement(text.source, span, len(found))
        for kind, node in raw.stmt.items():
            found.append(ParsedStatement(statement, kind, node, text.origin, masked))


def _add_unparsed(text: _Text, failure: _Failure, reading: Reading) -> None:
    span = text.span(0, len(text.text))
    if span.start == span.end:
        # All of it is an unclosed comment.
        span = Span(text.place(failure.at or 0), text.place(len(text.text)))
    offset = span.start if failure.at is None else min(max(text.place(failure.at), span.start), span.end)
    statement = Statement(text.source, span, len(reading.statements))
    reading.statements.append(UnparsedStatement(statement, failure.message, offset))


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
