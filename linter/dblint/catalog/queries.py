"""What the names in a query mean: the relations and columns that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dblint.catalog.model import ColumnReference, Relation, Table, View
from dblint.names import Name
from dblint.operations import Query, Star, TableUse

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog


def star_columns(catalog: Catalog, star: Star) -> Sequence[str]:
    """The columns that a `*` stands for today, in order; none where they are not all known."""
    columns: list[str] = []
    for alias, _, relation in _items(catalog, star.tables):
        if star.qualifier and alias != star.qualifier:
            continue
        names = relation_columns(relation)
        if names is None:
            return ()
        columns.extend(names)
    return columns


def references(catalog: Catalog, query: Query) -> frozenset[ColumnReference]:
    """Every relation and column that a query reads, each column of the innermost SELECT that has it."""
    scopes: dict[int, list[tuple[str, Name]]] = {}
    columns: dict[Name, frozenset[str]] = {}
    for use, (alias, name, relation) in zip(query.tables, _items(catalog, query.tables), strict=True):
        scopes.setdefault(use.scope, []).append((alias, name))
        if name.name:
            columns[name] = frozenset(relation_columns(relation) or ())
    found = {ColumnReference(name) for name in columns}
    for column in query.columns:
        # The innermost SELECT around it that has it.
        number = column.scope
        here: list[Name] = []
        while number >= 0 and not here:
            scope = scopes.get(number, [])
            if column.qualifier:
                called = [name for alias, name in scope if alias == column.qualifier]
                here = called if len(called) < 2 else [n for n in called if column.name in columns.get(n, ())]
            else:
                here = [name for _, name in scope if column.name in columns.get(name, ())]
            number = query.scopes[number] if number < len(query.scopes) else -1
        found.update(ColumnReference(name, column.name) for name in here if name.name)
    for star in query.stars:
        for alias, name, relation in _items(catalog, star.tables):
            if star.qualifier in ("", alias):
                found.update(ColumnReference(name, each) for each in relation_columns(relation) or ())
    return frozenset(found)


def relation_columns(relation: Relation | None) -> Sequence[str] | None:
    """The column names of a table or view, None where they are not all known."""
    if isinstance(relation, Table):
        return None if relation.incomplete else [column.name for column in relation.columns.values()]
    if isinstance(relation, View):
        return relation.columns if relation.columns and all(relation.columns) else None
    return None


def _items(catalog: Catalog, tables: Iterable[TableUse]) -> list[tuple[str, Name, Relation | None]]:
    """What a FROM calls its items, and the relations that they are; one bare name may stand for several."""
    names = [(use.alias or use.name.name, catalog.resolve(use.name)) for use in tables]
    return [(alias, name, catalog.state.relations.get(name)) for alias, name in names]
