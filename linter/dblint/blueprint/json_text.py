"""Reads JSON text into nodes (RFC 8259), with the place of each value."""

import re
from collections.abc import Callable
from json import decoder

from dblint.blueprint.blueprint import Fault
from dblint.blueprint.nodes import Node
from dblint.blueprint.yaml_text import MOST_DEEP, Unreadable
from dblint.source import Source, Span

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_string: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]
"""Reads on from after an opening quote; in C where it can be."""


def read_json(source: Source, span: Span, faults: list[Fault]) -> Node | None:
    """The value in a stretch of a file; None where it cannot be read, which is added to `faults`."""
    try:
        return _Reader(source, span, faults).read()
    except Unreadable as error:
        start = min(error.start, len(source.text))
        place = Span(start, min(max(start, error.end), len(source.text)))
        faults.append(Fault(kind="unreadable", source=source, span=place, message=error.message))
        return None


class _Reader:
    def __init__(self, source: Source, span: Span, faults: list[Fault]) -> None:
        self.source = source
        self.text = source.text
        self.at = span.start
        self.stop = span.end
        self.faults = faults

    def read(self) -> Node | None:
        if self._next() == "":
            return None
        node = self._value(0)
        if self._next() != "":
            raise Unreadable("this is not JSON: there is more text after the value", self.at)
        return node

    def _next(self) -> str:
        """Pass over white space; the character that comes then, "" at the end."""
        found = _SPACE.match(self.text, self.at, self.stop)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1] if self.at < self.stop else ""

    def _value(self, depth: int) -> Node:
        start, character = self.at, self.text[self.at : self.at + 1] if self.at < self.stop else ""
        if character == '"':
            text = self._text()
            return Node(self.source, start, self.at, text)
        if character in ("{", "["):
            if depth >= MOST_DEEP:
                raise Unreadable(f"values are nested deeper than {MOST_DEEP} levels", start)
            self.at += 1
            items = self._mapping(depth) if character == "{" else self._list(depth)
            return Node(self.source, start, self.at, items)
        found = _NUMBER.match(self.text, start, self.stop) or _WORD.match(self.text, start, self.stop)
        if not found:
            raise Unreadable("this is not JSON: a value is missing" if character else _CUT, start)
        self.at = found.end()
        return Node(self.source, start, self.at, found[0], plain=True)

    def _text(self) -> str:
        try:
            text, end = _string(self.text, self.at + 1, True)
        except decoder.JSONDecodeError as error:
            raise Unreadable(f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos) from None
        if end > self.stop:
            raise Unreadable(_CUT, self.at)
        self.at = end
        return text

    def _mapping(self, depth: int) -> dict[str, Node]:
        items: dict[str, Node] = {}
        if self._next() == "}":
            self.at += 1
            return items
        while True:
            if self._next() != '"':
                raise Unreadable("this is not JSON: a key in double quotes is missing", self.at)
            start = self.at
            key = self._text()
            end = self.at
            if self._next() != ":":
                raise Unreadable("this is not JSON: a colon is missing after the key", self.at)
            self.at += 1
            self._next()
            node = self._value(depth + 1)
            node.key_start, node.key_end = start, end
            if key in items:
                message = f"{key!r} stands twice in one mapping: only the later value counts"
                first = items[key].key_span
                place = Span(start, end)
                self.faults.append(
                    Fault(kind="duplicate key", source=self.source, span=place, message=message, related=first)
                )
            items[key] = node
            if self._more("}"):
                return items

    def _list(self, depth: int) -> list[Node]:
        items: list[Node] = []
        if self._next() == "]":
            self.at += 1
            return items
        while True:
            self._next()
            items.append(self._value(depth + 1))
            if self._more("]"):
                return items

    def _more(self, closing: str) -> bool:
        """Pass over what comes after an item; whether that was the end."""
        character = self._next()
        if character not in (",", closing):
            raise Unreadable(_CUT if character == "" else f"this is not JSON: ',' or {closing!r} is missing", self.at)
        self.at += 1
        return character == closing


_CUT = "this is not JSON: the text ends too early"
