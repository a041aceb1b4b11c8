"""GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and roles."""

from typing import Literal

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.objects import KINDS, object_name
from dblint.dialects.postgres.options import option_text
from dblint.dialects.postgres.tree import Node, Option, WrappedRole, items, words
from dblint.dialects.postgres.tree_objects import (
    AlterDefaultPrivilegesStmt,
    GrantRoleStmt,
    GrantStmt,
    RolesStmt,
    RoleStmt,
)
from dblint.operations import (
    AlterDefaultPrivileges,
    ChangeRole,
    GrantPrivilege,
    Operation,
    RevokePrivilege,
)


def _privileges(nodes: list[Node]) -> tuple[str, ...]:
    """In lower case; nothing written is ALL, also where it is of columns."""
    found = [str(node["AccessPriv"].get("priv_name", "all")).lower() for node in nodes]
    return tuple(dict.fromkeys(found)) or ("all",)


def _roles(wrapped: list[WrappedRole]) -> tuple[str, ...]:
    return tuple([item.role.name for item in wrapped])


def grant(site: Site, node: GrantStmt) -> list[Operation]:
    kind = KINDS.get(node.objtype, "object")
    privileges = _privileges(node.privileges)
    roles = _roles(node.grantees)
    everywhere = words(node.objects) if node.targtype == "ACL_TARGET_ALL_IN_SCHEMA" else ()
    names = () if everywhere else tuple([object_name(item)[0] for item in node.objects])
    if node.is_grant:
        return [
            GrantPrivilege(
                statement=site.statement,
                span=site.whole,
                kind=kind,
                names=names,
                privileges=privileges,
                roles=roles,
                all_in_schemas=everywhere,
                grant_option=node.grant_option,
            )
        ]
    return [
        RevokePrivilege(
            statement=site.statement,
            span=site.whole,
            kind=kind,
            names=names,
            privileges=privileges,
            roles=roles,
            all_in_schemas=everywhere,
        )
    ]


def alter_default_privileges(site: Site, node: AlterDefaultPrivilegesStmt) -> list[Operation]:
    schemas: tuple[str, ...] = ()
    for item in node.options:
        if item.option.defname == "schemas":
            schemas = words(items(item.option.arg))
    return [
        AlterDefaultPrivileges(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.action.objtype, "object"),
            privileges=_privileges(node.action.privileges),
            roles=_roles(node.action.grantees),
            schemas=schemas,
            grant=node.action.is_grant,
        )
    ]


# --- roles --------------------------------------------------------------------------------------

# Options of a role whose name in the tree is not the word that switches them on.
_OPTION_WORDS = {
    "canlogin": "login",
    "inherit": "inherit",
    "isreplication": "replication",
    "connectionlimit": "connection limit",
    "validUntil": "valid until",
    "addroleto": "in role",
    "rolemembers": "role",
    "adminmembers": "admin",
}


def _options(options: list[Option]) -> frozenset[str]:
    """In lower case: "login", or "nologin" where it is switched off; without their values."""
    found = set()
    for item in options:
        name = _OPTION_WORDS.get(item.option.defname, item.option.defname.lower())
        off = "Boolean" in item.option.arg and option_text(item.option.arg) == "false"
        found.add(f"no{name}" if off else name)
    return frozenset(found)


def create_role(site: Site, node: RoleStmt) -> list[Operation]:
    options = _options(node.options)
    if node.stmt_type == "ROLESTMT_USER" and "nologin" not in options:
        options |= {"login"}
    return [
        ChangeRole(
            statement=site.statement, span=site.whole, action="create", role=_role(node), options=frozenset(options)
        )
    ]


def alter_role(site: Site, node: RoleStmt) -> list[Operation]:
    options = _options(node.options)
    if node.setstmt is not None:
        options |= {f"set {node.setstmt.name.lower() or 'all'}"}
    return [ChangeRole(statement=site.statement, span=site.whole, action="alter", role=_role(node), options=options)]


def _role(node: RoleStmt) -> str:
    """The role's name; "all" for ALTER ROLE ALL."""
    return (node.role if isinstance(node.role, str) else node.role.name) or "all"


def drop_role(site: Site, node: RolesStmt) -> list[Operation]:
    return _each(site, node, "drop")


def drop_owned(site: Site, node: RolesStmt) -> list[Operation]:
    return _each(site, node, "drop owned")


def reassign_owned(site: Site, node: RolesStmt) -> list[Operation]:
    return _each(site, node, "reassign owned")


def _each(site: Site, node: RolesStmt, action: Literal["drop", "drop owned", "reassign owned"]) -> list[Operation]:
    return [
        ChangeRole(
            statement=site.statement,
            span=site.whole,
            action=action,
            role=item.role.name,
            options=frozenset({f"to {node.newrole.name}"}) if node.newrole is not None else frozenset(),
        )
        for item in node.roles
    ]


def grant_role(site: Site, node: GrantRoleStmt) -> list[Operation]:
    """GRANT role TO roles: one operation for each that is granted; `options` are the grantees."""
    return [
        ChangeRole(
            statement=site.statement,
            span=site.whole,
            action="grant" if node.is_grant else "revoke",
            role=item["AccessPriv"]["priv_name"],
            options=frozenset(f"to {name}" for name in _roles(node.grantees)) | _options(node.opt),
        )
        for item in node.granted
    ]
