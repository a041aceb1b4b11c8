"""Where things are put: provenance, and changing one relation in the state."""

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.model import ColumnReference, Index, Origin, Relation, Table, replace
from dblint.names import Name
from dblint.operations import Operation
from dblint.source import Span


def origin(catalog: Catalog, operation: Operation, span: Span | None = None) -> Origin:
    return Origin(operation.statement, span or operation.span, catalog.migration)


def new_name(catalog: Catalog, name: Name, *, temporary: bool = False) -> Name:
    """The full name under which CREATE makes a relation."""
    name = Name(catalog.key(name.name), catalog.key(name.schema))
    if temporary or name.schema == TEMPORARY:
        catalog.temporaries = True
        return Name(name.name, TEMPORARY)
    return name if name.schema else Name(name.name, catalog.creation_schema)


def add_relation(catalog: Catalog, relation: Relation) -> None:
    """Put a relation that is new, and remember that the open transaction made it."""
    catalog.state.relations[relation.name] = relation
    catalog.state.uncertain.pop(relation.name, None)
    note_created(catalog, relation.name)
    if isinstance(relation, Index):
        names = catalog.state.indexes_by_table
        names[relation.table] = (*names.get(relation.table, ()), relation.name)


def note_created(catalog: Catalog, name: Name) -> None:
    if catalog.transaction is not None:
        created = catalog.transaction.created | {name}
        catalog.transaction = replace(catalog.transaction, created=created)


def put(catalog: Catalog, relation: Relation) -> None:
    """Put a changed relation under the name it already has."""
    catalog.state.relations[relation.name] = relation


def remove_index(catalog: Catalog, index: Index) -> None:
    catalog.state.relations.pop(index.name, None)
    forget(catalog, index.name)
    names = catalog.state.indexes_by_table
    names[index.table] = tuple(name for name in names.get(index.table, ()) if name != index.name)


def forget(catalog: Catalog, relation: Name, column: str = "") -> None:
    """Note that the statement under way takes a relation, or one of its columns, away from this name."""
    if catalog.operation is not None:
        catalog.state.gone[ColumnReference(relation, column)] = origin(catalog, catalog.operation)


def known_table(catalog: Catalog, name: Name) -> Table | None:
    found = catalog.state.relations.get(catalog.resolve(name))
    return found if isinstance(found, Table) else None


def children_of(catalog: Catalog, name: Name) -> list[Table]:
    """The direct partitions and inheritance children."""
    if name not in catalog.state.parents:
        return []
    return [
        child
        for child in catalog.watchers_of(name)
        if isinstance(child, Table) and (child.partition_of == name or name in child.inherits)
    ]


def set_not_null(catalog: Catalog, table: Table, column: str, *, value: bool = True) -> None:
    """Set a column's nullability here and in every child."""
    found = table.columns.get(column)
    if found is not None and found.not_null is not value:
        put(catalog, replace(table, columns={**table.columns, column: replace(found, not_null=value)}))
    for child in children_of(catalog, table.name):
        set_not_null(catalog, child, column, value=value)


def mark_uncertain(catalog: Catalog, operation: Operation, before: dict[Name, Relation]) -> None:
    """Everything that an operation behind an undecided condition touched is uncertain from here on."""
    reason = f"behind a condition at {operation.statement.place}"
    state = catalog.state
    for name, relation in state.relations.items():
        if before.get(name) is not relation:
            state.uncertain[name] = reason
    for name in before.keys() - state.relations.keys():
        state.relations[name] = before[name]  # a drop that may not have happened: presume that it is there
        state.uncertain[name] = reason
        relation = before[name]
        if isinstance(relation, Index) and name not in state.indexes_by_table.get(relation.table, ()):
            state.indexes_by_table[relation.table] = (*state.indexes_by_table.get(relation.table, ()), name)
