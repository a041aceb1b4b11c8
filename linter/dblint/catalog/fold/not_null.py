"""NOT NULL: a fact of the column and, since PostgreSQL 18, a constraint with a name that children take over."""

from collections.abc import Sequence

from msgspec import Struct

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import (
    children_of,
    constraint_taken,
    known_table,
    parents_of,
    put,
    put_constraint,
    set_not_null,
)
from dblint.catalog.generated_names import choose
from dblint.catalog.model import Constraint, Origin, Table, replace
from dblint.names import Name
from dblint.operations import ConstraintDefinition


class Wanted(Struct, frozen=True):
    """A NOT NULL as CREATE TABLE states it; `name` is "" where the server is to choose one."""

    column: str
    made: Origin
    name: str = ""
    no_inherit: bool = False


def constraint_on(table: Table, column: str) -> Constraint | None:
    """The NOT NULL constraint of a column."""
    return next((c for c in table.constraints.values() if c.kind == "not null" and c.columns == (column,)), None)


def passed_on(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether a parent hands down a NOT NULL on the column."""
    for name in parents_of(table):
        parent = known_table(catalog, name)
        found = constraint_on(parent, column) if parent else None
        if found is not None and not found.no_inherit:
            return True
    return False


def require(
    catalog: Catalog,
    name: Name,
    column: str,
    made: Origin,
    definition: ConstraintDefinition | None = None,
    *,
    only: bool = False,
) -> str:
    """SET NOT NULL, or ADD NOT NULL by a definition; the constraint's name, "" where the server keeps none."""
    table = known_table(catalog, name)
    if table is None or column not in table.columns:
        return ""
    if not catalog.names_not_null:
        set_not_null(catalog, table, column, only=only)
        return ""
    stays = bool(only and children_of(catalog, name) and table.kind != "partitioned table")
    constraint = Constraint(
        name=catalog.kept(definition.name) if definition else "",
        kind="not null",
        columns=(column,),
        validated=not (definition and definition.not_valid),
        no_inherit=stays or bool(definition and definition.no_inherit),
        named=bool(definition and definition.name),
        origin=made,
    )
    return _add(catalog, table, constraint)


def _add(catalog: Catalog, table: Table, constraint: Constraint) -> str:
    (column,) = constraint.columns
    existing = constraint_on(table, column)
    if existing is not None:
        if constraint.inherited:
            changed = replace(existing, inherited=True)
        else:
            changed = replace(existing, local=True, validated=existing.validated or constraint.validated)
        put_constraint(catalog, table, changed)
        if changed.validated is not existing.validated:
            validate(catalog, table, column)
        return existing.name
    if column not in table.columns:
        return ""
    constraint = replace(constraint, name=constraint.name or _choose(catalog, table, column))
    put_constraint(catalog, table, constraint)
    _mark(catalog, table.name, column, value=True)
    if not constraint.no_inherit:
        for child in children_of(catalog, table.name):
            _add(catalog, child, replace(constraint, inherited=True, local=False))
    return constraint.name


def _choose(catalog: Catalog, table: Table, column: str) -> str:
    schema = table.name.schema
    return choose(table.name.name, column, "not_null", lambda name: constraint_taken(catalog, Name(name, schema)))


def _mark(catalog: Catalog, name: Name, column: str, *, value: bool) -> None:
    table = known_table(catalog, name)
    if table is not None and column in table.columns:
        put(catalog, replace(table, columns={**table.columns, column: replace(table.columns[column], not_null=value)}))


def validate(catalog: Catalog, table: Table, column: str) -> None:
    for child in children_of(catalog, table.name):
        found = constraint_on(child, column)
        if found is not None:
            put_constraint(catalog, child, replace(found, validated=True))
            validate(catalog, child, column)


def release(catalog: Catalog, name: Name, column: str, *, only: bool = False) -> None:
    """DROP NOT NULL, and DROP CONSTRAINT of one."""
    table = known_table(catalog, name)
    if table is None or column not in table.columns:
        return
    if not catalog.names_not_null:
        set_not_null(catalog, table, column, value=False, only=only)
        return
    constraint = constraint_on(table, column)
    if constraint is None:
        return
    rest = {key: each for key, each in table.constraints.items() if each is not constraint}
    put(catalog, replace(table, constraints=rest))
    _mark(catalog, name, column, value=False)
    for child in children_of(catalog, name) if not constraint.no_inherit else ():
        own = constraint_on(child, column)
        if own is None or not own.inherited:
            continue
        still = passed_on(catalog, child, column)
        if only or still or own.local:
            put_constraint(catalog, child, replace(own, inherited=still, local=own.local or (only and not still)))
        else:
            release(catalog, child.name, column)


def change_inheritance(catalog: Catalog, table: Table, constraint: Constraint, *, no_inherit: bool) -> None:
    """ALTER CONSTRAINT … INHERIT or NO INHERIT."""
    put_constraint(catalog, table, replace(constraint, no_inherit=no_inherit))
    (column,) = constraint.columns
    for child in children_of(catalog, table.name):
        own = constraint_on(child, column)
        if not no_inherit:
            _add(catalog, child, replace(constraint, no_inherit=False, inherited=True, local=False))
        elif own is not None and not passed_on(catalog, child, column):
            put_constraint(catalog, child, replace(own, inherited=False, local=True))


def name_new(catalog: Catalog, name: Name, wanted: Sequence[Wanted], made: Origin) -> None:
    """Give a table that is being created the constraints for its NOT NULL columns: written ones, then inherited."""
    table = known_table(catalog, name)
    if table is None or not catalog.names_not_null:
        return
    inherited: dict[str, list[str]] = {}
    for parent_name in parents_of(table):
        parent = known_table(catalog, parent_name)
        for constraint in parent.constraints.values() if parent else ():
            if constraint.kind == "not null" and not constraint.no_inherit:
                inherited.setdefault(constraint.columns[0], []).append(constraint.name)
    given: dict[str, Wanted] = {}
    for each in wanted:
        first = given.setdefault(each.column, each)
        if each.name and not first.name:
            given[each.column] = replace(first, name=each.name)
    for column, each in given.items():
        _store(catalog, name, column, each, inherited.pop(column, []), local=True)
    for column, names in inherited.items():
        current = known_table(catalog, name) or table
        free = next((each for each in names if each not in current.constraints), "")
        _store(catalog, name, column, Wanted(column, made, free), names, local=False)


def _store(catalog: Catalog, name: Name, column: str, wanted: Wanted, parents: Sequence[str], *, local: bool) -> None:
    table = known_table(catalog, name)
    if table is None:
        return
    constraint = Constraint(
        name=catalog.kept(wanted.name) or _choose(catalog, table, column),
        kind="not null",
        columns=(column,),
        no_inherit=wanted.no_inherit,
        named=bool(wanted.name) and local,
        inherited=bool(parents),
        local=local,
        origin=wanted.made,
    )
    put_constraint(catalog, table, constraint)
    _mark(catalog, name, column, value=True)
