"""What it costs to change a table as a whole: storage, ownership, parameters, triggers, maintenance."""

from dblint.catalog.model import Column, Table
from dblint.dialects.postgres.costs.footprint import Footprint, quoted
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    AlterCompositeType,
    AlterDomain,
    AlterObject,
    ChangeOwner,
    ChangeRole,
    CreateObject,
    CreateView,
    DropObject,
    ObjectKind,
    SetAccessMethod,
    SetLogged,
    SetTableParameter,
    Vacuum,
)

AE, S, SRE, SUE = (
    Lock.ACCESS_EXCLUSIVE,
    Lock.SHARE,
    Lock.SHARE_ROW_EXCLUSIVE,
    Lock.SHARE_UPDATE_EXCLUSIVE,
)

RELATIONS = frozenset({"table", "view", "materialized view", "index", "sequence", "foreign table"})
"""Kinds of objects that are relations, and so are locked themselves."""

_STRICT_PARAMETERS = frozenset({"user_catalog_table", "of", "not of", "without oids", "options", "security_barrier"})
# reloptions.c names a lock for each parameter; all others let reads and writes go on.
_STRICT_INDEX_PARAMETERS = frozenset(
    {"fastupdate", "gin_pending_list_limit", "buffering", "pages_per_range", "autosummarize"}
)


def set_parameter(footprint: Footprint, operation: SetTableParameter) -> None:
    strict = operation.parameter in _STRICT_PARAMETERS
    footprint.lock(AE if strict else SUE, operation.table)
    if operation.index:
        footprint.lock(SUE, Name(operation.index, footprint.schema.resolve(operation.table).schema))


def set_index_parameter(footprint: Footprint, name: Name, parameter: str) -> None:
    footprint.lock(AE if parameter in _STRICT_INDEX_PARAMETERS else SUE, name)


def set_logged(footprint: Footprint, operation: SetLogged) -> None:
    """SET LOGGED and UNLOGGED: a rewrite unless the table already is so; owned sequences follow since 15."""
    table = operation.table
    footprint.lock(AE, table)
    found = footprint.schema.table(table)
    if found is not None and found.kind == "partitioned table":
        if footprint.version >= 18:
            action = "SET LOGGED" if operation.logged else "SET UNLOGGED"
            footprint.refuse(f"ALTER action {action} cannot be performed on relation {quoted(table)}")
        return
    if found is not None and (found.persistence == "permanent") == operation.logged:
        return
    footprint.rewrite([footprint.schema.resolve(table)])
    if footprint.version >= 15:
        footprint.lock_sequences(AE, table)
    if found is not None:
        _refuse_mixed_keys(footprint, found, logged=operation.logged)


def _refuse_mixed_keys(footprint: Footprint, table: Table, *, logged: bool) -> None:
    """A logged table may not reference an unlogged one."""
    state = "logged" if logged else "unlogged"
    if logged:
        others = [footprint.schema.table(key.references) for key in table.foreign_keys if key.references is not None]
    else:
        others = [child for child, _ in footprint.schema.referencing(table.name)]
    for other in others:
        if other is not None and other.name != table.name and (other.persistence == "permanent") is not logged:
            kind = "unlogged" if logged else "logged"
            footprint.refuse(
                f"could not change table {quoted(table.name)} to {state}"
                f" because it references {kind} table {quoted(other.name)}"
            )


def set_access_method(footprint: Footprint, operation: SetAccessMethod) -> None:
    """SET ACCESS METHOD; on a partitioned table (17) it is only noted for partitions to come."""
    footprint.needs(15, "SET ACCESS METHOD")
    footprint.lock(AE, operation.table)
    if footprint.is_partitioned(operation.table):
        footprint.needs(17, "SET ACCESS METHOD of a partitioned table")
    else:
        footprint.rewrite([footprint.schema.resolve(operation.table)])


def change_owner(footprint: Footprint, operation: ChangeOwner) -> None:
    if operation.kind in RELATIONS:
        _give(footprint, operation.name)


def _give(footprint: Footprint, name: Name) -> None:
    footprint.lock(AE, name)
    footprint.lock_indexes(AE, name)
    footprint.lock_sequences(AE, name)


def change_role(footprint: Footprint, operation: ChangeRole) -> None:
    """DROP OWNED and REASSIGN OWNED concern what the history gave to the role."""
    if operation.action in ("drop owned", "reassign owned"):
        for table in footprint.schema.tables():
            if table.owner == operation.role:
                _give(footprint, table.name)
        for view in footprint.schema.views():
            if view.owner == operation.role:
                _give(footprint, view.name)


def set_schema(footprint: Footprint, kind: ObjectKind, name: Name) -> None:
    if kind in RELATIONS:
        footprint.lock(AE, name)
        footprint.lock_sequences(AE, name)


