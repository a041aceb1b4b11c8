"""The difference of two catalogs: what only one of them has, and what they have in different forms."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any

from msgspec import Struct

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.model import (
    Column,
    Constraint,
    Domain,
    Enum,
    ExtensionType,
    Index,
    Origin,
    Sequence,
    Table,
    UserType,
    View,
)
from dblint.catalog.state import State
from dblint.lexer import normalise
from dblint.names import Name
from dblint.operations import Expression, IndexKey


class Difference(Struct, frozen=True, kw_only=True):
    """One thing in which two catalogs differ.

    `kind`: "table", "column", "constraint", "index", "policy", "trigger", "view", "function", "privileges" … `name`:
    the relation's or other object's full name, `member` the column, constraint, policy or trigger of it. `what`:
    "missing" where only the first catalog has it, "surplus" where only the second has, otherwise what differs: "type",
    "nullability", "default", "name", "definition" … `first` and `second` are that in words or SQL, the origins what
    made it in each catalog.
    """

    kind: str
    name: Name
    what: str
    member: str = ""
    first: str = ""
    second: str = ""
    first_origin: Origin | None = None
    second_origin: Origin | None = None


Facets = Mapping[str, Callable[[Any], object]]
"""By the name of what may differ, its value: equal values are no difference, text is shown as it is."""


def differences(first: Catalog, second: Catalog) -> Iterator[Difference]:
    """All differences in what lasts: not settings, temporary objects, comments, owners and the order of columns.

    What either catalog knows for uncertain is left out, and what hangs on a missing or surplus table is not told
    again. Expressions that differ only in layout, outer parentheses and casts of literals are the same.
    """
    yield from state_differences(first.state, second.state)


def state_differences(first: State, second: State) -> Iterator[Difference]:
    """As `differences`, of what the catalogs hold."""
    yield from _relations(first, second)
    for name, one, other in changed(first.types, second.types):
        if isinstance(one or other, ExtensionType):
            continue  # the extension says it
        yield from _one(_type_word(one or other), name, "", one, other, _TYPES.get(type(one or other), {}))
    yield from _functions(first, second)
    for schema, _, _ in changed(first.schemas, second.schemas):
        if (schema in first.schemas) != (schema in second.schemas):
            yield Difference(kind="schema", name=Name(schema), what=_only(schema in first.schemas))
    for extension, one, other in changed(first.extensions, second.extensions):
        yield from _one("extension", Name(extension), "", one, other, {})
    for (kind, name, role), one, other in changed(first.grants, second.grants):
        if _holds(first, kind, name) and _holds(second, kind, name):
            yield from _one("privileges", name, role, one, other, _GRANT)
    for (kind, name, table), one, other in changed(first.others, second.others):
        if table is None or (table in first.relations) == (table in second.relations):
            yield from _one(kind, name, "", one, other, {})


def _holds(state: State, kind: str, name: Name) -> bool:
    """Whether the thing that privileges are on is there."""
    if kind == "schema":
        return name.name in state.schemas
    return name in state.relations or name in state.functions or name in state.types


def changed(first: Mapping[Any, Any], second: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Each key with its two values, where these are not the very same object; None for what is not there."""
    keys, others = list(first), list(second)
    shared = min(len(keys), len(others))
    if keys[:shared] == others[:shared]:
        # As a state and its copy mostly have: going along both takes half of looking each key up.
        left, right = list(first.values()), list(second.values())
        for key, one, other in zip(keys, left, right, strict=False):
            if one is not other:
                yield key, one, other
        yield from zip(keys[shared:], left[shared:], repeat(None))
        yield from zip(others[shared:], repeat(None), right[shared:])
        return
    for key, one in first.items():
        other = second.get(key)
        if other is not one:
            yield key, one, other
    for key, other in second.items():
        if key not in first:
            yield key, None, other


def _only(in_first: bool) -> str:
    return "missing" if in_first else "surplus"


def _one(kind: str, name: Name, member: str, one: Any, other: Any, facets: Facets) -> Iterator[Difference]:
    """The differences of a thing that may be on one side only."""
    origins: dict[str, Any] = {
        "first_origin": getattr(one, "origin", None),
        "second_origin": getattr(other, "origin", None),
    }
    if one is None or other is None:
        yield Difference(kind=kind, name=name, member=member, what=_only(other is None), **origins)
        return
    for what, facet in facets.items():
        left, right = facet(one), facet(other)
        if left != right:
            yield Difference(
                kind=kind, name=name, member=member, what=what, first=_text(left), second=_text(right), **origins
            )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | frozenset):
        return ", ".join(str(each) for each in (sorted(value) if isinstance(value, frozenset) else value))
    return str(value)


# --- relations --------------------------------------------------------------------------------


