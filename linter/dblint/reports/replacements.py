"""A fix's edits in the one form that every reader of SARIF applies alike.

Readers differ where a replacement starts in the blanks before a line's first word: one editor moves such a
start behind the blanks. So no replacement starts there; it starts at the end of the line before instead.
"""

import re
from collections.abc import Iterable, Sequence

from dblint.source import Edit, Source, Span

_NEWLINE = re.compile(r"\r\n|\n|\r")


def newline_of(source: Source) -> str:
    """How the file's first line ends; a line feed when it has one line."""
    found = _NEWLINE.search(source.text)
    return found[0] if found else "\n"


def replacements(source: Source, edits: Iterable[Edit]) -> list[Edit] | None:
    """The same change as sorted, separate replacements, those on touching lines as one.

    Inserted line ends become the file's own. None when there is no such form: an edit of the blanks that
    the file begins with.
    """
    newline = newline_of(source)
    merged = _merged(source, [Edit(edit.span, _NEWLINE.sub(lambda _: newline, edit.text)) for edit in sorted(edits)])
    anchored = [_anchored(source, edit) for edit in merged]
    placed = [edit for edit in anchored if edit is not None]
    return _merged(source, placed) if len(placed) == len(anchored) else None


def _merged(source: Source, edits: Iterable[Edit]) -> list[Edit]:
    """Sorted edits, those on the same line or on neighbours as one."""
    merged: list[Edit] = []
    for edit in edits:
        if merged and source.position(edit.span.start).line - source.position(merged[-1].span.end).line <= 1:
            one = merged.pop()
            between = source.text[one.span.end : edit.span.start]
            edit = Edit(one.span.until(edit.span), one.text + between + edit.text)
        merged.append(edit)
    return merged


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text with sorted, separate edits made."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.span.start], edit.text)
        done = edit.span.end
    return "".join(parts) + text[done:]


def _anchored(source: Source, edit: Edit) -> Edit | None:
    """The edit with its start outside the blanks that its line begins with."""
    number = source.position(edit.span.start).line
    line = source.line_span(number)
    text = source.slice(line)
    word = line.start + len(text) - len(text.lstrip())
    if edit.span.start >= word:
        return edit
    indent = source.text[edit.span.start : word]
    if edit.span.end >= word and edit.text.startswith(indent):
        return Edit(Span(word, edit.span.end), edit.text[len(indent) :])
    if number == 1:
        return None
    start = source.line_span(number - 1).end
    old = source.text[start : edit.span.end]
    new = source.text[start : edit.span.start] + edit.text
    shared = _last_newline(old)
    if shared and shared == _last_newline(new):
        old, new = old[: -len(shared)], new[: -len(shared)]
    return Edit(Span(start, start + len(old)), new)


def _last_newline(text: str) -> str:
    return next((newline for newline in ("\r\n", "\n", "\r") if text.endswith(newline)), "")