def create_view(footprint: Footprint, operation: CreateView) -> None:
    """OR REPLACE of a view that is there."""
    if "security_invoker" in operation.options:
        footprint.needs(15, "security_invoker")
    view = footprint.schema.view(operation.name)
    if view is not None and operation.or_replace:
        footprint.lock(AE, operation.name)
    elif view is None and operation.or_replace and footprint.schema.relation(operation.name) is not None:
        footprint.refuse(f"{quoted(operation.name)} is not a view")


# --- types ------------------------------------------------------------------------------------------


def alter_domain(footprint: Footprint, operation: AlterDomain) -> None:
    """What makes a domain stricter reads every table that uses it, and VALIDATE is no gentler."""
    checks = operation.action in ("set not null", "validate constraint") or (
        operation.action == "add constraint" and operation.constraint is not None and not operation.constraint.not_valid
    )
    if not checks:
        return
    for name in _users_of_domain(footprint, operation.name):
        footprint.lock(S, name)
        footprint.scan([name])
    for table, column in footprint.schema.columns_of_type(operation.name):
        if column.type.array:
            _refuse_user(footprint, operation.name, table, column)


def _users_of_domain(footprint: Footprint, name: Name) -> list[Name]:
    found = [table.name for table, column in footprint.schema.columns_of_type(name) if not column.type.array]
    for dependent in footprint.schema.dependents_of_type(name):
        if dependent.kind == "domain":
            found += _users_of_domain(footprint, dependent.name)
    return list(dict.fromkeys(found))


def alter_composite(footprint: Footprint, operation: AlterCompositeType) -> None:
    """A composite type is bound to its typed tables, and its attributes' types to columns of it."""
    name = operation.name
    if operation.action == "alter":
        for table, column in footprint.schema.columns_of_type(name):
            _refuse_user(footprint, name, table, column)
    typed = [t.name for t in footprint.schema.tables() if t.of_type is not None and t.of_type.name == name.name]
    if operation.cascade:
        footprint.lock(AE, *typed)
    elif typed:
        footprint.refuse(f"cannot alter type {quoted(name)} because it is the type of a typed table")


def _refuse_user(footprint: Footprint, name: Name, table: Table, column: Column) -> None:
    where = f"{table.name.name}.{column.name}"
    footprint.refuse(f"cannot alter type {quoted(name)} because column {quoted(where)} uses it")


# --- other kinds of objects -------------------------------------------------------------------------


def change_object(footprint: Footprint, operation: CreateObject | AlterObject | DropObject) -> None:
    """What the catalog remembers by name only; where it hangs on a table, that is what gets locked."""
    kind, table = operation.kind, operation.table
    if kind == "subscription" and not isinstance(operation, AlterObject):
        footprint.in_transaction = False  # it makes or drops a replication slot on the other server
    if kind == "statistics" and table is None and isinstance(operation, DropObject):
        named = (o for o in footprint.schema.other("statistics") if o.name.name == operation.name.name)
        table = next((found.table for found in named), None)
    if table is not None:
        footprint.lock(SUE if kind in ("publication", "statistics") else AE, table)
    elif kind in RELATIONS and not isinstance(operation, CreateObject):
        footprint.lock(AE, operation.name)


# --- maintenance ------------------------------------------------------------------------------------


def vacuum(footprint: Footprint, operation: Vacuum) -> None:
    """VACUUM runs beside reads and writes, VACUUM FULL is a rewrite. Neither runs in a transaction."""
    footprint.in_transaction = False
    for table in _targets(footprint, operation.name):
        footprint.lock(AE if operation.full else SUE, table)
        if operation.full:
            footprint.rewrite([table])
        else:
            footprint.lock_indexes(Lock.ROW_EXCLUSIVE, table)


def analyze(footprint: Footprint, name: Name | None) -> None:
    """ANALYZE reads a sample; children by inheritance are only locked as strongly since 18."""
    if name is not None and footprint.version >= 18:
        footprint.lock_tree(SUE, name)
    else:
        footprint.lock(SUE, *_targets(footprint, name))


def cluster(footprint: Footprint, name: Name | None) -> None:
    if name is None or footprint.is_partitioned(name):
        footprint.in_transaction = False
    if name is not None:
        footprint.lock_partitions(AE, name)
        footprint.rewrite(footprint.partitions(name))


def _targets(footprint: Footprint, name: Name | None) -> list[Name]:
    """The table and its partitions; without a name all that the history knows."""
    if name is not None:
        return footprint.partitions(name)
    schema = footprint.schema
    return [t.name for t in schema.tables()] + [view.name for view in schema.views() if view.materialized]
