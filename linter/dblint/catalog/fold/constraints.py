"""Constraints: generated names, backing indexes, validity, and what partitions and children inherit."""

from collections.abc import Callable
from itertools import count
from typing import Any

from dblint.catalog.canonical import canonical, canonical_keys
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import not_null
from dblint.catalog.fold.drops import drop_constraint
from dblint.catalog.fold.indexes import make_index, rename_to
from dblint.catalog.fold.places import children_of, constraint_taken, known_table, origin, put, put_constraint
from dblint.catalog.generated_names import addition, choose, compose
from dblint.catalog.model import Constraint, Index, Origin, Table, replace
from dblint.names import Name
from dblint.operations import (
    AddConstraint,
    AlterConstraint,
    ConstraintDefinition,
    DropConstraint,
    IndexDefinition,
    IndexKey,
    Operation,
    RenameConstraint,
    ValidateConstraint,
)

INDEX_KINDS = ("primary key", "unique", "exclusion")


def add_constraint(
    catalog: Catalog, name: Name, definition: ConstraintDefinition, made: Origin, *, only: bool = False
) -> str:
    """Add a constraint to a known table and to what inherits it; the name that it got ("" if it is no object)."""
    table = known_table(catalog, name)
    if table is None:
        return ""
    if definition.kind == "not null":
        return not_null.require(catalog, table.name, catalog.key(definition.columns[0]), made, definition, only=only)
    columns = tuple(catalog.key(column) for column in definition.columns)
    kind = definition.kind
    definition = replace(
        definition,
        expression=canonical(catalog, definition.expression),
        keys=canonical_keys(catalog, definition.keys),
    )
    if kind == "check" and definition.expression is not None:
        used = dict.fromkeys(catalog.key(use.name) for use in definition.expression.columns)
        columns = tuple(name for name in used if name in table.columns)
    index_name = ""
    include = definition.include
    if kind in INDEX_KINDS:
        if kind == "primary key":
            _forbid_nulls(catalog, table, definition, columns, made)
        index = _backing_index(catalog, table, definition, columns, made, only=only)
        chosen = index_name = index.name.name
        columns = columns or tuple(column for column in index.columns if column)
        include = include or index.definition.include
        table = known_table(catalog, name) or table
    else:
        chosen = catalog.kept(definition.name) if definition.name else _generated(catalog, table, definition, columns)
    chosen = catalog.key(chosen)
    references = catalog.resolve(definition.references) if definition.references else None
    constraint = Constraint(
        name=chosen,
        kind=kind,
        columns=columns,
        expression=definition.expression,
        references=references,
        referenced_columns=_referenced(catalog, references, definition),
        on_delete=definition.on_delete,
        on_update=definition.on_update,
        delete_columns=tuple(catalog.key(column) for column in definition.delete_columns),
        match_full=definition.match_full,
        validated=not definition.not_valid and definition.enforced,
        enforced=definition.enforced,
        deferrable=definition.deferrable,
        initially_deferred=definition.initially_deferred,
        no_inherit=definition.no_inherit,
        index=index_name,
        include=include,
        nulls_not_distinct=definition.nulls_not_distinct,
        keys=definition.keys if kind == "exclusion" else (),
        operators=definition.operators,
        method=definition.method,
        named=bool(definition.name),
        without_overlaps=definition.without_overlaps,
        rests_on=_key_index(catalog, references, definition) if references else "",
        origin=made,
    )
    put_constraint(catalog, table, constraint)
    if references is not None:
        catalog.state.watch(references, table.name)
    if not only:
        _pass_on(catalog, table, constraint)
    return chosen


def _forbid_nulls(
    catalog: Catalog, table: Table, definition: ConstraintDefinition, columns: tuple[str, ...], made: Origin
) -> None:
    """The columns of a primary key are NOT NULL, in children too."""
    if definition.using_index:
        index = catalog.index(Name(definition.using_index, table.name.schema))
        columns = index.columns if index else ()
    for column in columns:
        current = known_table(catalog, table.name) or table
        if not_null.constraint_on(current, column) is None:
            not_null.require(catalog, table.name, column, made)


def _backing_index(
    catalog: Catalog,
    table: Table,
    definition: ConstraintDefinition,
    columns: tuple[str, ...],
    made: Origin,
    *,
    only: bool,
) -> Index:
    if definition.using_index:
        index = catalog.index(Name(definition.using_index, table.name.schema))
        name = catalog.kept(definition.name) or definition.using_index
        if index is not None:
            if index.name.name != name:
                rename_to(catalog, index, name)
                index = catalog.index(Name(name, table.name.schema)) or index
            index = replace(index, constraint=name)
            put(catalog, index)
            return index
    keys = definition.keys or tuple(IndexKey(column) for column in columns)
    index_definition = IndexDefinition(
        table=table.name,
        keys=keys,
        include=definition.include,
        include_labels=definition.include_labels,
        unique=definition.kind != "exclusion",
        method=definition.method or ("gist" if definition.without_overlaps else "btree"),
        predicate=definition.expression if definition.kind == "exclusion" else None,
        nulls_not_distinct=definition.nulls_not_distinct,
    )
    name = catalog.key(definition.name or definition.using_index)
    return make_index(catalog, index_definition, made, name=name, kind=definition.kind, only=only)


