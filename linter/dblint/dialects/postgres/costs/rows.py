"""What statements over rows lock: their table, its indexes and sequences, and the far ends of foreign keys.

A table and its indexes are locked to the end of the transaction where the planner has opened them (UPDATE, DELETE,
MERGE, SELECT FOR UPDATE); INSERT and COPY let go of the indexes. Measured on PostgreSQL 15 and 18.
"""

from collections.abc import Iterable

from dblint.catalog.canonical import parse_name
from dblint.catalog.model import Constraint, Table
from dblint.dialects.postgres.costs.constraints import key_columns
from dblint.dialects.postgres.costs.footprint import Footprint, view_relations
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    CreateFunction,
    CreateMaterializedView,
    CreateTableAs,
    Delete,
    Expression,
    FunctionCall,
    Insert,
    LockTable,
    Merge,
    Query,
    RefreshMaterializedView,
    Select,
    Truncate,
    Update,
)

AE, RE, RS = Lock.ACCESS_EXCLUSIVE, Lock.ROW_EXCLUSIVE, Lock.ROW_SHARE


def insert(footprint: Footprint, operation: Insert) -> None:
    add_rows(footprint, operation.table, operation.columns)
    if operation.query is not None:
        read(footprint, operation.query, to_the_end=not operation.query.limited)


def add_rows(footprint: Footprint, table: Name, columns: tuple[str, ...] = ()) -> None:
    """INSERT and COPY: also the sequences of columns left out, and the tables that foreign keys look into."""
    footprint.lock(RE, table)
    found = footprint.schema.table(table)
    if found is None:
        return
    for sequence in footprint.schema.owned_sequences(table):
        if sequence.owned_by is not None and sequence.owned_by[1] not in columns:
            footprint.lock(RE, sequence.name)
    for column in found.columns.values():
        if column.name not in columns and column.default is not None:
            _draw(footprint, column.default.functions)
    for key in found.foreign_keys:
        filled = not columns or any(name in columns or _has_default(found, name) for name in key.columns)
        if filled and key.enforced:
            _look_into_parent(footprint, key)


def _has_default(table: Table, column: str) -> bool:
    known = table.columns.get(column)
    return known is not None and known.default is not None


def _look_into_parent(footprint: Footprint, key: Constraint) -> None:
    for name in footprint.partitions(key.references) if key.references is not None else ():
        _open(footprint, RS, name)


def _open(footprint: Footprint, mode: Lock, table: Name) -> None:
    """As the planner opens a relation whose rows it is to lock or change; a partitioned one's indexes since 16."""
    footprint.lock(mode, table)
    if footprint.version >= 16 or not footprint.is_partitioned(table):
        footprint.lock_indexes(mode, table)


def update(footprint: Footprint, operation: Update) -> None:
    table = operation.table
    changed = {column for column, _ in operation.assignments}
    _change_rows(footprint, table, operation.where)
    found = footprint.schema.table(table)
    for key in found.foreign_keys if found is not None else ():
        if changed.intersection(key.columns) and key.enforced:
            _look_into_parent(footprint, key)
    for child, key in footprint.schema.referencing(table):
        if changed.intersection(key_columns(footprint, key)) and key.enforced:
            _follow(footprint, child, key, key.on_update)
    for _, value in operation.assignments:
        _draw(footprint, value.functions)


def delete(footprint: Footprint, operation: Delete) -> None:
    _change_rows(footprint, operation.table, operation.where)
    _follow_delete(footprint, operation.table, set())


def _follow_delete(footprint: Footprint, table: Name, seen: set[Name]) -> None:
    seen.add(footprint.schema.resolve(table))
    for child, key in footprint.schema.referencing(table):
        if not key.enforced or child.name in seen:
            continue
        _follow(footprint, child, key, key.on_delete)
        if key.on_delete == "cascade":
            _follow_delete(footprint, child.name, seen)


def _follow(footprint: Footprint, child: Table, key: Constraint, action: str) -> None:
    """Look for the rows that reference a changed key, by an index where there is one."""
    mode = RS if action in ("no action", "restrict") else RE
    partitions = footprint.partitions(child.name)
    for name in partitions:
        _open(footprint, mode, name)
    columns = set(key.columns)
    footprint.scan(name for name in footprint.stored(partitions) if not _findable(footprint, name, columns))


def _change_rows(footprint: Footprint, table: Name, where: Expression | None) -> None:
    """UPDATE and DELETE read the whole table unless an index starts with a column of the condition."""
    columns = {use.name for use in where.columns} if where is not None else set()
    tree = footprint.tree(table)
    for name in tree:
        _open(footprint, RE, name)
    if where is None:
        footprint.scan(tree)
    elif where.truth is not False and footprint.schema.table(table) is not None:
        footprint.scan(name for name in footprint.stored(tree) if not _findable(footprint, name, columns))


def _findable(footprint: Footprint, table: Name, columns: set[str]) -> bool:
    """Whether an index of the table starts with one of the columns, or with an expression of one."""
    for index in footprint.schema.indexes_of(table):
        first = index.definition.keys[0]
        names = {first.column} if first.expression is None else {use.name for use in first.expression.columns}
        if names & columns:
            return True
    return False


