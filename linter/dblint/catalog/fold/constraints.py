"""Constraints: generated names, backing indexes, validity, and what partitions and children inherit."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.drops import drop_constraint
from dblint.catalog.fold.indexes import constraint_taken, make_index, rename_to
from dblint.catalog.fold.places import children_of, known_table, origin, put, set_not_null
from dblint.catalog.generated_names import addition, choose
from dblint.catalog.model import Constraint, Origin, Table, replace
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
    catalog: Catalog, name: Name, definition: ConstraintDefinition, made: Origin, *, inherited: bool = False
) -> str:
    """Add a constraint to a known table and to what inherits it; the name that it got ("" for plain NOT NULL)."""
    table = known_table(catalog, name)
    if table is None:
        return ""
    if definition.kind == "not null":
        for column in definition.columns:
            set_not_null(catalog, table, catalog.key(column))
        if not definition.name:
            return ""
        table = known_table(catalog, name) or table
    columns = tuple(catalog.key(column) for column in definition.columns)
    kind = definition.kind
    if kind == "check" and definition.expression is not None:
        used = dict.fromkeys(catalog.key(use.name) for use in definition.expression.columns)
        columns = tuple(name for name in used if name in table.columns)
    index_name = ""
    if kind in INDEX_KINDS:
        index_name = _backing_index(catalog, table, definition, columns, made)
        chosen = index_name
        if kind == "primary key":
            for column in columns or _index_columns(catalog, table, index_name):
                set_not_null(catalog, known_table(catalog, table.name) or table, column)
        columns = columns or _index_columns(catalog, table, index_name)
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
        include=definition.include,
        nulls_not_distinct=definition.nulls_not_distinct,
        keys=definition.keys,
        operators=definition.operators,
        method=definition.method,
        named=bool(definition.name),
        inherited=inherited,
        without_overlaps=definition.without_overlaps,
        origin=made,
    )
    put_constraint(catalog, table, constraint)
    if references is not None:
        catalog.state.watch(references, table.name)
    _pass_on(catalog, table, constraint, definition, made)
    return chosen


def put_constraint(catalog: Catalog, table: Table, constraint: Constraint) -> None:
    put(catalog, replace(table, constraints={**table.constraints, constraint.name: constraint}))
    holders = catalog.state.constraint_tables.setdefault(Name(constraint.name, table.name.schema), {})
    holders[table.name] = None


def _backing_index(
    catalog: Catalog, table: Table, definition: ConstraintDefinition, columns: tuple[str, ...], made: Origin
) -> str:
    if definition.using_index:
        index = catalog.index(Name(definition.using_index, table.name.schema))
        name = catalog.kept(definition.name) or definition.using_index
        if index is not None:
            if index.name.name != name:
                rename_to(catalog, index, name)
                index = catalog.index(Name(name, table.name.schema)) or index
            put(catalog, replace(index, constraint=name))
        return name
    keys = definition.keys or tuple(IndexKey(column) for column in columns)
    index_definition = IndexDefinition(
        table=table.name,
        keys=keys,
        include=definition.include,
        unique=definition.kind != "exclusion",
        method=definition.method or ("gist" if definition.without_overlaps else "btree"),
        predicate=definition.expression if definition.kind == "exclusion" else None,
        nulls_not_distinct=definition.nulls_not_distinct,
    )
    name = catalog.key(definition.name)
    return make_index(catalog, index_definition, made, name=name, kind=definition.kind).name.name


def _index_columns(catalog: Catalog, table: Table, index: str) -> tuple[str, ...]:
    found = catalog.index(Name(index, table.name.schema))
    return tuple(column for column in found.columns if column) if found else ()


def _generated(catalog: Catalog, table: Table, definition: ConstraintDefinition, columns: tuple[str, ...]) -> str:
    def taken(name: str) -> bool:
        return constraint_taken(catalog, Name(name, table.name.schema))

    if definition.kind == "foreign key":
        return choose(table.name.name, addition(columns), "fkey", taken)
    if definition.kind == "not null":
        return choose(table.name.name, columns[0] if columns else "", "not_null", taken)
    used = {use.name for use in definition.expression.columns} if definition.expression else set()
    return choose(table.name.name, next(iter(used)) if len(used) == 1 else "", "check", taken)


def _referenced(catalog: Catalog, references: Name | None, definition: ConstraintDefinition) -> tuple[str, ...]:
    if references is None or definition.referenced_columns:
        return tuple(catalog.key(column) for column in definition.referenced_columns)
    target = known_table(catalog, references)
    key = target.primary_key if target else None
    return key.columns if key else ()


def _pass_on(
    catalog: Catalog, table: Table, constraint: Constraint, definition: ConstraintDefinition, made: Origin
) -> None:
    """Give the constraint to inheritance children and partitions, as the server does."""
    if constraint.no_inherit or (constraint.kind in INDEX_KINDS and table.kind != "partitioned table"):
        return
    for child in catalog.watchers_of(table.name):
        if not isinstance(child, Table):
            continue
        partition = child.partition_of == table.name
        if not partition and (table.name not in child.inherits or constraint.kind != "check"):
            continue
        inherit_constraint(catalog, child, constraint)


def inherit_constraint(catalog: Catalog, child: Table, constraint: Constraint) -> None:
    """Enter one constraint of a parent in a child that has none like it yet."""
    name = constraint.name
    index = ""
    if constraint.kind in INDEX_KINDS:
        attached = next(
            (
                i
                for i in catalog.indexes_of(child.name)
                if i.parent == Name(constraint.index, i.parent.schema if i.parent else "")
            ),
            None,
        )
        if attached is None:
            return
        name = index = attached.name.name
    elif constraint.kind == "check" and name in child.constraints:
        put_constraint(catalog, child, replace(child.constraints[name], inherited=True))
        return
    elif constraint.kind == "foreign key":
        if any(
            c.kind == "foreign key" and c.columns == constraint.columns and c.references == constraint.references
            for c in child.constraints.values()
        ):
            return
        if name in child.constraints:
            name = choose(
                child.name.name,
                addition(constraint.columns),
                "fkey",
                lambda n: constraint_taken(catalog, Name(n, child.name.schema)),
            )
        if constraint.references is not None:
            catalog.state.watch(constraint.references, child.name)
    own = replace(constraint, name=name, index=index, inherited=True)
    if constraint.kind == "primary key":
        for column in constraint.columns:
            set_not_null(catalog, child, column)
        child = known_table(catalog, child.name) or child
    put_constraint(catalog, child, own)
    for grandchild in children_of(catalog, child.name):
        inherit_constraint(catalog, grandchild, own)


def apply_add(catalog: Catalog, operation: AddConstraint) -> None:
    definition = operation.constraint
    table = known_table(catalog, operation.table)
    if table is None:
        return
    forgiving = bool(operation.tolerates or operation.guards)
    if forgiving and definition.name and catalog.key(catalog.kept(definition.name)) in table.constraints:
        return
    if forgiving and definition.kind == "primary key" and table.primary_key is not None:
        return
    if definition.kind == "primary key" and table.primary_key is not None:
        # There can be one only, so the old one went in a way that was not seen (dynamic SQL, a step in code).
        drop_constraint(catalog, table.name, table.primary_key.name)
    add_constraint(catalog, table.name, definition, origin(catalog, operation, definition.span))


def apply_drop(catalog: Catalog, operation: DropConstraint) -> None:
    drop_constraint(catalog, operation.table, catalog.key(operation.constraint))


def apply_rename(catalog: Catalog, operation: RenameConstraint) -> None:
    table = known_table(catalog, operation.table)
    old, new = catalog.key(operation.constraint), catalog.key(operation.new_name)
    constraint = table.constraints.get(old) if table else None
    if table is None or constraint is None:
        return
    if constraint.index and (index := catalog.index(Name(constraint.index, table.name.schema))):
        rename_to(catalog, index, new, origin(catalog, operation))
        return
    constraints = {
        (new if name == old else name): (
            replace(c, name=new, named=True, renamed_by=origin(catalog, operation)) if name == old else c
        )
        for name, c in table.constraints.items()
    }
    put(catalog, replace(table, constraints=constraints))
    catalog.state.constraint_tables.setdefault(Name(new, table.name.schema), {})[table.name] = None
    for child in children_of(catalog, table.name):
        if old in child.constraints and child.constraints[old].inherited:
            apply_rename(
                catalog,
                RenameConstraint(
                    statement=operation.statement, span=operation.span, table=child.name, constraint=old, new_name=new
                ),
            )


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
    _change(catalog, operation.table, operation.constraint, **changes)


def _change(catalog: Catalog, name: Name, constraint: str, **changes: Any) -> None:
    table = known_table(catalog, name)
    key = catalog.key(constraint)
    if table is None or key not in table.constraints:
        return
    put(catalog, replace(table, constraints={**table.constraints, key: replace(table.constraints[key], **changes)}))
    for child in children_of(catalog, table.name):
        _change(catalog, child.name, constraint, **changes)


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    AddConstraint: apply_add,
    DropConstraint: apply_drop,
    RenameConstraint: apply_rename,
    ValidateConstraint: apply_validate,
    AlterConstraint: apply_alter,
}