def _relations(first: State, second: State) -> Iterator[Difference]:
    indexes: dict[Name, tuple[dict[str, Index], dict[str, Index]]] = {}
    for name, one, other in changed(first.relations, second.relations):
        if name.schema == TEMPORARY or name in first.uncertain or name in second.uncertain:
            continue
        kind = _RELATIONS[type(one or other)]
        if one is not None and other is not None and type(one) is not type(other):
            yield Difference(kind=kind, name=name, what="kind", first=kind, second=_RELATIONS[type(other)])
        elif isinstance(one or other, Index):
            for side, index in enumerate((one, other)):
                if index is not None and not index.constraint and _in_both(index.table, first, second):
                    indexes.setdefault(index.table, ({}, {}))[side][index.name.name] = index
        elif isinstance(one or other, Sequence):
            owner = (one or other).owned_by
            if owner is None or (_column_in(owner, first) and _column_in(owner, second)):
                yield from _one(kind, name, "", one, other, _SEQUENCE)
        elif isinstance(one, Table) and isinstance(other, Table):
            yield from _one(kind, name, "", one, other, _TABLE)
            yield from _members(one, other)
        else:
            yield from _one(kind, name, "", one, other, _VIEW)
    for table, (left, right) in indexes.items():
        yield from _paired("index", table, left, right, _INDEX)


def _in_both(name: Name, first: State, second: State) -> bool:
    return name in first.relations and name in second.relations


def _column_in(owner: tuple[Name, str], state: State) -> bool:
    table = state.relations.get(owner[0])
    return isinstance(table, Table) and owner[1] in table.columns


def _members(one: Table, other: Table) -> Iterator[Difference]:
    known = not (one.incomplete or other.incomplete)
    for column, left, right in changed(one.columns, other.columns):
        if (left is not None and right is not None) or known:
            yield from _one("column", one.name, column, left, right, _COLUMN)
    yield from _paired("constraint", one.name, _told(one, other), _told(other, one), _CONSTRAINT)
    for kind, left, right, facets in (
        ("policy", one.policies, other.policies, _POLICY),
        ("trigger", one.triggers, other.triggers, _TRIGGER),
        ("rule", one.rules, other.rules, {"event": lambda rule: rule.event}),
    ):
        for member, mine, theirs in changed(left, right):
            yield from _one(kind, one.name, member, mine, theirs, facets)


def _told(table: Table, other: Table) -> dict[str, Constraint]:
    """The constraints, without what the columns tell: NOT NULL, and what goes along with a column that only one has."""
    return {
        name: constraint
        for name, constraint in table.constraints.items()
        if constraint.kind != "not null"
        and (not constraint.columns or any(c in other.columns for c in constraint.columns))
    }


def _paired(
    kind: str, table: Name, left: Mapping[str, Any], right: Mapping[str, Any], facets: Facets
) -> Iterator[Difference]:
    """The differences of things that are the same under another name too."""
    whole = facets["definition"]
    strangers = {name: each for name, each in right.items() if name not in left}
    for name, one in left.items():
        other = right.get(name)
        if other is one:
            continue
        if other is None and (same := next((s for s in strangers if whole(strangers[s]) == whole(one)), None)):
            twin = strangers.pop(same)
            yield Difference(
                kind=kind, name=table, member=name, what="name", first=name, second=same,
                first_origin=one.origin, second_origin=twin.origin,
            )  # fmt: skip
        else:
            yield from _one(kind, table, name, one, other, facets)
    for name, other in strangers.items():
        yield from _one(kind, table, name, None, other, facets)


def _functions(first: State, second: State) -> Iterator[Difference]:
    for name, one, other in changed(first.functions, second.functions):
        left = {function.arguments: function for function in one or ()}
        right = {function.arguments: function for function in other or ()}
        for arguments, mine, theirs in changed(left, right):
            kind = "procedure" if (mine or theirs).procedure else "function"
            yield from _one(kind, name, ", ".join(arguments), mine, theirs, _FUNCTION)


# --- what is compared -------------------------------------------------------------------------

_CAST = re.compile(
    r"('(?:[^']|'')*') :: (?:\w+ \. )?(?:\"[^\"]+\"|\w+)(?: (?:varying|precision|with(?:out)? time zone))?"
    r"(?: \( [\d ,]+ \))?(?: \[ \])?"
)
_NOW = {"current_timestamp": "now ( )", "current_date": "current_date", "transaction_timestamp ( )": "now ( )"}


def plain(expression: Expression | None) -> str:
    """The expression as a key that outer parentheses and casts of literals make no difference to; "" for None."""
    if expression is None:
        return ""
    key = _CAST.sub(r"\1", normalise(expression.text))
    while key.startswith("( ") and _closes_last(key):
        key = key[2:-2]
    return _NOW.get(key, key)


def _closes_last(key: str) -> bool:
    """Whether the parenthesis that opens the key is closed at its end."""
    depth = 0
    words = key.split(" ")
    for place, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return place == len(words) - 1
    return False


def _default(column: Column) -> str:
    if column.serial:
        return "the next value of its sequence"
    return plain(column.default) or normalise(column.default_text)


def _keys(keys: Iterable[IndexKey]) -> tuple[str, ...]:
    return tuple(
        " ".join(
            part
            for part in (
                key.column or plain(key.expression),
                key.collation,
                key.operator_class,
                "desc" if key.descending else "",
                "" if key.nulls_first in (None, key.descending) else f"nulls {'first' if key.nulls_first else 'last'}",
            )
            if part
        )
        for key in keys
    )


