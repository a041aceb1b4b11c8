"""Tables: made from columns, LIKE, parents, partitions and queries; their settings."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog, relation_columns
from dblint.catalog.fold.columns import make_column, make_sequence, watch_default
from dblint.catalog.fold.constraints import add_constraint, inherit_constraint
from dblint.catalog.fold.indexes import keyed, make_index, same_definition
from dblint.catalog.fold.partitions import receive_from_parent
from dblint.catalog.fold.places import add_relation, known_table, new_name, origin, put
from dblint.catalog.model import Column, Origin, Table, View, replace
from dblint.names import Name
from dblint.operations import (
    ChangeOwner,
    Comment,
    ConstraintDefinition,
    CreateTable,
    CreateTableAs,
    ForceRowSecurity,
    IndexDefinition,
    LikeClause,
    Operation,
    Query,
    SetLogged,
    SetReplicaIdentity,
    SetRowSecurity,
    Type,
)

UNKNOWN = Type("unknown", Name("unknown"))
"""The type of a column whose type only the server could work out."""


def create_table(catalog: Catalog, operation: CreateTable) -> None:
    name = new_name(catalog, operation.name, temporary=operation.persistence == "temporary")
    if name in catalog.state.relations:
        if operation.if_not_exists or operation.tolerates or operation.guards:
            return
        catalog.state.indexes_by_table.pop(name, None)
    made = origin(catalog, operation)
    parent = catalog.resolve(operation.partition_of) if operation.partition_of else None
    inherits = tuple(catalog.resolve(p) for p in operation.inherits)
    table = Table(
        name=name,
        kind="foreign table"
        if operation.foreign_server
        else "partitioned table"
        if operation.partition_by
        else "table",
        persistence=operation.persistence,
        partition_by=operation.partition_by,
        partition_of=parent,
        bound=operation.bound,
        inherits=inherits,
        of_type=operation.of_type,
        origin=made,
    )
    add_relation(catalog, table)
    columns, complete = _columns(catalog, table, operation, made)
    put(catalog, replace(table, columns=columns, incomplete=not complete))
    for ancestor in (*inherits, *((parent,) if parent else ())):
        catalog.state.watch_parent(ancestor, name)
    for column in columns.values():
        watch_default(catalog, name, column)
    _constrain(catalog, name, operation)
    for index_name, definition in operation.indexes:
        make_index(catalog, keyed(catalog, definition, name), made, name=catalog.key(index_name))
    for _, like in operation.likes:
        _like_indexes(catalog, name, like, made)
    for ancestor in inherits:
        source = known_table(catalog, ancestor)
        for constraint in source.constraints.values() if source else ():
            if constraint.kind == "check" and not constraint.no_inherit:
                inherit_constraint(catalog, known_table(catalog, name) or table, constraint)
    if parent is not None:
        receive_from_parent(catalog, name, parent)


def _columns(catalog: Catalog, table: Table, operation: CreateTable, made: Origin) -> tuple[dict[str, Column], bool]:
    """The columns in the server's order (parents', then written and LIKE's), and whether all are known."""
    columns: dict[str, Column] = {}
    complete = True
    parents = (*table.inherits, *((table.partition_of,) if table.partition_of else ()))
    for parent in parents:
        source = known_table(catalog, parent)
        if source is None or source.incomplete:
            complete = False
        for key, column in source.columns.items() if source else ():
            if key not in columns:
                identity = column.identity if table.partition_of and catalog.version >= 17 else ""
                columns[key] = replace(column, local=False, identity=identity, serial=False, comment="")
    if table.of_type is not None:
        composite = catalog.user_type(table.of_type)
        complete = complete and composite is not None
        for attribute, attribute_type in composite.attributes.items() if composite else ():
            columns[attribute] = Column(name=attribute, type=attribute_type, origin=made)
    likes = list(operation.likes)
    for number, definition in enumerate((*operation.columns, None)):
        while likes and (definition is None or likes[0][0] <= number):
            complete = _like_columns(catalog, table.name, columns, likes.pop(0)[1], made) and complete
        if definition is None:
            break
        own = make_column(catalog, table.name, definition, origin(catalog, operation, definition.span))
        key = catalog.key(definition.name)
        inherited = columns.get(key)
        if inherited is not None:
            own = replace(
                own,
                type=inherited.type,
                not_null=own.not_null or inherited.not_null,
                default=own.default or inherited.default,
                default_text=own.default_text or inherited.default_text,
                identity=own.identity or inherited.identity,
                generated=own.generated or inherited.generated,
                generated_kind=own.generated_kind or inherited.generated_kind,
            )
        columns[key] = own
    return columns, complete


