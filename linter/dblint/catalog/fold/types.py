"""Schemas, types, sequences, extensions, privileges and the objects remembered by name only."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.canonical import canonical, canonical_type
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import add_relation, constraint_taken, new_name, note_created, origin, put
from dblint.catalog.fold.type_names import rename_label
from dblint.catalog.generated_names import choose
from dblint.catalog.model import (
    ColumnReference,
    Constraint,
    Domain,
    Enum,
    Grant,
    OtherObject,
    Sequence,
    UserType,
    replace,
)
from dblint.names import Name
from dblint.operations import (
    AddEnumValue,
    AlterCompositeType,
    AlterDomain,
    AlterSequence,
    ConstraintDefinition,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateObject,
    CreateSchema,
    CreateSequence,
    CreateStatistics,
    CreateType,
    GrantPrivilege,
    Operation,
    RenameEnumValue,
    RevokePrivilege,
)


def create_schema(catalog: Catalog, operation: CreateSchema) -> None:
    name = catalog.key(operation.name)
    catalog.state.gone.pop(ColumnReference(Name("", name)), None)
    catalog.state.schemas.setdefault(name, origin(catalog, operation))


def _type_name(catalog: Catalog, name: Name) -> Name:
    return Name(catalog.key(name.name), catalog.key(name.schema) or catalog.creation_schema)


def _made(catalog: Catalog, name: Name) -> None:
    note_created(catalog, name)
    catalog.state.uncertain.pop(name, None)


def create_enum(catalog: Catalog, operation: CreateEnum) -> None:
    name = _type_name(catalog, operation.name)
    catalog.state.types[name] = Enum(name=name, values=operation.values, origin=origin(catalog, operation))
    _made(catalog, name)


def add_enum_value(catalog: Catalog, operation: AddEnumValue) -> None:
    name = catalog.resolve_type(operation.name)
    if catalog.transaction is not None and name not in catalog.transaction.created:
        new = catalog.transaction.new_enum_values | {(name, operation.value)}
        catalog.transaction = replace(catalog.transaction, new_enum_values=new)
    enum = catalog.enum(name)
    if enum is None or operation.value in enum.values:
        return
    values = list(enum.values)
    place = len(values)
    if operation.before in values:
        place = values.index(operation.before)
    elif operation.after in values:
        place = values.index(operation.after) + 1
    values.insert(place, operation.value)
    catalog.state.types[name] = replace(enum, values=tuple(values))


def rename_enum_value(catalog: Catalog, operation: RenameEnumValue) -> None:
    enum = catalog.enum(operation.name)
    if enum is not None:
        values = tuple(operation.new_value if value == operation.value else value for value in enum.values)
        catalog.state.types[enum.name] = replace(enum, values=values)
        rename_label(catalog, enum, operation.value, operation.new_value)


def _domain_constraint(
    catalog: Catalog,
    domain: Name,
    existing: dict[str, Constraint],
    definition: ConstraintDefinition,
    operation: Operation,
) -> Constraint:
    name = definition.name or choose(
        domain.name, "", "check", lambda n: n in existing or constraint_taken(catalog, Name(n, domain.schema))
    )
    catalog.state.constraint_tables.setdefault(Name(name, domain.schema), {})[domain] = None
    return Constraint(
        name=name,
        kind="check",
        expression=canonical(catalog, definition.expression),
        validated=not definition.not_valid,
        named=bool(definition.name),
        origin=origin(catalog, operation, definition.span),
    )


def create_domain(catalog: Catalog, operation: CreateDomain) -> None:
    name = _type_name(catalog, operation.name)
    constraints: dict[str, Constraint] = {}
    for definition in operation.constraints:
        if definition.kind == "check":
            constraint = _domain_constraint(catalog, name, constraints, definition, operation)
            constraints[constraint.name] = constraint
    catalog.state.types[name] = Domain(
        name=name,
        type=canonical_type(catalog, operation.type),
        not_null=any(c.kind == "not null" for c in operation.constraints),
        default=canonical(catalog, operation.default),
        constraints=constraints,
        origin=origin(catalog, operation),
    )
    _made(catalog, name)


def alter_domain(catalog: Catalog, operation: AlterDomain) -> None:
    domain = catalog.domain(operation.name)
    if domain is None:
        return
    constraints = dict(domain.constraints)
    changes: dict[str, Any] = {}
    match operation.action:
        case "set not null" | "drop not null":
            changes["not_null"] = operation.action == "set not null"
        case "set default" | "drop default":
            changes["default"] = canonical(catalog, operation.default)
        case "add constraint" if operation.constraint is not None:
            if operation.constraint.kind == "not null":
                changes["not_null"] = True
            else:
                added = _domain_constraint(catalog, domain.name, constraints, operation.constraint, operation)
                constraints[added.name] = added
        case "drop constraint":
            constraints.pop(operation.constraint_name, None)
        case "validate constraint" if operation.constraint_name in constraints:
            constraints[operation.constraint_name] = replace(constraints[operation.constraint_name], validated=True)
        case "rename constraint" if operation.constraint_name in constraints:
            holders = catalog.state.constraint_tables.setdefault(Name(operation.new_name, domain.name.schema), {})
            holders[domain.name] = None
            constraints = {
                (operation.new_name if key == operation.constraint_name else key): (
                    replace(c, name=operation.new_name) if key == operation.constraint_name else c
                )
                for key, c in constraints.items()
            }
        case _:
            pass
    catalog.state.types[domain.name] = replace(domain, constraints=constraints, **changes)


def create_composite(catalog: Catalog, operation: CreateCompositeType) -> None:
    name = _type_name(catalog, operation.name)
    attributes = {attribute.name: canonical_type(catalog, attribute.type) for attribute in operation.attributes}
    made = origin(catalog, operation)
    catalog.state.types[name] = UserType(name=name, kind="composite", attributes=attributes, origin=made)
    _made(catalog, name)


def alter_composite(catalog: Catalog, operation: AlterCompositeType) -> None:
    found = catalog.user_type(operation.name)
    if found is None:
        return
    attributes = dict(found.attributes)
    if operation.action in ("add", "alter") and operation.type is not None:
        attributes[operation.attribute] = canonical_type(catalog, operation.type)
    elif operation.action == "drop":
        attributes.pop(operation.attribute, None)
    elif operation.action == "rename":
        attributes = {operation.new_name if k == operation.attribute else k: v for k, v in attributes.items()}
    catalog.state.types[found.name] = replace(found, attributes=attributes)


def create_type(catalog: Catalog, operation: CreateType) -> None:
    name = _type_name(catalog, operation.name)
    catalog.state.types[name] = UserType(name=name, kind=operation.kind, origin=origin(catalog, operation))
    _made(catalog, name)


def create_sequence(catalog: Catalog, operation: CreateSequence) -> None:
    name = new_name(catalog, operation.name, temporary=operation.persistence == "temporary")
    if name in catalog.state.relations and operation.if_not_exists:
        return
    owner = (catalog.resolve(operation.owned_by[0]), operation.owned_by[1]) if operation.owned_by else None
    add_relation(
        catalog,
        Sequence(
            name=name,
            type=operation.type.text if operation.type else "bigint",
            owned_by=owner,
            persistence=operation.persistence,
            origin=origin(catalog, operation),
        ),
    )
    if owner is not None:
        catalog.state.watch(owner[0], name)


def alter_sequence(catalog: Catalog, operation: AlterSequence) -> None:
    sequence = catalog.sequence(operation.name)
    if sequence is None:
        return
    changes: dict[str, Any] = {}
    if operation.type is not None:
        changes["type"] = operation.type.text
    if operation.disowned:
        changes["owned_by"] = None
    elif operation.owned_by is not None:
        owner = catalog.resolve(operation.owned_by[0])
        changes["owned_by"] = (owner, operation.owned_by[1])
        catalog.state.watch(owner, sequence.name)
    put(catalog, replace(sequence, **changes))


def create_object(catalog: Catalog, operation: CreateObject) -> None:
    table = catalog.resolve(operation.table) if operation.table else None
    key = (operation.kind, operation.name, table)
    catalog.state.others[key] = OtherObject(
        kind=operation.kind, name=operation.name, table=table, origin=origin(catalog, operation)
    )


def create_statistics(catalog: Catalog, operation: CreateStatistics) -> None:
    table = catalog.resolve(operation.table)
    name = operation.name or Name(choose(table.name, "_".join(operation.columns), "stat", lambda n: False))
    catalog.state.others["statistics", name, table] = OtherObject(
        kind="statistics", name=name, table=table, origin=origin(catalog, operation)
    )


def grant(catalog: Catalog, operation: GrantPrivilege) -> None:
    for name in _granted(catalog, operation):
        for role in operation.roles:
            key = (operation.kind, name, role)
            before = catalog.state.grants.get(key)
            privileges = frozenset(operation.privileges) | (before.privileges if before else frozenset())
            catalog.state.grants[key] = Grant(
                kind=operation.kind, name=name, privileges=privileges, role=role, origin=origin(catalog, operation)
            )


def revoke(catalog: Catalog, operation: RevokePrivilege) -> None:
    for name in _granted(catalog, operation):
        for role in operation.roles:
            key = (operation.kind, name, role)
            before = catalog.state.grants.get(key)
            if before is None:
                continue
            left = frozenset() if "all" in operation.privileges else before.privileges - set(operation.privileges)
            if left:
                catalog.state.grants[key] = replace(before, privileges=left)
            else:
                del catalog.state.grants[key]


def _granted(catalog: Catalog, operation: GrantPrivilege | RevokePrivilege) -> list[Name]:
    if operation.all_in_schemas:
        return [name for name in catalog.state.relations if name.schema in operation.all_in_schemas]
    if operation.kind in ("table", "view", "sequence"):
        return [catalog.resolve(name) for name in operation.names]
    if operation.kind in ("function", "procedure", "routine"):
        return [catalog.resolve_function(name) for name in operation.names]
    return list(operation.names)


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    CreateSchema: create_schema,
    CreateEnum: create_enum,
    AddEnumValue: add_enum_value,
    RenameEnumValue: rename_enum_value,
    CreateDomain: create_domain,
    AlterDomain: alter_domain,
    CreateCompositeType: create_composite,
    AlterCompositeType: alter_composite,
    CreateType: create_type,
    CreateSequence: create_sequence,
    AlterSequence: alter_sequence,
    CreateObject: create_object,
    CreateStatistics: create_statistics,
    GrantPrivilege: grant,
    RevokePrivilege: revoke,
}
