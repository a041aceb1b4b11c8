"""Views, sequences, types, domains, extensions and statistics-like definitions that the catalog knows in full."""

from typing import Literal

from msgspec import json
from msgspec.structs import replace

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.columns import (
    column_definition,
    constraint_definition,
    domain_constraints,
    owner_column,
)
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.objects import KINDS
from dblint.dialects.postgres.options import option_text
from dblint.dialects.postgres.queries import query_after_as
from dblint.dialects.postgres.tables import PERSISTENCE
from dblint.dialects.postgres.tree import WrappedConstraint, qualified, words
from dblint.dialects.postgres.tree_objects import (
    AlterDomainStmt,
    AlterEnumStmt,
    CompositeTypeStmt,
    CreateDomainStmt,
    CreateEnumStmt,
    CreateExtensionStmt,
    DefineStmt,
    SequenceStmt,
    TypeNamed,
    ViewStmt,
)
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import (
    AddEnumValue,
    AlterDomain,
    AlterObject,
    AlterSequence,
    ConstraintDefinition,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateObject,
    CreateSequence,
    CreateType,
    CreateView,
    Operation,
    RenameEnumValue,
    Type,
)

_SET_DEFAULT = Phrases("SET DEFAULT")
_CHECK_OPTIONS: dict[str, Literal["", "local", "cascaded"]] = {
    "LOCAL_CHECK_OPTION": "local",
    "CASCADED_CHECK_OPTION": "cascaded",
}


def create_view(site: Site, node: ViewStmt) -> list[Operation]:
    query = query_after_as(site, node.query, site.name_end(site.offset(node.view.location)))
    return [
        CreateView(
            statement=site.statement,
            span=site.whole,
            name=node.view.name,
            query=query,
            columns=words(node.aliases),
            options={item.option.defname.lower(): option_text(item.option.arg).lower() for item in node.options},
            check_option=_CHECK_OPTIONS.get(node.check_option, ""),
            or_replace=node.replace,
            temporary=node.view.relpersistence == "t",
        )
    ]


# --- sequences ----------------------------------------------------------------------------------


def _sequence_options(node: SequenceStmt) -> tuple[Type | None, tuple[Name, str] | None, bool]:
    """Type, owning column, and whether it is OWNED BY NONE."""
    kind = owner = None
    disowned = False
    for item in node.options:
        if item.option.defname == "as":
            kind = type_of(item.option.arg["TypeName"])
        elif item.option.defname == "owned_by":
            parts = item.option.arg["List"]["items"]
            if len(parts) == 1:
                disowned = True
            else:
                owner = owner_column(parts)
    return kind, owner, disowned


def create_sequence(site: Site, node: SequenceStmt) -> list[Operation]:
    kind, owner, _ = _sequence_options(node)
    return [
        CreateSequence(
            statement=site.statement,
            span=site.whole,
            name=node.sequence.name,
            type=kind,
            owned_by=owner,
            if_not_exists=node.if_not_exists,
            persistence=PERSISTENCE.get(node.sequence.relpersistence, "permanent"),
        )
    ]


def alter_sequence(site: Site, node: SequenceStmt) -> list[Operation]:
    kind, owner, disowned = _sequence_options(node)
    return [
        AlterSequence(
            statement=site.statement,
            span=site.whole,
            name=node.sequence.name,
            type=kind,
            owned_by=owner,
            disowned=disowned,
            if_exists=node.missing_ok,
        )
    ]


# --- types --------------------------------------------------------------------------------------


def create_enum(site: Site, node: CreateEnumStmt) -> list[Operation]:
    return [CreateEnum(statement=site.statement, span=site.whole, name=qualified(node.name), values=words(node.vals))]