def _like_columns(catalog: Catalog, table: Name, columns: dict[str, Column], like: LikeClause, made: Origin) -> bool:
    source = catalog.relation(like.table)
    if isinstance(source, View):
        for name in source.columns:
            columns[name] = Column(name=name, type=UNKNOWN, origin=made)
        return bool(source.columns) and all(source.columns)
    if not isinstance(source, Table):
        return False
    copied = like.including
    for key, column in source.columns.items():
        generated = column.generated_kind if "generated" in copied else ""
        takes_default = "defaults" in copied and not column.generated_kind
        identity = column.identity if "identity" in copied else ""
        columns[key] = replace(
            column,
            default=column.default if takes_default else None,
            default_text=column.default_text if takes_default else "",
            generated=column.generated if generated else None,
            generated_kind=generated,
            identity=identity,
            serial=False,
            comment=column.comment if "comments" in copied else "",
            local=True,
            origin=made,
        )
        if identity:
            make_sequence(catalog, table, column.name, column.type.text, made, identity=True)
    return not source.incomplete


def _constrain(catalog: Catalog, name: Name, operation: CreateTable) -> None:
    """Enter the constraints in the server's order: checks and copied checks, then keys (the primary one
    first), then foreign keys; a UNIQUE that repeats an earlier key is dropped silently."""
    written: list[ConstraintDefinition] = [
        c if c.columns else replace(c, columns=(column.name,))
        for column in operation.columns
        for c in column.constraints
        if c.kind != "not null" or c.name
    ]
    written.extend(operation.constraints)
    written.sort(key=lambda c: c.span.start)
    for definition in written:
        if definition.kind in ("check", "not null"):
            add_constraint(catalog, name, definition, origin(catalog, operation, definition.span))
    for _, like in operation.likes:
        source = catalog.table(like.table)
        if source is not None and "constraints" in like.including:
            for constraint in source.constraints.values():
                table = known_table(catalog, name)
                if constraint.kind == "check" and table is not None:
                    copy = replace(constraint, inherited=False, origin=origin(catalog, operation, like.span))
                    put(catalog, replace(table, constraints={**table.constraints, copy.name: copy}))
                    catalog.state.constraint_tables.setdefault(Name(copy.name, name.schema), {})[name] = None
    keys = [c for c in written if c.kind in ("primary key", "unique", "exclusion")]
    keys.sort(key=lambda c: c.kind != "primary key")
    for definition in _distinct_keys(keys):
        add_constraint(catalog, name, definition, origin(catalog, operation, definition.span))
    for definition in written:
        if definition.kind == "foreign key":
            add_constraint(catalog, name, definition, origin(catalog, operation, definition.span))


def _distinct_keys(keys: list[ConstraintDefinition]) -> list[ConstraintDefinition]:
    kept: list[ConstraintDefinition] = []
    for key in keys:
        for place, other in enumerate(kept):
            if (
                key.kind != "exclusion"
                and other.kind != "exclusion"
                and (key.columns, key.include, key.deferrable, key.initially_deferred, key.nulls_not_distinct)
                == (other.columns, other.include, other.deferrable, other.initially_deferred, other.nulls_not_distinct)
            ):
                if key.name and not other.name:
                    kept[place] = replace(other, name=key.name)
                break
        else:
            kept.append(key)
    return kept


def _like_indexes(catalog: Catalog, name: Name, like: LikeClause, made: Origin) -> None:
    if "indexes" not in like.including:
        return
    source = catalog.table(like.table)
    if source is None:
        return
    for index in list(catalog.indexes_of(source.name)):
        constraint = source.constraints.get(index.constraint) if index.constraint else None
        if constraint is None:
            make_index(catalog, _moved(index.definition, name), made)
            continue
        definition = ConstraintDefinition(
            kind=constraint.kind,
            span=made.span,
            columns=constraint.columns,
            include=constraint.include,
            nulls_not_distinct=constraint.nulls_not_distinct,
            deferrable=constraint.deferrable,
            initially_deferred=constraint.initially_deferred,
            keys=constraint.keys,
            operators=constraint.operators,
            method=constraint.method,
            expression=constraint.expression,
        )
        own = known_table(catalog, name)
        if own is not None and not any(
            same_definition(i.definition, _moved(index.definition, name)) for i in catalog.indexes_of(name)
        ):
            add_constraint(catalog, name, definition, made)


