"""What values lose, or which are refused, when a column gets another type.

Only for pairs of types whose values are known to compare: PostgreSQL's by the names of `format_type`, SQL Server's and
MySQL's by their own. Sources: the data type chapters of the three manuals.
"""

from math import inf

from msgspec import Struct

from dblint.operations import Type


class Loss(Struct, frozen=True):
    """`values` after "a value …" for those that are `refused`; after "values lose …" otherwise.

    `shortens`: refused when assigned, but cut without a word by an explicit cast, to `values`.
    """

    values: str
    refused: bool = True
    shortens: int = 0


_INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
_DIGITS = {1: 3, 2: 5, 3: 7, 4: 10, 8: 19}
"""Decimal digits of the largest integer, by its bytes."""
_FLOATS = {"real": 6, "float": 15, "double precision": 15, "double": 15}
"""Decimal digits that always survive."""
_DECIMALS = {"numeric": (inf, inf), "decimal": (18, 0)}
"""Precision and scale without modifiers."""
_STRINGS: dict[str, float] = {
    "text": inf, "character varying": inf, "citext": inf, "bpchar": inf, "character": 1,
    "varchar": 1, "char": 1, "nvarchar": 1, "nchar": 1, "ntext": inf,
}  # fmt: skip
"""Characters without a modifier."""
_NATIONAL, _CODE_PAGE = frozenset({"nvarchar", "nchar", "ntext"}), frozenset({"varchar", "char"})
_BITS: dict[str, tuple[float, str]] = {
    "bit varying": (inf, "bits"), "varbinary": (1, "bytes"), "binary": (1, "bytes"),
}  # fmt: skip
_ZONED = frozenset({"timestamp with time zone", "datetimeoffset"})
_MOMENTS = {
    "timestamp with time zone": 6, "timestamp without time zone": 6,
    "datetimeoffset": 7, "datetime2": 7, "datetime": 3, "smalldatetime": 0,
}  # fmt: skip
"""Fractional digits of a second without a modifier."""
_CLOCKS = frozenset({"time", "time without time zone", "time with time zone"})
_FORMATTED = frozenset({
    "uuid", "uniqueidentifier", "date", "boolean", "json", "jsonb", "inet", "cidr", "interval", "xml", "bytea",
    *_INTEGERS, *_FLOATS, *_DECIMALS, *_MOMENTS, *_CLOCKS,
})  # fmt: skip
"""What only some texts can be read as."""


def loss(old: Type, new: Type) -> Loss | None:
    """What the change takes away first; None when nothing, or when the pair of types is not known."""
    if old.text == new.text or old.array or new.array or old.name.schema or new.name.schema:
        return None
    before, after = old.name.name, new.name.name
    if before in _STRINGS:
        return _of_strings(old, new)
    if before in _BITS and after in _BITS:
        unlimited, unit = _BITS[after]
        limit = _length(new, unlimited)
        return Loss(f"longer than {limit:.0f} {unit}") if limit < _length(old, _BITS[before][0]) else None
    if before in _MOMENTS:
        return _of_moments(old, new)
    return _of_numbers(old, new)


def _length(type_: Type, unlimited: float) -> float:
    if not type_.modifiers:
        return unlimited
    return inf if type_.modifiers[0] < 0 else type_.modifiers[0]


def _of_strings(old: Type, new: Type) -> Loss | None:
    before, after = old.name.name, new.name.name
    if after in _FORMATTED:
        return Loss(f"that is no valid {after}")
    if after not in _STRINGS:
        return None
    limit = _length(new, _STRINGS[after])
    if limit < _length(old, _STRINGS[before]):
        return Loss(f"longer than {limit:.0f} character{'s' if limit > 1 else ''}", shortens=int(limit))
    if before in _NATIONAL and after in _CODE_PAGE:
        return Loss("the characters that the code page lacks", refused=False)
    return None


def _of_moments(old: Type, new: Type) -> Loss | None:
    before, after = old.name.name, new.name.name
    if after == "date":
        return Loss("their time of day", refused=False)
    if after in _CLOCKS:
        return Loss("their date", refused=False)
    if after not in _MOMENTS:
        return None
    if before in _ZONED and after not in _ZONED:
        return Loss("their time zone", refused=False)
    if after == "smalldatetime":
        return Loss("their seconds", refused=False)
    kept = _length(new, _MOMENTS[after])
    if kept < _length(old, _MOMENTS[before]):
        return Loss("their fractions of a second" if not kept else "the last of their digits", refused=False)
    return None


class _Number(Struct, frozen=True):
    """`whole` and `fraction`: digits before and after the decimal point; `exact`: significant ones that are kept."""

    whole: float
    fraction: float
    exact: float


def _number(type_: Type) -> _Number | None:
    name = type_.name.name
    if name in _INTEGERS:
        digits = _DIGITS[_INTEGERS[name]]
        return _Number(digits, 0, digits)
    if name in _FLOATS:
        short = name == "float" and bool(type_.modifiers) and type_.modifiers[0] <= 24
        return _Number(inf, inf, 6 if short else _FLOATS[name])
    if name in _DECIMALS:
        precision, scale = (*type_.modifiers, 0)[:2] if type_.modifiers else _DECIMALS[name]
        return _Number(inf if precision == inf else precision - scale, scale, precision)
    return None


def _of_numbers(old: Type, new: Type) -> Loss | None:
    before, after = _number(old), _number(new)
    if before is None:
        return None
    if new.name.name in ("boolean", "bit"):
        return Loss("everything but whether they are zero", refused=False)
    if after is None:
        return None
    names = (old.name.name, new.name.name)
    if all(name in _INTEGERS for name in names):
        small = _INTEGERS[names[1]] < _INTEGERS[names[0]]
        return Loss(f"beyond the range of {new}") if small else None
    if after.fraction < before.fraction:
        places = f"{after.fraction:.0f} place{'s' if after.fraction > 1 else ''}"
        kept = f" beyond {places}" if after.fraction > 0 else ""
        return Loss(f"their decimals{kept}", refused=False)
    if after.whole < before.whole:
        return Loss(
            f"beyond the range of {new}"
            if names[1] in _INTEGERS
            else f"with more than {after.whole:.0f} digits before the decimal point"
        )
    if names[1] in _FLOATS and after.exact < before.exact:
        return Loss(f"their digits beyond the first {after.exact:.0f}", refused=False)
    return None
