"""Transactions, savepoints, settings, and the rows that a history itself puts in."""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.fold.drops import drop_relation
from dblint.catalog.fold.places import known_table, put
from dblint.catalog.model import Transaction, replace
from dblint.names import Name
from dblint.operations import (
    Begin,
    Commit,
    Copy,
    Insert,
    Merge,
    Operation,
    ReleaseSavepoint,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    SetVariable,
    Truncate,
)
from dblint.source import Statement


def begin(catalog: Catalog, statement: Statement | None, *, explicit: bool) -> None:
    """Open a transaction; a BEGIN inside one changes nothing (the server only warns)."""
    if catalog.transaction is None:
        catalog.transaction = Transaction(explicit=explicit, opened=statement)
        catalog.undo = [("", catalog.state.copy(), catalog.transaction)] if catalog.keeps_undo else []


def commit(catalog: Catalog) -> None:
    transaction = catalog.transaction
    if transaction is None:
        return
    for name, value in transaction.local.items():
        _assign(catalog, name, value)
    for passing in transaction.passing:
        drop_relation(catalog, passing)
    catalog.transaction = None
    catalog.undo = []


def end_session(catalog: Catalog) -> None:
    """What ends with a connection: settings and temporary relations."""
    catalog.state.settings.clear()
    for name in [name for name in catalog.state.relations if name.schema == TEMPORARY] if catalog.temporaries else ():
        drop_relation(catalog, name)


def rollback(catalog: Catalog) -> None:
    if catalog.transaction is not None and catalog.undo:
        catalog.state = catalog.undo[0][1]
    catalog.transaction = None
    catalog.undo = []


def apply_savepoint(catalog: Catalog, operation: Savepoint) -> None:
    if catalog.transaction is not None and catalog.keeps_undo:
        catalog.undo.append((operation.name, catalog.state.copy(), catalog.transaction))


def rollback_to(catalog: Catalog, operation: RollbackToSavepoint) -> None:
    for place in range(len(catalog.undo) - 1, 0, -1):
        name, state, transaction = catalog.undo[place]
        if name == operation.name:
            catalog.state = state.copy()
            catalog.transaction = transaction
            del catalog.undo[place + 1 :]
            return


def release(catalog: Catalog, operation: ReleaseSavepoint) -> None:
    for place in range(len(catalog.undo) - 1, 0, -1):
        if catalog.undo[place][0] == operation.name:
            del catalog.undo[place:]
            return


def set_variable(catalog: Catalog, operation: SetVariable) -> None:
    name = operation.name.lower()
    if name == "all":
        catalog.state.settings.clear()
        return
    if operation.local:
        if catalog.transaction is None:
            return  # the server warns, and nothing changes
        if name not in catalog.transaction.local:
            local = {**catalog.transaction.local, name: catalog.state.settings.get(name)}
            catalog.transaction = replace(catalog.transaction, local=local)
    value = operation.value
    if name == "search_path" and operation.values:
        value = ", ".join(operation.values)
    _assign(catalog, name, value)


def _assign(catalog: Catalog, name: str, value: str | None) -> None:
    if value is None:
        catalog.state.settings.pop(name, None)
    else:
        catalog.state.settings[name] = value


def fill(catalog: Catalog, name: Name) -> None:
    table = known_table(catalog, name)
    if table is not None and not table.filled:
        put(catalog, replace(table, filled=True))
        if table.partition_of is not None:
            fill(catalog, table.partition_of)


def insert(catalog: Catalog, operation: Insert | Merge) -> None:
    fill(catalog, operation.table)


def copy(catalog: Catalog, operation: Copy) -> None:
    if operation.into:
        fill(catalog, operation.table)


def truncate(catalog: Catalog, operation: Truncate) -> None:
    table = known_table(catalog, operation.table)
    if table is not None and table.filled:
        put(catalog, replace(table, filled=False))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    Begin: lambda catalog, operation: begin(catalog, operation.statement, explicit=True),
    Commit: lambda catalog, operation: commit(catalog),
    Rollback: lambda catalog, operation: rollback(catalog),
    Savepoint: apply_savepoint,
    RollbackToSavepoint: rollback_to,
    ReleaseSavepoint: release,
    SetVariable: set_variable,
    Insert: insert,
    Merge: insert,
    Copy: copy,
    Truncate: truncate,
}
