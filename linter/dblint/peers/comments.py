"""The comments in which other tools' findings are accepted: where each stands, what it names, and how far it reaches.

Facts: the tools' manuals, and such comments in public migrations.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from dblint.lexer import comments, first_significant
from dblint.source import Source, Span

Reach = Literal["statement", "file", "begin", "end"]


class Form(Struct, frozen=True):
    """A kind of comment. `tool`: whose rules it names. `words`: a regular expression for how it begins.

    `reach`: the statement or line it stands at, the whole file, or from where it begins to where it ends.
    `names`: whether it can name rules; one that names none speaks of all.
    """

    tool: str
    words: str
    reach: Reach
    names: bool = True


FORMS = (
    Form("squawk", r"squawk-ignore-file\b:?", "file"),
    Form("squawk", r"squawk-ignore(?![\w-]):?", "statement"),
    Form("pgrubic", r"pgrubic:\s*noqa\b:?", "file"),
    Form("sqlfluff", r"noqa:\s*disable\s*=", "begin"),
    Form("sqlfluff", r"noqa:\s*enable\s*=", "end"),
    Form("pgrubic or sqlfluff", r"noqa\b:", "statement"),
    Form("pgrubic or sqlfluff", r"noqa\b", "statement", names=False),
    Form("atlas", r"atlas:nolint\b", "statement"),
    Form("pgls", r"(?:pgt|pgls)-ignore-all\b", "file"),
    Form("pgls", r"(?:pgt|pgls)-ignore-start\b", "begin"),
    Form("pgls", r"(?:pgt|pgls)-ignore-end\b", "end"),
    Form("pgls", r"(?:pgt|pgls)-ignore(?![\w-])", "statement"),
    Form("eugene", r"eugene:\s*ignore\b", "statement"),
    Form("tsqllint", r"tsqllint-disable\b(?:\s+(?:error|warning)\b)?", "begin"),
    Form("tsqllint", r"tsqllint-enable\b(?:\s+(?:error|warning)\b)?", "end"),
    Form("diesel-guard", r"safety-assured:start\b", "begin", names=False),
    Form("diesel-guard", r"safety-assured:end\b", "end", names=False),
    Form("strong_migrations", r"(?:strong_migrations:\s*)?safety[_-]assured\b(?!:)", "statement", names=False),
)

SIGN = re.compile(
    r"squawk-ignore|noqa|atlas:nolint|(?:pgt|pgls)-ignore|eugene:\s*ignore|tsqllint-(?:dis|en)able|safety[_-]assured",
    re.IGNORECASE,
)
"""What a file must contain for anything here to look at it."""

_ALL = ("all", "*")
_NAME = r"[A-Za-z][\w./-]*|\*"
_COMMA_LIST = re.compile(rf"\s*((?:{_NAME})(?:\s*,\s*(?:{_NAME}))*)\s*,?")
_BLANK_LIST = re.compile(rf"\s*((?:{_NAME})(?:[\s,]+(?:{_NAME}))*)")
_BLANKS = ("atlas", "tsqllint")
"""The tools whose lists have no commas, so that no reason can follow them."""


class Foreign(Struct, frozen=True, kw_only=True):
    """One such comment. `words`: as it is written, without the reason. `names`: () for all rules.

    `alone`: whether no code stands before it on its line. `target`: where the first code after it begins.
    """

    tool: str
    source: Source
    span: Span
    reach: Reach
    words: str
    names: tuple[str, ...]
    reason: str = ""
    alone: bool
    target: int

    @property
    def line(self) -> int:
        return self.source.position(self.span.start).line


def foreign_comments(source: Source) -> tuple[list[Foreign], list[Span]]:
    """The comments of other tools in a file, in order; and those that mention such a tool's word otherwise."""
    found: list[Foreign] = []
    others: list[Span] = []
    if not SIGN.search(source.text):
        return found, others
    for span in comments(source.text):
        text = source.slice(span)
        if not SIGN.search(text):
            continue
        read = _read(source, span, text)
        if read is not None:
            found.append(read)
        elif "dblint:" not in text:
            others.append(span)
    return found, others


def _read(source: Source, span: Span, text: str) -> Foreign | None:
    opening = re.match(r"--+|/\*+", text)
    if opening is None:
        return None
    body = text[opening.end() :]
    if opening[0].startswith("/"):
        body = body.removesuffix("*/").rstrip("*")
    body = " ".join(body.split())
    for form in FORMS:
        start = re.match(form.words, body, re.IGNORECASE)
        if start is None:
            continue
        names, rest = _names(form, body[start.end() :])
        line = source.position(span.start).line
        alone = first_significant(source.text, source.lines[line - 1], span.start) >= span.start
        target = first_significant(source.text, span.end, len(source.text))
        reach = form.reach
        if form.tool == "atlas" and _heads_file(source, span):
            reach = "file"
        return Foreign(
            tool=form.tool,
            source=source,
            span=span,
            reach=reach,
            words=(start[0] + body[start.end() : len(body) - len(rest)]).strip().rstrip(":,"),
            names=tuple(name for name in names if name.lower() not in _ALL),
            reason=rest.strip().lstrip("-:–—#/ ").strip(),
            alone=alone,
            target=target,
        )
    return None


def _names(form: Form, text: str) -> tuple[list[str], str]:
    """The rules that are named, and the text after them."""
    if not form.names:
        return [], text
    names = (_BLANK_LIST if form.tool in _BLANKS else _COMMA_LIST).match(text)
    if names is None:
        return [], text
    return re.split(r"[\s,]+", names[1]), text[names.end() :]


def _heads_file(source: Source, span: Span) -> bool:
    """Whether only comments stand before it, and an empty line follows it and the comments right below."""
    text = source.text
    if first_significant(text, 0, span.start) < span.start:
        return False
    return re.match(r"[ \t]*\r?\n(?:[ \t]*--[^\n]*\n)*[ \t]*\r?\n", text[span.end :]) is not None


def regions(found: Iterable[Foreign]) -> Iterator[tuple[Foreign, Foreign | None]]:
    """Each beginning with its end, which is missing where it reaches to the end of the file."""
    opened: list[Foreign] = []
    for each in found:
        if each.reach == "begin":
            opened.append(each)
        elif each.reach == "end":
            ended = [one for one in opened if one.tool == each.tool and (not each.names or one.names == each.names)]
            for one in ended:
                opened.remove(one)
                yield one, each
    for one in opened:
        yield one, None
