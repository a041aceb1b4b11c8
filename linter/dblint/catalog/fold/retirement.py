"""How columns retire: the steps of expand and contract after which code can do without one."""

import re
from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.columns import drop_not_null, set_default
from dblint.catalog.fold.places import known_table, origin, put
from dblint.catalog.fold.tables import comment
from dblint.catalog.model import replace
from dblint.names import Name
from dblint.operations import Comment, DropNotNull, Operation, SetDefault, Update

_RETIRED = re.compile(r"(?i)\b(?:deprecated|retired|obsolete|superseded|replaced by|no longer used|unused)\b")


def _note(catalog: Catalog, operation: Operation, table_name: Name, column_name: str) -> None:
    table = known_table(catalog, table_name)
    column = table.columns.get(catalog.key(column_name)) if table else None
    if table is None or column is None:
        return
    noted = replace(column, retired_by=(*column.retired_by, origin(catalog, operation)))
    put(catalog, replace(table, columns={**table.columns, column.name: noted}))


def relaxed(catalog: Catalog, operation: DropNotNull) -> None:
    """DROP NOT NULL: new code need not fill it any more."""
    drop_not_null(catalog, operation)
    _note(catalog, operation, operation.table, operation.column)


def defaulted(catalog: Catalog, operation: SetDefault) -> None:
    """A default for a column that INSERT had to name."""
    column = catalog.column(operation.table, operation.column)
    required = column is not None and column.required
    set_default(catalog, operation)
    if required:
        _note(catalog, operation, operation.table, operation.column)


def copied(catalog: Catalog, operation: Update) -> None:
    """An UPDATE that puts the column's values into another one."""
    for target, value in operation.assignments:
        for use in value.columns:
            if use.name != target:
                _note(catalog, operation, operation.table, use.name)


def commented(catalog: Catalog, operation: Comment) -> None:
    """A comment that calls it deprecated or the like."""
    comment(catalog, operation)
    if operation.kind == "column" and operation.text and _RETIRED.search(operation.text):
        _note(catalog, operation, operation.name, operation.member)


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    DropNotNull: relaxed,
    SetDefault: defaulted,
    Update: copied,
    Comment: commented,
}
