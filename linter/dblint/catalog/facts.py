"""Two catalogs compared: what each object is, without where it came from."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.model import ExtensionType, Function, Index, Origin, Sequence, Table, View
from dblint.lexer import normalise
from dblint.names import Name
from dblint.operations import Expression
from dblint.source import Span, Statement

Facts = Mapping[str, object]
"""What every object is, by its label."""

_PROVENANCE = frozenset(
    ("origin", "renamed_by", "validated_by", "disabled_by", "unchecked_by", "retired_by", "named", "filled")
)
_MEMBERS = {
    "columns": "column",
    "constraints": "constraint",
    "triggers": "trigger",
    "policies": "policy",
    "rules": "rule",
}
"""A table's dictionaries of parts, and what such a part is called."""
_ROW_SECURITY = ("row_security", "row_security_forced")
_ORDER = "order of columns"


def label(kind: str, name: Name, member: str = "") -> str:
    """What a difference calls an object: `index public.i`, `column public.orders.note`."""
    return f"{kind} {name}.{member}" if member else f"{kind} {name}"


def facts(catalog: Catalog) -> Facts:
    """Every object that outlives the session, with all that makes it what it is."""
    return dict(_facts(catalog))


def labels(catalog: Catalog, table: Table) -> frozenset[str]:
    """What a difference says of a table that only one of two catalogs has, with all that goes with it."""
    own = {name for name, _ in _table(table) if not name.startswith(_ORDER)}
    indexes = (label("index", each.name) for each in catalog.indexes_of(table.name))
    sequences = (label("sequence", each.name) for each in catalog.owned_sequences(table.name))
    return frozenset((*own, *indexes, *sequences))


def difference(before: Facts, after: Facts) -> frozenset[str]:
    """The labels of the objects that only one of the two has, or that are not the same in both."""
    found = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    reordered = {name for name in found if name.startswith(_ORDER)}
    for name in reordered:  # a column more or less is said of the column
        old, new = before.get(name), after.get(name)
        if not (isinstance(old, tuple) and isinstance(new, tuple) and set(old) == set(new)):
            found.discard(name)
    return frozenset(found)


def _facts(catalog: Catalog) -> Iterator[tuple[str, object]]:
    for relation in catalog.state.relations.values():
        if relation.name.schema == TEMPORARY:
            continue
        if isinstance(relation, Table):
            yield from _table(relation)
        elif isinstance(relation, Index):
            yield label("index", relation.name), _plain(relation)
        elif isinstance(relation, View):
            yield label("view", relation.name), _plain(relation, but=("query",))
        elif isinstance(relation, Sequence):
            yield label("sequence", relation.name), _plain(relation)
    for name, kind in catalog.state.types.items():
        if not isinstance(kind, ExtensionType):
            yield label("type", name), _plain(kind)
    for name, functions in catalog.state.functions.items():
        for function in functions:
            yield label("function", name, ",".join(function.arguments)), _function(function)
    for extension in catalog.extensions():
        yield f"extension {extension.name}", extension.schema
    for grant in catalog.grants():
        yield label("grant", grant.name, f"{grant.kind}.{grant.role}"), grant.privileges
    for other in catalog.state.others.values():
        yield label(other.kind, other.name, str(other.table or "")), True
    for schema in catalog.schemas():
        yield f"schema {schema}", True


def _table(table: Table) -> Iterator[tuple[str, object]]:
    yield label("table", table.name), _plain(table, but=(*_MEMBERS, *_ROW_SECURITY))
    yield label("row security", table.name), (table.row_security, table.row_security_forced)
    yield label(_ORDER, table.name), tuple(table.columns)
    for field, kind in _MEMBERS.items():
        for member, value in getattr(table, field).items():
            yield label(kind, table.name, member), _plain(value)


def _function(function: Function) -> object:
    return normalise(function.body_text), _plain(function, but=("body", "body_text"))


def _plain(value: Any, but: tuple[str, ...] = ()) -> object:
    """The value without places and provenance, so that equal things are equal wherever they were written."""
    if isinstance(value, Expression):
        return value.key
    if isinstance(value, Span | Statement | Origin):
        return None
    if isinstance(value, Struct):
        names = (name for name in value.__struct_fields__ if name not in _PROVENANCE and name not in but)
        return tuple((name, _plain(getattr(value, name))) for name in names)
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return tuple(sorted((key, _plain(inner)) for key, inner in value.items()))
    return value
