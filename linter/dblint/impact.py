"""What a statement costs the others: locks, rewrites, scans, index builds."""

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct

from dblint.names import Name


class Lock(IntEnum):
    """PostgreSQL's table lock modes, weakest first (manual, 13.3.1). Other databases map onto them."""

    NONE = 0
    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    def __str__(self) -> str:
        return self.name.replace("_", " ")

    @property
    def blocks(self) -> "Blocks":
        """Whom the holder of this lock on a table keeps waiting."""
        if self is Lock.ACCESS_EXCLUSIVE:
            return Blocks.READS
        if self >= Lock.SHARE:
            return Blocks.WRITES
        return Blocks.SCHEMA_CHANGES if self is Lock.SHARE_UPDATE_EXCLUSIVE else Blocks.NOBODY


class Blocks(IntEnum):
    """Who waits, each including the ones before it."""

    NOBODY = 0
    SCHEMA_CHANGES = 1
    WRITES = 2
    READS = 3


class Impact(Struct, frozen=True, kw_only=True):
    """What one operation does to a running database.

    All names are of relations that existed before the statement.
    `locks`: the strongest mode taken per relation (ACCESS SHARE is left out: it only waits for
    ACCESS EXCLUSIVE); indexes and sequences are listed where the server locks them.
    `rewrites`: relations copied to a new file. `scans`: tables read from end to end, to check rows or to copy them
    elsewhere (what only a rewrite or an index build reads is not counted again).
    `builds`: indexes built, by name where they have one, over rows that were already there.
    `in_transaction`: whether the server accepts it inside a transaction block.
    `refused`: the server's reason when it will certainly reject the operation.
    """

    locks: dict[Name, Lock] = {}
    rewrites: tuple[Name, ...] = ()
    scans: tuple[Name, ...] = ()
    builds: tuple[Name, ...] = ()
    in_transaction: bool = True
    refused: str | None = None

    @property
    def lock(self) -> Lock:
        """The strongest lock on anything."""
        return max(self.locks.values(), default=Lock.NONE)

    @property
    def blocks(self) -> Blocks:
        return self.lock.blocks

    @property
    def slow(self) -> bool:
        """Whether its time grows with the rows."""
        return bool(self.rewrites or self.scans or self.builds)

    def lock_on(self, name: Name) -> Lock:
        return self.locks.get(name, Lock.NONE)


FREE = Impact()
"""Locks nothing that anybody else could wait for."""


def union(impacts: Iterable[Impact]) -> Impact:
    """The impact of operations that run as one statement: strongest lock per relation, all else together."""
    locks: dict[Name, Lock] = {}
    rewrites: dict[Name, None] = {}
    scans: dict[Name, None] = {}
    builds: dict[Name, None] = {}
    in_transaction = True
    refused = None
    for impact in impacts:
        for name, lock in impact.locks.items():
            locks[name] = max(lock, locks.get(name, Lock.NONE))
        rewrites.update(dict.fromkeys(impact.rewrites))
        scans.update(dict.fromkeys(impact.scans))
        builds.update(dict.fromkeys(impact.builds))
        in_transaction = in_transaction and impact.in_transaction
        refused = refused or impact.refused
    return Impact(
        locks=locks,
        rewrites=tuple(rewrites),
        scans=tuple(scans),
        builds=tuple(builds),
        in_transaction=in_transaction,
        refused=refused,
    )