def _index(index: Index) -> str:
    definition = index.definition
    parts = (
        "unique" if definition.unique else "",
        f"{definition.method} ({', '.join(_keys(definition.keys))})",
        f"include ({', '.join(definition.include)})" if definition.include else "",
        "nulls not distinct" if definition.nulls_not_distinct else "",
        f"where {plain(definition.predicate)}" if definition.predicate is not None else "",
        "" if index.valid else "not valid",
    )
    return " ".join(part for part in parts if part)


def _constraint(constraint: Constraint) -> str:
    target = f"references {constraint.references} ({', '.join(constraint.referenced_columns)})"
    parts = (
        constraint.kind,
        f"({', '.join(constraint.columns)})" if constraint.kind != "check" else "",
        plain(constraint.expression),
        ", ".join(_keys(constraint.keys)),
        target if constraint.references else "",
        f"on delete {constraint.on_delete}" if constraint.on_delete != "no action" else "",
        f"on update {constraint.on_update}" if constraint.on_update != "no action" else "",
        f"include ({', '.join(constraint.include)})" if constraint.include else "",
        "match full" if constraint.match_full else "",
        "deferrable" if constraint.deferrable else "",
        "initially deferred" if constraint.initially_deferred else "",
        "no inherit" if constraint.no_inherit else "",
        "nulls not distinct" if constraint.nulls_not_distinct else "",
    )
    return " ".join(part for part in parts if part)


def _proof(constraint: Constraint) -> str:
    return "not enforced" if not constraint.enforced else "validated" if constraint.validated else "not valid"


_COLUMN: Facets = {
    "type": lambda column: column.type.text,
    "nullability": lambda column: "not null" if column.not_null else "nullable",
    "default": _default,
    "identity": lambda column: column.identity,
    "generated": lambda column: plain(column.generated),
    "collation": lambda column: column.collation,
}
_TABLE: Facets = {
    "kind": lambda table: table.kind,
    "persistence": lambda table: table.persistence,
    "row security": lambda table: "on" if table.row_security else "off",
    "forced row security": lambda table: "on" if table.row_security_forced else "off",
    "partitioned table": lambda table: str(table.partition_of or ""),
    "parents": lambda table: table.inherits,
    "replica identity": lambda table: table.replica_identity,
}
_INDEX: Facets = {"definition": _index}
_CONSTRAINT: Facets = {"definition": _constraint, "validation": _proof}
_POLICY: Facets = {
    "command": lambda policy: policy.command,
    "permissive": lambda policy: policy.permissive,
    "roles": lambda policy: frozenset(policy.roles),
    "using": lambda policy: plain(policy.using),
    "check": lambda policy: plain(policy.check),
}
_TRIGGER: Facets = {
    "function": lambda trigger: str(trigger.function),
    "timing": lambda trigger: trigger.timing,
    "events": lambda trigger: frozenset(trigger.events),
    "columns": lambda trigger: frozenset(trigger.columns),
    "level": lambda trigger: "row" if trigger.per_row else "statement",
    "condition": lambda trigger: plain(trigger.when),
    "state": lambda trigger: "enabled" if trigger.enabled else "disabled",
}
_VIEW: Facets = {
    "query": lambda view: normalise(view.query.text),
    "columns": lambda view: view.columns,
    "options": lambda view: tuple(f"{key}={value}" for key, value in sorted(view.options.items())),
    "check option": lambda view: view.check_option,
}
_SEQUENCE: Facets = {"type": lambda sequence: sequence.type, "persistence": lambda sequence: sequence.persistence}
_FUNCTION: Facets = {
    "result": lambda function: function.returns,
    "language": lambda function: function.language,
    "volatility": lambda function: function.volatility,
    "rights": lambda function: "definer" if function.security_definer else "invoker",
    "settings": lambda function: tuple(f"{key}={value}" for key, value in sorted(function.settings.items())),
    "body": lambda function: " ".join(function.body_text.split()),
}
_TYPES: Mapping[type, Facets] = {
    Enum: {"values": lambda enum: enum.values},
    Domain: {
        "type": lambda domain: domain.type.text,
        "nullability": lambda domain: "not null" if domain.not_null else "nullable",
        "default": lambda domain: plain(domain.default),
        "constraints": lambda domain: tuple(
            f"{name} {_constraint(each)}" for name, each in sorted(domain.constraints.items())
        ),
    },
    UserType: {
        "kind": lambda kind: kind.kind,
        "attributes": lambda kind: tuple(f"{name} {each.text}" for name, each in kind.attributes.items()),
    },
}
_GRANT: Facets = {"privileges": lambda grant: grant.privileges}
_RELATIONS: Mapping[type, str] = {Table: "table", View: "view", Index: "index", Sequence: "sequence"}


def _type_word(found: object) -> str:
    return "enum" if isinstance(found, Enum) else "domain" if isinstance(found, Domain) else "type"
