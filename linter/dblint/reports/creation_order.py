"""The order in which a script makes objects: what others are made of comes first."""

from typing import TypeVar

from dblint.catalog.model import Domain, Table, UserType, View
from dblint.names import Name

T = TypeVar("T")


def age(made: Domain | UserType) -> tuple[int, int, Name]:
    """When it was made, so that a type comes after those it is made of."""
    return made.origin.migration, made.origin.span.start, made.name


def parents_first(tables: list[Table]) -> list[Table]:
    by_name = {table.name: table for table in tables}
    return _by_needs(by_name, {name: _ancestors(table) for name, table in by_name.items()})


def _ancestors(table: Table) -> list[Name]:
    return [*table.inherits, *([table.partition_of] if table.partition_of else [])]


def readable_first(views: list[View]) -> list[View]:
    by_name = {view.name: view for view in views}
    return _by_needs(by_name, {name: sorted(u.relation for u in v.uses) for name, v in by_name.items()})


def _by_needs(by_name: dict[Name, T], needs: dict[Name, list[Name]]) -> list[T]:
    """The values in their order, except that each comes after those it needs."""
    done: dict[Name, T] = {}

    def add(name: Name, above: frozenset[Name]) -> None:
        if name in by_name and name not in done and name not in above:
            for need in needs[name]:
                add(need, above | {name})
            done[name] = by_name[name]

    for name in by_name:
        add(name, frozenset())
    return list(done.values())
