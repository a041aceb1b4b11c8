"""What ALTER COLUMN … TYPE has to do: change the catalog only, rebuild indexes, or rewrite the table.

The server rewrites unless it can see that every stored value stays as it is (tablecmds.c,
ATColumnChangeRequiresRewrite): a binary-coercible cast, or a length that only grows. It drops and makes again each
index on the column, and reuses the index's file when operator class and collation stay (CheckIndexCompatible).
"""

import re
from enum import IntEnum
from itertools import pairwise

from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.operations import Expression, Type


class Change(IntEnum):
    """Each includes the ones before it."""

    CATALOG = 0
    INDEXES = 1
    """Indexes with the column as a key are built again; the table stays as it is."""
    REWRITE = 2


TEXT, VARCHAR, CHAR, BPCHAR = "text", "character varying", "character", "bpchar"
TIMESTAMP, TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"
OID_ALIASES = ("regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator",
               "regproc", "regprocedure", "regrole", "regtype")  # fmt: skip

# Casts that leave the stored value as it is (pg_cast.castmethod "b"), by whether an index on it stays good.
_SAME_BITS: dict[tuple[str, str], Change] = {
    (TEXT, VARCHAR): Change.CATALOG,
    (VARCHAR, TEXT): Change.CATALOG,
    (TEXT, BPCHAR): Change.INDEXES,
    (VARCHAR, BPCHAR): Change.INDEXES,
    ("cidr", "inet"): Change.CATALOG,
    ("bit", "bit varying"): Change.INDEXES,
    ("xml", TEXT): Change.CATALOG,
    ("xml", VARCHAR): Change.CATALOG,
    ("oid", "integer"): Change.INDEXES,
    ("integer", "oid"): Change.INDEXES,
    **{("oid", alias): Change.CATALOG for alias in OID_ALIASES},
    **{(alias, "oid"): Change.CATALOG for alias in OID_ALIASES},
    **{("integer", alias): Change.INDEXES for alias in OID_ALIASES},
    **{(alias, "integer"): Change.INDEXES for alias in OID_ALIASES},
}

# Types whose one modifier is a limit that may grow, with the limit that none stands for (None: unlimited).
_LIMITS: dict[str, int | None] = {
    VARCHAR: None,
    "bit varying": None,
    TIMESTAMP: 6,
    TIMESTAMPTZ: 6,
    "time without time zone": 6,
    "time with time zone": 6,
    "interval": 6,
}
_INTERVAL_FIELDS = re.compile(r"interval(?P<fields> [a-z ]+)?")

# Assignment and implicit casts of pg_cast among types that have no others; every type casts to text by its output.
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_STRINGS = frozenset({TEXT, VARCHAR, CHAR, BPCHAR, "name"})
_TIMES = frozenset({"time without time zone", "time with time zone"})
_ASSIGNABLE: dict[str, frozenset[str]] = {
    **dict.fromkeys(_NUMBERS, _NUMBERS),
    **{integer: _NUMBERS | {"money", "oid", *OID_ALIASES} for integer in ("integer", "bigint")},
    "smallint": _NUMBERS | {"oid", *OID_ALIASES},
    "numeric": _NUMBERS | {"money"},
    "money": frozenset({"numeric"}),
    **{string: _STRINGS | {'"char"', "char"} for string in _STRINGS},
    TEXT: _STRINGS | {'"char"', "char", "regclass"},
    VARCHAR: _STRINGS | {'"char"', "char", "regclass"},
    "boolean": frozenset(),
    "uuid": frozenset(),
    "bytea": frozenset(),
    "date": frozenset({TIMESTAMP, TIMESTAMPTZ}),
    TIMESTAMP: frozenset({"date", "time without time zone", TIMESTAMPTZ}),
    TIMESTAMPTZ: frozenset({"date", TIMESTAMP, *_TIMES}),
    "time without time zone": frozenset({"interval", "time with time zone"}),
    "time with time zone": frozenset({"time without time zone"}),
    "interval": frozenset({"time without time zone"}),
    "json": frozenset({"jsonb"}),
    "jsonb": frozenset({"json"}),
    "inet": frozenset({"cidr"}),
    "cidr": frozenset({"inet"}),
    "macaddr": frozenset({"macaddr8"}),
    "macaddr8": frozenset({"macaddr"}),
    "bit": frozenset({"bit varying"}),
    "bit varying": frozenset({"bit"}),
}

_UTC = frozenset({"utc", "gmt", "uct", "zulu", "universal", "greenwich", "gmt0", "gmt+0", "gmt-0", "etc/utc", "etc/gmt",
                  "etc/uct", "etc/zulu", "etc/universal", "etc/greenwich", "0", "+0", "+00", "+00:00"})  # fmt: skip


