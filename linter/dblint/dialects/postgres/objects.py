"""What is done to objects of every kind alike: DROP, RENAME, SET SCHEMA, OWNER TO and COMMENT."""

from typing import Literal

from msgspec.structs import replace

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.tree import Node, items, qualified, unwrapped, words
from dblint.dialects.postgres.tree_objects import AlterObjectStmt, CommentStmt, RenameStmt
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import (
    AlterCompositeType,
    AlterDomain,
    AlterObject,
    ChangeOwner,
    Comment,
    Guard,
    ObjectKind,
    Operation,
    Probe,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
    SetSchema,
    Type,
)

KINDS: dict[str, ObjectKind] = {
    "OBJECT_ACCESS_METHOD": "access method",
    "OBJECT_AGGREGATE": "aggregate",
    "OBJECT_ATTRIBUTE": "column",
    "OBJECT_CAST": "cast",
    "OBJECT_COLLATION": "collation",
    "OBJECT_COLUMN": "column",
    "OBJECT_CONVERSION": "conversion",
    "OBJECT_DATABASE": "database",
    "OBJECT_DEFACL": "default privileges",
    "OBJECT_DOMAIN": "domain",
    "OBJECT_DOMCONSTRAINT": "constraint",
    "OBJECT_EVENT_TRIGGER": "event trigger",
    "OBJECT_EXTENSION": "extension",
    "OBJECT_FDW": "foreign data wrapper",
    "OBJECT_FOREIGN_SERVER": "server",
    "OBJECT_FOREIGN_TABLE": "foreign table",
    "OBJECT_FUNCTION": "function",
    "OBJECT_INDEX": "index",
    "OBJECT_LANGUAGE": "language",
    "OBJECT_LARGEOBJECT": "large object",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_OPCLASS": "operator class",
    "OBJECT_OPERATOR": "operator",
    "OBJECT_OPFAMILY": "operator family",
    "OBJECT_PARAMETER_ACL": "parameter",
    "OBJECT_POLICY": "policy",
    "OBJECT_PROCEDURE": "procedure",
    "OBJECT_PUBLICATION": "publication",
    "OBJECT_ROLE": "role",
    "OBJECT_ROUTINE": "routine",
    "OBJECT_RULE": "rule",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_STATISTIC_EXT": "statistics",
    "OBJECT_SUBSCRIPTION": "subscription",
    "OBJECT_TABCONSTRAINT": "constraint",
    "OBJECT_TABLE": "table",
    "OBJECT_TABLESPACE": "tablespace",
    "OBJECT_TRANSFORM": "transform",
    "OBJECT_TRIGGER": "trigger",
    "OBJECT_TSCONFIGURATION": "text search configuration",
    "OBJECT_TSDICTIONARY": "text search dictionary",
    "OBJECT_TSPARSER": "text search parser",
    "OBJECT_TSTEMPLATE": "text search template",
    "OBJECT_TYPE": "type",
    "OBJECT_USER_MAPPING": "user mapping",
    "OBJECT_VIEW": "view",
}
# Kinds whose names in a statement are a list that ends with the object's own and holds its table's before.
ON_TABLE = frozenset({"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE", "OBJECT_TABCONSTRAINT", "OBJECT_COLUMN"})
# Kinds whose list starts with the access method.
BY_METHOD = frozenset({"OBJECT_OPCLASS", "OBJECT_OPFAMILY"})

_ROUTINES = frozenset({"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"})
_IF_EXISTS = Phrases("IF EXISTS")
_PROBED: dict[str, Literal["table", "view", "index", "sequence"]] = {
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "view",
    "OBJECT_INDEX": "index",
    "OBJECT_SEQUENCE": "sequence",
}


def object_name(node: Node) -> tuple[Name, tuple[Type, ...] | None]:
    """The name of an object of any kind, and the argument types where these were written."""
    kind, inner = unwrapped(node)
    if kind == "ObjectWithArgs":
        arguments = None
        if not inner.get("args_unspecified"):
            arguments = tuple([type_of(item["TypeName"]) for item in inner.get("objargs", ()) if "TypeName" in item])
        return qualified(inner["objname"]), arguments
    if kind == "RangeVar":
        return Name(inner["relname"], inner.get("schemaname", "")), None
    if kind == "String":
        return Name(inner.get("sval", "")), None
    if kind == "TypeName":
        return _type_name(inner), None
    if kind == "List":
        parts = inner.get("items", [])
        if parts and "TypeName" in parts[0]:
            # A cast is (source AS target), a transform FOR type LANGUAGE name.
            return Name(" as ".join(_part_text(part) for part in parts)), None
        return qualified(parts), None
    if kind in ("Integer", "Float"):
        return Name(str(inner.get("ival", inner.get("fval", "")))), None
    return Name(""), None


def _part_text(node: Node) -> str:
    return type_of(node["TypeName"]).text if "TypeName" in node else words([node])[0]


def _type_name(node: Node) -> Name:
    """A user type's name as written; a built-in one in its canonical spelling."""
    return type_of(node).name


