"""Tables: made from columns, LIKE, parents, partitions and queries; their settings."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from dblint.catalog.canonical import found_type
from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.fold.columns import make_column, make_sequence, watch_default
from dblint.catalog.fold.constraints import add_constraint, inherit_constraint
from dblint.catalog.fold.indexes import keyed, make_index
from dblint.catalog.fold.not_null import Wanted, name_new
from dblint.catalog.fold.outputs import UNKNOWN, query_columns
from dblint.catalog.fold.partitions import receive_from_parent
from dblint.catalog.fold.places import (
    add_relation,
    drop_at_commit,
    is_below,
    known_table,
    new_name,
    origin,
    parents_of,
    put,
    put_constraint,
)
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
    Persistence,
    SetLogged,
    SetReplicaIdentity,
    SetRowSecurity,
    Type,
)


def create_table(catalog: Catalog, operation: CreateTable) -> None:
    name = new_name(catalog, operation.name, temporary=operation.persistence == "temporary")
    # Before the new table can stand in the way of what they name.
    likes = tuple((place, replace(like, table=catalog.resolve(like.table))) for place, like in operation.likes)
    operation = replace(operation, likes=likes)
    if name in catalog.state.relations:
        if operation.if_not_exists:
            return
        catalog.state.indexes_by_table.pop(name, None)
    if operation.passing and catalog.transaction is None:
        return  # ON COMMIT DROP, and this statement commits by itself
    made = origin(catalog, operation)
    parent = catalog.resolve(operation.partition_of) if operation.partition_of else None
    if parent is not None and is_below(catalog, parent, name):
        parent = None
    parents = map(catalog.resolve, operation.inherits)
    inherits = tuple(each for each in parents if not is_below(catalog, each, name))
    table = Table(
        name=name,
        kind="foreign table"
        if operation.foreign_server
        else "partitioned table"
        if operation.partition_by
        else "table",
        persistence=operation.persistence if name.schema != TEMPORARY else "temporary",
        partition_by=operation.partition_by,
        partition_of=parent,
        bound=operation.bound,
        inherits=inherits,
        of_type=found_type(catalog, operation.of_type) or operation.of_type if operation.of_type else None,
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
    if operation.passing:
        drop_at_commit(catalog, name)


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
                if catalog.names_not_null:
                    columns[key] = replace(columns[key], not_null=False)  # by the constraints that are inherited
                continue
            if column.not_null and not catalog.names_not_null:
                columns[key] = replace(columns[key], not_null=True)
            if column.default and not columns[key].default:
                columns[key] = replace(columns[key], default=column.default, default_text=column.default_text)
    if table.of_type is not None:
        composite = catalog.user_type(table.of_type)
        complete = complete and composite is not None
        for attribute, attribute_type in composite.attributes.items() if composite else ():
            columns[attribute] = Column(name=attribute, type=attribute_type, origin=made)
    likes = list(operation.likes)
    for number, definition in enumerate((*operation.columns, None)):
        while likes and (definition is None or likes[0][0] <= number):
            complete = _like_columns(catalog, table, columns, likes.pop(0)[1], made) and complete
        if definition is None:
            break
        made_here = origin(catalog, operation, definition.span)
        own = make_column(catalog, table.name, definition, made_here, table.persistence)
        key = catalog.key(definition.name)
        inherited = columns.get(key)
        columns[key] = _merged(own, inherited, table) if inherited is not None else own
    return columns, complete


def _merged(own: Column, inherited: Column, table: Table) -> Column:
    """A column that both the table and a parent of it have."""
    return replace(
        own,
        type=inherited.type,
        not_null=own.not_null or inherited.not_null,
        default=own.default or inherited.default,
        default_text=own.default_text or inherited.default_text,
        identity=own.identity or inherited.identity,
        generated=own.generated or inherited.generated,
        generated_kind=own.generated_kind or inherited.generated_kind,
        local=table.partition_of is None,
    )


def _like_columns(catalog: Catalog, table: Table, columns: dict[str, Column], like: LikeClause, made: Origin) -> bool:
    source = catalog.relation(like.table)
    if isinstance(source, View):
        for name, kind in zip_longest(source.columns, source.column_types, fillvalue=UNKNOWN):
            own = Column(name=str(name), type=kind if isinstance(kind, Type) else UNKNOWN, origin=made)
            columns[own.name] = _merged(own, columns[own.name], table) if own.name in columns else own
        return bool(source.columns) and all(source.columns)
    composite = catalog.user_type(like.table) if source is None else None
    if composite is not None:
        columns.update({key: Column(name=key, type=kind, origin=made) for key, kind in composite.attributes.items()})
        return True
    if not isinstance(source, Table):
        return False
    copied = like.including
    for key, column in source.columns.items():
        generated = column.generated_kind if "generated" in copied else ""
        takes_default = "defaults" in copied and not column.generated_kind
        identity = column.identity if "identity" in copied else ""
        own = replace(
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
        columns[key] = _merged(own, columns[key], table) if key in columns else own
        if identity:
            # The copy's sequence does not take the column's type.
            make_sequence(
                catalog, table.name, column.name, "bigint", made, identity=True, persistence=table.persistence
            )
    return not source.incomplete


def _constrain(catalog: Catalog, name: Name, operation: CreateTable) -> None:
    """Enter the constraints in the server's order: inherited checks, written ones and NOT NULL; a partition's share
    of its parent's keys; what LIKE copies; keys (the primary one first); foreign keys. A UNIQUE that repeats an
    earlier key is dropped silently."""
    table = known_table(catalog, name)
    if table is None:
        return
    made = origin(catalog, operation)
    written: list[ConstraintDefinition] = [
        c if c.columns else replace(c, columns=(column.name,))
        for column in operation.columns
        for c in column.constraints
        if c.kind != "not null"
    ]
    written.extend(operation.constraints)
    written.sort(key=lambda c: c.span.start)
    for ancestor in parents_of(table):
        source = known_table(catalog, ancestor)
        for constraint in source.constraints.values() if source else ():
            if constraint.kind == "check" and not constraint.no_inherit:
                inherit_constraint(catalog, table, replace(constraint, validated=constraint.enforced))
    for definition in written:
        if definition.kind == "check":
            # Of a table without rows, NOT VALID says nothing.
            _add_check(catalog, name, replace(definition, not_valid=False), origin(catalog, operation, definition.span))
    name_new(catalog, name, list(_not_nulls(catalog, operation, written)), made)
    if table.partition_of is not None:
        receive_from_parent(catalog, name, table.partition_of)
    for _, like in operation.likes:
        _like_constraints(catalog, name, like, origin(catalog, operation, like.span))
    keys = [c for c in written if c.kind in ("primary key", "unique", "exclusion")]
    keys.sort(key=lambda c: c.kind != "primary key")
    for definition in _distinct_keys(keys):
        add_constraint(catalog, name, definition, origin(catalog, operation, definition.span))
    for definition in written:
        if definition.kind == "foreign key":
            valid = replace(definition, not_valid=False)
            add_constraint(catalog, name, valid, origin(catalog, operation, definition.span))


def _add_check(catalog: Catalog, name: Name, definition: ConstraintDefinition, made: Origin) -> None:
    """A check that a parent has too, by the same name, is one with it."""
    table = known_table(catalog, name)
    inherited = table.constraints.get(catalog.key(definition.name)) if table and definition.name else None
    if table is not None and inherited is not None and inherited.kind == "check":
        put_constraint(catalog, table, replace(inherited, local=not table.partition_of, named=True, origin=made))
    else:
        add_constraint(catalog, name, definition, made)


def _not_nulls(catalog: Catalog, operation: CreateTable, written: list[ConstraintDefinition]) -> Iterator[Wanted]:
    """The NOT NULLs that the statement states, or implies."""
    likes = list(operation.likes)
    for number, definition in enumerate((*operation.columns, None)):
        while likes and (definition is None or likes[0][0] <= number):
            like = likes.pop(0)[1]
            source = catalog.table(like.table)
            for copied in source.constraints.values() if source else ():
                if copied.kind == "not null":
                    made = origin(catalog, operation, like.span)
                    yield Wanted(copied.columns[0], made, copied.name, copied.no_inherit)
        if definition is None:
            break
        made = origin(catalog, operation, definition.span)
        key = catalog.key(definition.name)
        named = [c for c in definition.constraints if c.kind == "not null"]
        for constraint in named:
            yield Wanted(key, origin(catalog, operation, constraint.span), constraint.name, constraint.no_inherit)
        if not named and (definition.not_null or definition.serial or definition.identity):
            yield Wanted(key, made)
    for constraint in written:
        if constraint.kind in ("not null", "primary key"):
            made = origin(catalog, operation, constraint.span)
            given = constraint.name if constraint.kind == "not null" else ""
            for column in constraint.columns:
                yield Wanted(catalog.key(column), made, given, constraint.no_inherit)


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


def _like_constraints(catalog: Catalog, name: Name, like: LikeClause, made: Origin) -> None:
    """Copy checks under their names, and indexes with the constraints that they back under new ones."""
    source = catalog.table(like.table)
    table = known_table(catalog, name)
    if source is None or table is None:
        return
    for constraint in source.constraints.values() if "constraints" in like.including else ():
        if constraint.kind == "check":
            current = known_table(catalog, name) or table
            own = current.constraints.get(constraint.name)
            inherited = own is not None and own.inherited
            copied = replace(constraint, validated=constraint.enforced, inherited=inherited, local=True, origin=made)
            put_constraint(catalog, table, copied)
    for index in list(catalog.indexes_of(source.name)) if "indexes" in like.including else ():
        backed = source.constraints.get(index.constraint) if index.constraint else None
        if backed is None:
            make_index(catalog, _moved(index.definition, name), made)
            continue
        definition = ConstraintDefinition(
            kind=backed.kind,
            span=made.span,
            columns=backed.columns,
            include=backed.include,
            include_labels=index.definition.include_labels,
            nulls_not_distinct=backed.nulls_not_distinct,
            deferrable=backed.deferrable,
            initially_deferred=backed.initially_deferred,
            keys=backed.keys or index.definition.keys,
            operators=backed.operators,
            method=backed.method,
            expression=backed.expression,
            without_overlaps=backed.without_overlaps,
        )
        add_constraint(catalog, name, definition, made)


def _moved(definition: IndexDefinition, table: Name) -> IndexDefinition:
    return replace(definition, table=table)


def create_table_as(catalog: Catalog, operation: CreateTableAs) -> None:
    name = new_name(catalog, operation.name, temporary=operation.persistence == "temporary")
    if name in catalog.state.relations and operation.if_not_exists:
        return
    made = origin(catalog, operation)
    if operation.passing and catalog.transaction is None:
        return
    found = query_columns(catalog, operation.query, made)
    if any(not column.name for column in found[: len(operation.columns)]):
        found = [Column(name=given, type=UNKNOWN, origin=made) for given in operation.columns]
    for place, given in enumerate(operation.columns[: len(found)]):
        found[place] = replace(found[place], name=given)
    columns = {column.name: column for column in found}
    complete = bool(columns) and "" not in columns
    columns.pop("", None)
    add_relation(
        catalog,
        Table(
            name=name,
            persistence=operation.persistence if name.schema != TEMPORARY else "temporary",
            columns=columns,
            filled=operation.with_data,
            incomplete=not complete,
            origin=made,
        ),
    )
    if operation.passing:
        drop_at_commit(catalog, name)
    if any(column.type is UNKNOWN for column in columns.values()):
        catalog.state.uncertain[name] = "its columns' types follow from a query"


def set_logged(catalog: Catalog, operation: SetLogged) -> None:
    table = known_table(catalog, operation.table)
    if table is None or table.kind == "partitioned table":
        return
    persistence: Persistence = "permanent" if operation.logged else "unlogged"
    _set(catalog, operation.table, persistence=persistence)
    for sequence in catalog.owned_sequences(operation.table) if catalog.version >= 15 else ():
        put(catalog, replace(sequence, persistence=persistence))


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
