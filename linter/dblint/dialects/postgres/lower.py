"""Lowers PostgreSQL's parse trees to operations: which kind of statement is whose work."""

from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Raw, json

from dblint.dialects.postgres import (
    alter_table,
    definitions,
    dml,
    drops,
    indexes,
    objects,
    other_objects,
    privileges,
    schema_elements,
    session,
    table_objects,
    tables,
    tree,
    tree_objects,
)
from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.mask import mask
from dblint.dialects.postgres.options import is_on
from dblint.dialects.postgres.other_objects import alter, create, drop, field, listed
from dblint.dialects.postgres.read import ParsedStatement
from dblint.operations import CreateSchema, Opaque, Operation

Lower = Callable[[Site, Any], list[Operation]]

_AS = Phrases("AS")
_FOR = Phrases("FOR")
_ELEMENT = Phrases("CREATE", "GRANT")
_EXPLAINED = Phrases(
    "SELECT",
    "WITH",
    "VALUES",
    "TABLE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "CREATE",
    "REFRESH",
    "DECLARE",
    "EXECUTE",
)


def lower(parsed: ParsedStatement) -> list[Operation]:
    """The operations of a statement, in the order in which the server would do them."""
    site = site_of(parsed)
    try:
        return lower_node(site, parsed.kind, parsed.node)
    except RecursionError:
        what = parsed.kind.removesuffix("Stmt")
        reason = "it is nested too deeply to be read"
        return [Opaque(statement=parsed.statement, span=parsed.statement.span, what=what, reason=reason)]


def site_of(parsed: ParsedStatement) -> Site:
    """The statement's text with the places in it."""
    statement = parsed.statement
    span = statement.span
    text = statement.source.text
    # In ASCII a location is an offset, but for where the text given to the parser begins.
    offset = parsed.origin.__add__ if text.isascii() else parsed.offset
    site = Site(statement, text, span.start, span.end, offset)
    if parsed.masked:
        masked = mask(statement.text).text
        if len(masked) == span.end - span.start:
            site.text, site.written = text[: span.start] + masked + text[span.end :], text
    return site


def lower_node(site: Site, kind: str, raw: Raw) -> list[Operation]:
    """The operations of the statement at a site, whose node of this kind is given as JSON."""
    entry = _KINDS.get(kind)
    if entry is None:
        what = kind.removesuffix("Stmt")
        return [Opaque(statement=site.statement, span=site.whole, what=what, reason="it has no model")]
    shape, function = entry
    return function(site, raw if shape is Raw else _decoder(shape).decode(raw))


@cache
def _decoder(shape: Any) -> json.Decoder[Any]:
    return json.Decoder(shape)


# --- statements that hold statements ------------------------------------------------------------


def _inner(site: Site, wrapped: Raw, start: int) -> list[Operation]:
    """The operations of the statement that stands inside another, from `start` to its end."""
    for kind, raw in json.decode(wrapped, type=dict[str, Raw]).items():
        return lower_node(site.within(*site.trimmed(start, site.end)), kind, raw)
    return []


def _create_schema(site: Site, node: tree_objects.CreateSchemaStmt) -> list[Operation]:
    owner = node.authrole.name if node.authrole is not None else ""
    name = node.schemaname or owner
    operations: list[Operation] = [
        CreateSchema(
            statement=site.statement, span=site.whole, name=name, if_not_exists=node.if_not_exists, owner=owner
        )
    ]
    elements = [
        (kind, raw, within)
        for element, within in zip(node.elements, _elements(site, len(node.elements)), strict=True)
        for kind, raw in element.items()
    ]
    elements.sort(key=lambda each: schema_elements.rank(each[0]))
    lowered = [operation for kind, raw, within in elements for operation in lower_node(within, kind, raw)]
    return operations + schema_elements.place(lowered, name)


