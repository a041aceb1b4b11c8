"""What it costs to make, rebuild and attach indexes."""

from collections.abc import Iterable

from dblint.catalog.model import Index, Table
from dblint.dialects.postgres.costs.constraints import build_index, refuse_without_partition_key
from dblint.dialects.postgres.costs.footprint import Footprint, quoted
from dblint.dialects.postgres.volatility import is_surely_not_immutable
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import AttachIndex, CreateIndex, Expression, Reindex, SetTablespace

AE, S, SUE = Lock.ACCESS_EXCLUSIVE, Lock.SHARE, Lock.SHARE_UPDATE_EXCLUSIVE


def create_index(footprint: Footprint, operation: CreateIndex) -> None:
    """CREATE INDEX, whose SHARE is taken before the server looks whether IF NOT EXISTS has nothing to do."""
    table, definition = footprint.schema.resolve(operation.table), operation.index
    if operation.online:
        footprint.in_transaction = False
        footprint.lock(SUE, table)
        if footprint.is_partitioned(table):
            footprint.refuse(f"cannot create index on partitioned table {quoted(table)} concurrently")
    else:
        footprint.lock(S, table)
    if definition.nulls_not_distinct:
        footprint.needs(15, "NULLS NOT DISTINCT")
    name = Name(operation.name, table.schema)
    if operation.if_not_exists and operation.name and footprint.schema.relation(name) is not None:
        return
    refuse_without_partition_key(footprint, definition)
    for key in definition.keys:
        _refuse_variable(footprint, key.expression, "expression")
    _refuse_variable(footprint, definition.predicate, "predicate")
    if operation.only and footprint.is_partitioned(table):
        return
    if not operation.online:
        footprint.lock_partitions(S, table)
    build_index(footprint, definition, operation.name)


def _refuse_variable(footprint: Footprint, expression: Expression | None, what: str) -> None:
    """Index entries must not change by themselves. SQL functions may be inlined, so their label says little."""
    for call in expression.functions if expression is not None else ():
        overloads = footprint.schema.functions(call.name)
        if overloads:
            variable = all(f.volatility != "immutable" and f.language.lower() != "sql" for f in overloads)
        else:
            variable = call.name.schema in ("", "pg_catalog") and is_surely_not_immutable(call.name.name)
        if variable:
            footprint.refuse(f"functions in index {what} must be marked IMMUTABLE")


def attach_index(footprint: Footprint, operation: AttachIndex) -> None:
    footprint.lock(SUE, operation.name)
    footprint.lock(AE, operation.child)


def set_tablespace(footprint: Footprint, operation: SetTablespace) -> None:
    """SET TABLESPACE copies the relation's own file, not those of its indexes."""
    name = operation.name
    footprint.lock(AE, name)
    index = footprint.schema.index(name)
    if index is not None:
        if not footprint.is_partitioned(index.table):
            footprint.build(index.name)
    elif not footprint.is_partitioned(name):
        footprint.copy(name)


# --- REINDEX --------------------------------------------------------------------------------------


def reindex(footprint: Footprint, operation: Reindex) -> None:
    """REINDEX: writers wait for the table's SHARE, readers for the index. CONCURRENTLY lets both go on."""
    schema = footprint.schema
    if operation.online or operation.kind not in ("index", "table"):
        footprint.in_transaction = False
    if operation.kind == "index" and operation.name is not None:
        index = schema.index(operation.name)
        footprint.lock(AE, operation.name)
        footprint.build(schema.resolve(operation.name))
        if index is not None:
            _reindex_parts(footprint, index, online=operation.online)
    elif operation.kind == "table" and operation.name is not None:
        if footprint.is_partitioned(operation.name):
            if footprint.version < 14:
                return
            footprint.in_transaction = False
        _reindex_tables(footprint, footprint.partitions(operation.name), online=operation.online)
    elif operation.kind in ("schema", "database"):
        wanted = operation.name.name if operation.kind == "schema" and operation.name is not None else ""
        holders = [t.name for t in schema.tables() if isinstance(t, Table) and t.kind == "table"]
        holders += [view.name for view in schema.views() if view.materialized]
        _reindex_tables(footprint, (n for n in holders if wanted in ("", n.schema)), online=operation.online)


def _reindex_parts(footprint: Footprint, index: Index, *, online: bool) -> None:
    children = footprint.child_indexes(index)
    if footprint.is_partitioned(index.table):
        footprint.needs(14, "REINDEX of a partitioned index")
        footprint.in_transaction = False
    for each in (index, *children):
        footprint.lock(SUE if online else S, each.table)
        if not footprint.is_partitioned(each.table):
            footprint.lock(AE, each.name)
            footprint.build(each.name)


def _reindex_tables(footprint: Footprint, tables: Iterable[Name], *, online: bool) -> None:
    for table in tables:
        footprint.lock(SUE if online else S, table)
        if not footprint.is_partitioned(table):
            for index in footprint.lock_indexes(AE, table):
                footprint.build(index.name)