def alter_enum(site: Site, node: AlterEnumStmt) -> list[Operation]:
    name = qualified(node.name)
    if node.old is not None:
        return [
            RenameEnumValue(statement=site.statement, span=site.whole, name=name, value=node.old, new_value=node.new)
        ]
    return [
        AddEnumValue(
            statement=site.statement,
            span=site.whole,
            name=name,
            value=node.new,
            before="" if node.is_after else node.neighbour,
            after=node.neighbour if node.is_after else "",
            if_not_exists=node.if_not_exists,
        )
    ]


def create_domain(site: Site, node: CreateDomainStmt) -> list[Operation]:
    default, constraints = domain_constraints(site, node.constraints, site.end)
    return [
        CreateDomain(
            statement=site.statement,
            span=site.whole,
            name=qualified(node.domainname),
            type=type_of(node.type),
            default=default,
            constraints=constraints,
        )
    ]


_DOMAIN_ACTIONS: dict[
    str,
    Literal[
        "add constraint",
        "drop constraint",
        "validate constraint",
        "set default",
        "drop default",
        "set not null",
        "drop not null",
    ],
] = {
    "C": "add constraint",
    "X": "drop constraint",
    "V": "validate constraint",
    "O": "set not null",
    "N": "drop not null",
    "T": "set default",
}


def alter_domain(site: Site, node: AlterDomainStmt) -> list[Operation]:
    action = _DOMAIN_ACTIONS[node.subtype]
    constraint: ConstraintDefinition | None = None
    default = None
    if action == "add constraint":
        definition = json.decode(node.definition, type=WrappedConstraint).constraint
        constraint = constraint_definition(site, definition, site.offset(definition.location), site.end)
        constraint = replace(constraint, columns=())  # the tree calls the domain's own value a column
    elif action == "set default":
        if node.definition:
            default = expression(site, node.definition, site.after(_SET_DEFAULT, site.start, site.end), site.end)
        else:
            action = "drop default"
    return [
        AlterDomain(
            statement=site.statement,
            span=site.whole,
            name=qualified(node.domain),
            action=action,
            constraint=constraint,
            constraint_name=node.name,
            default=default,
            if_exists=node.missing_ok,
        )
    ]


def create_composite(site: Site, node: CompositeTypeStmt) -> list[Operation]:
    places, _ = site.list_in(site.name_end(site.offset(node.typevar.location)), site.end)
    attributes = [
        column_definition(site, element.column, end)
        for element, (_, end) in zip(node.columns, places, strict=False)
        if element.column is not None
    ]
    return [
        CreateCompositeType(
            statement=site.statement, span=site.whole, name=node.typevar.name, attributes=tuple(attributes)
        )
    ]


def create_range(site: Site, node: TypeNamed) -> list[Operation]:
    return [CreateType(statement=site.statement, span=site.whole, name=qualified(node.name), kind="range")]


def alter_type(site: Site, node: TypeNamed) -> list[Operation]:
    """ALTER TYPE … SET (…), of a base type."""
    return [AlterObject(statement=site.statement, span=site.whole, kind="type", name=qualified(node.name))]


def define(site: Site, node: DefineStmt) -> list[Operation]:
    """CREATE TYPE of a base or shell type, AGGREGATE, OPERATOR, COLLATION and TEXT SEARCH objects."""
    name = qualified(node.defnames)
    if node.kind == "OBJECT_TYPE":
        kind: Literal["base", "shell"] = "base" if node.definition else "shell"
        return [CreateType(statement=site.statement, span=site.whole, name=name, kind=kind)]
    return [
        CreateObject(
            statement=site.statement,
            span=site.whole,
            kind=KINDS.get(node.kind, "object"),
            name=name,
            if_not_exists=node.if_not_exists,
        )
    ]


def create_extension(site: Site, node: CreateExtensionStmt) -> list[Operation]:
    schemas = [option_text(item.option.arg) for item in node.options if item.option.defname == "schema"]
    return [
        CreateExtension(
            statement=site.statement,
            span=site.whole,
            name=node.extname,
            schema=schemas[0] if schemas else "",
            if_not_exists=node.if_not_exists,
            cascade=any(item.option.defname == "cascade" for item in node.options),
        )
    ]
