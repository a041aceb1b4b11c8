"""Where clauses begin and end: the parse tree only knows where some of them start.

Everything here counts in offsets of the text that was parsed. For a file that is the source itself;
for SQL inside a quoted body a `Site` knows the way back.
"""

import re
from bisect import bisect_left
from collections.abc import Callable

from dblint.lexer import first_significant
from dblint.source import Span, Statement

# Comments in comments, one deep; deeper ones are left to the lexer.
_COMMENT = r"--[^\n\r]*+|/\*[^*/]*+(?>(?:(?:\*(?!/)|/(?!\*)|/\*[^*]*+(?>(?:\*(?!/)[^*]*+)*)\*/)[^*/]*+)*)\*/"
GAP = rf"(?:\s|{_COMMENT})"
IDENTIFIER = r'(?:"(?>(?:[^"]|"")*)"|[^\W\d][\w$]*+)'

# Every branch starts with its own literal character, so that the search skips the rest at full speed.
_STRUCTURE = re.compile(
    r"\(|\)|\[|\]|,|;"
    r"|'(?:(?<=(?<![\w$])[eE]')(?>(?:[^'\\]|\\.|'')*)'|[^']*+(?>(?:''[^']*+)*)')"
    r'|"[^"]*+(?>(?:""[^"]*+)*)"'
    r"|\$(?<![\w$].)(?P<tag>(?:[^\W\d]\w*+)?\$).*?\$(?P=tag)"
    rf"|{_COMMENT}",
    re.DOTALL,
)
_LEADING = re.compile(rf"(?>{GAP}*)", re.DOTALL)
_DOT = rf"(?>{GAP}*)\.(?>{GAP}*)"
_QUALIFIED = re.compile(rf"{IDENTIFIER}(?>(?:{_DOT}(?:{IDENTIFIER}|\*))*)", re.DOTALL)
_COLUMN = re.compile(rf"(?:{IDENTIFIER}|\*)(?>(?:{_DOT}(?:{IDENTIFIER}|\*))*)", re.DOTALL)
_FIELDS = re.compile(rf"(?>(?:{_DOT}(?:{IDENTIFIER}|\*))*)", re.DOTALL)
_STRING = re.compile(
    r"[eE]'(?>(?:[^'\\]|\\.|'')*)'|(?:[uU]&|[nNbBxX])?'[^']*+(?>(?:''[^']*+)*)'|(\$(?:[^\W\d]\w*+)?\$).*?\1", re.DOTALL
)
_DOUBLED = re.compile(r"''")
_ESCAPED = re.compile(r"''|\\.", re.DOTALL)
_BLANK = " \t\n\r\f\v"
_WORD = re.compile(r"[\w$]")
_ENCLOSING = re.compile(r"[(\[\])'\"$/-]")
"""What begins or ends parentheses, quotes and comments: behind none of these, a word is in none of those."""
_OPENING = frozenset("([")
_CLOSING = frozenset(")]")


class Phrases:
    """Key words to look for, in any case and layout; compiled when they are first looked for."""

    __slots__ = ("_pattern", "spelled")

    def __init__(self, *spelled: str) -> None:
        self.spelled = tuple([phrase.split() for phrase in spelled])
        self._pattern: re.Pattern[str] | None = None

    @property
    def first(self) -> re.Pattern[str]:
        """The first word of any of them."""
        if self._pattern is None:
            firsts = "|".join(dict.fromkeys(words[0] for words in self.spelled))
            self._pattern = re.compile(rf"\b(?:{firsts})\b(?!\$)", re.IGNORECASE)
        return self._pattern


