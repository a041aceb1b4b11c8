"""The proof that a rollback inverts its migration: fold up, then down, and compare with the fold before."""

from collections.abc import Iterable, Iterator
from copy import copy

from dblint.catalog.catalog import Catalog
from dblint.catalog.difference import Difference, changed, state_differences
from dblint.catalog.fold import advance
from dblint.catalog.fold.session import commit, end_session
from dblint.catalog.model import Enum, Table
from dblint.catalog.state import State
from dblint.dialects import Dialect
from dblint.down_failures import failure
from dblint.migrations.model import Migration
from dblint.operations import (
    Begin,
    Commit,
    Delete,
    DropColumn,
    DropConstraint,
    DropSequence,
    DropTable,
    DropType,
    DropView,
    Opaque,
    Operation,
    Rollback,
    RollbackToSavepoint,
    Select,
    SetVariable,
    Truncate,
    Unparsable,
    Update,
)
from dblint.source import Span, Statement

_BLIND = (Opaque, Unparsable)
_IDLE = (Begin, Commit, Select, SetVariable)
_LOSING = (DropTable, DropColumn, Delete, Truncate, Update)
_NUMBERS = 1_000_000
"""Added to a migration's number while its down part is folded: guards are decided once per migration."""


class MigrationUndone(Operation, frozen=True, kw_only=True, eq=False):
    """A migration with a down part was run, and undone again on a copy: the engine's own event.

    `statement` is the down part's first (an empty one where it has none). `differences`: from the fold before the
    migration to the fold after both parts. `lost`: what no down part can bring back, in words. `presumed`: what the
    down part makes that the history must have begun with, as the up part drops it. `blind`: the first statement of
    either part whose effect is not known, so that nothing is proved. `empty`: the down part does nothing. `failing`:
    the first statement of the down part that the server will refuse, `reason` why; then nothing is compared.
    """

    differences: tuple[Difference, ...] = ()
    lost: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    blind: Statement | None = None
    empty: bool = False
    failing: Operation | None = None
    reason: str = ""


def undone(
    catalog: Catalog, before: State, migration: Migration, up: Iterable[Operation], dialect: Dialect
) -> MigrationUndone:
    """Fold the down part of `migration`, whose `up` operations led from `before` to `catalog`, on a copy."""
    read = [each for script in migration.down for each in dialect.read(script)]
    down = [operation for _, operations in read for operation in operations]
    up = list(up)
    source = migration.down[0].source
    statement = read[0][0] if read else Statement(source, Span(0, 0))
    blind = next((operation.statement for operation in up if isinstance(operation, _BLIND)), None)
    blind = blind or next((operation.statement for operation in down if isinstance(operation, Opaque)), None)
    if blind is not None:
        return MigrationUndone(statement=statement, span=statement.span, blind=blind)
    twin = copy(catalog)
    twin.state = catalog.state.copy()
    twin.transaction, twin.undo = None, []
    twin.keeps_undo = any(isinstance(operation, Rollback | RollbackToSavepoint) for operation in down)
    twin.migration = catalog.migration + _NUMBERS
    end_session(twin)
    for operation in down:
        if reason := failure(operation, twin, lambda each: dialect.impact(each, twin, twin.version)):
            return MigrationUndone(statement=statement, span=statement.span, failing=operation, reason=reason)
        advance(twin, operation)
        for inner in twin.called(operation):
            advance(twin, inner)
    if twin.transaction is not None:
        commit(twin)
    found = list(state_differences(before, twin.state))
    lost = [*_lost_rows(up, before), *_order(before, twin.state)]
    unseen = set(_dropped(up))
    kept, presumed = [], []
    for each in found:
        if _only_more_values(each, before, twin.state):
            lost.append(f"enum {each.name} without its new values")
        elif each.what == "validation" and each.second == "validated":
            lost.append(f"constraint {each.member} of {each.name} as not yet validated")
        elif each.what == "surplus" and (each.name.name, each.member) in unseen:
            presumed.append(f"{each.name}.{each.member}" if each.member else str(each.name))
        elif _fills_again(each, twin.migration):
            lost.append(f"the {each.what} of {each.name}.{each.member}, which comes back without its values")
        else:
            kept.append(each)
    return MigrationUndone(
        statement=statement,
        span=statement.span,
        differences=tuple(kept),
        lost=tuple(dict.fromkeys(lost)),
        presumed=tuple(presumed),
        empty=all(type(operation) in _IDLE for operation in down),
    )


def _dropped(up: Iterable[Operation]) -> Iterator[tuple[str, str]]:
    """What the up part drops, by the name of the relation and of the member. What is surplus after the down part
    was not known before, so it is one of these only where the history began with it."""
    for operation in up:
        if isinstance(operation, DropTable | DropView | DropSequence | DropType):
            yield operation.name.name, ""
        elif isinstance(operation, DropColumn):
            yield operation.table.name, operation.column
        elif isinstance(operation, DropConstraint):
            yield operation.table.name, operation.constraint


def _lost_rows(up: Iterable[Operation], before: State) -> Iterator[str]:
    """What the up part does to rows that were there before."""
    risky = [operation for operation in up if isinstance(operation, _LOSING)]
    old = {name.name for name in before.relations} if risky else set()
    for operation in risky:
        if isinstance(operation, DropTable) and operation.name.name in old:
            yield f"the rows of {operation.name}"
        elif isinstance(operation, DropColumn) and operation.table.name in old:
            yield f"the values of {operation.table}.{operation.column}"
        elif isinstance(operation, Delete | Truncate) and operation.table.name in old:
            yield f"deleted rows of {operation.table}"
        elif isinstance(operation, Update) and operation.table.name in old:
            columns = ", ".join(column for column, _ in operation.assignments)
            yield f"the old values of {operation.table}.{columns}"


def _order(before: State, after: State) -> Iterator[str]:
    """The tables that have the same columns in another order: a column that is added again comes last."""
    for name, one, other in changed(before.relations, after.relations):
        if not isinstance(one, Table) or not isinstance(other, Table):
            continue
        left, right = list(one.columns), list(other.columns)
        if left != right and sorted(left) == sorted(right):
            yield f"the order of the columns of {name}"


def _fills_again(difference: Difference, down: int) -> bool:
    """Whether a column that comes back has a default that it needs, or takes NULL, as it comes back without values."""
    again = difference.second_origin is not None and difference.second_origin.migration == down
    if difference.kind != "column" or not again:
        return False
    return (difference.what == "default" and not difference.first) or difference.second == "nullable"


def _only_more_values(difference: Difference, before: State, after: State) -> bool:
    """Whether an enum has all of its values as before, and more: PostgreSQL cannot drop one."""
    if difference.kind != "enum" or difference.what != "values":
        return False
    one, other = before.types.get(difference.name), after.types.get(difference.name)
    if not isinstance(one, Enum) or not isinstance(other, Enum):
        return False
    return tuple(value for value in other.values if value in one.values) == one.values