def _moved(definition: IndexDefinition, table: Name) -> IndexDefinition:
    return replace(definition, table=table)


def create_table_as(catalog: Catalog, operation: CreateTableAs) -> None:
    name = new_name(catalog, operation.name, temporary=operation.persistence == "temporary")
    if name in catalog.state.relations and operation.if_not_exists:
        return
    made = origin(catalog, operation)
    columns = {column.name: column for column in query_columns(catalog, operation.query, made)}
    complete = bool(columns) and "" not in columns
    if operation.columns:
        given = list(columns.values()) + [Column(name="", type=UNKNOWN, origin=made)] * len(operation.columns)
        columns = {new: replace(old, name=new) for new, old in zip(operation.columns, given, strict=False)}
        complete = True
    columns.pop("", None)
    add_relation(
        catalog,
        Table(
            name=name,
            persistence=operation.persistence,
            columns=columns,
            filled=operation.with_data,
            incomplete=not complete,
            origin=made,
        ),
    )
    if any(column.type is UNKNOWN for column in columns.values()):
        catalog.state.uncertain[name] = "its columns' types follow from a query"


def query_columns(catalog: Catalog, query: Query, made: Origin) -> list[Column]:
    """The columns that a query puts out; one of name "" where a `*` cannot be expanded."""
    found: list[Column] = []
    scope = {use.alias or use.name.name: catalog.relation(use.name) for use in query.tables}
    for output in query.outputs:
        if output.star is not None:
            for use in output.star.tables:
                if output.star.qualifier in ("", use.alias or use.name.name):
                    relation = catalog.relation(use.name)
                    names = relation_columns(relation)
                    if names is None:
                        found.append(Column(name="", type=UNKNOWN, origin=made))
                        continue
                    for column in names:
                        own = relation.columns.get(column) if isinstance(relation, Table) else None
                        found.append(Column(name=column, type=own.type if own else UNKNOWN, origin=made))
            if not output.star.tables:
                found.append(Column(name="", type=UNKNOWN, origin=made))
            continue
        column_type = output.type or UNKNOWN
        if output.column is not None and output.type is None:
            candidates = [scope.get(output.column.qualifier)] if output.column.qualifier else list(scope.values())
            for relation in candidates:
                if isinstance(relation, Table) and (own := relation.columns.get(output.column.name)):
                    column_type = own.type
                    break
        found.append(Column(name=output.name, type=column_type, origin=made))
    return found


def set_logged(catalog: Catalog, operation: SetLogged) -> None:
    _set(catalog, operation.table, persistence="permanent" if operation.logged else "unlogged")


def set_row_security(catalog: Catalog, operation: SetRowSecurity) -> None:
    _set(catalog, operation.table, row_security=operation.enabled)


def force_row_security(catalog: Catalog, operation: ForceRowSecurity) -> None:
    _set(catalog, operation.table, row_security_forced=operation.forced)


def set_replica_identity(catalog: Catalog, operation: SetReplicaIdentity) -> None:
    _set(catalog, operation.table, replica_identity=operation.identity)


def change_owner(catalog: Catalog, operation: ChangeOwner) -> None:
    relation = catalog.relation(operation.name) if operation.kind not in ("schema", "function", "type") else None
    if isinstance(relation, Table | View):
        put(catalog, replace(relation, owner=operation.owner))


def comment(catalog: Catalog, operation: Comment) -> None:
    text = operation.text or ""
    relation = catalog.relation(operation.name) if operation.kind in _COMMENTED else None
    if isinstance(relation, Table | View) and not operation.member:
        put(catalog, replace(relation, comment=text))
    elif isinstance(relation, Table) and operation.kind == "column":
        column = relation.columns.get(catalog.key(operation.member))
        if column is not None:
            columns = {**relation.columns, catalog.key(operation.member): replace(column, comment=text)}
            put(catalog, replace(relation, columns=columns))


_COMMENTED = ("table", "view", "materialized view", "foreign table", "column")


def _set(catalog: Catalog, name: Name, **changes: Any) -> None:
    table = known_table(catalog, name)
    if table is not None:
        put(catalog, replace(table, **changes))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    CreateTable: create_table,
    CreateTableAs: create_table_as,
    SetLogged: set_logged,
    SetRowSecurity: set_row_security,
    ForceRowSecurity: force_row_security,
    SetReplicaIdentity: set_replica_identity,
    ChangeOwner: change_owner,
    Comment: comment,
}
