"""PostgreSQL's lexical rules, so that text can be cut into tokens and statements without a parser.

Beside what the server reads, the lexer knows three things that clients take out of the text before
they send it: placeholders, psql's backslash commands, and the data lines after COPY FROM stdin.

Facts: the manual's chapter "Lexical Structure" (PostgreSQL 18), and psql's reference page.
"""

import re
import sys
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from dblint.source import Span

Kind = Literal[
    "word",
    "quoted",
    "string",
    "dollar",
    "number",
    "parameter",
    "operator",
    "punctuation",
    "comment",
    "placeholder",
    "command",
    "data",
    "unknown",
]


class Token(Struct, frozen=True, gc=False):
    """A piece of text that has a meaning of its own; `start` and `end` are offsets into the text.

    "quoted" is a quoted identifier, "dollar" a dollar-quoted string, "parameter" is `$1`, "operator" includes
    `::`, `:=`, `=>` and `..`, "command" is a psql command from its backslash to the end of the line, "data" the
    lines after COPY FROM stdin with the closing `\\.`, "unknown" a character that begins nothing. A string that
    goes on on another line is two tokens.
    """

    kind: Kind
    start: int
    end: int


# Every character above 0x7f is a letter to the server, a no-break space too. Negated classes compile 50 times
# faster than a range up to the last character.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_ALNUM = r"[^\x00-/:-@\[-^`{-\x7f]"
_WORD = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
# A group is repeated possessively as `(?>(?:…)*)`: Python before 3.11.5 goes wrong with `(?:…)*+` where an alternative
# fits in part (cpython issue 106052).
_LINE_COMMENT = r"--[^\r\n]*+"
_FLAT_COMMENT = r"/\*[^*/]*+(?>(?:(?:\*(?!/)|/(?!\*))[^*/]*+)*)\*/"
# `{{ x }}`, `${{ x }}`, `{% x %}`, `{# x #}`, then `${x}`, `#{x}`, `@{x}`, then `$(x)`, then `%(x)s`.
PLACEHOLDER = re.compile(
    r"(?:\$(?=\{\{))?\{(?:\{[^}]*+(?>(?:\}(?!\})[^}]*+)*)\}"
    r"|%[^%]*+(?>(?:%(?!\})[^%]*+)*)%|\#[^#]*+(?>(?:\#(?!\})[^#]*+)*)\#)\}"
    r"|[$#@]\{(?>(?:[\w.:,| ]|-(?!-))*)\}"
    r"|\$\((?>(?:[\w.: ]|-(?!-))+)\)"
    r"|%\(\w++\)s(?![\w$])",
    re.DOTALL,
)
# A template's braces in a quoted identifier may hold quotes: "{{ .Get "schema" }}".
_QUOTED = re.compile(r'(?:[uU]&)?"[^"{]*+(?>(?:(?:""|\{\{[^{}\r\n]*+\}\}|\{)[^"{]*+)*)"?')
_PLAIN_STRING = re.compile(r"[bBxX]'[^']*+'?|(?:[nN]|[uU]&)?'[^']*+(?>(?:''[^']*+)*)'?")
_ESCAPE_STRING = re.compile(r"[eE]'[^'\\]*+(?>(?:(?:''|\\.)[^'\\]*+)*)(?:'|\\)?", re.DOTALL)
_DOLLAR = re.compile(rf"(?P<tag>\$(?:{_LETTER}{_ALNUM}*+)?\$)(?:.*?(?P=tag)|.*+)", re.DOTALL)
_DIGITS = r"[0-9](?>(?:_?[0-9])*)"
_NUMBER = (
    r"0[xX](?>(?:_?[0-9a-fA-F])+)|0[oO](?>(?:_?[0-7])+)|0[bB](?>(?:_?[01])+)"
    rf"|(?:{_DIGITS}(?:\.(?!\.)(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?"
)
# An operator stops at a comment; it ends in + or - only if it holds one of ~ ! @ # % ^ & | ` ?.
_GO_ON = r"(?!--|/\*|[#@]\{|%\(\w++\)s(?![\w$]))"
_OPERATOR = (
    r"::|:=|\.\."
    rf"|(?>(?:{_GO_ON}[-+*/<>=])*){_GO_ON}[~!@#^&|`?%](?>(?:{_GO_ON}[-+*/<>=~!@#^&|`?%])*)"
    rf"|(?:{_GO_ON}[-+*/<>=])*{_GO_ON}[*/<>=]|[-+]"
)
_BLANK = " \t\n\r\f\v"
_COMMAND = r"\\(?:;|[^;\r\n][^\r\n]*+)?"