def table_and_member(node: Node) -> tuple[Name, str]:
    """The table (or domain) and the column, constraint, trigger, policy or rule of it."""
    parts = items(node)
    if parts and "TypeName" in parts[0]:
        return _type_name(parts[0]["TypeName"]), words(parts[1:])[0]
    return qualified(parts[:-1]), words(parts)[-1]


# --- RENAME, SET SCHEMA, OWNER TO, COMMENT ------------------------------------------------------


def rename(site: Site, node: RenameStmt) -> list[Operation]:
    operation = _rename(site, node)
    if node.kind == "OBJECT_TABCONSTRAINT" and node.relation is not None and not node.relation.inh:
        operation = replace(operation, only=True)
    if node.missing_ok and node.relation is not None and isinstance(operation, RenameColumn | RenameConstraint):
        # What has no flag of its own for IF EXISTS stands under that condition.
        start = site.offset(node.relation.location)
        guards = existing(site, node.relation_kind or "OBJECT_TABLE", node.relation.name, start)
        return [replace(operation, guards=guards)]
    return [operation]


def existing(site: Site, kind: str, name: Name, end: int) -> tuple[Guard, ...]:
    """IF EXISTS before the name that stands at `end`, as the condition that it is."""
    match = site.find(_IF_EXISTS, site.start, end)
    probed = _PROBED.get(kind, "table")
    return (
        (Guard(site.slice(match.start, match.end), site.span(match.start, match.end), Probe(probed, name)),)
        if match is not None
        else ()
    )


def _rename(site: Site, node: RenameStmt) -> Operation:
    statement, span, kind = site.statement, site.whole, node.kind
    relation = node.relation.name if node.relation is not None else None
    if relation is not None:
        if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            return RenameTable(
                statement=statement, span=span, name=relation, new_name=node.newname, if_exists=node.missing_ok
            )
        if kind == "OBJECT_INDEX":
            return RenameIndex(
                statement=statement, span=span, name=relation, new_name=node.newname, if_exists=node.missing_ok
            )
        if kind == "OBJECT_COLUMN":
            return RenameColumn(
                statement=statement, span=span, table=relation, column=node.subname, new_name=node.newname
            )
        if kind == "OBJECT_TABCONSTRAINT":
            return RenameConstraint(
                statement=statement, span=span, table=relation, constraint=node.subname, new_name=node.newname
            )
        if kind == "OBJECT_ATTRIBUTE":
            return AlterCompositeType(
                statement=statement,
                span=span,
                name=relation,
                action="rename",
                attribute=node.subname,
                new_name=node.newname,
                cascade=node.behavior == "DROP_CASCADE",
            )
    if kind == "OBJECT_DOMCONSTRAINT":
        return AlterDomain(
            statement=statement,
            span=span,
            name=object_name(node.object)[0],
            action="rename constraint",
            constraint_name=node.subname,
            new_name=node.newname,
        )
    member = kind in ON_TABLE
    name = Name(node.subname) if node.subname else relation or any_name(kind, node.object)
    return RenameObject(
        statement=statement,
        span=span,
        kind=KINDS.get(kind, "object"),
        name=name,
        new_name=node.newname,
        table=relation if member else None,
        arguments=object_name(node.object)[1] if kind in _ROUTINES else None,
        if_exists=node.missing_ok,
    )


def any_name(kind: str, node: Node) -> Name:
    return qualified(items(node)[1:]) if kind in BY_METHOD else object_name(node)[0]


def set_schema(site: Site, node: AlterObjectStmt) -> list[Operation]:
    name = node.relation.name if node.relation is not None else any_name(node.kind, node.object)
    return [
        SetSchema(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.kind, "object"),
            name=name,
            arguments=object_name(node.object)[1] if node.kind in _ROUTINES else None,
            schema=node.newschema,
            if_exists=node.missing_ok,
        )
    ]


def set_owner(site: Site, node: AlterObjectStmt) -> list[Operation]:
    name = node.relation.name if node.relation is not None else any_name(node.kind, node.object)
    return [
        ChangeOwner(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.kind, "object"),
            name=name,
            owner=node.newowner.name if node.newowner is not None else "",
        )
    ]


def depend(site: Site, node: AlterObjectStmt) -> list[Operation]:
    """ALTER … DEPENDS ON EXTENSION."""
    relation = node.relation.name if node.relation is not None else None
    member = node.kind in ON_TABLE
    return [
        AlterObject(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.kind, "object"),
            name=Name(words(items(node.object))[-1]) if member else relation or any_name(node.kind, node.object),
            table=relation if member else None,
        )
    ]


def comment(site: Site, node: CommentStmt) -> list[Operation]:
    member = ""
    if node.objtype in ON_TABLE or node.objtype == "OBJECT_DOMCONSTRAINT":
        name, member = table_and_member(node.object)
    else:
        name = any_name(node.objtype, node.object)
    return [
        Comment(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.objtype, "object"),
            name=name,
            text=node.comment,
            member=member,
        )
    ]