class Site:
    """A statement in the text it was parsed from.

    `start` and `end` bound it in `text`, `offset` gives the place of a parse tree's location, and `statement`
    is what its operations belong to. A text that was quoted inside another has that as `outer`, where it begins
    at `base` and is one character longer after each of `doubled`. `anchor` is all that is known of the places
    of a text that was put together. `written` is the text before its placeholders were masked, if they were.
    """

    __slots__ = ("anchor", "base", "doubled", "end", "offset", "outer", "start", "statement", "text", "written")

    def __init__(
        self,
        statement: Statement,
        text: str,
        start: int,
        end: int,
        offset: Callable[[int], int],
        outer: "Site | None" = None,
        base: int = 0,
        doubled: tuple[int, ...] = (),
        anchor: Span | None = None,
        written: str = "",
    ) -> None:
        self.statement = statement
        self.text = text
        self.start = start
        self.end = end
        self.offset = offset
        self.outer = outer
        self.base = base
        self.doubled = doubled
        self.anchor = anchor
        self.written = written

    def slice(self, start: int, end: int) -> str:
        """`text[start:end]` as the author wrote it."""
        return (self.written or self.text)[start:end]

    def span(self, start: int, end: int) -> Span:
        """The span in the source of `text[start:end]`."""
        if self.anchor is not None:
            return self.anchor
        if self.outer is None:
            return Span(start, end)
        if not self.doubled:
            return self.outer.span(start + self.base, end + self.base)
        return self.outer.span(
            self.base + start + bisect_left(self.doubled, start), self.base + end + bisect_left(self.doubled, end)
        )

    @property
    def whole(self) -> Span:
        return self.span(self.start, self.end)

    def within(self, start: int, end: int, offset: Callable[[int], int] | None = None) -> "Site":
        """A part of the same text that is a statement of its own."""
        return Site(
            self.statement,
            self.text,
            start,
            end,
            offset or self.offset,
            self.outer,
            self.base,
            self.doubled,
            self.anchor,
            self.written,
        )

    def quoted(self, start: int, value: str) -> "Site":
        """The text inside the string literal at `start`, whose value is given."""
        literal = self.text[start : self.string_end(start)]
        if literal.startswith("$"):
            opening = literal.index("$", 1) + 1
            doubled: tuple[int, ...] = ()
            inside = literal[opening:-opening]
        else:
            opening = literal.find("'") + 1
            inside = literal[opening:-1]
            escapes = (_ESCAPED if literal[:1] in ("e", "E") else _DOUBLED).finditer(inside)
            doubled = tuple([match.start() - number for number, match in enumerate(escapes)])
        if len(inside) - len(doubled) != len(value):
            return self.composed(value, self.span(start, start + len(literal)))
        return Site(self.statement, value, 0, len(value), self.offset, self, start + opening, doubled, self.anchor)

    def composed(self, value: str, anchor: Span) -> "Site":
        """A text that was put together at one place."""
        return Site(self.statement, value, 0, len(value), self.offset, anchor=anchor)

    # --- finding ends -------------------------------------------------------------------------

    def past_gap(self, start: int) -> int:
        """The next offset that is neither blank nor comment."""
        match = _LEADING.match(self.text, start)
        end = match.end() if match else start
        return end if not self.text.startswith("/*", end) else first_significant(self.text, end, len(self.text))

    def name_end(self, start: int) -> int:
        """Where the (qualified) name at `start` ends."""
        match = _QUALIFIED.match(self.text, start)
        return match.end() if match else start

    def column_end(self, start: int) -> int:
        """Where the column reference at `start` ends, which may be a star."""
        match = _COLUMN.match(self.text, start)
        return match.end() if match else start

    def fields_end(self, end: int) -> int:
        """Where the `.field`s after `end` end; there may be gaps around the dots."""
        match = _FIELDS.match(self.text, end)
        return match.end() if match else end

    def words_at(self, start: int, *words: str) -> int:
        """Where the words end that are the next after `start`, or -1 if others are."""
        text = self.text
        for word in words:
            start = self.past_gap(start)
            end = start + len(word)
            if text[start:end].upper() != word or _WORD.match(text, end):
                return -1
            start = end
        return start

    def string_end(self, start: int) -> int:
        """Where the string literal at `start` ends."""
        match = _STRING.match(self.text, start)
        return match.end() if match else start

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """Without the blanks and comments at both ends."""
        text = self.text
        piece = text[start:end]
        if "--" not in piece and "/*" not in piece:
            bare = piece.strip(_BLANK)
            if len(bare) == len(piece):
                return start, end
            start += len(piece) - len(piece.lstrip(_BLANK))
            return start, start + len(bare)
        start = min(self.past_gap(start), end)
        while end > start and text[end - 1] in _BLANK:
            end -= 1
        solid = start
        position = start
        for token in _STRUCTURE.finditer(text, start, end):
            begin = token.start()
            if text[begin] in "-/":
                between = text[position:begin].rstrip(_BLANK)
                if between:
                    solid = position + len(between)
            else:
                solid = token.end()
            position = token.end()
        between = text[position:end].rstrip(_BLANK)
        return start, position + len(between) if between else solid

    def parts(self, start: int, end: int, separator: str = ",") -> list[tuple[int, int]]:
        """`text[start:end]` cut at the separators that stand in no parentheses, each part trimmed."""
        text = self.text
        depth = 0
        begin = start
        found = []
        for token in _STRUCTURE.finditer(text, start, end):
            character = text[token.start()]
            if character == "(" or character == "[":
                depth += 1
            elif character == ")" or character == "]":
                depth -= 1
            elif character == separator and depth == 0:
                found.append(self.trimmed(begin, token.start()))
                begin = token.end()
        found.append(self.trimmed(begin, end))
        return found

    def parenthesis(self, start: int, end: int) -> tuple[int, int] | None:
        """What the first parentheses in `text[start:end]` hold, without them."""
        text = self.text
        depth = 0
        opened = start
        for token in _STRUCTURE.finditer(text, start, end):
            character = text[token.start()]
            if character == "(":
                if depth == 0:
                    opened = token.end()
                depth += 1
            elif character == ")":
                depth -= 1
                if depth == 0:
                    return opened, token.start()
        return None

    def list_in(self, start: int, end: int) -> tuple[list[tuple[int, int]], int]:
        """The comma-separated parts of the first parentheses, and where these end; one pass."""
        text = self.text
        depth = 0
        begin = start
        found: list[tuple[int, int]] = []
        for token in _STRUCTURE.finditer(text, start, end):
            character = text[token.start()]
            if character in _OPENING:
                depth += 1
                if depth == 1:
                    begin = token.end()
            elif character in _CLOSING:
                depth -= 1
                if depth == 0:
                    found.append(self.trimmed(begin, token.start()))
                    return found, token.end()
            elif character == "," and depth == 1:
                found.append(self.trimmed(begin, token.start()))
                begin = token.end()
        return found, end

    def find(self, phrases: Phrases, start: int, end: int) -> Span | None:
        """The first of the phrases that stands outside quotes, comments and parentheses."""
        text = self.text
        pattern = phrases.first
        candidate = pattern.search(text, start, end)
        if candidate is None:
            return None
        if not _ENCLOSING.search(text, start, candidate.start()):
            found = self._phrase_at(phrases, candidate)
            if found is not None:
                return found
        depth = 0
        for token in _STRUCTURE.finditer(text, start, end):
            begin = token.start()
            while candidate.start() < begin:
                found = self._phrase_at(phrases, candidate) if depth == 0 else None
                if found is not None:
                    return found
                candidate = pattern.search(text, candidate.end() if depth == 0 else begin, end)
                if candidate is None:
                    return None
            if candidate.start() < token.end():
                candidate = pattern.search(text, token.end(), end)
                if candidate is None:
                    return None
            character = text[begin]
            if character in _OPENING:
                depth += 1
            elif character in _CLOSING:
                depth -= 1
        while candidate is not None and depth == 0:
            found = self._phrase_at(phrases, candidate)
            if found is not None:
                return found
            candidate = pattern.search(text, candidate.end(), end)
        return None

    def _phrase_at(self, phrases: Phrases, candidate: re.Match[str]) -> Span | None:
        first = candidate.group().upper()
        for words in phrases.spelled:
            if words[0] == first:
                end = self.words_at(candidate.end(), *words[1:])
                if end >= 0:
                    return Span(candidate.start(), end)
        return None

    def after(self, phrases: Phrases, start: int, end: int) -> int:
        """Where the first thing after the phrase starts; `start` if the phrase is not there."""
        found = self.find(phrases, start, end)
        return self.past_gap(found.end) if found else start