def _generated(catalog: Catalog, table: Table, definition: ConstraintDefinition, columns: tuple[str, ...]) -> str:
    def taken(name: str) -> bool:
        return constraint_taken(catalog, Name(name, table.name.schema))

    if definition.kind == "foreign key":
        return choose(table.name.name, addition(columns), "fkey", taken)
    used = {use.name for use in definition.expression.columns} if definition.expression else set()
    return choose(table.name.name, next(iter(used)) if len(used) == 1 else "", "check", taken)


def _referenced(catalog: Catalog, references: Name | None, definition: ConstraintDefinition) -> tuple[str, ...]:
    if references is None or definition.referenced_columns:
        return tuple(catalog.key(column) for column in definition.referenced_columns)
    target = known_table(catalog, references)
    key = target.primary_key if target else None
    return key.columns if key else ()


def _key_index(catalog: Catalog, references: Name, definition: ConstraintDefinition) -> str:
    """The unique index that a foreign key rests on: the primary key's, or the first on the columns."""
    target = known_table(catalog, references)
    if target is None:
        return ""
    if not definition.referenced_columns:
        return target.primary_key.index if target.primary_key else ""
    wanted = sorted(definition.referenced_columns)
    for index in catalog.indexes_of(target.name):
        constraint = target.constraints.get(index.constraint)
        deferrable = constraint is not None and constraint.deferrable
        usable = index.definition.unique and index.definition.predicate is None and not deferrable
        if usable and sorted(index.columns) == wanted:
            return index.name.name
    return ""


def _pass_on(catalog: Catalog, table: Table, constraint: Constraint) -> None:
    """Give the constraint to inheritance children and partitions, as the server does."""
    if constraint.no_inherit or (constraint.kind in INDEX_KINDS and table.kind != "partitioned table"):
        return
    for child in children_of(catalog, table.name):
        if child.partition_of == table.name or constraint.kind == "check":
            inherit_constraint(catalog, child, constraint)


def inherit_constraint(catalog: Catalog, child: Table, constraint: Constraint) -> None:
    """Enter one constraint of a parent in a child, or let one like it that the child has become the parent's too."""
    child = known_table(catalog, child.name) or child
    own = _counterpart(catalog, child, constraint)
    if own is not None:
        validated = own.validated or (constraint.kind == "foreign key" and constraint.validated)
        local = own.local and not child.partition_of
        merged = replace(own, inherited=True, local=local, validated=validated, parent=_parent(constraint))
        put_constraint(catalog, child, merged)
        return
    name = constraint.name
    index = ""
    if constraint.kind in INDEX_KINDS:
        attached = _index_under(catalog, child, constraint)
        if attached is None:
            return
        name = index = attached.name.name
    elif constraint.kind == "foreign key":
        name = _key_name(catalog, child, constraint)
        if constraint.references is not None:
            catalog.state.watch(constraint.references, child.name)
    own = replace(
        constraint, name=name, index=index, inherited=True, local=False, named=False, parent=_parent(constraint)
    )
    if constraint.kind == "primary key":
        for column in constraint.columns:
            if not_null.constraint_on(child, column) is None:
                not_null.require(catalog, child.name, column, constraint.origin)
    put_constraint(catalog, child, own)
    for grandchild in children_of(catalog, child.name):
        inherit_constraint(catalog, grandchild, own)


def _parent(constraint: Constraint) -> str:
    return constraint.name if constraint.kind == "foreign key" else ""


def _counterpart(catalog: Catalog, child: Table, constraint: Constraint) -> Constraint | None:
    """The child's constraint that merges with its parent's."""
    if constraint.kind == "check":
        found = child.constraints.get(constraint.name)
        return found if found is not None and found.kind == "check" else None
    if constraint.kind in INDEX_KINDS:
        attached = _index_under(catalog, child, constraint)
        return child.constraints.get(attached.constraint) if attached else None
    for own in child.constraints.values():
        if own.kind != "foreign key" or own.inherited or not (own.validated or catalog.version >= 18):
            continue
        if _terms(own) == _terms(constraint):
            return own
    return None


def _terms(key: Constraint) -> tuple[object, ...]:
    """What two foreign keys must have in common for one to become a part of the other."""
    return (
        key.columns,
        key.references,
        key.referenced_columns,
        key.on_delete,
        key.on_update,
        key.delete_columns,
        key.match_full,
        key.deferrable,
        key.initially_deferred,
        key.enforced,
    )


