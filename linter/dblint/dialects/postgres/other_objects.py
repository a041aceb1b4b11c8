"""Objects that the catalog only remembers by kind and name: publications, servers, languages, operators and more."""

from collections.abc import Callable

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.objects import KINDS, object_name
from dblint.dialects.postgres.tree import Node, RoleSpec, qualified
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import AlterObject, CreateObject, DropObject, ObjectKind, Opaque, Operation

Naming = Callable[[Node], Name]
"""How the name is found in a statement's node."""


def field(key: str) -> Naming:
    return lambda node: Name(node.get(key, ""))


def listed(key: str) -> Naming:
    return lambda node: qualified(node.get(key, []))


def cast_name(node: Node) -> Name:
    """As in DROP CAST: source and target."""
    return Name(f"{type_of(node['sourcetype']).text} as {type_of(node['targettype']).text}")


def transform_name(node: Node) -> Name:
    return Name(f"{type_of(node['type_name']).text} as {node['lang']}")


def mapping_name(node: Node) -> Name:
    """A user mapping is named by its user; the server stands where a schema would."""
    user = node.get("user", {})
    return Name(RoleSpec(user.get("roletype", ""), user.get("rolename", "")).name, node.get("servername", ""))


def operator_name(node: Node) -> Name:
    return object_name({"ObjectWithArgs": node["opername"]})[0]


def create(kind: ObjectKind, name: Naming) -> Callable[[Site, Node], list[Operation]]:
    return lambda site, node: [
        CreateObject(
            statement=site.statement,
            span=site.whole,
            kind=kind,
            name=name(node),
            if_not_exists=node.get("if_not_exists", False),
        )
    ]


def alter(kind: ObjectKind, name: Naming) -> Callable[[Site, Node], list[Operation]]:
    return lambda site, node: [AlterObject(statement=site.statement, span=site.whole, kind=kind, name=name(node))]


def drop(kind: ObjectKind, name: Naming) -> Callable[[Site, Node], list[Operation]]:
    return lambda site, node: [
        DropObject(
            statement=site.statement,
            span=site.whole,
            kind=kind,
            name=name(node),
            if_exists=node.get("missing_ok", False),
            cascade=node.get("behavior") == "DROP_CASCADE",
        )
    ]


def _published(node: Node) -> list[Name]:
    """The tables that a publication statement names."""
    tables = [item["PublicationObjSpec"].get("pubtable", {}).get("relation") for item in node.get("pubobjects", ())]
    return [object_name({"RangeVar": table})[0] for table in tables if table is not None]


def create_publication(site: Site, node: Node) -> list[Operation]:
    """One operation for each table that is published; one without a table where none is named."""
    name = Name(node["pubname"])
    tables: list[Name | None] = [*_published(node)] or [None]
    return [
        CreateObject(statement=site.statement, span=site.whole, kind="publication", name=name, table=tables[0]),
        *[
            AlterObject(statement=site.statement, span=site.whole, kind="publication", name=name, table=table)
            for table in tables[1:]
        ],
    ]


def alter_publication(site: Site, node: Node) -> list[Operation]:
    name = Name(node["pubname"])
    tables: list[Name | None] = [*_published(node)] or [None]
    return [
        AlterObject(statement=site.statement, span=site.whole, kind="publication", name=name, table=table)
        for table in tables
    ]


def security_label(site: Site, node: Node) -> list[Operation]:
    name = object_name(node.get("object", {}))[0]
    return [
        AlterObject(
            statement=site.statement, span=site.whole, kind=KINDS.get(node.get("objtype", ""), "object"), name=name
        )
    ]


def import_schema(site: Site, node: Node) -> list[Operation]:
    return [
        Opaque(
            statement=site.statement,
            span=site.whole,
            what="IMPORT FOREIGN SCHEMA",
            reason="the tables it makes are known to the other server",
        )
    ]


def execute(site: Site, node: Node) -> list[Operation]:
    return [
        Opaque(
            statement=site.statement,
            span=site.whole,
            what=f"EXECUTE {node.get('name', '')}",
            reason="the prepared statement is looked up when it runs",
        )
    ]
