"""DROP of every kind of object: each name an operation of its own."""

import re
from collections.abc import Callable

from dblint.dialects.postgres.clauses import GAP, Site, word
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

_NAMES = re.compile(
    rf"DROP{GAP}+(?:FOREIGN{GAP}+TABLE|FOREIGN{GAP}+DATA{GAP}+WRAPPER|MATERIALIZED{GAP}+VIEW|EVENT{GAP}+TRIGGER"
    rf"|ACCESS{GAP}+METHOD|TEXT{GAP}+SEARCH{GAP}+\w+|OPERATOR{GAP}+(?:CLASS|FAMILY)|PROCEDURAL{GAP}+LANGUAGE|\w+)"
    rf"{GAP}+(?:CONCURRENTLY{GAP}+)?(?:IF{GAP}+EXISTS{GAP}+)?",
    re.IGNORECASE | re.DOTALL,
)
_BEHAVIOR = word("CASCADE", "RESTRICT")


def drop(site: Site, node: DropStmt) -> list[Operation]:
    count = len(node.objects)
    places = _places(site, count)
    make = _DROPS.get(node.kind, _drop_object)
    return [make(site, node, wrapped, place) for wrapped, place in zip(node.objects, places, strict=True)]


def _places(site: Site, count: int) -> list[tuple[int, int]]:
    """Where each name stands; the whole statement where there is only one."""
    start = _NAMES.match(site.text, site.start, site.end)
    if count == 1 or start is None:
        return [(site.start, site.end)] * count
    places = site.parts(start.end(), site.end)
    behavior = site.find(_BEHAVIOR, *places[-1])
    if behavior and behavior.end() == places[-1][1]:
        places[-1] = site.trimmed(places[-1][0], behavior.start())
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
