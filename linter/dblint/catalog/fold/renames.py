"""Renames and moves: the object gets a new name, and all that points at it follows, except text bodies."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.dependencies import parse_name
from dblint.catalog.expressions import rename_column, rename_in_index, rename_in_keys
from dblint.catalog.fold.indexes import rename_to
from dblint.catalog.fold.places import children_of, forget, known_table, origin, put
from dblint.catalog.model import (
    Column,
    ColumnReference,
    Constraint,
    Index,
    Origin,
    Policy,
    Relation,
    Sequence,
    Table,
    View,
    replace,
)
from dblint.catalog.state import State
from dblint.names import Name
from dblint.operations import Operation, RenameColumn, RenameObject, RenameTable, SetSchema, Type


def rename_relation(catalog: Catalog, old: Name, new: Name, made: Origin | None = None) -> None:
    """Move a relation to another full name, with everything that holds the old one; `made` where it is a rename."""
    state = catalog.state
    relation = state.relations.get(old)
    if relation is None or old == new:
        return
    if isinstance(relation, Index):
        rename_to(catalog, relation, new.name, made)
        return
    forget(catalog, old)
    # Keep the place in the order of creation.
    state.relations = {new if name == old else name: value for name, value in state.relations.items()}
    state.relations[new] = replace(relation, name=new, renamed_by=made or relation.renamed_by)
    if old in state.uncertain:
        state.uncertain[new] = state.uncertain.pop(old)
    for index in [
        i for name in state.indexes_by_table.pop(old, ()) if isinstance(i := state.relations.get(name), Index)
    ]:
        put(catalog, replace(index, definition=replace(index.definition, table=new)))
        state.indexes_by_table[new] = (*state.indexes_by_table.get(new, ()), index.name)
    if old in state.parents:
        state.parents[new] = None
    for watcher in list(state.watchers.get(old, ())):
        state.watch(new, new if watcher == old else watcher)
    for watched, watchers in list(state.watchers.items()):
        if old in watchers:
            state.watch(watched, new)
    for watcher in list(state.watchers.get(new, ())):
        other = state.relations.get(watcher)
        if other is not None:
            put(catalog, _pointing(other, old, new))
    if isinstance(relation, Table):
        for name in relation.constraints:
            state.constraint_tables.setdefault(Name(name, new.schema), {})[new] = None
    _rename_keys(state, old, new)


def _pointing(relation: Relation, old: Name, new: Name) -> Relation:
    """The relation with every reference to `old` turned to `new`."""
    if isinstance(relation, Table):
        return replace(
            relation,
            columns={key: _defaulting(column, old, new) for key, column in relation.columns.items()},
            partition_of=new if relation.partition_of == old else relation.partition_of,
            inherits=tuple(new if name == old else name for name in relation.inherits),
            constraints={
                key: replace(c, references=new) if c.references == old else c for key, c in relation.constraints.items()
            },
        )
    if isinstance(relation, View):
        return replace(
            relation,
            uses=frozenset(ColumnReference(new, u.column) if u.relation == old else u for u in relation.uses),
        )
    if isinstance(relation, Sequence) and relation.owned_by and relation.owned_by[0] == old:
        return replace(relation, owned_by=(new, relation.owned_by[1]))
    return relation


def _defaulting(column: Column, old: Name, new: Name) -> Column:
    """The column with a default that takes values from the renamed sequence."""
    default = column.default
    if default is None or not any(call.name.name == "nextval" for call in default.functions):
        return column
    functions = []
    text = default.text
    for call in default.functions:
        literals = call.literals
        if call.name.name == "nextval" and literals and parse_name(literals[0]).name == old.name:
            shown = Name(new.name, new.schema if parse_name(literals[0]).schema else "").sql
            text = text.replace(f"'{literals[0]}'", f"'{shown}'")
            literals = (shown, *literals[1:])
        functions.append(replace(call, literals=literals))
    changed = replace(default, text=text, key=text, functions=tuple(functions))
    return replace(column, default=changed, default_text=text)


def _rename_keys(state: State, old: Name, new: Name) -> None:
    state.grants = {
        (k, new if n == old else n, r): replace(g, name=new) if n == old else g for (k, n, r), g in state.grants.items()
    }
    state.others = {
        (k, n, new if t == old else t): replace(o, table=new) if t == old else o
        for (k, n, t), o in state.others.items()
    }


def rename_table(catalog: Catalog, operation: RenameTable) -> None:
    old = catalog.resolve(operation.name)
    rename_relation(catalog, old, Name(catalog.key(operation.new_name), old.schema), origin(catalog, operation))


def rename_column_of(catalog: Catalog, operation: RenameColumn) -> None:
    name = catalog.resolve(operation.table)
    old, new = catalog.key(operation.column), catalog.key(operation.new_name)
    relation = catalog.state.relations.get(name)
    if isinstance(relation, View):
        columns = tuple(new if column == old else column for column in relation.columns)
        put(catalog, replace(relation, columns=columns))
    elif isinstance(relation, Table) and old in relation.columns:
        forget(catalog, name, old)
        _rename_in_table(catalog, relation, old, new, operation.new_name, origin(catalog, operation))
    elif catalog.user_type(operation.table) is not None:
        found = catalog.user_type(operation.table)
        if found is not None and old in found.attributes:
            attributes = {new if key == old else key: value for key, value in found.attributes.items()}
            catalog.state.types[found.name] = replace(found, attributes=attributes)


def _rename_in_table(catalog: Catalog, table: Table, old: str, new: str, shown: str, made: Origin) -> None:
    columns = {
        new if key == old else key: replace(
            column,
            name=shown if key == old else column.name,
            generated=rename_column(column.generated, old, new),
            renamed_by=made if key == old else column.renamed_by,
        )
        for key, column in table.columns.items()
    }
    triggers = {
        key: replace(
            trigger,
            columns=tuple(new if column == old else column for column in trigger.columns),
            when=rename_column(trigger.when, old, new),
        )
        for key, trigger in table.triggers.items()
    }
    partition_by = table.partition_by
    if partition_by is not None:
        partition_by = replace(partition_by, keys=rename_in_keys(partition_by.keys, old, new))
    put(
        catalog,
        replace(
            table,
            columns=columns,
            constraints={key: _rename_in_constraint(c, old, new, table.name) for key, c in table.constraints.items()},
            policies={key: _rename_in_policy(p, old, new) for key, p in table.policies.items()},
            triggers=triggers,
            partition_by=partition_by,
        ),
    )
    for index in catalog.indexes_of(table.name):
        put(catalog, replace(index, definition=rename_in_index(index.definition, old, new)))
    for watcher in catalog.watchers_of(table.name):
        if isinstance(watcher, Table) and watcher.name != table.name:
            changed = {
                key: replace(
                    c, referenced_columns=tuple(new if column == old else column for column in c.referenced_columns)
                )
                if c.references == table.name
                else c
                for key, c in watcher.constraints.items()
            }
            put(catalog, replace(watcher, constraints=changed))
        elif isinstance(watcher, View):
            before, after = ColumnReference(table.name, old), ColumnReference(table.name, new)
            if before in watcher.uses:
                put(catalog, replace(watcher, uses=(watcher.uses - {before}) | {after}))
        elif isinstance(watcher, Sequence) and watcher.owned_by == (table.name, old):
            put(catalog, replace(watcher, owned_by=(table.name, new)))
    for child in children_of(catalog, table.name):
        if old in child.columns:
            _rename_in_table(catalog, child, old, new, shown, made)


def _rename_in_constraint(constraint: Constraint, old: str, new: str, table: Name) -> Constraint:
    referenced = constraint.referenced_columns
    if constraint.references == table:
        referenced = tuple(new if column == old else column for column in referenced)
    return replace(
        constraint,
        columns=tuple(new if column == old else column for column in constraint.columns),
        delete_columns=tuple(new if column == old else column for column in constraint.delete_columns),
        include=tuple(new if column == old else column for column in constraint.include),
        referenced_columns=referenced,
        expression=rename_column(constraint.expression, old, new),
        keys=rename_in_keys(constraint.keys, old, new),
    )


def _rename_in_policy(policy: Policy, old: str, new: str) -> Policy:
    return replace(policy, using=rename_column(policy.using, old, new), check=rename_column(policy.check, old, new))


def rename_type(catalog: Catalog, old: Name, new: Name, made: Origin | None = None) -> None:
    """Rename a type and the type of every column of it."""
    state = catalog.state
    found = state.types.pop(old, None)
    if found is None:
        return
    columns = catalog.columns_of_type(old)
    state.types[new] = replace(found, name=new, renamed_by=made or found.renamed_by)
    shown = catalog.shown(new)
    for table, column in columns:
        current = known_table(catalog, table.name) or table
        text = f"{shown.sql}[]" if column.type.array else shown.sql
        changed = replace(column, type=Type(text, shown, column.type.modifiers, column.type.array))
        put(catalog, replace(current, columns={**current.columns, catalog.key(column.name): changed}))


def rename_object(catalog: Catalog, operation: RenameObject) -> None:
    kind, new, made = operation.kind, catalog.key(operation.new_name), origin(catalog, operation)
    state = catalog.state
    if kind in ("table", "view", "materialized view", "sequence", "foreign table", "index"):
        old = catalog.resolve(operation.name)
        rename_relation(catalog, old, Name(new, old.schema), made)
    elif kind in ("type", "domain"):
        old = catalog.resolve_type(operation.name)
        rename_type(catalog, old, Name(new, old.schema), made)
    elif kind in ("function", "procedure", "routine"):
        old = catalog.resolve_function(operation.name)
        renamed = Name(new, old.schema)
        overloads = state.functions.pop(old, ())
        if overloads:
            state.functions[renamed] = tuple(replace(f, name=renamed, renamed_by=made) for f in overloads)
            for user in catalog.tables():
                if any(t.function == old for t in user.triggers.values()):
                    triggers = {
                        k: replace(t, function=renamed) if t.function == old else t for k, t in user.triggers.items()
                    }
                    put(catalog, replace(user, triggers=triggers))
    elif kind == "schema":
        _rename_schema(catalog, operation.name.name, new)
    elif kind in ("trigger", "policy", "rule") and operation.table is not None:
        table = known_table(catalog, operation.table)
        if table is not None:
            members = {"trigger": "triggers", "policy": "policies", "rule": "rules"}[kind]
            renamed_members = {
                new if key == operation.name.name else key: replace(value, name=new, renamed_by=made)
                if key == operation.name.name
                else value
                for key, value in getattr(table, members).items()
            }
            put(catalog, replace(table, **{members: renamed_members}))
    else:
        for key in [k for k in state.others if k[0] == kind and k[1].name == operation.name.name]:
            other = state.others.pop(key)
            renamed = Name(new, key[1].schema)
            state.others[(kind, renamed, key[2])] = replace(other, name=renamed)


def _rename_schema(catalog: Catalog, old: str, new: str) -> None:
    state = catalog.state
    if old in state.schemas:
        state.schemas[new] = state.schemas.pop(old)
    for name in [name for name in state.relations if name.schema == old]:
        relation = state.relations.get(name)
        if isinstance(relation, Index):
            _move_index(catalog, relation, new)
        elif relation is not None:
            rename_relation(catalog, name, Name(name.name, new))
    for name in [name for name in state.types if name.schema == old]:
        rename_type(catalog, name, Name(name.name, new))
    for name in [name for name in state.functions if name.schema == old]:
        moved = Name(name.name, new)
        state.functions[moved] = tuple(replace(f, name=moved) for f in state.functions.pop(name))


def _move_index(catalog: Catalog, index: Index, schema: str) -> None:
    state = catalog.state
    moved = replace(index, name=Name(index.name.name, schema))
    del state.relations[index.name]
    state.relations[moved.name] = moved
    names = state.indexes_by_table.get(index.table, ())
    state.indexes_by_table[index.table] = tuple(moved.name if name == index.name else name for name in names)


def set_schema(catalog: Catalog, operation: SetSchema) -> None:
    schema = catalog.key(operation.schema)
    if operation.kind in ("type", "domain"):
        old = catalog.resolve_type(operation.name)
        rename_type(catalog, old, Name(old.name, schema))
        return
    if operation.kind in ("function", "procedure", "routine"):
        old = catalog.resolve_function(operation.name)
        overloads = catalog.state.functions.pop(old, ())
        if overloads:
            moved = Name(old.name, schema)
            catalog.state.functions[moved] = tuple(replace(f, name=moved) for f in overloads)
        return
    if operation.kind == "extension":
        extension = catalog.state.extensions.get(operation.name.name)
        if extension is not None:
            catalog.state.extensions[extension.name] = replace(extension, schema=schema)
        return
    old = catalog.resolve(operation.name)
    relation = catalog.state.relations.get(old)
    new = Name(old.name, schema)
    rename_relation(catalog, old, new)
    if isinstance(relation, Table):
        for index in catalog.indexes_of(new):
            _move_index(catalog, index, schema)
        for sequence in catalog.owned_sequences(new):
            rename_relation(catalog, sequence.name, Name(sequence.name.name, schema))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    RenameTable: rename_table,
    RenameColumn: rename_column_of,
    RenameObject: rename_object,
    SetSchema: set_schema,
}
