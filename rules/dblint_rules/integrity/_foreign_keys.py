"""Which tables a change of rows spreads to along foreign keys."""

from collections.abc import Callable

from dblint.catalog.model import Constraint
from dblint.catalog.schema import Schema
from dblint.evidence import shown
from dblint.names import Name


def reached(schema: Schema, table: Name, follow: Callable[[Constraint], bool]) -> list[Name]:
    """The tables that foreign keys for which `follow` is true lead to from this one, nearest first; as shown."""
    start = schema.resolve(table)
    found = [start]
    for current in found:
        for child, key in schema.referencing(current):
            if follow(key) and child.name not in found and child.partition_of is None:
                found.append(child.name)
    return [shown(schema, name) for name in found[1:]]
