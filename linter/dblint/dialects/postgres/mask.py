"""Takes out of a text what psql, template engines and migration tools replace before the server reads it.

The masked text has as many bytes as the original, so what the parser says about it holds for the source.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from dblint.lexer import PLACEHOLDER, tokens
from dblint.source import Span

_CONTROL = re.compile(
    r"\{%|\{#|\$?\{\{-?\s*(?:[#/^!>]|(?:if|else|end|range|with|define|template|block|break|continue)\b)"
)
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]+")
_NOT_LINE_END = re.compile(rb"[^\r\n]")
# psql's page: these send what was written so far, as a semicolon does.
_SENDS = re.compile(r"\\(?:g|gx|gdesc|gexec|gset|watch|crosstabview)(?![A-Za-z])")
_VALUE_END = re.compile(r"[\w$\"')\]}]")


class Mask(Struct, frozen=True):
    """What was masked. A "placeholder" became a name or stays a string, the others became blanks."""

    kind: Literal["placeholder", "template tag", "psql command", "COPY data"]
    span: Span


class Masked(Struct, frozen=True):
    """A masked text; `made_up` are the stretches that hold names and strings of our making. All in order."""

    text: str
    masks: tuple[Mask, ...]
    made_up: tuple[Span, ...]


def may_be_quoted(text: str) -> bool:
    """Whether a quoted identifier may be a placeholder, which then has to become the name it becomes elsewhere."""
    return '"${' in text or '"{{' in text


def as_names(text: str) -> str:
    """What a string says where its placeholders are the names that `mask` makes of them."""
    return PLACEHOLDER.sub(lambda found: _name(found.group()), text)


def mask(text: str) -> Masked:
    """The text without what no server reads, as many bytes long; spans are in characters of `text`.

    A placeholder where a name may stand becomes a name made of its own letters, which begins with `_`, so that
    it is no key word: `${schema}.users` and `"{{ schema }}".users` both speak of `_schema`. Placeholders within
    strings, dollar-quoted bodies and comments stay.
    """
    masks: list[Mask] = []
    made_up: list[Span] = []
    parts: list[str] = []
    position = 0
    for run in _runs(text):
        kind, start, _ = run[0]
        end = run[-1][2]
        written: str | None = None
        if kind in ("word", "placeholder"):
            written = "".join(_part(text, token, masks) for token in run)
        elif kind == "quoted":
            written = as_names(text[start:end])
            if written != text[start:end]:
                masks.append(Mask("placeholder", Span(start, end)))
        elif kind == "literal":
            written = text[start + 1 : end]
            masks.append(Mask("placeholder", Span(start, end)))
        elif kind == "command":
            sends = _SENDS.match(text, start) or text.startswith("\\;", start)
            written = ";" if sends else ""
            masks.append(Mask("psql command", Span(start, end)))
        elif kind == "data":
            written = ""
            masks.append(Mask("COPY data", Span(start, end)))
        if written is None or written == text[start:end]:
            continue
        if kind not in ("command", "data"):
            made_up.append(Span(start, end))
        parts += (text[position:start], _padded(written, text[start:end]))
        position = end
    return Masked("".join([*parts, text[position:]]), tuple(masks), tuple(made_up))


def _part(text: str, token: tuple[str, int, int], masks: list[Mask]) -> str:
    """What a part of a name becomes."""
    kind, start, end = token
    if kind != "placeholder":
        return text[start:end]
    is_control = _CONTROL.match(text, start)
    masks.append(Mask("template tag" if is_control else "placeholder", Span(start, end)))
    return "" if is_control else _name(text[start:end])


def _runs(text: str) -> Iterator[list[tuple[str, int, int]]]:
    """The tokens, each in a list of its own, but those together that touch and make one name."""
    run: list[tuple[str, int, int]] = []
    for token in _with_variables(text):
        kind, start, _ = token
        if run and not (start == run[-1][2] and kind in ("word", "placeholder", "number")):
            yield run
            run = []
        if run or kind in ("word", "placeholder"):
            run.append(token)
        else:
            yield [token]
    if run:
        yield run


def _with_variables(text: str) -> Iterator[tuple[str, int, int]]:
    """The tokens, with `:x` and `:"x"` joined to a placeholder and `:'x'` to a literal.

    Within brackets a colon stays a colon: it is a slice's.
    """
    colon = -1
    brackets = 0
    for token in tokens(text):
        start, end = token.start, token.end
        if colon >= 0:
            if start == colon + 1 and token.kind in ("word", "quoted", "string"):
                yield "literal" if token.kind == "string" else "placeholder", colon, end
                colon = -1
                continue
            yield "punctuation", colon, colon + 1
            colon = -1
        if token.kind == "punctuation":
            character = text[start]
            brackets = max(brackets + (character == "[") - (character == "]"), 0)
            if character == ":" and brackets == 0 and not _VALUE_END.match(text, start - 1 if start else len(text)):
                colon = start
                continue
        yield token.kind, start, end


def _name(placeholder: str) -> str:
    """The same for the same name, however it is spaced; never longer than the placeholder."""
    inner = placeholder[2:-2] if placeholder.startswith("%(") else placeholder
    return "_" + _NOT_IN_NAME.sub("_", inner).strip("_").lower()


def _padded(written: str, original: str) -> str:
    """`written` and then blanks, as many bytes as `original`; where it is all blanks, line ends stay."""
    data = original.encode("utf-8", "surrogatepass")
    rest = data[len(written.encode("utf-8", "surrogatepass")) :]
    return written + _NOT_LINE_END.sub(b" ", rest).decode("ascii")
