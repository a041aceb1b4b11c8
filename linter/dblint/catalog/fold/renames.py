"""Renames and moves: the object gets a new name, and all that points at it follows, except text bodies."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.canonical import canonical_type
from dblint.catalog.catalog import Catalog
from dblint.catalog.expressions import called, rename_column, rename_in_index, rename_in_keys
from dblint.catalog.fold.indexes import rename_index, rename_to
from dblint.catalog.fold.places import children_of, forget, known_table, origin, put
from dblint.catalog.fold.rewriting import rename_in_expressions, rename_qualifier, rewritten
from dblint.catalog.fold.type_names import rename_type, retype_users
from dblint.catalog.model import (
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
from dblint.catalog.signatures import routine, signature
from dblint.catalog.state import State
from dblint.names import Name
from dblint.operations import (
    Expression,
    Operation,
    RenameColumn,
    RenameIndex,
    RenameObject,
    RenameTable,
    SetSchema,
    Type,
)


def rename_relation(catalog: Catalog, old: Name, new: Name, made: Origin | None = None) -> None:
    """Move a relation to another full name, with everything that holds the old one; `made` where it is a rename."""
    state = catalog.state
    relation = state.relations.get(old)
    if relation is None and old != new:  # one that was not seen has the name now
        state.gone = {each: by for each, by in state.gone.items() if each.relation != new}
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
        if old.name != new.name:
            _requalify(catalog, new, old.name)
    if old in state.row_types:
        state.row_types[new] = None
        retype_users(catalog, old, new)
    rename_in_expressions(catalog, old, new, "sequence" if isinstance(relation, Sequence) else "table")
    _rename_keys(state, old, new)


def _requalify(catalog: Catalog, name: Name, old: str) -> None:
    """A table's own expressions that qualify its columns by its name."""

    def change(expression: Expression) -> Expression:
        return rename_qualifier(expression, old, name.name)

    for relation in (catalog.state.relations[name], *catalog.indexes_of(name)):
        put(catalog, rewritten(relation, change))


def _pointing(relation: Relation, old: Name, new: Name) -> Relation:
    """The relation with every reference to `old` turned to `new`."""
    if isinstance(relation, Table):
        return replace(
            relation,
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


def rename_as_index(catalog: Catalog, operation: RenameIndex) -> None:
    """ALTER INDEX … RENAME, which PostgreSQL takes for tables and views too."""
    old = catalog.resolve(operation.name)
    if catalog.ignore_case or catalog.index(operation.name) is not None:
        rename_index(catalog, operation)
    elif old in catalog.state.relations:
        rename_relation(catalog, old, Name(operation.new_name, old.schema), origin(catalog, operation))


def rename_column_of(catalog: Catalog, operation: RenameColumn) -> None:
    name = catalog.resolve(operation.table)
    old, new = catalog.key(operation.column), catalog.key(operation.new_name)
    relation = catalog.state.relations.get(name)
    if isinstance(relation, View):
        columns = tuple(new if column == old else column for column in relation.columns)
        put(catalog, replace(relation, columns=columns))
        _rename_in_indexes(catalog, name, old, new)
        _rename_in_readers(catalog, name, old, new)
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
            policies={key: _rename_in_policy(catalog, p, table, old, new) for key, p in table.policies.items()},
            triggers=triggers,
            partition_by=partition_by,
        ),
    )
    _rename_in_indexes(catalog, table.name, old, new)
    _rename_in_readers(catalog, table.name, old, new)
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
            policies = {key: _rename_read(p, watcher, table.name, old, new) for key, p in watcher.policies.items()}
            put(catalog, replace(watcher, constraints=changed, policies=policies))
        elif isinstance(watcher, Sequence) and watcher.owned_by == (table.name, old):
            put(catalog, replace(watcher, owned_by=(table.name, new)))
    for child in children_of(catalog, table.name):
        if old in child.columns:
            _rename_in_table(catalog, child, old, new, shown, made)


def _rename_in_indexes(catalog: Catalog, name: Name, old: str, new: str) -> None:
    for index in catalog.indexes_of(name):
        put(catalog, replace(index, definition=rename_in_index(index.definition, old, new)))


def _rename_in_readers(catalog: Catalog, name: Name, old: str, new: str) -> None:
    before, after = ColumnReference(name, old), ColumnReference(name, new)
    for view in catalog.watchers_of(name):
        if isinstance(view, View) and before in view.uses:
            put(catalog, replace(view, uses=(view.uses - {before}) | {after}))


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


def _rename_in_policy(catalog: Catalog, policy: Policy, table: Table, old: str, new: str) -> Policy:
    """The table's own policy, with a column of the table renamed, but not what others call the same."""

    def changed(expression: Expression | None) -> Expression | None:
        read = {use.alias or use.name.name: use.name for use in expression.tables} if expression else {}
        others = {alias for alias, name in read.items() if name != table.name}
        taken = any(catalog.column(read[alias], old) is not None for alias in others)
        return rename_column(expression, old, new, lambda alias: alias not in others if alias else not taken)

    return replace(policy, using=changed(policy.using), check=changed(policy.check))


def _rename_read(policy: Policy, owner: Table, table: Name, old: str, new: str) -> Policy:
    """Another table's policy, with a column that its sub-queries read from this table renamed."""

    def changed(expression: Expression | None) -> Expression | None:
        names = called(expression, table)
        bare = bool(names) and old not in owner.columns
        return rename_column(expression, old, new, lambda alias: alias in names if alias else bare)

    return replace(policy, using=changed(policy.using), check=changed(policy.check))