def _index_under(catalog: Catalog, child: Table, constraint: Constraint) -> Index | None:
    """The child's index that is a part of the constraint's."""
    for index in catalog.indexes_of(child.name):
        if index.parent is not None and index.parent.name == constraint.index:
            return index
    return None


def _key_name(catalog: Catalog, child: Table, key: Constraint) -> str:
    """The name of a partition's part of a foreign key."""
    if key.name not in child.constraints:
        return key.name

    def taken(name: str) -> bool:
        return constraint_taken(catalog, Name(name, child.name.schema))

    if catalog.version >= 18:
        numbered = (compose(key.name, "", str(number)) for number in count(1))
        return next(name for name in numbered if not taken(name))
    return choose(child.name.name, addition(key.columns), "fkey", taken)


def apply_add(catalog: Catalog, operation: AddConstraint) -> None:
    definition = operation.constraint
    table = known_table(catalog, operation.table)
    if table is None:
        return
    if definition.kind == "primary key" and table.primary_key is not None:
        # There can be one only, so the old one went in a way that was not seen (dynamic SQL, a step in code).
        drop_constraint(catalog, table.name, table.primary_key.name)
    add_constraint(catalog, table.name, definition, origin(catalog, operation, definition.span), only=operation.only)


def apply_drop(catalog: Catalog, operation: DropConstraint) -> None:
    drop_constraint(catalog, operation.table, catalog.key(operation.constraint), only=operation.only)


def apply_rename(catalog: Catalog, operation: RenameConstraint) -> None:
    table = known_table(catalog, operation.table)
    old, new = catalog.key(operation.constraint), catalog.key(operation.new_name)
    constraint = table.constraints.get(old) if table else None
    if table is None or constraint is None:
        return
    if constraint.index and (index := catalog.index(Name(constraint.index, table.name.schema))):
        rename_to(catalog, index, new, origin(catalog, operation))
        return
    made = origin(catalog, operation)
    constraints = {
        (new if name == old else name): replace(c, name=new, named=True, renamed_by=made) if name == old else c
        for name, c in table.constraints.items()
    }
    put(catalog, replace(table, constraints=constraints))
    catalog.state.constraint_tables.setdefault(Name(new, table.name.schema), {})[table.name] = None
    if constraint.kind == "foreign key":
        for child, part in _parts(catalog, table, old):
            put_constraint(catalog, child, replace(part, parent=new))
        return
    for child in children_of(catalog, table.name) if not constraint.no_inherit else ():
        if old in child.constraints and child.constraints[old].inherited:
            apply_rename(
                catalog,
                RenameConstraint(
                    statement=operation.statement, span=operation.span, table=child.name, constraint=old, new_name=new
                ),
            )


def _parts(catalog: Catalog, table: Table, name: str) -> list[tuple[Table, Constraint]]:
    """What children have of a constraint of their parent's."""
    constraint = table.constraints.get(name)
    if constraint is not None and constraint.kind == "not null":
        (column,) = constraint.columns
        found = ((child, not_null.constraint_on(child, column)) for child in children_of(catalog, table.name))
        return [(child, own) for child, own in found if own is not None]
    return [
        (child, own)
        for child in children_of(catalog, table.name)
        for own in child.constraints.values()
        if (own.parent == name if own.kind == "foreign key" else own.kind == "check" and own.name == name)
        and own.inherited
    ]


def apply_validate(catalog: Catalog, operation: ValidateConstraint) -> None:
    _change(catalog, operation.table, operation.constraint, validated=True, validated_by=origin(catalog, operation))


def apply_alter(catalog: Catalog, operation: AlterConstraint) -> None:
    changes: dict[str, Any] = {}
    if operation.deferrable is not None:
        changes["deferrable"] = operation.deferrable
        if not operation.deferrable:
            changes["initially_deferred"] = False
    if operation.initially_deferred is not None:
        changes["initially_deferred"] = operation.initially_deferred
    if operation.enforced is not None:
        changes["enforced"] = changes["validated"] = operation.enforced
    if operation.no_inherit is not None:
        table = known_table(catalog, operation.table)
        constraint = table.constraints.get(catalog.key(operation.constraint)) if table else None
        if table is not None and constraint is not None and constraint.kind == "not null":
            not_null.change_inheritance(catalog, table, constraint, no_inherit=operation.no_inherit)
        return
    _change(catalog, operation.table, operation.constraint, **changes)


def _change(catalog: Catalog, name: Name, constraint: str, **changes: Any) -> None:
    table = known_table(catalog, name)
    key = catalog.key(constraint)
    if table is None or key not in table.constraints:
        return
    put_constraint(catalog, table, replace(table.constraints[key], **changes))
    for child, part in _parts(catalog, table, key):
        _change(catalog, child.name, part.name, **changes)


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    AddConstraint: apply_add,
    DropConstraint: apply_drop,
    RenameConstraint: apply_rename,
    ValidateConstraint: apply_validate,
    AlterConstraint: apply_alter,
}
