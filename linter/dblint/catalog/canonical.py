"""Types and expressions as the server keeps them: by the objects they mean, however these are reached or called later.

What is in the default schema is written without it, all else that the history made with its schema.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from dblint.lexer import normalise, tokens
from dblint.names import Name
from dblint.operations import Expression, FunctionCall, IndexDefinition, IndexKey, TableUse, Type

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog

Named = Literal["function", "type", "table", "qualifier"]
Renamed = tuple[Name, Name, Named]
"""A name as it is written in a text, as it is to be, and what it names: a "qualifier" is a bare table's."""

_BUILT_IN = frozenset(
    {
        "bigint",
        "boolean",
        "bytea",
        "character",
        "character varying",
        "date",
        "double precision",
        "integer",
        "json",
        "jsonb",
        "numeric",
        "real",
        "smallint",
        "text",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
    }
)
"""The types that are looked up most and are never the history's own."""


def canonical_type(catalog: "Catalog", kind: Type) -> Type:
    """The type by its full name, if the history made it (a table's or view's row type counts)."""
    if kind.name.name in _BUILT_IN or not kind.name.name:
        return kind
    found = found_type(catalog, kind.name)
    return kind if found is None or found == kind.name else type_named(catalog, kind, found)


def found_type(catalog: "Catalog", name: Name) -> Name | None:
    """The full name of a type that the history made."""
    full = catalog.resolve_type(name)
    if full in catalog.state.types:
        return full
    row = catalog.resolve(name)
    if row not in catalog.state.relations:
        return None
    catalog.state.row_types[row] = None
    return row


def type_named(catalog: "Catalog", kind: Type, name: Name) -> Type:
    shown = written(catalog, name).sql
    bare = kind.text.removesuffix("[]")
    shown += bare[bare.rindex("(") :] if kind.modifiers and bare.endswith(")") else ""  # as in vector(3)
    return Type(f"{shown}[]" if kind.array else shown, name, kind.modifiers, kind.array)


def written(catalog: "Catalog", name: Name) -> Name:
    """The name as texts have it."""
    return Name(name.name) if name.schema == catalog.default_schema else name


def canonical(catalog: "Catalog", expression: Expression | None) -> Expression | None:
    """The expression with the full names of the functions, types, sequences and tables that the history made."""
    if expression is None or not (expression.functions or expression.types or expression.tables):
        return expression
    functions: dict[Name, Name] = {}
    for call in expression.functions:
        full = catalog.resolve_function(call.name)
        if full in catalog.state.functions:
            functions[call.name] = full
    types = {name: found for name in expression.types if (found := found_type(catalog, name)) is not None}
    tables = {use.name: catalog.resolve(use.name) for use in expression.tables}
    sequences = {
        literal: written(catalog, catalog.resolve(parse_name(literal))).sql
        for call in expression.functions
        if is_nextval(call)
        for literal in call.literals[:1]
    }
    if not (functions or types or tables or sequences):
        return expression
    changes: list[Renamed] = [
        *((name, written(catalog, full), "function") for name, full in functions.items()),
        *((name, written(catalog, full), "type") for name, full in types.items()),
    ]
    text = respelled(expression.text, [change for change in changes if change[0] != change[1]])
    for old, new in sequences.items():
        text = text.replace(f"'{old}'", f"'{new}'")
    return replace(
        expression,
        text=text,
        key=normalise(text) if text != expression.text else expression.key,
        functions=tuple(
            replace(
                call,
                name=functions.get(call.name, call.name),
                literals=(sequences[call.literals[0]], *call.literals[1:]) if is_nextval(call) else call.literals,
            )
            for call in expression.functions
        ),
        types=tuple(types.get(name, name) for name in expression.types),
        tables=tuple(TableUse(tables[use.name], use.span, use.alias) for use in expression.tables),
    )


def sequence_named(catalog: "Catalog", literal: str) -> Name:
    """The sequence that a canonical expression names in a string."""
    return parse_name(literal).within(catalog.default_schema)


def is_nextval(call: FunctionCall) -> bool:
    return call.name.name == "nextval" and call.name.schema in ("", "pg_catalog") and bool(call.literals)


def canonical_keys(catalog: "Catalog", keys: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
    return tuple(
        replace(key, expression=canonical(catalog, key.expression)) if key.expression is not None else key
        for key in keys
    )


def canonical_index(catalog: "Catalog", definition: IndexDefinition) -> IndexDefinition:
    return replace(
        definition,
        keys=canonical_keys(catalog, definition.keys),
        predicate=canonical(catalog, definition.predicate),
    )


def respelled(text: str, changes: Sequence[Renamed]) -> str:
    """The text with names replaced."""
    if not changes:
        return text
    wanted = {(old, kind): new.sql for old, new, kind in changes}
    pieces: list[str] = []
    position = 0
    for start, end, name, kind in _names(text):
        new = wanted.get((name, kind))
        if new is not None:
            pieces += (text[position:start], new)
            position = end
    return "".join([*pieces, text[position:]])


def _names(text: str) -> Iterator[tuple[int, int, Name, Named]]:
    """The names in an expression with their places, and what they name by where they stand."""
    found = list(tokens(text))
    position = 0
    before = ""
    depth = 0
    listing = [-1]
    while position < len(found):
        token = found[position]
        if token.kind not in ("word", "quoted"):
            before = text[token.start : token.end]
            depth += {"(": 1, ")": -1}.get(before, 0)
            if depth < listing[-1]:
                listing.pop()
            before = "from" if before == "," and depth == listing[-1] else before
            position += 1
            continue
        last = position
        parts = [identifier(text[token.start : token.end])]
        while last + 2 < len(found) and _is(text, found[last + 1].start, ".") and _named(found[last + 2].kind):
            parts.append(identifier(text[found[last + 2].start : found[last + 2].end]))
            last += 2
        after = text[found[last + 1].start : found[last + 1].end] if last + 1 < len(found) else ""
        name = Name(parts[-1], parts[-2] if len(parts) > 1 else "")
        start, end = token.start, found[last].end
        if before == "::" or (before == "as" and after == ")"):
            yield start, end, name, "type"
        elif after == "(":
            yield start, end, name, "function"
        elif before in ("from", "join", "update", "into"):
            yield start, end, name, "table"
        elif len(parts) > 1:
            place = found[last - 2]
            qualifier = Name(parts[-2], parts[-3] if len(parts) > 2 else "")
            yield start, place.end, qualifier, "table" if qualifier.schema else "qualifier"
        elif found[last + 1].kind == "string" if last + 1 < len(found) else False:
            yield start, end, name, "type"
        before = text[found[last].start : found[last].end].lower()
        if before == "from":
            listing.append(depth)
        elif before in _AFTER_FROM and listing[-1] == depth:
            listing.pop()
        position = last + 1


_AFTER_FROM = frozenset(
    {"where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for"}
)


def _is(text: str, start: int, character: str) -> bool:
    return text[start : start + 1] == character


def _named(kind: str) -> bool:
    return kind in ("word", "quoted")


_PART = re.compile(r'"((?:[^"]|"")*)"|([^.]+)')


def parse_name(text: str) -> Name:
    """A name written in a string, as in nextval('app.orders_id_seq')."""
    parts = [m[1].replace('""', '"') if m[1] is not None else m[2].strip().lower() for m in _PART.finditer(text)]
    return Name(parts[-1], parts[-2] if len(parts) > 1 else "") if parts else Name(text)


def identifier(written_as: str) -> str:
    """The identifier that a word or a quoted identifier of a text stands for."""
    return written_as[1:-1].replace('""', '"') if written_as.startswith('"') else written_as.lower()
