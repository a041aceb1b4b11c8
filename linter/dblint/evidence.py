"""Sentences that say why, for the rules' messages: locks and who waits, rewrites and scans, provenance."""

from collections.abc import Iterable
from itertools import chain

from dblint.catalog.schema import Schema
from dblint.impact import Blocks, Impact, Lock
from dblint.names import Name
from dblint.operations import AddColumn, AddConstraint, ConstraintDefinition, ConstraintKind, CreateFunction
from dblint.rule import Before

WAITERS = {
    Blocks.READS: "reads and writes",
    Blocks.WRITES: "writes",
    Blocks.SCHEMA_CHANGES: "other schema changes",
    Blocks.NOBODY: "nobody",
}
"""Who waits, as the subject of "… wait"."""


def shown(schema: Schema, name: Name) -> Name:
    """The name as people write it: without a schema that is on the search path."""
    return Name(name.name) if name.schema in (*schema.search_path, "pg_temp") else name


def listed(names: Iterable[object], most: int = 4) -> str:
    """`a, b and c`; a long list ends in `and N more`."""
    words = [str(name) for name in names]
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def lock_on(before: Before, name: Name) -> str:
    """`SHARE lock on orders: writes wait`, or "" when the operation does not lock it."""
    full = before.schema.resolve(name)
    lock = before.impact.lock_on(full)
    if lock is Lock.NONE:
        return ""
    waiters = WAITERS[lock.blocks]
    verb = "waits" if lock.blocks is Blocks.NOBODY else "wait"
    return f"{lock} lock on {shown(before.schema, full)}: {waiters} {verb}"


def cost(schema: Schema, impact: Impact) -> tuple[str, ...]:
    """One line each for what is rewritten, scanned and built."""
    lines = []
    if impact.rewrites:
        lines.append(f"rewritten: {listed(shown(schema, name) for name in impact.rewrites)}")
    scans = [name for name in impact.scans if name not in impact.rewrites]
    if scans:
        lines.append(f"read from end to end: {listed(shown(schema, name) for name in scans)}")
    if impact.builds:
        lines.append(f"indexes built: {listed(shown(schema, name) for name in impact.builds)}")
    return tuple(lines)


def provenance(schema: Schema, name: Name) -> str:
    """Where the relation comes from, or that this history does not say."""
    relation = schema.relation(name)
    plain = shown(schema, schema.resolve(name))
    if relation is None:
        return f"{plain} is not created in this history: presumed to be large and in use"
    doubt = schema.uncertain(name)
    made = f"{plain} was created by {relation.origin}"
    return f"{made} ({doubt})" if doubt else made


def because(before: Before, *names: Name) -> tuple[str, ...]:
    """The lines behind a waiting problem: the lock on each name, what takes the time, where the first comes from."""
    locks = [line for name in names if (line := lock_on(before, name))]
    return (*locks, *cost(before.schema, before.impact), provenance(before.schema, names[0]))


def in_use(before: Before, name: Name) -> bool:
    """Whether anybody can be using the relation: the change did not make it, and it is not temporary."""
    return not before.schema.is_new(name)


def busy(before: Before, names: Iterable[Name]) -> list[Name]:
    """Those of the relations that anybody can be using; none if the server will refuse the operation anyway."""
    if before.impact.refused is not None:
        return []
    return [name for name in names if in_use(before, name)]


def crowd(before: Before, blocks: Blocks, *names: Name) -> str:
    """`reads and writes of a and b`, `writes to a`: the subject of "… wait"."""
    schema, subject = before.schema, before.operation.subject
    written = {schema.resolve(subject): subject} if subject is not None else {}
    full = dict.fromkeys(schema.resolve(name) for name in names)
    plain = listed(written.get(name) or shown(schema, name) for name in full)
    return f"{WAITERS[blocks]} {'of' if blocks is Blocks.READS else 'to'} {plain}"


def waiters(before: Before, *names: Name) -> str:
    """The subject of "… wait", by the lock that the operation takes on each or that its transaction already holds."""
    transaction = before.schema.transaction
    groups: dict[Blocks, list[Name]] = {}
    for name in dict.fromkeys(before.schema.resolve(name) for name in names):
        held = transaction.held.get(name) if transaction is not None else None
        lock = max(before.impact.lock_on(name), held.lock if held is not None else Lock.NONE)
        groups.setdefault(lock.blocks, []).append(name)
    return " and ".join(crowd(before, blocks, *groups[blocks]) for blocks in sorted(groups, reverse=True))


def added(operation: AddConstraint | AddColumn, *kinds: ConstraintKind) -> ConstraintDefinition | None:
    """The first constraint of these kinds that an operation adds, by itself or with a column."""
    constraints = operation.column.constraints if isinstance(operation, AddColumn) else (operation.constraint,)
    return next((constraint for constraint in constraints if constraint.kind in kinds), None)


def is_added(before: Before, table: Name, column: str) -> bool:
    """Whether the change under check itself adds the column; of a table that it does not know, whether the migration
    does."""
    known = before.schema.column(table, column)
    if known is not None:
        return before.schema.introduced(known.origin)
    name = before.schema.resolve(table)
    bodies = [operation.body for operation in before.operations if isinstance(operation, CreateFunction)]
    return any(
        isinstance(operation, AddColumn)
        and operation.column.name.lower() == column.lower()
        and before.schema.resolve(operation.table) == name
        for operation in chain(before.operations, *bodies)
    )