def _elements(site: Site, count: int) -> list[Site]:
    """The statements inside CREATE SCHEMA, which nothing separates but their first words."""
    starts: list[int] = []
    found = site.find(_ELEMENT, site.start, site.end)
    while found is not None:
        starts.append(found.start)
        found = site.find(_ELEMENT, found.end, site.end)
    ends = [*starts[1:], site.end]
    places = list(zip(starts, ends, strict=True))[1:]
    return [site.within(*site.trimmed(*place)) for place in places] if len(places) == count else [site] * count


def _explain(site: Site, node: tree_objects.ExplainStmt) -> list[Operation]:
    """EXPLAIN only shows a plan; with ANALYZE the statement runs."""
    match = site.find(_EXPLAINED, site.start, site.end)
    if match is not None and is_on(node.options, "analyze"):
        return _inner(site, node.query, match.start)
    return session.session_command("explain")(site, {})


def _prepare(site: Site, node: tree_objects.PrepareStmt) -> list[Operation]:
    """PREPARE: what the statement does, it may do from now on."""
    return _inner(site, node.query, site.after(_AS, site.start, site.end))


def _declare_cursor(site: Site, node: tree_objects.PrepareStmt) -> list[Operation]:
    return _inner(site, node.query, site.after(_FOR, site.start, site.end))


def _copy(site: Site, node: tree.CopyStmt) -> list[Operation]:
    if node.relation is not None:
        return dml.copy(site, node)
    inside = site.parenthesis(site.start, site.end)
    within = site.within(*site.trimmed(*inside)) if inside else site
    return _inner(within, node.query, within.start)


def _do(site: Site, node: tree_objects.DoStmt) -> list[Operation]:
    from dblint.dialects.postgres.routines import do_block

    return do_block(site, node)


def _create_function(site: Site, node: tree_objects.CreateFunctionStmt) -> list[Operation]:
    from dblint.dialects.postgres.routines import create_function

    return create_function(site, node)


def _alter_function(site: Site, node: tree_objects.AlterFunctionStmt) -> list[Operation]:
    from dblint.dialects.postgres.routines import alter_function

    return alter_function(site, node)


