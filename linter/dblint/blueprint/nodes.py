"""Values of a YAML or JSON document that know where they stand."""

import re
from collections.abc import ItemsView, Iterator
from typing import Literal, TypeAlias

from dblint.source import Source, Span

Scalar: TypeAlias = str | int | float | bool | None
Kind = Literal["mapping", "list", "text", "number", "boolean", "nothing"]

_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_DIGITS = 300
"""Longer numbers stay text: no schema knows a place for them, and Python refuses to convert them."""


class Node:
    """A value with its place.

    `content` is what it holds: a dict of nodes by key, a list of nodes, or the text of a scalar without its quotes
    (numbers as they are written: `1.10` stays so). `plain`: an unquoted scalar, which may mean a number, true, false
    or null (YAML 1.2's core schema, that is JSON's, where `yes` and `on` are text).
    """

    __slots__ = ("content", "end", "key_end", "key_start", "plain", "source", "start")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        content: "dict[str, Node] | list[Node] | str",
        plain: bool = False,
        *,
        key_start: int = -1,
        key_end: int = -1,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.content = content
        self.plain = plain
        self.key_start = key_start
        self.key_end = key_end

    def __repr__(self) -> str:
        return f"Node({self.place}: {self.kind})"

    # --- where it is ---

    @property
    def span(self) -> Span:
        """The span of the value."""
        return Span(self.start, max(self.start, self.end))

    @property
    def key_span(self) -> Span | None:
        """The span of the key it stands under; None for an item of a list and for the document itself."""
        return Span(self.key_start, self.key_end) if self.key_start >= 0 else None

    @property
    def line_span(self) -> Span:
        """What to point at for the whole of it: its key; without one, the first line of the value."""
        if self.key_start >= 0:
            return Span(self.key_start, self.key_end)
        line = self.source.line_span(self.source.position(self.start).line)
        return Span(self.start, max(self.start, min(self.end, line.end)))

    @property
    def line(self) -> int:
        """The line (from 1) of its key, or of the value without one."""
        return self.source.position(self.key_start if self.key_start >= 0 else self.start).line

    @property
    def place(self) -> str:
        """`path:line`, for people."""
        return f"{self.source.path}:{self.line}"

    # --- what it is ---

    @property
    def value(self) -> "dict[str, Node] | list[Node] | Scalar":
        """A dict or list of nodes, or the plain value of a scalar."""
        content = self.content
        return _meaning(content) if self.plain and isinstance(content, str) else content

    @property
    def kind(self) -> Kind:
        content = self.content
        if isinstance(content, dict):
            return "mapping"
        if isinstance(content, list):
            return "list"
        value = self.value
        if isinstance(value, bool):
            return "boolean"
        return "text" if isinstance(value, str) else "nothing" if value is None else "number"

    @property
    def text(self) -> str:
        """The text of a scalar as it is written, without quotes; "" for null and for what is no scalar."""
        content = self.content
        if not isinstance(content, str) or (self.plain and _meaning(content) is None):
            return ""
        return content

    @property
    def is_true(self) -> bool:
        return self.value is True

    @property
    def number(self) -> int | float | None:
        """The number it is; None for what is none."""
        value = self.value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def get(self, *path: str) -> "Node | None":
        """The value under these keys, each within the one before; None where there is no such key."""
        node: Node | None = self
        for key in path:
            if node is None or not isinstance(node.content, dict):
                return None
            node = node.content.get(key)
        return node

    def items(self) -> "ItemsView[str, Node]":
        """The keys of a mapping with their values; nothing for any other value."""
        content = self.content
        return content.items() if isinstance(content, dict) else {}.items()

    def elements(self) -> "list[Node]":
        """The items of a list; nothing for any other value."""
        return self.content if isinstance(self.content, list) else []

    def texts(self) -> list[str]:
        """The scalars of a list, or the one scalar that stands in its stead, as text."""
        nodes = self.elements() or ([self] if isinstance(self.content, str) else [])
        return [node.text for node in nodes if node.text]

    def plain_data(self) -> object:
        """The value with all that is in it as dicts, lists and scalars, without places."""
        content = self.content
        if isinstance(content, dict):
            return {key: node.plain_data() for key, node in content.items()}
        if isinstance(content, list):
            return [node.plain_data() for node in content]
        return self.value

    def under(self, key_start: int, key_end: int) -> "Node":
        """The same value, standing under another key."""
        return Node(
            self.source,
            self.start,
            self.end,
            self.content,
            plain=self.plain,
            key_start=key_start,
            key_end=key_end,
        )

    def walk(self) -> "Iterator[Node]":
        """It and everything in it."""
        yield self
        content = self.content
        if isinstance(content, str):
            return
        for node in content.values() if isinstance(content, dict) else content:
            yield from node.walk()


def _meaning(written: str) -> Scalar:
    if written in _CONSTANTS:
        return _CONSTANTS[written]
    if written[0] in "-+.0123456789" and len(written) < _DIGITS:
        if _INTEGER.match(written):
            return int(written)
        if _FLOAT.match(written):
            return float(written)
    return written