def merge(footprint: Footprint, operation: Merge) -> None:
    footprint.needs(15, "MERGE")
    for name in footprint.tree(operation.table):
        _open(footprint, RE, name)
    footprint.lock_sequences(RE, operation.table)
    footprint.scan(footprint.tree(operation.table))
    footprint.scan_sources(use.name for use in operation.reads)


def truncate(footprint: Footprint, operation: Truncate) -> None:
    """TRUNCATE: new empty files, for the tables that reference it too when CASCADE says so."""
    schema = footprint.schema
    named = {schema.resolve(name) for name in (operation.table, *operation.together)}
    pending, seen = footprint.tree(operation.table), set[Name]()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        footprint.lock(AE, name)
        if not footprint.is_partitioned(name):
            footprint.lock_indexes(AE, name)
        for child, _ in schema.referencing(name):
            if operation.cascade:
                pending += footprint.tree(child.name)
            elif child.name not in named:
                footprint.refuse("cannot truncate a table referenced in a foreign key constraint")


# --- queries --------------------------------------------------------------------------------------


def select(footprint: Footprint, operation: Select) -> None:
    """A SELECT by itself: how much it reads is the planner's choice, and it keeps nobody waiting."""
    read(footprint, operation.query, to_the_end=False)


def read(footprint: Footprint, query: Query, *, to_the_end: bool = True) -> None:
    """The relations of a query: row locks, sequences, and the scans when its result is kept."""
    if query.locks_rows:
        for use in query.tables:
            _open_for_update(footprint, use.name)
    if to_the_end:
        columns = {use.name for use in query.filters}
        for use in query.tables:
            sources = footprint.sources(use.name)
            footprint.scan(name for name in sources if not (columns and _may_be_found(footprint, name, columns)))
    _draw(footprint, query.functions)


def _may_be_found(footprint: Footprint, table: Name, columns: set[str]) -> bool:
    """Whether an index may save reading it all: what nobody knows may have one."""
    return footprint.schema.table(table) is None or _findable(footprint, table, columns)


def _open_for_update(footprint: Footprint, relation: Name) -> None:
    view = footprint.schema.view(relation)
    if view is None or view.materialized:
        for name in footprint.tree(relation):
            _open(footprint, RS, name)
        return
    footprint.lock(RS, relation)
    for used in view_relations(view):
        _open_for_update(footprint, used)


def _draw(footprint: Footprint, functions: Iterable[FunctionCall]) -> None:
    """Lock the sequences that nextval and setval name."""
    for call in functions:
        if call.name.name in ("nextval", "setval") and call.literals:
            footprint.lock(RE, parse_name(call.literals[0]))


def keep(footprint: Footprint, operation: CreateTableAs | CreateMaterializedView) -> None:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW read their sources to the end."""
    if operation.if_not_exists and footprint.schema.relation(operation.name) is not None:
        return
    read(footprint, operation.query, to_the_end=operation.with_data)


def refresh(footprint: Footprint, operation: RefreshMaterializedView) -> None:
    """REFRESH: a new file that nobody can read meanwhile; CONCURRENTLY compares with the old one instead."""
    name = footprint.schema.resolve(operation.name)
    view = footprint.schema.view(name)
    if operation.online:
        footprint.lock(Lock.EXCLUSIVE, name)
        unique = [index for index in footprint.lock_indexes(RE, name) if index.definition.unique]
        usable = [i for i in unique if i.definition.predicate is None and all(i.columns) and i.valid]
        footprint.scan([name])
        if view is not None and not usable:
            footprint.refuse(f'cannot refresh materialized view "{name.schema}.{name.name}" concurrently')
        if not operation.with_data:
            footprint.refuse("REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together")
    else:
        footprint.lock(AE, name)
        footprint.rewrite([name])
    if view is not None and operation.with_data:
        for source in view_relations(view):
            footprint.scan_sources([source])


def function_body(footprint: Footprint, operation: CreateFunction) -> None:
    """CREATE FUNCTION … LANGUAGE sql analyses the body, which locks the tables that it would change."""
    checked = footprint.schema.settings.get("check_function_bodies", "on").strip("'").lower()
    if operation.language.lower() != "sql" or checked in ("off", "false", "no", "0"):
        return
    for inner in operation.body:
        match inner:
            case Insert(table=table) | Update(table=table) | Delete(table=table) | Merge(table=table):
                footprint.lock(RE, table)
            case Select(query=query) if query.locks_rows:
                footprint.lock(RS, *(use.name for use in query.tables))


def lock_table(footprint: Footprint, operation: LockTable) -> None:
    """LOCK TABLE: with its children, and through a view the tables below it."""
    mode = Lock[operation.mode.upper().replace(" ", "_")]
    pending = [footprint.schema.resolve(operation.table)]
    while pending:
        name = pending.pop()
        if mode > Lock.ACCESS_SHARE:
            footprint.lock_tree(mode, name)
        view = footprint.schema.view(name)
        pending += view_relations(view) if view is not None else []
