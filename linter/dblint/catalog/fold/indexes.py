"""Indexes: their names, their children on partitions, their validity."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.canonical import canonical_index
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import (
    add_relation,
    constraint_taken,
    forget,
    known_table,
    origin,
    put,
    put_constraint,
    remove_index,
)
from dblint.catalog.generated_names import addition, choose, index_columns
from dblint.catalog.model import Index, Origin, Table, replace
from dblint.names import Name
from dblint.operations import AttachIndex, CreateIndex, IndexDefinition, Operation, RenameIndex


def name_taken(catalog: Catalog, schema: str, *, constraint: bool = False) -> Callable[[str], bool]:
    """Whether a relation of that name is in the schema (or, for a constraint's index, a constraint)."""

    def taken(name: str) -> bool:
        full = Name(name, schema)
        return full in catalog.state.relations or (constraint and constraint_taken(catalog, full))

    return taken


def generated_index_name(catalog: Catalog, table: Name, definition: IndexDefinition, kind: str) -> str:
    """`kind` is "primary key", "unique", "exclusion" or "" for a plain index."""
    taken = name_taken(catalog, table.schema, constraint=bool(kind))
    if kind == "primary key":
        return choose(table.name, "", "pkey", taken)
    labels = [key.label or key.column or "expr" for key in definition.keys]
    columns = addition(index_columns([*labels, *(definition.include_labels or definition.include)]))
    label = {"unique": "key", "exclusion": "excl"}.get(kind, "idx")
    return choose(table.name, columns, label, taken)


def make_index(
    catalog: Catalog,
    definition: IndexDefinition,
    made: Origin,
    *,
    name: str = "",
    kind: str = "",
    only: bool = False,
    parent: Name | None = None,
) -> Index:
    """Add an index on `definition.table` (a full name) and, on a partitioned table, on each partition."""
    table = catalog.state.relations.get(definition.table)
    chosen = catalog.kept(name) if name else generated_index_name(catalog, definition.table, definition, kind)
    partitions = _direct_partitions(catalog, table) if isinstance(table, Table) else []
    index = Index(
        name=Name(chosen, definition.table.schema),
        definition=definition,
        valid=not (only and isinstance(table, Table) and table.kind == "partitioned table" and bool(partitions)),
        constraint=chosen if kind else "",
        parent=parent,
        named=bool(name),
        origin=made,
    )
    add_relation(catalog, index)
    for partition in partitions if not only else ():
        if not adopt_or_make(catalog, partition, index, kind).valid:
            index = replace(index, valid=False)
            put(catalog, index)
    return index


def _direct_partitions(catalog: Catalog, table: Table) -> list[Table]:
    return [t for t in catalog.watchers_of(table.name) if isinstance(t, Table) and t.partition_of == table.name]


def adopt_or_make(catalog: Catalog, partition: Table, parent: Index, kind: str, *, attaching: bool = False) -> Index:
    """The partition's index for a partitioned index: an equal one that is free, otherwise a new one.

    ATTACH PARTITION passes over invalid ones.
    """
    for own in catalog.indexes_of(partition.name):
        usable = own.parent is None and (own.valid or not attaching) and (own.constraint or not kind)
        if usable and attachable(own, parent):
            adopted = replace(own, parent=parent.name)
            put(catalog, adopted)
            return adopted
    definition = replace(parent.definition, table=partition.name)
    return make_index(catalog, definition, parent.origin, kind=kind, parent=parent.name)


def attachable(own: Index, parent: Index) -> bool:
    """Whether a partition's index can be a part of the parent's: the order of the keys' values does not matter."""
    return _shape(own.definition) == _shape(parent.definition) and own.definition.include == parent.definition.include


def _shape(definition: IndexDefinition) -> tuple[object, ...]:
    keys = tuple(replace(key, descending=False, nulls_first=None) for key in definition.keys)
    return index_signature(replace(definition, keys=keys))


def same_definition(one: IndexDefinition, other: IndexDefinition) -> bool:
    """Whether two indexes are equal but for their table."""
    return index_signature(one) == index_signature(other)


def index_signature(definition: IndexDefinition) -> tuple[object, ...]:
    keys = tuple(
        (
            k.column or (k.expression.key if k.expression else ""),
            k.collation,
            k.operator_class,
            k.descending,
            k.nulls_first if k.nulls_first is not None else k.descending,
        )
        for k in definition.keys
    )
    predicate = definition.predicate.key if definition.predicate else ""
    return (
        keys,
        frozenset(definition.include),
        definition.unique,
        definition.method,
        predicate,
        definition.nulls_not_distinct,
    )


def keyed(catalog: Catalog, definition: IndexDefinition, table: Name) -> IndexDefinition:
    """The definition on a full table name, its columns spelled as the catalog keeps them."""
    if not catalog.ignore_case:
        return replace(definition, table=table)
    return replace(
        definition,
        table=table,
        keys=tuple(replace(key, column=catalog.key(key.column)) for key in definition.keys),
        include=tuple(catalog.key(column) for column in definition.include),
    )


def create_index(catalog: Catalog, operation: CreateIndex) -> None:
    table = catalog.resolve(operation.index.table)
    definition = canonical_index(catalog, keyed(catalog, operation.index, table))
    if operation.name:
        existing = Name(catalog.key(catalog.kept(operation.name)), table.schema)
        if existing in catalog.state.relations and not catalog.ignore_case:
            if operation.if_not_exists:
                return
            old = catalog.state.relations[existing]
            if isinstance(old, Index):
                remove_index(catalog, old)
    made = origin(catalog, operation)
    make_index(catalog, definition, made, name=catalog.key(operation.name), only=operation.only)


def attach_index(catalog: Catalog, operation: AttachIndex) -> None:
    parent, child = catalog.index(operation.name), catalog.index(operation.child)
    if parent is None or child is None:
        return
    put(catalog, replace(child, parent=parent.name))
    owner = known_table(catalog, child.table)
    constraint = owner.constraints.get(child.constraint) if owner else None
    if owner is not None and constraint is not None and parent.constraint:
        put_constraint(catalog, owner, replace(constraint, inherited=True, local=False))
    _complete(catalog, parent)


def _complete(catalog: Catalog, index: Index) -> None:
    """A partitioned index is valid as soon as each partition has a valid part of it, and so may those above it be."""
    table = known_table(catalog, index.table)
    if table is None or index.valid:
        return
    attached = {part.table for part in catalog.indexes() if part.parent == index.name and part.valid}
    if all(partition.name in attached for partition in _direct_partitions(catalog, table)):
        put(catalog, replace(index, valid=True))
        above = catalog.index(index.parent) if index.parent else None
        if above is not None:
            _complete(catalog, above)


def rename_index(catalog: Catalog, operation: RenameIndex) -> None:
    index = catalog.index(operation.name)
    if index is not None:
        rename_to(catalog, index, operation.new_name, origin(catalog, operation))


def rename_to(catalog: Catalog, index: Index, new: str, made: Origin | None = None) -> None:
    """Rename an index, and the constraint it backs with it."""
    state = catalog.state
    forget(catalog, index.name)
    renamed = replace(
        index,
        name=Name(new, index.name.schema),
        constraint=new if index.constraint else "",
        named=True,
        renamed_by=made,
    )
    del state.relations[index.name]
    state.relations[renamed.name] = renamed
    state.indexes_by_table[index.table] = tuple(
        renamed.name if name == index.name else name for name in state.indexes_by_table.get(index.table, ())
    )
    for child in catalog.indexes():
        if child.parent == index.name:
            put(catalog, replace(child, parent=renamed.name))
    for referencing, key in catalog.referencing(index.table):
        if key.rests_on == index.name.name:
            put_constraint(catalog, referencing, replace(key, rests_on=new))
    table = state.relations.get(index.table)
    if index.constraint and isinstance(table, Table) and index.constraint in table.constraints:
        constraints = {
            (new if name == index.constraint else name): (
                replace(c, name=new, index=new, named=True, renamed_by=made) if name == index.constraint else c
            )
            for name, c in table.constraints.items()
        }
        put(catalog, replace(table, constraints=constraints))
        state.constraint_tables.setdefault(Name(new, table.name.schema), {})[table.name] = None


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    CreateIndex: create_index,
    AttachIndex: attach_index,
}
