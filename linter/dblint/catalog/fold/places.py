"""Where things are put: provenance, and changing one relation in the state."""

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.model import ColumnReference, Constraint, Domain, Index, Origin, Relation, Table, Trigger, replace
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


def drop_at_commit(catalog: Catalog, name: Name) -> None:
    """Note that the relation goes with the open transaction."""
    if catalog.transaction is not None:
        catalog.transaction = replace(catalog.transaction, passing=catalog.transaction.passing | {name})


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


def parents_of(table: Table) -> tuple[Name, ...]:
    return (table.partition_of,) if table.partition_of else table.inherits


def is_below(catalog: Catalog, name: Name, ancestor: Name) -> bool:
    """Whether a table is another, or descends from it; no server lets a table be its own ancestor."""
    return name == ancestor or any(child.name == name for child in catalog.partitions_of(ancestor))


def inherits_column(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether a parent has the column."""
    return any((parent := known_table(catalog, name)) and column in parent.columns for name in parents_of(table))


def passes_check(catalog: Catalog, table: Table, name: str) -> bool:
    """Whether a parent hands down a check constraint of that name."""
    for parent_name in parents_of(table):
        parent = known_table(catalog, parent_name)
        found = parent.constraints.get(name) if parent else None
        if found is not None and found.kind == "check" and not found.no_inherit:
            return True
    return False


def set_not_null(catalog: Catalog, table: Table, column: str, *, value: bool = True, only: bool = False) -> None:
    """Set a column's nullability here and in every child, on a server that keeps no constraint for it."""
    found = table.columns.get(column)
    if found is not None and found.not_null is not value:
        put(catalog, replace(table, columns={**table.columns, column: replace(found, not_null=value)}))
    for child in children_of(catalog, table.name) if not only else ():
        set_not_null(catalog, child, column, value=value)


def put_constraint(catalog: Catalog, table: Table, constraint: Constraint) -> None:
    """Put a constraint of the table, new or changed, under its name."""
    current = known_table(catalog, table.name) or table
    put(catalog, replace(current, constraints={**current.constraints, constraint.name: constraint}))
    holders = catalog.state.constraint_tables.setdefault(Name(constraint.name, table.name.schema), {})
    holders[table.name] = None


def add_trigger(catalog: Catalog, name: Name, trigger: Trigger) -> None:
    """Put a trigger, and a copy of a row trigger on every partition."""
    table = known_table(catalog, name)
    if table is None:
        return
    put(catalog, replace(table, triggers={**table.triggers, trigger.name: trigger}))
    if trigger.per_row:
        for child in children_of(catalog, name):
            if child.partition_of == name:
                add_trigger(catalog, child.name, replace(trigger, inherited=True))


def constraint_taken(catalog: Catalog, name: Name) -> bool:
    """Whether a constraint of a table or domain of the schema has the name."""
    state = catalog.state
    return any(
        isinstance(owner := state.relations.get(holder) or state.types.get(holder), Table | Domain)
        and name.name in owner.constraints
        for holder in state.constraint_tables.get(name, ())
    )
