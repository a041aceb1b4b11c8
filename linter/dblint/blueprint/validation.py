"""Holds documents against their JSON Schemas: one fault for one slip, at the exact key or value, in plain words.

Of draft 2020-12 this knows the keywords that `dblint_schemas` uses for blueprints. It walks nodes, not plain data, and
so neither loses their places nor takes longer than a run has; the tests hold its verdicts against `jsonschema`'s.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from dblint.blueprint.blueprint import Document, Fault
from dblint.blueprint.nodes import Node
from dblint.source import Span

JsonSchema = Mapping[str, Any]


def violations(document: Document) -> Iterator[Fault]:
    """All in a document that its schema does not provide for."""
    root = document.root
    schema = _schema("blueprint")
    if document.role == "rules":
        schema = _schema("blueprint-rules")
    elif is_lone_table(document):
        schema = _schema("blueprint-table")
    elif is_bare_indexes(document):
        schema = schema["$defs"]["indexes"]
    yield from _check(root, schema, "the document")


def is_lone_table(document: Document) -> bool:
    """Whether a file of `schemas/` is one table, rather than a list of them under `tables`."""
    return document.role == "tables" and document.root.get("columns") is not None


def is_bare_indexes(document: Document) -> bool:
    """Whether a file of `indexes/` is a mapping of tables to their indexes by itself, without `indexes` above it."""
    known = _schema("blueprint")["properties"]
    entries = document.root.items()
    return (
        document.role == "indexes"
        and bool(entries)
        and all(key not in known and isinstance(node.content, list) for key, node in entries)
    )


# --- one value --------------------------------------------------------------------------------


def _check(node: Node, schema: JsonSchema, name: str) -> Iterator[Fault]:
    """`name` is what messages call the value."""
    schema = _resolved(schema)
    if branches := schema.get("anyOf"):
        fitting = [branch for branch in branches if _of_type(node, _types(branch))]
        if not fitting:
            yield _wrong(
                node, f"{name} must be {_listed(_TYPES[t] for b in branches for t in _types(b))}, not {_a(node)}"
            )
            return
        yield from _check(node, fitting[0], name)
        return
    choices = schema.get("enum")
    if choices is not None:
        value = node.value
        if isinstance(value, dict | list) or not any(value == each and type(value) is type(each) for each in choices):
            yield _wrong(node, f"{name} {_not_one_of(node, choices)}")
        return
    types = schema.get("type")
    if types is not None and not _of_type(node, [types] if isinstance(types, str) else types):
        wanted = _listed(_TYPES[each] for each in ([types] if isinstance(types, str) else types))
        yield _wrong(node, f"{name} must be {wanted}, not {_a(node)}")
        return
    content = node.content
    if isinstance(content, dict):
        yield from _mapping(node, content, schema, name)
    elif isinstance(content, list):
        items = schema.get("items")
        if items is not None:
            title = _resolved(items).get("title")
            label = f"a {title.lower()}" if title else f"an item of {name}"
            for item in content:
                yield from _check(item, items, label)
    else:
        yield from _scalar(node, schema, name)


def _scalar(node: Node, schema: JsonSchema, name: str) -> Iterator[Fault]:
    pattern = schema.get("pattern")
    if pattern is not None and node.kind == "text" and not re.search(pattern, node.text):
        yield _wrong(node, f"{name} is {node.text!r}, and must be written like {schema['examples'][0]}")
    least, number = schema.get("minimum"), node.number
    if least is not None and number is not None and number < least:
        yield _wrong(node, f"{name} is {node.text}, and cannot be less than {least}")


def _mapping(node: Node, content: dict[str, Node], schema: JsonSchema, name: str) -> Iterator[Fault]:
    properties: Mapping[str, JsonSchema] = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    meant: set[str] = set()
    sections: list[str] = []
    for key, value in content.items():
        known = properties.get(key)
        if known is not None:
            if known.get("deprecated"):
                now = known["description"].rpartition(" ")[2].rstrip(".")
                message = f"{key!r} is an old spelling, and is read as {now!r}"
                yield Fault(kind="old spelling", source=value.source, span=value.line_span, message=message)
            else:
                yield from _check(value, known, key)
        elif key.startswith("x-") and properties:
            continue
        else:
            absent = [each for each in properties if each not in content]
            near = _alike(key, absent, _STRICT if others else _LOOSE)
            meant.update(near)
            if isinstance(others, Mapping) and not near:
                title = _resolved(others).get("title")
                yield from _check(value, others, f"the {title.lower()} {key}" if title else key)
            elif near or not others:
                known_keys = (
                    f"; did you mean {near[0]!r}?" if near else f"; it has {_listed(sorted(properties), 'and')}"
                )
                message = f"{key!r} is no key of {name}{known_keys}"
                yield Fault(kind="unknown key", source=value.source, span=value.line_span, message=message)
            elif "$defs" in schema:
                sections.append(key)
    if sections:
        first = content[sections[0]]
        message = f"dblint does not read {_listed(map(repr, sections), 'and')}"
        yield Fault(kind="unknown section", source=first.source, span=first.line_span, message=message)
    for key in schema.get("required", ()):
        if key not in content and key not in meant:
            message = f"{name} has no {key!r}"
            yield Fault(kind="missing key", source=node.source, span=node.line_span, message=message)


_LOOSE, _STRICT = 0.6, 0.75
"""How alike a key must be to one that there is: where no other is allowed, and where any is."""


def _wrong(node: Node, message: str) -> Fault:
    line = node.source.line_span(node.source.position(node.start).line)
    span = Span(node.start, max(node.start, min(node.end, line.end)))
    return Fault(kind="wrong value", source=node.source, span=span, message=message)


def _alike(word: str, words: list[str], cutoff: float) -> list[str]:
    """The one of the words that is most like `word`, if any is."""
    from difflib import get_close_matches  # late: most runs meet no unknown key

    return get_close_matches(word, words, n=1, cutoff=cutoff)


def _not_one_of(node: Node, choices: Iterable[Any]) -> str:
    words = ["true" if each is True else "false" if each is False else str(each) for each in choices]
    if isinstance(node.content, dict | list):
        return f"must be one of {_listed(words)}, not {_a(node)}"
    near = _alike(node.text, words, _LOOSE)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"is {node.text!r}, and must be one of {_listed(words)}{hint}"


def _a(node: Node) -> str:
    return {**_KINDS, "number": f"the number {node.text}", "boolean": node.text}[node.kind]


_KINDS = {"mapping": "a mapping", "list": "a list", "text": "text", "nothing": "nothing"}


def _listed(words: Iterable[str], last: str = "or") -> str:
    found = list(dict.fromkeys(words))
    return f"{', '.join(found[:-1])} {last} {found[-1]}" if len(found) > 1 else found[0]


# --- schemas ----------------------------------------------------------------------------------

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _of_type(node: Node, types: Iterable[str]) -> bool:
    kind = node.kind
    for each in types:
        if each == "integer":
            number = node.number
            if number is not None and number == number // 1:
                return True
        elif _KIND_OF[each] == kind:
            return True
    return False


_KIND_OF = {
    "object": "mapping",
    "array": "list",
    "string": "text",
    "number": "number",
    "boolean": "boolean",
    "null": "nothing",
}


def _types(schema: JsonSchema) -> list[str]:
    found = _resolved(schema)["type"]
    return [found] if isinstance(found, str) else found


def _resolved(schema: JsonSchema) -> JsonSchema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    place = reference.rpartition("/")[2]
    found: JsonSchema = _schema("blueprint")["$defs"][place]
    return found if "$ref" not in found else _resolved(found)


@cache
def _schema(name: str) -> JsonSchema:
    from dblint_schemas import load

    return load(name)