_TOKEN = re.compile(
    rf"[{_BLANK}]*+(?:"
    rf"(?P<word>(?!(?:[eEbBxXnN]|[uU]&)'|[uU]&\"){_LETTER}{_ALNUM}*+(?>(?:\$(?!{{){_ALNUM}*+)*))"
    r"|(?P<punctuation>[,()\[\];]|:(?![:=])|\.(?![.0-9]))"
    rf"|(?P<comment>{_LINE_COMMENT}|{_FLAT_COMMENT})"
    r"|(?P<nested>/\*)"
    rf"|(?P<string>{_ESCAPE_STRING.pattern}|{_PLAIN_STRING.pattern})"
    rf"|(?P<quoted>{_QUOTED.pattern})"
    rf"|(?P<number>{_NUMBER})"
    r"|(?P<parameter>\$[0-9]++)"
    rf"|(?P<placeholder>{PLACEHOLDER.pattern})"
    rf"|(?P<dollar>{_DOLLAR.pattern})"
    rf"|(?P<operator>{_OPERATOR})"
    rf"|(?P<command>{_COMMAND})"
    r"|(?P<unknown>.))",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LEADING = re.compile(rf"(?>(?:[{_BLANK}]++|{_LINE_COMMENT}|{_FLAT_COMMENT})*)")
_COPY_STDIN = re.compile(r"\\?copy\b.*\bfrom\s+p?stdin\b", re.IGNORECASE | re.DOTALL)
_DATA = re.compile(r"[^\r\n]*+(?:\r\n?|\n)(?:.*?[\r\n])??\\\.(?=[\r\n]|\Z)", re.DOTALL)

# Words that are no identifiers unless quoted: the reserved ones of the manual's appendix "SQL Key Words".
_RESERVED_WORDS = (
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create"
    " current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc"
    " distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral"
    " leading limit localtime localtimestamp not null offset on only or order placing primary references returning"
    " select session_user some symmetric system_user table then to trailing true union unique user using variadic when"
    " where window with"
)
RESERVED = frozenset(_RESERVED_WORDS.split())
_NEEDS_NO_QUOTES = re.compile(r'"([a-z_][a-z0-9_$]*)"\Z')


def tokens(text: str, start: int = 0, end: int | None = None, comments: bool = False) -> Iterator[Token]:
    """The tokens of `text[start:end]`, lazily; `start` is anywhere between two tokens.

    What is not closed (a quote, a comment) reaches to the end; nothing is an error.
    """
    for kind, begin, stop in _scan(text, start, len(text) if end is None else end):
        if comments or kind != "comment":
            yield Token(kind, begin, stop)


def _scan(text: str, start: int, end: int, masked: bool = False) -> Iterator[tuple[Kind, int, int]]:
    """All tokens, comments too, as tuples, which cost less than Tokens. `masked`: COPY data are out already."""
    may_hold_data = not masked and text.find("\\.", start, end) >= 0
    statement = -1
    while True:
        for match in _TOKEN.finditer(text, start, end):
            begin, stop = match.span(match.lastindex or 0)
            if match.lastgroup == "nested":
                start = _comment_end(text, begin, end)
                yield "comment", begin, start
                break
            kind: Kind = match.lastgroup  # type: ignore[assignment]  # the groups bear the kinds' names
            yield kind, begin, stop
            if may_hold_data and kind != "comment":
                if statement < 0:
                    statement = begin
                if kind == "command" or (kind == "punctuation" and text[begin] == ";"):
                    data = _COPY_STDIN.match(text, statement, stop) and _DATA.match(text, stop, end)
                    statement = -1
                    if data:
                        start = data.end()
                        yield "data", stop, start
                        break
        else:
            return


def _comment_end(text: str, start: int, end: int) -> int:
    """Where the block comment that opens at `start` ends; block comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start, end):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return end


def first_significant(text: str, start: int, end: int) -> int:
    """The offset of the first character that is neither blank nor comment, or `end`."""
    while True:
        start = _end(_LEADING, text, start, end)
        if not text.startswith("/*", start, end):
            return start
        start = _comment_end(text, start, end)


def significant(text: str, start: int, end: int) -> Span:
    """`text[start:end]` without the blanks and comments at both its ends."""
    start = first_significant(text, start, end)
    while end > start and text[end - 1] in _BLANK:
        end -= 1
    last_line = max(text.rfind("\n", start, end), start)
    if text.endswith("*/", start, end) or text.find("--", last_line, end) >= 0:
        last = start
        for kind, _, stop in _scan(text, start, end):
            if kind != "comment":
                last = stop
        end = last
    return Span(start, end)


def fold(word: str) -> str:
    """An unquoted word as the server folds it: only ASCII letters turn small."""
    return word.lower() if word.isascii() else "".join(c.lower() if c.isascii() else c for c in word)


def normalise(text: str) -> str:
    """The text as a key: equal for texts that differ only in layout, comments, case of words and needless quotes."""
    parts: list[str] = []
    for kind, start, end in _scan(text, 0, len(text)):
        if kind == "word":
            parts.append(fold(text[start:end]))
        elif kind == "quoted":
            match = _NEEDS_NO_QUOTES.match(text, start, end)
            needless = match and match[1] not in RESERVED
            parts.append(match[1] if match and needless else text[start:end])
        elif kind != "comment":
            parts.append(text[start:end])
    return " ".join(parts)


def matching_parenthesis(text: str, open_offset: int) -> int:
    """The offset just after the parenthesis that closes the one at `open_offset`, or the text's end."""
    depth = 0
    for kind, start, end in _scan(text, open_offset, len(text)):
        if kind == "punctuation":
            if text[start] == "(":
                depth += 1
            elif text[start] == ")":
                depth -= 1
                if depth == 0:
                    return end
    return len(text)


def extent(text: str, start: int, stop: int, until_words: frozenset[str] = frozenset()) -> int:
    """The offset just after the expression that starts at `start`: the end of its last token.

    It goes on until, outside its own parentheses and brackets, there is a `,`, a `)` or `]`, a `;`, or one of
    `until_words` (in small letters), and no further than `stop`. Its first token always belongs to it; words
    after a `.` and words between CASE and END do not stop it.
    """
    last = start
    depth = cases = 0
    before = ""
    for kind, begin, end in _scan(text, start, stop):
        if kind == "comment":
            continue
        token = text[begin:end]
        if kind == "punctuation":
            if token in ("(", "["):
                depth += 1
            elif token in (")", "]"):
                depth -= 1
            if depth < 0 or token == ";" or (token == "," and depth == 0):
                break
        elif kind == "word" and before != ".":
            token = token.lower()
            if token == "case":
                cases += 1
            elif token == "end" and cases:
                cases -= 1
            elif depth == 0 and cases == 0 and token in until_words and last > start:
                break
        last = end
        before = token
    return last


def split_statements(text: str, start: int = 0, end: int | None = None, masked: bool = False) -> list[Span]:
    """The statements of `text[start:end]`, each from its first token to its last before the `;`.

    A semicolon ends a statement unless it stands in the BEGIN ATOMIC body of a function or in the
    parentheses of a CREATE RULE. Placeholders are part of statements; psql commands and COPY data are not,
    and a psql command that comes in the middle does not end one. `masked`: COPY data are out of the text already.
    """
    spans: list[Span] = []
    first = last = -1
    before = ""
    blocks = depth = 0
    is_rule = False
    for kind, begin, stop in _scan(text, start, len(text) if end is None else end, masked):
        if kind in ("comment", "command", "data"):
            continue
        if kind == "punctuation":
            character = text[begin]
            if character == ";" and blocks == 0 and not (is_rule and depth > 0):
                if first >= 0:
                    spans.append(Span(first, last))
                first, depth, is_rule = -1, 0, False
                continue
            depth += (character == "(") - (character == ")")
        elif kind == "word":
            word = text[begin:stop].lower()
            if blocks:
                blocks += (word == "case") - (word == "end")
            elif word == "atomic" and before == "begin":
                blocks = 1
            elif word == "rule" and before in ("create", "replace"):
                is_rule = True
            before = word
        if first < 0:
            first = begin
        last = stop
    if first >= 0:
        spans.append(Span(first, last))
    return spans


# Passes over plain quotes as well, since most of what opens is one.
_UNTIL_OPENING = re.compile(r"""(?>(?:[^-/'"$\\{]++|"[^"{]*+"|(?<![eE])'[^']*+'|-(?!-)|/(?!\*))*)""")
_LINE = re.compile(_LINE_COMMENT)
_COMMAND_LINE = re.compile(_COMMAND)
_IN_WORD = re.compile(rf"{_WORD}")
_WORD_SO_FAR = re.compile(rf"(?>(?:\$?{_DIGITS})*){_LETTER}")


def comments(text: str) -> Iterator[Span]:
    """The spans of all comments, in order, with their `--` or `/*` and without the line end.

    They are the comments of `tokens`, found without looking at what is neither comment nor quote.
    """
    if "--" not in text and "/*" not in text:
        return
    if "\\." in text:
        yield from (Span(begin, stop) for kind, begin, stop in _scan(text, 0, len(text)) if kind == "comment")
        return
    position = passed = 0
    while (position := _end(_UNTIL_OPENING, text, position)) < len(text):
        if text.startswith("--", position):
            end = _end(_LINE, text, position)
            yield Span(position, end)
        elif text.startswith("/*", position):
            end = _comment_end(text, position, len(text))
            yield Span(position, end)
        else:
            end = _quote_end(text, position, passed)
        if end > position:
            passed = end
        position = max(end, position + 1)


def _quote_end(text: str, position: int, passed: int) -> int:
    """The end of what opens at `position`, or `position` if nothing does; tokens before `passed` are done with."""
    opening = text[position]
    if opening == "'":
        if position > passed and text[position - 1] in "eE" and not _in_word(text, position - 1, passed):
            return _end(_ESCAPE_STRING, text, position - 1)
        return _end(_PLAIN_STRING, text, position)
    if opening == '"':
        return _end(_QUOTED, text, position)
    if opening == "\\":
        return _end(_COMMAND_LINE, text, position)
    if placeholder := PLACEHOLDER.match(text, position):
        return placeholder.end()
    if opening == "$" and not _in_word(text, position, passed):
        return _end(_DOLLAR, text, position)
    return position


def _in_word(text: str, position: int, passed: int) -> bool:
    """Whether the character at `position` goes on a word that began before it."""
    begin = position
    while begin > passed and _IN_WORD.match(text, begin - 1):
        begin -= 1
    return _WORD_SO_FAR.match(text, begin, position) is not None


def _end(pattern: re.Pattern[str], text: str, position: int, limit: int = sys.maxsize) -> int:
    match = pattern.match(text, position, limit)
    return match.end() if match else position
