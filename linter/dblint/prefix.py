"""The fold of the migrations before a change, kept so that the proofs of fixes need not fold them again."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dblint.catalog.catalog import Catalog
from dblint.catalog.state import State
from dblint.migrations.model import Migration
from dblint.rule import Unread


class Prefix(Struct, frozen=True, kw_only=True):
    """What there is before the first migration under check: the `state`, and what was counted and not understood."""

    migrations: tuple[Migration, ...]
    state: State
    temporaries: bool
    unread: tuple[Unread, ...]

    @classmethod
    def of(cls, catalog: Catalog, migrations: Sequence[Migration], unread: Sequence[Unread]) -> Prefix:
        """To be taken between two migrations, when no transaction is open."""
        return cls(
            migrations=tuple(migrations),
            state=catalog.state.apart(),
            temporaries=catalog.temporaries,
            unread=tuple(unread),
        )

    def begins(self, migrations: Sequence[Migration]) -> bool:
        """Whether these begin with the very migrations that are folded here, and go on."""
        count = len(self.migrations)
        return len(migrations) > count and tuple(migrations[:count]) == self.migrations

    def resume(self, catalog: Catalog) -> None:
        """Give a fresh catalog what was folded."""
        catalog.state = self.state.apart()
        catalog.temporaries = self.temporaries
