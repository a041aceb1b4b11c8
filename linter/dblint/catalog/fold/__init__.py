"""The fold: how each operation changes the catalog.

`advance` follows the server: IF [NOT] EXISTS that does nothing changes nothing, generated names are the
server's. It never fails. What the server would refuse is applied as far as it makes sense, because a
history that is in use did run.
"""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import (
    columns,
    constraints,
    doubts,
    drops,
    extensions,
    indexes,
    partitions,
    programs,
    renames,
    retirement,
    session,
    tables,
    types,
)
from dblint.catalog.fold.doubts import mark_uncertain, objects
from dblint.catalog.fold.tolerance import fails, goes_on
from dblint.operations import Operation

ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {}
_PARTS = (
    tables, columns, constraints, indexes, partitions, drops, renames, extensions, programs, types, session, retirement,
    doubts,
)  # fmt: skip
for _part in _PARTS:
    ADVANCE.update(_part.ADVANCE)


def advance(catalog: Catalog, operation: Operation) -> None:
    """Apply one operation. Operations without an entry leave the schema as it is."""
    step = ADVANCE.get(type(operation))
    if step is None:
        return
    catalog.operation = operation
    if catalog.attempts and not operation.attempts:
        catalog.attempts.clear()
        catalog.failed.clear()
    if operation.guards:
        held = [catalog.holds(guard) for guard in operation.guards]
        if False in held:
            return
        if None in held:
            before = objects(catalog)
            if not fails(catalog, operation):
                step(catalog, operation)
            mark_uncertain(catalog, operation, before)
            return
    if not operation.tolerates or goes_on(catalog, operation):
        step(catalog, operation)