def type_change(schema: Schema, column: str, old: Type | None, new: Type, using: Expression | None = None) -> Change:
    """What changing a column's type asks for; an old type that is not known may be anything.

    `using` is the USING expression: one that does more than cast the column rewrites. The session's time zone, by
    `schema.settings`, decides between timestamp and timestamptz.
    """
    if old is None:
        return Change.REWRITE
    steps = [old]
    if using is not None:
        cast = _plain_cast(using, column)
        if cast is None:
            return Change.REWRITE
        if cast.name and cast != new.name:
            steps.append(Type(cast.name, cast))
    steps.append(new)
    return max(_step(schema, *pair) for pair in pairwise(steps))


def _step(schema: Schema, old: Type, new: Type) -> Change:
    if _same(schema, old, new):
        return Change.CATALOG
    if constrained(schema, new):
        return Change.REWRITE
    return _between(underlying(schema, old), underlying(schema, new), schema.settings.get("timezone", ""))


def _same(schema: Schema, old: Type, new: Type) -> bool:
    if old.text == new.text:
        return True
    domain = schema.domain(old.name)
    return domain is not None and domain is schema.domain(new.name) and old.array == new.array


def _between(old: Type, new: Type, time_zone: str) -> Change:
    """Two types that are no domains."""
    if old.text == new.text:
        return Change.CATALOG
    before, after = old.name.name, new.name.name
    if before == after and old.array == new.array and old.name.schema == new.name.schema:
        if old.array:  # the elements' cast is not looked into
            return Change.REWRITE if new.modifiers else Change.CATALOG
        return Change.CATALOG if _limit_grows(before, old, new) else Change.REWRITE
    if old.array or new.array:
        return Change.REWRITE
    if before == CHAR and after == BPCHAR:
        return Change.CATALOG
    if {before, after} == {TIMESTAMP, TIMESTAMPTZ}:
        grows = _limit_grows(before, old, new)
        return Change.INDEXES if time_zone.strip("'\" ").lower() in _UTC and grows else Change.REWRITE
    return _SAME_BITS.get((before, after), Change.REWRITE) if not new.modifiers else Change.REWRITE


def _limit_grows(name: str, old: Type, new: Type) -> bool:
    """Whether every value within the old modifiers is within the new ones as it stands."""
    if name == "numeric":
        if not new.modifiers or not old.modifiers:
            return not new.modifiers
        (precision, scale), (was, old_scale) = (*new.modifiers, 0)[:2], (*old.modifiers, 0)[:2]
        return scale == old_scale and precision >= was
    if name not in _LIMITS:
        return False
    if name == "interval" and (fields := _fields(new)) and fields != _fields(old):
        return False
    unlimited = _LIMITS[name]
    limit = new.modifiers[0] if new.modifiers else unlimited
    was_limit = old.modifiers[0] if old.modifiers else unlimited
    return limit is None or (was_limit is not None and limit >= was_limit)


def _fields(interval: Type) -> str:
    match = _INTERVAL_FIELDS.match(interval.text)
    return (match["fields"] or "").strip() if match else ""


def underlying(schema: Schema, data_type: Type) -> Type:
    """The type below a domain, and below that domain's."""
    while not data_type.array and (domain := schema.domain(data_type.name)) is not None:
        data_type = domain.type
    return data_type


def constrained(schema: Schema, data_type: Type) -> bool:
    """Whether it is a domain that checks its values, itself or by the domain below it."""
    while not data_type.array and (domain := schema.domain(data_type.name)) is not None:
        if domain.constrained:
            return True
        data_type = domain.type
    return False


def _plain_cast(using: Expression, column: str) -> Name | None:
    """The type that USING casts the bare column to (Name("") for just the column); None when it does more."""
    if len(using.columns) != 1 or using.functions or using.tables or len(using.types) > 1:
        return None
    quoted = '"' + column.replace('"', '""') + '"'
    spelling = f"{re.escape(column)}|{re.escape(quoted)}"
    text = using.text.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    bare = rf"\(?\s*(?:{spelling})\s*\)?"
    if re.fullmatch(bare, text, re.IGNORECASE):
        return Name("")
    cast = rf"{bare}\s*::\s*[\w .,\"()\[\]]+|cast\s*\(\s*{bare}\s+as\s+[\w .,\"()\[\]]+"
    return using.types[0] if using.types and re.fullmatch(cast, text, re.IGNORECASE) else None


def assignable(schema: Schema, old: Type, new: Type) -> bool | None:
    """Whether the server casts by itself when values are assigned (so that USING is not needed).

    None when one of the types is not a common built-in one.
    """
    source, target = underlying(schema, old), underlying(schema, new)
    if _same(schema, source, target):
        return True
    if source.array or target.array or any(schema.other("cast")):
        return None
    before, after = source.name.name, target.name.name
    source_known, target_known = before in _ASSIGNABLE, after in _ASSIGNABLE
    if (source_enum := schema.enum(source.name)) is not None and target_known:
        return after in _STRINGS
    if schema.enum(target.name) is not None and (source_known or source_enum is not None):
        return False
    if not source_known or not target_known:
        return None
    return after in _STRINGS or before == after or after in _ASSIGNABLE[before]
