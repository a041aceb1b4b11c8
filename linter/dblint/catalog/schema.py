"""The read-only face of the catalog: what rules and the impact tables may ask."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from dblint.catalog.dependencies import Dependent
from dblint.catalog.model import (
    Column,
    ColumnReference,
    Constraint,
    Domain,
    Enum,
    Extension,
    Function,
    Grant,
    Held,
    Index,
    Origin,
    OtherObject,
    Relation,
    Table,
    Transaction,
    UserType,
    View,
)
from dblint.catalog.model import Sequence as SequenceObject
from dblint.impact import Impact
from dblint.names import Name
from dblint.operations import FunctionCall, Guard, Query, Star
from dblint.source import Statement


class Schema(Protocol):
    """The database as it stands just before an operation.

    Every lookup takes a name as written, resolves it along the search path, and answers None for
    what the history never made: such an object may well exist, is presumed old, large and busy.
    """

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction; None where each statement commits by itself."""

    @property
    def unguarded(self) -> bool:
        """Whether this migration already waited for a lock on a table in use without a `lock_timeout`."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Session settings in force that the history set, such as `lock_timeout`."""

    @property
    def search_path(self) -> Sequence[str]: ...

    def resolve(self, name: Name) -> Name:
        """The full name that the database would find, or would make the object under."""

    def relation(self, name: Name) -> Relation | None: ...
    def table(self, name: Name) -> Table | None: ...
    def view(self, name: Name) -> View | None: ...
    def index(self, name: Name) -> Index | None: ...
    def sequence(self, name: Name) -> SequenceObject | None: ...
    def enum(self, name: Name) -> Enum | None: ...
    def domain(self, name: Name) -> Domain | None: ...
    def user_type(self, name: Name) -> UserType | None: ...
    def functions(self, name: Name) -> Sequence[Function]:
        """All overloads."""

    def column(self, table: Name, column: str) -> Column | None: ...
    def constraint(self, table: Name, constraint: str) -> Constraint | None: ...

    def tables(self) -> Iterable[Table]: ...
    def views(self) -> Iterable[View]: ...
    def indexes(self) -> Iterable[Index]: ...
    def sequences(self) -> Iterable[SequenceObject]: ...
    def all_functions(self) -> Iterable[Function]: ...
    def enums(self) -> Iterable[Enum]: ...
    def domains(self) -> Iterable[Domain]: ...
    def user_types(self) -> Iterable[UserType]: ...
    def extensions(self) -> Iterable[Extension]: ...
    def grants(self) -> Iterable[Grant]: ...
    def schemas(self) -> Iterable[str]: ...
    def other(self, kind: str) -> Iterable[OtherObject]: ...

    def indexes_of(self, table: Name) -> Sequence[Index]: ...
    def partitions_of(self, table: Name) -> Sequence[Table]:
        """All partitions and inheritance children, at every depth."""

    def default_partition(self, table: Name) -> Table | None: ...
    def referencing(self, table: Name) -> Sequence[tuple[Table, Constraint]]:
        """The foreign keys of any table that point at this one."""

    def columns_of_type(self, type_name: Name) -> Sequence[tuple[Table, Column]]: ...

    def owned_sequences(self, table: Name) -> Sequence[SequenceObject]: ...

    def dependents(self, name: Name, column: str = "") -> Sequence[Dependent]:
        """What stands right in the way of dropping a relation, or one of its columns; with full names."""

    def dependents_of_type(self, name: Name) -> Sequence[Dependent]: ...
    def dependents_of_function(self, name: Name) -> Sequence[Dependent]: ...

    def closure(self, dependents: Iterable[Dependent]) -> Sequence[Dependent]:
        """These and what depends on them in turn: all that CASCADE takes along, nearest first."""

    def has(self, dependent: Dependent) -> bool:
        """Whether there is such a thing, by name."""

    def users_of(self, name: Name, column: str = "") -> Sequence[str]:
        """What DROP of the object (or of its column) would refuse for or take along: "view v_orders", …"""

    def routines_naming(self, name: Name, column: str = "") -> Sequence[Function]:
        """Routines whose bodies name it as text; the database does not stop their breaking."""

    def readers_of(self, name: Name) -> Sequence[View]:
        """Views that use the relation, directly or through other views."""

    def star_columns(self, star: Star) -> Sequence[str]:
        """The columns a `*` stands for here, or nothing if one of its relations is not known."""

    def references(self, query: Query) -> frozenset[ColumnReference]:
        """The relations and columns that a query uses, resolved here."""

    def is_new(self, name: Name) -> bool:
        """Whether the change under check itself made the relation, so that nobody uses it yet."""

    def has_rows(self, name: Name) -> bool:
        """Whether it may have rows: it existed before the change, or the change put rows in."""

    def is_temporary(self, name: Name) -> bool: ...

    def dropped(self) -> Iterable[Relation]:
        """The tables and views that the migration under way dropped so far, as they were; some may be made again."""

    def gone(self, name: Name, column: str = "") -> Origin | None:
        """What dropped or renamed the relation, or its column, that the history once had under this name."""

    def introduced(self, origin: Origin) -> bool:
        """Whether the change under check made what has this origin."""

    def volatility(self, call: FunctionCall) -> str:
        """ "volatile", "stable" or "immutable"; what nobody knows is volatile."""

    def fills(self, table: Name, column: str) -> bool:
        """Whether a BEFORE INSERT trigger may give the column its value: its function's body names it."""

    def proves_not_null(self, table: Name, column: str) -> Constraint | None:
        """A validated CHECK that lets SET NOT NULL skip its scan."""

    def blocked(self, impact: Impact) -> Sequence[Name]:
        """The tables and views in use that the impact locks so that at least writers wait."""

    def waits_unguarded(self, impact: Impact) -> bool:
        """Whether it waits for such a lock without a `lock_timeout` (0 is for ever) to end the wait."""

    def held_tables(self) -> Sequence[Held]:
        """The open transaction's locks on tables and views in use that at least writers wait for."""

    def kept_waiting(self, impact: Impact, statement: Statement) -> Sequence[Held]:
        """Locks of the transaction's earlier statements that others wait for while this one works through rows.

        Left out: what the statement itself locks as strongly, and, where it keeps others waiting by itself, the locks
        of statements that did so too.
        """

    def holds(self, guard: Guard) -> bool | None:
        """Whether a guard's condition is true here; None when it cannot be known."""

    def uncertain(self, name: Name) -> str | None:
        """Why what is known of a relation or type may not be so, or None."""

    def uncertain_routine(self, name: Name) -> str | None:
        """The same of the routines of a name."""
