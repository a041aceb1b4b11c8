"""The catalog's memory: values by name, cheap to copy when a transaction may have to be undone."""

from dblint.catalog.model import (
    ColumnReference,
    Domain,
    Enum,
    Extension,
    ExtensionType,
    Function,
    Grant,
    Origin,
    OtherObject,
    Relation,
    UserType,
)
from dblint.names import Name

TypeObject = Enum | Domain | UserType | ExtensionType


class State:
    """What ROLLBACK restores. All values are immutable, so a copy is a copy of the dictionaries.

    `indexes_by_table` is exact. `watchers` says which relations may point at a relation (by foreign
    key, inheritance, a view's query or ownership), `parents` which may have partitions or inheritance
    children; neither is ever shrunk, so readers check each entry.
    `dropped` holds the tables and views that the migration under way dropped, as they were. `gone` says
    what dropped or renamed a relation or column that the history once had under this name. `row_types` are the
    relations whose rows may be values of something; it only grows as well.
    """

    __slots__ = (
        "constraint_tables",
        "dropped",
        "extensions",
        "functions",
        "gone",
        "grants",
        "indexes_by_table",
        "others",
        "parents",
        "relations",
        "row_types",
        "schemas",
        "settings",
        "types",
        "uncertain",
        "watchers",
    )

    def __init__(self) -> None:
        self.schemas: dict[str, object] = {}
        self.relations: dict[Name, Relation] = {}
        self.dropped: dict[Name, Relation] = {}
        self.types: dict[Name, TypeObject] = {}
        self.gone: dict[ColumnReference, Origin] = {}
        self.functions: dict[Name, tuple[Function, ...]] = {}
        self.extensions: dict[str, Extension] = {}
        self.grants: dict[tuple[str, Name, str], Grant] = {}
        self.others: dict[tuple[str, Name, Name | None], OtherObject] = {}
        self.settings: dict[str, str] = {}
        self.uncertain: dict[Name, str] = {}
        self.indexes_by_table: dict[Name, tuple[Name, ...]] = {}
        self.watchers: dict[Name, dict[Name, None]] = {}
        self.row_types: dict[Name, None] = {}
        self.parents: dict[Name, None] = {}
        self.constraint_tables: dict[Name, dict[Name, None]] = {}

    def copy(self) -> "State":
        twin = State.__new__(State)
        for slot in State.__slots__:
            setattr(twin, slot, getattr(self, slot).copy())
        # These only grow.
        twin.watchers, twin.parents, twin.constraint_tables = self.watchers, self.parents, self.constraint_tables
        twin.row_types = self.row_types
        return twin

    def apart(self) -> "State":
        """A copy that shares nothing that grows."""
        twin = self.copy()
        twin.watchers = {name: dict(watchers) for name, watchers in self.watchers.items()}
        twin.constraint_tables = {name: dict(tables) for name, tables in self.constraint_tables.items()}
        twin.parents, twin.row_types = dict(self.parents), dict(self.row_types)
        return twin

    def watch(self, watched: Name, watcher: Name) -> None:
        self.watchers.setdefault(watched, {})[watcher] = None

    def watch_parent(self, parent: Name, child: Name) -> None:
        self.parents[parent] = None
        self.watch(parent, child)
