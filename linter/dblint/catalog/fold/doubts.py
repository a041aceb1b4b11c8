"""What the history leaves open: objects that a condition, dynamic SQL or an unread statement may have changed."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from dblint.catalog.canonical import identifier, parse_name
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import put
from dblint.catalog.model import Function, Index, Relation, Table, replace
from dblint.catalog.routines import DYNAMIC
from dblint.catalog.signatures import routine
from dblint.catalog.state import TypeObject
from dblint.lexer import tokens
from dblint.names import Name
from dblint.operations import Opaque, Operation, Unparsable

_CHANGES = re.compile(r"\s*(?:alter|create|drop|rename|do|call|execute|exec)\b", re.IGNORECASE)
"""How a statement begins that may change the schema; dynamic SQL begins with an expression."""
_KEEPS = re.compile(
    r"\s*(?:grant|revoke|comment|analy[sz]e|vacuum|select|insert|update|delete|merge|truncate|copy|set|reset|lock|notify)\b",
    re.IGNORECASE,
)
"""How dynamic SQL begins that leaves the schema as it is, as far as the schema is compared."""
_SCHEMA_TO_COME = re.compile(r"%(?:\d+\$)?[Is]\.")
"""A directive of format() that stands for the schema of the name after it."""


class Objects(Struct, frozen=True):
    """The objects of a moment, to be compared with those of a later one."""

    relations: dict[Name, Relation]
    types: dict[Name, TypeObject]
    functions: dict[Name, tuple[Function, ...]]


def objects(catalog: Catalog) -> Objects:
    state = catalog.state
    return Objects(dict(state.relations), dict(state.types), dict(state.functions))


def mark_uncertain(catalog: Catalog, operation: Operation, before: Objects) -> None:
    """Everything that an operation behind an undecided condition touched is uncertain from here on.

    What it dropped may not have been dropped: it is presumed to be there.
    """
    reason = f"behind a condition at {operation.statement.place}"
    state = catalog.state
    doubts = state.uncertain
    for name, relation in state.relations.items():
        if (old := before.relations.get(name)) is not relation and old != relation:
            doubts[name] = reason
    for name in before.relations.keys() - state.relations.keys():
        relation = before.relations[name]
        state.relations[name] = relation
        doubts[name] = reason
        if isinstance(relation, Index) and name not in state.indexes_by_table.get(relation.table, ()):
            state.indexes_by_table[relation.table] = (*state.indexes_by_table.get(relation.table, ()), name)
    for name, made in state.types.items():
        if before.types.get(name) is not made:
            doubts[name] = reason
    for name in before.types.keys() - state.types.keys():
        state.types[name] = before.types[name]
        doubts[name] = reason
    for name, overloads in state.functions.items():
        if before.functions.get(name) is not overloads:
            doubts[routine(name)] = reason
    for name in before.functions.keys() - state.functions.keys():
        state.functions[name] = before.functions[name]
        doubts[routine(name)] = reason


def unread(catalog: Catalog, operation: Opaque | Unparsable) -> None:
    """What dynamic SQL or a statement that was not understood names, it may have changed."""
    text = operation.source.text[operation.span.start : operation.span.end]
    if isinstance(operation, Unparsable):
        what = "a statement that could not be read"
        text = text if len(text) > 1 else operation.statement.text
    else:
        what = operation.what
    if _KEEPS.match(_first_string(text)) if what == DYNAMIC else not _CHANGES.match(text):
        return
    reason = f"{what} may have changed it at {operation.statement.place}"
    for name in dict.fromkeys(_named(text)):
        full = catalog.resolve(name)
        found = catalog.state.relations.get(full)
        if found is None:
            full = catalog.resolve_type(name)
            if full not in catalog.state.types:
                continue
        catalog.state.uncertain[full] = reason
        if isinstance(found, Table):
            put(catalog, replace(found, incomplete=True))


def _first_string(text: str) -> str:
    """What the first string in an expression says, which is how the statement begins that it makes."""
    return next((text[each.start + 1 : each.end - 1] for each in tokens(text) if each.kind == "string"), "")


def _named(text: str) -> Iterator[Name]:
    """The names in a text and in the strings in it, each with its schema where it is written."""
    run: list[str] = []
    joined = False
    for token in tokens(text):
        written = text[token.start : token.end]
        if token.kind in ("word", "quoted"):
            run = [*run, identifier(written)] if joined else [identifier(written)]
            yield Name(run[-1], run[-2] if len(run) > 1 else "")
        elif token.kind == "string" and len(written) > 2:
            inner = written[1:-1].replace("''", "'")
            if inner.isidentifier():
                yield parse_name(inner)
            else:
                yield from _named(_SCHEMA_TO_COME.sub("", inner))
        joined = written == "." and token.kind == "punctuation"


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {Opaque: unread, Unparsable: unread}
