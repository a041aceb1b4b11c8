"""Type names in PostgreSQL's canonical spelling, as its function format_type prints them."""

from functools import lru_cache
from typing import Any

from dblint.dialects.postgres.tree import Node
from dblint.names import Name, quote
from dblint.operations import Type

# The types whose name in pg_type is not the one that format_type prints (src/backend/utils/adt/format_type.c).
_CANONICAL = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "varbit": "bit varying",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "char": '"char"',
}
_SERIAL = {
    name: Type(integer, Name(integer))
    for integer, names in (
        ("integer", ("serial", "serial4")),
        ("bigint", ("bigserial", "serial8")),
        ("smallint", ("smallserial", "serial2")),
    )
    for name in names
}
# Bits of an interval's first modifier (src/include/utils/timestamp.h): which fields it holds.
_INTERVAL_FIELDS = {
    1 << 2: " year",
    1 << 1: " month",
    1 << 3: " day",
    1 << 10: " hour",
    1 << 11: " minute",
    1 << 12: " second",
    1 << 2 | 1 << 1: " year to month",
    1 << 3 | 1 << 10: " day to hour",
    1 << 3 | 1 << 10 | 1 << 11: " day to minute",
    1 << 3 | 1 << 10 | 1 << 11 | 1 << 12: " day to second",
    1 << 10 | 1 << 11: " hour to minute",
    1 << 10 | 1 << 11 | 1 << 12: " hour to second",
    1 << 11 | 1 << 12: " minute to second",
}

NO_TYPE = Type("", Name(""))
"""Where a column is written without its type: in CREATE TABLE … OF and … PARTITION OF."""


def column_type(node: Node | None) -> tuple[Type, bool]:
    """A column's type, and whether it was written as serial, which stands for an integer type."""
    if node is None:
        return NO_TYPE, False
    names = node.get("names", ())
    if len(names) == 1 and "arrayBounds" not in node:
        integer = _SERIAL.get(names[0]["String"].get("sval", ""))
        if integer is not None and "pct_type" not in node:
            return integer, True
    return type_of(node), False


def type_of(node: Node) -> Type:
    """The type that a TypeName node means, without looking at any catalog."""
    names = tuple([name["String"].get("sval", "") for name in node.get("names", ())])
    modifiers = node.get("typmods")
    return _spell(
        names,
        tuple([_modifier(item) for item in modifiers]) if modifiers else (),
        bool(node.get("arrayBounds")),
        bool(node.get("pct_type")),
    )


def _modifier(node: Node) -> int | str:
    constant: dict[str, Any] = node.get("A_Const", {})
    if "ival" in constant:
        return int(constant["ival"].get("ival", 0))
    if "sval" in constant:
        return str(constant["sval"].get("sval", ""))
    if "fval" in constant:
        return str(constant["fval"].get("fval", ""))
    fields = node.get("ColumnRef", {}).get("fields", ())
    return ".".join(field["String"].get("sval", "") for field in fields if "String" in field)


@lru_cache(1024)
def _spell(names: tuple[str, ...], written: tuple[int | str, ...], array: bool, copied: bool) -> Type:
    if not names:
        return NO_TYPE
    if copied:
        return Type(".".join(map(quote, names)) + "%TYPE", Name(names[-1], names[-2] if len(names) > 1 else ""))
    schema = names[-2] if len(names) > 1 else ""
    plain = names[-1]
    if schema in ("", "pg_catalog") and plain.startswith("_") and (plain[1:] in _CANONICAL or plain[1:] in _ARRAYS):
        plain, array = plain[1:], True
    modifiers = tuple([number for number in written if isinstance(number, int)])
    if schema not in ("", "pg_catalog"):
        name = Name(plain, schema)
        text = name.sql + (f"({','.join(map(str, written))})" if written else "")
    else:
        name, text, modifiers = _builtin(plain, written, modifiers)
    return Type(text + "[]" if array else text, name, modifiers, array)


_ARRAYS = frozenset({"text", "numeric", "uuid", "date", "json", "jsonb", "bytea", "bpchar", "name", "interval"})


def _builtin(
    plain: str, written: tuple[int | str, ...], modifiers: tuple[int, ...]
) -> tuple[Name, str, tuple[int, ...]]:
    """Name, spelling and modifiers of a type of pg_catalog, or of one that may be anywhere."""
    if plain == "bpchar":
        return (
            (Name("character"), f"character({modifiers[0]})", modifiers) if modifiers else (Name("bpchar"), plain, ())
        )
    if plain == "bit" and not modifiers:
        # bit without a length is not bit(1): only quoting can write it.
        return Name("bit"), '"bit"', ()
    if plain == "interval":
        return _interval(modifiers)
    if plain == "numeric" and len(modifiers) == 1:
        modifiers = (modifiers[0], 0)
        written = modifiers
    canonical = _CANONICAL.get(plain)
    name = Name(plain if plain == "char" else canonical or plain)
    text = canonical or quote(plain)
    if written:
        inside = f"({','.join(map(str, written))})"
        kind, space, rest = text.partition(" ")
        # The precision of a time stands in the middle: timestamp(3) with time zone.
        text = f"{kind}{inside}{space}{rest}" if kind in ("time", "timestamp") else text + inside
    return name, text, modifiers


def _interval(modifiers: tuple[int, ...]) -> tuple[Name, str, tuple[int, ...]]:
    text = "interval"
    if modifiers:
        text += _INTERVAL_FIELDS.get(modifiers[0], "")
        if len(modifiers) > 1:
            text += f"({modifiers[1]})"
    return Name("interval"), text, modifiers[1:]
