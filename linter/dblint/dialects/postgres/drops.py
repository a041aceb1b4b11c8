"""DROP of every kind of object: each name an operation of its own."""

from collections.abc import Callable

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.objects import BY_METHOD, KINDS, ON_TABLE, object_name, table_and_member
from dblint.dialects.postgres.tree import Node, items, qualified
from dblint.dialects.postgres.tree_objects import DropStmt
from dblint.names import Name
from dblint.operations import (
    DropFunction,
    DropIndex,
    DropObject,
    DropPolicy,
    DropSchema,
    DropSequence,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Operation,
)

# How many words name the kind, where it is not one.
_WORDS = {
    "OBJECT_ACCESS_METHOD": 2,
    "OBJECT_EVENT_TRIGGER": 2,
    "OBJECT_FDW": 3,
    "OBJECT_FOREIGN_TABLE": 2,
    "OBJECT_MATVIEW": 2,
    "OBJECT_OPCLASS": 2,
    "OBJECT_OPFAMILY": 2,
    "OBJECT_TSCONFIGURATION": 3,
    "OBJECT_TSDICTIONARY": 3,
    "OBJECT_TSPARSER": 3,
    "OBJECT_TSTEMPLATE": 3,
}
_BEHAVIOR = Phrases("CASCADE", "RESTRICT")


def drop(site: Site, node: DropStmt) -> list[Operation]:
    count = len(node.objects)
    places = _places(site, node.kind, count)
    make = _DROPS.get(node.kind, _drop_object)
    return [make(site, node, wrapped, place) for wrapped, place in zip(node.objects, places, strict=True)]


def _places(site: Site, kind: str, count: int) -> list[tuple[int, int]]:
    """Where each name stands; the whole statement where there is only one."""
    if count == 1:
        return [(site.start, site.end)]
    start = site.start
    for _ in range(1 + _WORDS.get(kind, 1)):
        start = site.name_end(site.past_gap(start))
    start = max(start, site.words_at(start, "CONCURRENTLY"))
    start = max(start, site.words_at(start, "IF", "EXISTS"))
    places = site.parts(start, site.end)
    behavior = site.find(_BEHAVIOR, *places[-1])
    if behavior and behavior.end == places[-1][1]:
        places[-1] = site.trimmed(places[-1][0], behavior.start)
    return places if len(places) == count else [(site.start, site.end)] * count


Place = tuple[int, int]


def _plain(make: Callable[..., Operation]) -> Callable[[Site, DropStmt, Node, Place], Operation]:
    def lower(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
        return make(
            statement=site.statement,
            span=site.span(*place),
            name=object_name(wrapped)[0],
            if_exists=node.missing_ok,
            cascade=node.behavior == "DROP_CASCADE",
        )

    return lower


def _drop_schema(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    return DropSchema(
        statement=site.statement,
        span=site.span(*place),
        name=object_name(wrapped)[0].name,
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
    )


def _drop_view(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    return DropView(
        statement=site.statement,
        span=site.span(*place),
        name=object_name(wrapped)[0],
        materialized=node.kind == "OBJECT_MATVIEW",
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
    )


def _drop_index(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    return DropIndex(
        statement=site.statement,
        span=site.span(*place),
        name=object_name(wrapped)[0],
        online=node.concurrent,
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
        count=len(node.objects),
    )


def _drop_routine(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    name, arguments = object_name(wrapped)
    return DropFunction(
        statement=site.statement,
        span=site.span(*place),
        name=name,
        arguments=arguments,
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
    )


def _drop_policy(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    table, member = table_and_member(wrapped)
    return DropPolicy(
        statement=site.statement, span=site.span(*place), name=member, table=table, if_exists=node.missing_ok
    )


def _drop_trigger(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    table, member = table_and_member(wrapped)
    return DropTrigger(
        statement=site.statement,
        span=site.span(*place),
        name=member,
        table=table,
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
    )


def _drop_object(site: Site, node: DropStmt, wrapped: Node, place: Place) -> Operation:
    table = None
    if node.kind in ON_TABLE:
        table, member = table_and_member(wrapped)
        name = Name(member)
    elif node.kind in BY_METHOD:
        name = qualified(items(wrapped)[1:])
    else:
        name = object_name(wrapped)[0]
    return DropObject(
        statement=site.statement,
        span=site.span(*place),
        kind=KINDS.get(node.kind, "object"),
        name=name,
        table=table,
        if_exists=node.missing_ok,
        cascade=node.behavior == "DROP_CASCADE",
    )


_DROPS: dict[str, Callable[[Site, DropStmt, Node, Place], Operation]] = {
    "OBJECT_TABLE": _plain(DropTable),
    "OBJECT_FOREIGN_TABLE": _plain(DropTable),
    "OBJECT_SEQUENCE": _plain(DropSequence),
    "OBJECT_TYPE": _plain(DropType),
    "OBJECT_DOMAIN": _plain(DropType),
    "OBJECT_SCHEMA": _drop_schema,
    "OBJECT_VIEW": _drop_view,
    "OBJECT_MATVIEW": _drop_view,
    "OBJECT_INDEX": _drop_index,
    "OBJECT_FUNCTION": _drop_routine,
    "OBJECT_PROCEDURE": _drop_routine,
    "OBJECT_ROUTINE": _drop_routine,
    "OBJECT_POLICY": _drop_policy,
    "OBJECT_TRIGGER": _drop_trigger,
}