def rename_function(
    catalog: Catalog, old: Name, new: Name, arguments: tuple[Type, ...] | None, made: Origin | None = None
) -> None:
    """Rename or move a routine: the overload with these arguments, if there are several."""
    functions = catalog.state.functions
    overloads = functions.get(old, ())
    wanted = None if arguments is None else signature(canonical_type(catalog, kind) for kind in arguments)
    moving = [f for f in overloads if wanted is None or f.arguments == wanted or len(overloads) == 1]
    if not moving or old == new:
        return
    functions[old] = tuple(f for f in overloads if f not in moving)
    there = functions.get(new, ())
    functions[new] = (*there, *(replace(f, name=new, renamed_by=made or f.renamed_by) for f in moving))
    if functions[old]:
        arity = len(moving[0].arguments)
        if all(len(each.arguments) != arity for each in functions[old]):
            rename_in_expressions(catalog, old, new, "function", arity)
        return  # which of the overloads a view calls is not known
    del functions[old]
    move_function(catalog, old, new)


def move_function(catalog: Catalog, old: Name, new: Name) -> None:
    """Let everything call a routine, all overloads of it, by its new name."""
    if (doubt := catalog.state.uncertain.pop(routine(old), None)) is not None:
        catalog.state.uncertain[routine(new)] = doubt
    for user in catalog.tables():
        if any(t.function == old for t in user.triggers.values()):
            triggers = {k: replace(t, function=new) if t.function == old else t for k, t in user.triggers.items()}
            put(catalog, replace(user, triggers=triggers))
    for view in catalog.views():
        if old in view.functions:
            put(catalog, replace(view, functions=(view.functions - {old}) | {new}))
    rename_in_expressions(catalog, old, new, "function")


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
        rename_function(catalog, old, Name(new, old.schema), operation.arguments, made)
    elif kind == "schema":
        _rename_schema(catalog, operation.name.name, new)
    elif kind in ("trigger", "policy", "rule") and operation.table is not None:
        table = known_table(catalog, operation.table)
        if table is not None:
            members = {"trigger": "triggers", "policy": "policies", "rule": "rules"}[kind]
            _rename_member(catalog, table, members, operation.name.name, new, made)
    else:
        for key in [k for k in state.others if k[0] == kind and k[1].name == operation.name.name]:
            other = state.others.pop(key)
            renamed = Name(new, key[1].schema)
            state.others[(kind, renamed, key[2])] = replace(other, name=renamed)


def _rename_member(catalog: Catalog, table: Table, members: str, old: str, new: str, made: Origin) -> None:
    """Rename a trigger, policy or rule; since 15 a row trigger's copies on partitions as well."""
    renamed = {
        new if key == old else key: replace(value, name=new, renamed_by=made) if key == old else value
        for key, value in getattr(table, members).items()
    }
    put(catalog, replace(table, **{members: renamed}))
    for child in children_of(catalog, table.name) if members == "triggers" and catalog.version >= 15 else ():
        if child.partition_of is not None and old in child.triggers and child.triggers[old].inherited:
            _rename_member(catalog, child, members, old, new, made)


def _rename_schema(catalog: Catalog, old: str, new: str) -> None:
    state = catalog.state
    if old in state.schemas:
        state.schemas[new] = state.schemas.pop(old)
        forget(catalog, Name("", old))
        state.gone.pop(ColumnReference(Name("", new)), None)
    for name in [name for name in state.relations if name.schema == old]:
        relation = state.relations.get(name)
        if isinstance(relation, Index):
            _move_index(catalog, relation, new)
        elif relation is not None:
            rename_relation(catalog, name, Name(name.name, new))
    for name in [name for name in state.types if name.schema == old]:
        rename_type(catalog, name, Name(name.name, new))
    for name in [name for name in state.functions if name.schema == old]:
        rename_function(catalog, name, Name(name.name, new), None)


def _move_index(catalog: Catalog, index: Index, schema: str) -> None:
    state = catalog.state
    moved = replace(index, name=Name(index.name.name, schema))
    del state.relations[index.name]
    state.relations[moved.name] = moved
    names = state.indexes_by_table.get(index.table, ())
    state.indexes_by_table[index.table] = tuple(moved.name if name == index.name else name for name in names)
    for part in catalog.indexes():
        if part.parent == index.name:
            put(catalog, replace(part, parent=moved.name))


def set_schema(catalog: Catalog, operation: SetSchema) -> None:
    schema = catalog.key(operation.schema)
    if operation.kind in ("type", "domain"):
        old = catalog.resolve_type(operation.name)
        rename_type(catalog, old, Name(old.name, schema))
        return
    if operation.kind in ("function", "procedure", "routine"):
        old = catalog.resolve_function(operation.name)
        rename_function(catalog, old, Name(old.name, schema), operation.arguments)
        return
    old = catalog.resolve(operation.name)
    relation = catalog.state.relations.get(old)
    new = Name(old.name, schema)
    rename_relation(catalog, old, new)
    for index in catalog.indexes_of(new):
        _move_index(catalog, index, schema)
    if isinstance(relation, Table):
        for sequence in catalog.owned_sequences(new):
            rename_relation(catalog, sequence.name, Name(sequence.name.name, schema))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    RenameTable: rename_table,
    RenameIndex: rename_as_index,
    RenameColumn: rename_column_of,
    RenameObject: rename_object,
}
