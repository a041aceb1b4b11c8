"""Why the server will refuse a statement of a down part: what it names is not there, or something depends on it."""

from collections.abc import Callable

from dblint.catalog.catalog import Catalog
from dblint.impact import Impact
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropSequence,
    DropTable,
    DropType,
    DropView,
    Operation,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    Unparsable,
)

Price = Callable[[Operation], Impact]

_RELATIONS = {
    DropTable: "table",
    DropView: "view",
    DropIndex: "index",
    DropSequence: "sequence",
    RenameTable: "table",
}
_OF_COLUMN = (AlterColumnType, DropColumn, DropDefault, DropNotNull, RenameColumn, SetDefault, SetNotNull)
_REFUSABLE = (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    DropType,
    DropView,
)
_NOT_NULL = "_not_null"
"""PostgreSQL 18 gives NOT NULL a name as well, which the catalog does not keep for older servers."""


def failure(operation: Operation, catalog: Catalog, price: Price) -> str:
    """Why the statement fails for certain, with the catalog just before it; "" where it may well run.

    A down part undoes what its migration did, so what no migration made is not expected to be there either.
    """
    if isinstance(operation, Unparsable):
        return operation.message
    if operation.guards or operation.tolerates or getattr(operation, "if_exists", False):
        return ""
    name = getattr(operation, "table", None) or getattr(operation, "name", None)
    if name is None or isinstance(name, str) or catalog.uncertain(name) is not None:
        return ""
    kind = _RELATIONS.get(type(operation))
    if kind is not None and catalog.relation(getattr(operation, "name", name)) is None:
        return f"there is no {kind} {getattr(operation, 'name', name)}"
    if isinstance(operation, (*_OF_COLUMN, AddColumn, AddConstraint, DropConstraint)):
        table = catalog.table(name)
        if table is None:
            known = catalog.relation(name) is None and catalog.gone(name) is not None
            return f"there is no table {name}" if known else ""
        if isinstance(operation, _OF_COLUMN) and not table.incomplete:
            if catalog.column(name, operation.column) is None:
                return f"{name} has no column {operation.column}"
        elif isinstance(operation, DropConstraint) and not table.incomplete:
            named = operation.constraint
            if catalog.constraint(name, named) is None and not named.endswith(_NOT_NULL):
                return f"{name} has no constraint {named}"
        elif isinstance(operation, AddColumn) and catalog.column(name, operation.column.name) is not None:
            return "" if operation.if_not_exists else f"{name} already has a column {operation.column.name}"
    return (price(operation).refused or "") if isinstance(operation, _REFUSABLE) else ""
