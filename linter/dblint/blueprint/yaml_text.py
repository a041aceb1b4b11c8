"""Reads YAML text into nodes: events of the safe C parser, no objects, no tags of others, bounded depth and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dblint.blueprint.blueprint import Fault
from dblint.blueprint.nodes import Node
from dblint.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DEEP = 100
"""How deep values may be nested."""
MOST_REPEATED = 100_000
"""How many values all aliases together may stand for."""

_STANDARD = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "null", "bool", "int", "float"))
_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp"))
_OWN = ("!", "")


class Unreadable(Exception):
    """The text cannot be read beyond this place."""

    def __init__(self, message: str, start: int, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = start + 1 if end is None else end


class _Open:
    """A mapping (`keyed`) or list that is being read: `key` is the scalar event of the key whose value comes next."""

    __slots__ = ("event", "key", "keyed", "listed", "mapped", "merges", "size")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.keyed = type(event).__name__ == "MappingStartEvent"
        self.mapped: dict[str, Node] = {}
        self.listed: list[Node] = []
        self.key: Any = None
        self.merges: list[Node] = []
        self.size = 1


def read_yaml(source: Source, span: Span, faults: list[Fault]) -> Node | None:
    """The one document in a stretch of a file; None where there is none or it cannot be read.

    What is wrong is added to `faults`: syntax, duplicate keys, tags, a second document, too deep nesting, and aliases
    that stand for too much.
    """
    text = source.text if span == Span(0, len(source.text)) else source.slice(span)
    try:
        return _Reader(source, span.start, faults).read(text)
    except Unreadable as error:
        start = min(span.start + error.start, len(source.text))
        end = min(max(start, span.start + error.end), len(source.text))
        faults.append(Fault(kind="unreadable", source=source, span=Span(start, end), message=error.message))
        return None


def _events(text: str) -> Iterator[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parser = None
    try:
        parser = loader(text)
        while (event := parser.get_event()) is not None:
            yield event
    except yaml.MarkedYAMLError as error:
        at_end = error.problem and "end of stream" in error.problem
        mark = (error.context_mark if at_end else None) or error.problem_mark or error.context_mark
        said = " ".join(filter(None, (error.context, error.problem)))
        raise Unreadable(f"this is not YAML: {said}", mark.index if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(f"this is not YAML: {error.reason}", _illegal(text)) from None
    except (yaml.YAMLError, ValueError, UnicodeError) as error:
        raise Unreadable(f"this is not YAML: {error}", _illegal(text)) from None
    finally:
        if parser is not None:
            parser.dispose()


def _illegal(text: str) -> int:
    """The first character that YAML does not allow."""
    import re

    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return found.start() if found else 0


class _Reader:
    """Builds nodes from events; one for each text."""

    def __init__(self, source: Source, base: int, faults: list[Fault]) -> None:
        self.source = source
        self.base = base
        self.faults = faults
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.repeated = 0

    def read(self, text: str) -> Node | None:
        from yaml import events

        scalar: Any = events.ScalarEvent
        root: Node | None = None
        documents = 0
        stack: list[_Open] = []
        top: _Open | None = None
        base, source = self.base, self.source
        for event in _events(text):
            if event.__class__ is scalar:
                if top is not None and top.key is None and top.keyed:
                    top.key = event
                    continue
                plain = event.implicit[0] if event.tag is None else self._plain(event)
                node = Node(source, base + event.start_mark.index, base + event.end_mark.index, event.value, plain)
                size = 1
                if event.anchor is not None:
                    self.anchors[event.anchor] = (node, 1)
            else:
                kind = type(event).__name__
                if kind in ("MappingStartEvent", "SequenceStartEvent"):
                    top = self._opened(event, top, len(stack))
                    stack.append(top)
                    continue
                if kind in ("MappingEndEvent", "SequenceEndEvent"):
                    done = stack.pop()
                    node, size = self._closed(done, event), done.size
                    top = stack[-1] if stack else None
                elif kind == "AliasEvent":
                    node, size = self._alias(event, top)
                else:
                    if kind == "DocumentStartEvent":
                        documents += 1
                        if documents > 1:
                            self._fault(event, "a second document begins here; only the first is read")
                            return root
                    continue
            if top is None:
                root = node
                continue
            top.size += size
            if top.keyed:
                self._put(top, node)
            else:
                top.listed.append(node)
        return root

    def _opened(self, event: Any, top: _Open | None, depth: int) -> _Open:
        self._check_tag(event)
        if top is not None and top.keyed and top.key is None:
            raise Unreadable("a key is a list or a mapping, and only text can be one", event.start_mark.index)
        if depth >= MOST_DEEP:
            raise Unreadable(f"values are nested deeper than {MOST_DEEP} levels", event.start_mark.index)
        return _Open(event)

    def _put(self, top: _Open, node: Node) -> None:
        key, top.key = top.key, None
        start, end = self.base + key.start_mark.index, self.base + key.end_mark.index
        name: str = key.value
        if name == "<<" and key.implicit[0]:
            top.merges.append(node)
            return
        if name in top.mapped:
            first = top.mapped[name].key_span
            message = f"{name!r} stands twice in one mapping: only the later value counts"
            self.faults.append(
                Fault(kind="duplicate key", source=self.source, span=Span(start, end), message=message, related=first)
            )
        if node.key_start >= 0:  # an alias: the value stands elsewhere, the key here
            node = node.under(start, end)
        else:
            node.key_start, node.key_end = start, end
        top.mapped[name] = node

    def _closed(self, done: _Open, event: Any) -> Node:
        start, end = self.base + done.event.start_mark.index, self.base + event.end_mark.index
        for merged in done.merges:
            for each in merged.elements() or [merged]:
                for key, inner in each.items():
                    done.mapped.setdefault(key, inner)
        if not done.event.flow_style:
            # The end of a block is where the next token begins; its own text ends before.
            end = max((inner.end for inner in (done.mapped.values() if done.keyed else done.listed)), default=start)
        node = Node(self.source, start, end, done.mapped if done.keyed else done.listed)
        if done.event.anchor is not None:
            self.anchors[done.event.anchor] = (node, done.size)
        return node

    def _alias(self, event: Any, top: _Open | None) -> tuple[Node, int]:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise Unreadable(f"*{event.anchor} refers to nothing above it", event.start_mark.index)
        if top is not None and top.keyed and top.key is None:
            raise Unreadable("a key is an alias, and only text can be one", event.start_mark.index)
        node, size = found
        self.repeated += size
        if self.repeated > MOST_REPEATED:
            message = f"aliases stand for more than {MOST_REPEATED:,} values"
            raise Unreadable(message, event.start_mark.index, event.end_mark.index)
        return node.under(node.start, node.start), size

    def _plain(self, event: Any) -> bool:
        tag = event.tag
        if tag is None or tag in _OWN:
            return bool(event.implicit[0]) and tag != "!"
        self._check_tag(event)
        return tag not in _TEXT

    def _check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in _OWN and tag not in _STANDARD and tag not in _TEXT:
            raise Unreadable(f"the tag {tag!r} is refused: only plain values are read", event.start_mark.index)

    def _fault(self, event: Any, message: str) -> None:
        start = self.base + event.start_mark.index
        self.faults.append(Fault(kind="unreadable", source=self.source, span=Span(start, start + 3), message=message))