_KINDS: dict[str, tuple[Any, Lower]] = {
    # tables
    "CreateStmt": (tree.CreateStmt, tables.create_table),
    "CreateForeignTableStmt": (tree.CreateForeignTableStmt, tables.create_foreign_table),
    "CreateTableAsStmt": (tree.CreateTableAsStmt, tables.create_table_as),
    "AlterTableStmt": (tree.AlterTableStmt, alter_table.alter_table),
    "AlterTableMoveAllStmt": (tree.AlterTableMoveAllStmt, alter_table.move_all),
    "IndexStmt": (tree.IndexStmt, indexes.create_index),
    "ReindexStmt": (tree.ReindexStmt, indexes.reindex),
    "CreateStatsStmt": (tree.CreateStatsStmt, indexes.create_statistics),
    "CreatePolicyStmt": (tree_objects.PolicyStmt, table_objects.create_policy),
    "AlterPolicyStmt": (tree_objects.PolicyStmt, table_objects.alter_policy),
    "CreateTrigStmt": (tree_objects.CreateTrigStmt, table_objects.create_trigger),
    "RuleStmt": (tree_objects.RuleStmt, table_objects.create_rule),
    # objects of every kind
    "DropStmt": (tree_objects.DropStmt, drops.drop),
    "RenameStmt": (tree_objects.RenameStmt, objects.rename),
    "AlterObjectSchemaStmt": (tree_objects.AlterObjectStmt, objects.set_schema),
    "AlterOwnerStmt": (tree_objects.AlterObjectStmt, objects.set_owner),
    "AlterObjectDependsStmt": (tree_objects.AlterObjectStmt, objects.depend),
    "CommentStmt": (tree_objects.CommentStmt, objects.comment),
    "SecLabelStmt": (dict, other_objects.security_label),
    # views, sequences, types, schemas, extensions
    "ViewStmt": (tree_objects.ViewStmt, definitions.create_view),
    "RefreshMatViewStmt": (tree_objects.RefreshMatViewStmt, session.refresh),
    "CreateSeqStmt": (tree_objects.SequenceStmt, definitions.create_sequence),
    "AlterSeqStmt": (tree_objects.SequenceStmt, definitions.alter_sequence),
    "CreateEnumStmt": (tree_objects.CreateEnumStmt, definitions.create_enum),
    "AlterEnumStmt": (tree_objects.AlterEnumStmt, definitions.alter_enum),
    "CreateDomainStmt": (tree_objects.CreateDomainStmt, definitions.create_domain),
    "AlterDomainStmt": (tree_objects.AlterDomainStmt, definitions.alter_domain),
    "CompositeTypeStmt": (tree_objects.CompositeTypeStmt, definitions.create_composite),
    "CreateRangeStmt": (tree_objects.TypeNamed, definitions.create_range),
    "AlterTypeStmt": (tree_objects.TypeNamed, definitions.alter_type),
    "DefineStmt": (tree_objects.DefineStmt, definitions.define),
    "CreateSchemaStmt": (tree_objects.CreateSchemaStmt, _create_schema),
    "CreateExtensionStmt": (tree_objects.CreateExtensionStmt, definitions.create_extension),
    # routines
    "DoStmt": (tree_objects.DoStmt, _do),
    "CreateFunctionStmt": (tree_objects.CreateFunctionStmt, _create_function),
    "AlterFunctionStmt": (tree_objects.AlterFunctionStmt, _alter_function),
    # data
    "SelectStmt": (Raw, dml.select),
    "InsertStmt": (tree.InsertStmt, dml.insert),
    "UpdateStmt": (tree.UpdateStmt, dml.update),
    "DeleteStmt": (tree.DeleteStmt, dml.delete),
    "MergeStmt": (tree.MergeStmt, dml.merge),
    "TruncateStmt": (tree.TruncateStmt, dml.truncate),
    "CopyStmt": (tree.CopyStmt, _copy),
    "CallStmt": (tree.CallStmt, dml.call),
    "ExplainStmt": (tree_objects.ExplainStmt, _explain),
    "PrepareStmt": (tree_objects.PrepareStmt, _prepare),
    "DeclareCursorStmt": (tree_objects.PrepareStmt, _declare_cursor),
    "ExecuteStmt": (dict, other_objects.execute),
    # transactions and session
    "TransactionStmt": (tree_objects.TransactionStmt, session.transaction),
    "VariableSetStmt": (tree_objects.VariableSetStmt, session.set_variable),
    "ConstraintsSetStmt": (tree_objects.ConstraintsSetStmt, session.set_constraints),
    "LockStmt": (tree.LockStmt, session.lock),
    "VacuumStmt": (tree_objects.VacuumStmt, session.vacuum),
    "ClusterStmt": (tree_objects.ClusterStmt, session.cluster),
    "VariableShowStmt": (dict, session.session_command("show")),
    "DeallocateStmt": (dict, session.session_command("deallocate")),
    "FetchStmt": (dict, session.session_command("fetch")),
    "ClosePortalStmt": (dict, session.session_command("close")),
    "ListenStmt": (dict, session.session_command("listen")),
    "UnlistenStmt": (dict, session.session_command("unlisten")),
    "NotifyStmt": (dict, session.session_command("notify")),
    "DiscardStmt": (dict, session.session_command("discard")),
    "CheckPointStmt": (dict, session.session_command("checkpoint")),
    "LoadStmt": (dict, session.session_command("load")),
    # server
    "CreatedbStmt": (dict, session.server_command("create database")),
    "DropdbStmt": (dict, session.server_command("drop database", drops_database=True)),
    "CreateTableSpaceStmt": (dict, session.server_command("create tablespace")),
    "DropTableSpaceStmt": (dict, session.server_command("drop tablespace")),
    "AlterSystemStmt": (dict, session.server_command("alter system")),
    "AlterDatabaseStmt": (dict, alter("database", field("dbname"))),
    "AlterDatabaseSetStmt": (dict, alter("database", field("dbname"))),
    "AlterDatabaseRefreshCollStmt": (dict, alter("database", field("dbname"))),
    "AlterTableSpaceOptionsStmt": (dict, alter("tablespace", field("tablespacename"))),
    # privileges
    "GrantStmt": (tree_objects.GrantStmt, privileges.grant),
    "GrantRoleStmt": (tree_objects.GrantRoleStmt, privileges.grant_role),
    "AlterDefaultPrivilegesStmt": (tree_objects.AlterDefaultPrivilegesStmt, privileges.alter_default_privileges),
    "CreateRoleStmt": (tree_objects.RoleStmt, privileges.create_role),
    "AlterRoleStmt": (tree_objects.RoleStmt, privileges.alter_role),
    "AlterRoleSetStmt": (tree_objects.RoleStmt, privileges.alter_role),
    "DropRoleStmt": (tree_objects.RolesStmt, privileges.drop_role),
    "DropOwnedStmt": (tree_objects.RolesStmt, privileges.drop_owned),
    "ReassignOwnedStmt": (tree_objects.RolesStmt, privileges.reassign_owned),
    # kinds that are only remembered by name
    "CreatePublicationStmt": (dict, other_objects.create_publication),
    "AlterPublicationStmt": (dict, other_objects.alter_publication),
    "CreateSubscriptionStmt": (dict, create("subscription", field("subname"))),
    "AlterSubscriptionStmt": (dict, alter("subscription", field("subname"))),
    "DropSubscriptionStmt": (dict, drop("subscription", field("subname"))),
    "CreateEventTrigStmt": (dict, create("event trigger", field("trigname"))),
    "AlterEventTrigStmt": (dict, alter("event trigger", field("trigname"))),
    "CreateFdwStmt": (dict, create("foreign data wrapper", field("fdwname"))),
    "AlterFdwStmt": (dict, alter("foreign data wrapper", field("fdwname"))),
    "CreateForeignServerStmt": (dict, create("server", field("servername"))),
    "AlterForeignServerStmt": (dict, alter("server", field("servername"))),
    "CreateUserMappingStmt": (dict, create("user mapping", other_objects.mapping_name)),
    "AlterUserMappingStmt": (dict, alter("user mapping", other_objects.mapping_name)),
    "DropUserMappingStmt": (dict, drop("user mapping", other_objects.mapping_name)),
    "ImportForeignSchemaStmt": (dict, other_objects.import_schema),
    "AlterExtensionStmt": (dict, alter("extension", field("extname"))),
    "AlterExtensionContentsStmt": (dict, alter("extension", field("extname"))),
    "CreatePLangStmt": (dict, create("language", field("plname"))),
    "CreateAmStmt": (dict, create("access method", field("amname"))),
    "CreateCastStmt": (dict, create("cast", other_objects.cast_name)),
    "CreateTransformStmt": (dict, create("transform", other_objects.transform_name)),
    "CreateConversionStmt": (dict, create("conversion", listed("conversion_name"))),
    "CreateOpClassStmt": (dict, create("operator class", listed("opclassname"))),
    "CreateOpFamilyStmt": (dict, create("operator family", listed("opfamilyname"))),
    "AlterOpFamilyStmt": (dict, alter("operator family", listed("opfamilyname"))),
    "AlterOperatorStmt": (dict, alter("operator", other_objects.operator_name)),
    "AlterCollationStmt": (dict, alter("collation", listed("collname"))),
    "AlterStatsStmt": (dict, alter("statistics", listed("defnames"))),
    "AlterTSConfigurationStmt": (dict, alter("text search configuration", listed("cfgname"))),
    "AlterTSDictionaryStmt": (dict, alter("text search dictionary", listed("dictname"))),
}
