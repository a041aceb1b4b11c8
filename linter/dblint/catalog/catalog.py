"""The fold's state and every question that may be asked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from dblint.catalog import ledger, promises, queries
from dblint.catalog.canonical import found_type
from dblint.catalog.dependencies import (
    Dependent,
    closure,
    direct_dependents,
    exists,
    routines_naming,
    users_of_function,
    users_of_type,
)
from dblint.catalog.generated_names import truncated
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
from dblint.catalog.probes import probed
from dblint.catalog.results import NO_RESULTS, Results
from dblint.catalog.routines import called
from dblint.catalog.signatures import routine
from dblint.catalog.state import State, TypeObject
from dblint.impact import Impact
from dblint.names import Name
from dblint.operations import (
    FunctionCall,
    Guard,
    Operation,
    Query,
    Star,
    Type,
)
from dblint.source import Statement

TEMPORARY = "pg_temp"
"""The schema under which temporary relations are kept here."""


class Catalog:
    """What the history made so far. Implements `Schema`; only the fold (`advance`) changes it.

    `default_schema`: where unqualified names go when no search path was set ("public", "dbo", "").
    `ignore_case`: identifiers that differ in case only are one (SQL Server, MySQL).
    `builtin_volatility`: "volatile", "stable" or "immutable" for a built-in function, None for what is none.
    """

    def __init__(
        self,
        *,
        default_schema: str = "public",
        ignore_case: bool = False,
        builtin_volatility: Callable[[str], str | None] = lambda name: None,
        in_call: Callable[..., Sequence[Operation] | None] = lambda *call: None,
        results: Results = NO_RESULTS,
        version: int = 14,
    ) -> None:
        self.state = State()
        self.default_schema = default_schema
        self.ignore_case = ignore_case
        self.version = version
        self.transaction: Transaction | None = None
        self.migration = 0
        """The number of the migration being folded."""
        self.operation: Operation | None = None
        """The one being folded."""
        self.change: frozenset[int] | None = None
        """Objects made by migrations with these numbers are new; None: all are."""
        self.unguarded = False
        """Reset with each migration."""
        self.keeps_undo = False
        """Set while a migration is folded that holds a ROLLBACK: only then are copies kept."""
        self.undo: list[tuple[str, State, Transaction | None]] = []
        """(savepoint name or "" for the transaction itself, the state then, the transaction then)."""
        self.builtin_volatility = builtin_volatility
        self.in_call = in_call
        """What a routine does when it is called: `Dialect.in_call`."""
        self.results = results
        """What the database's own functions and operators give."""
        self.code_steps: Mapping[str, str] = {}
        """Why the objects whose names steps in code hold, in lower case, may be otherwise."""
        self.temporaries = False
        """Whether the history made a temporary relation, which hides others of its name."""
        self.attempts: dict[tuple[Statement, int], State] = {}
        """The state before each block of the statement under way that catches errors, by its number."""
        self.failed: set[tuple[Statement, int]] = set()
        """Those of the blocks in which something has failed."""
        self._spellings: dict[str, str] = {}
        self._decided: dict[tuple[int, Guard], bool | None] = {}

    # --- names ---

    def key(self, identifier: str) -> str:
        """The spelling under which an identifier is kept: where case is ignored, the one that was seen first."""
        return self._spellings.setdefault(identifier.lower(), identifier) if self.ignore_case else identifier

    def kept(self, identifier: str) -> str:
        """As much as the server keeps: PostgreSQL cuts what is too long, those that ignore case refuse it."""
        return identifier if self.ignore_case else truncated(identifier)

    def _key(self, name: Name) -> Name:
        return Name(self.key(name.name), self.key(name.schema)) if self.ignore_case else name

    @property
    def names_not_null(self) -> bool:
        """Whether NOT NULL is a constraint with a name: PostgreSQL since 18."""
        return self.version >= 18 and not self.ignore_case

    @property
    def settings(self) -> Mapping[str, str]:
        return self.state.settings

    @property
    def search_path(self) -> Sequence[str]:
        path = self.state.settings.get("search_path")
        if path is None:
            return (self.default_schema,)
        return [part for part in (p.strip().strip('"') for p in path.split(",")) if part and part != "$user"]

    def resolve(self, name: Name) -> Name:
        if name.schema and not self.ignore_case:
            return name
        if self.temporaries and not name.schema:
            temporary = Name(self.key(name.name), TEMPORARY)
            if temporary in self.state.relations:
                return temporary
        return self._on_path(name, self.state.relations)

    @property
    def creation_schema(self) -> str:
        """The first on the search path that the history has not dropped; no other schema where all are gone."""
        gone = self.state.gone
        path = self.search_path or (self.default_schema,)
        return next((each for each in path if ColumnReference(Name("", each)) not in gone), path[0])

    def resolve_type(self, name: Name) -> Name:
        return self._on_path(name, self.state.types)

    def resolve_function(self, name: Name) -> Name:
        return self._on_path(name, self.state.functions)

    def _on_path(self, name: Name, among: Mapping[Name, object]) -> Name:
        """The full name: of the first that there is on the search path, or else the one that CREATE would make."""
        if self.ignore_case:
            name = self._key(name)
        if name.schema:
            return name
        if "search_path" not in self.state.settings:
            return Name(name.name, self.default_schema)
        for schema in self.search_path:
            if (found := Name(name.name, schema)) in among:
                return found
        return Name(name.name, self.creation_schema)

    def shown(self, name: Name) -> Name:
        """The name as people would write it: without a schema that is on the search path."""
        return Name(name.name) if name.schema in (*self.search_path, TEMPORARY) else name

    # --- single objects ---

    def relation(self, name: Name) -> Relation | None:
        return self.state.relations.get(self.resolve(name))

    def table(self, name: Name) -> Table | None:
        found = self.relation(name)
        return found if isinstance(found, Table) else None

    def view(self, name: Name) -> View | None:
        found = self.relation(name)
        return found if isinstance(found, View) else None

    def index(self, name: Name) -> Index | None:
        found = self.relation(name)
        return found if isinstance(found, Index) else None

    def sequence(self, name: Name) -> SequenceObject | None:
        found = self.relation(name)
        return found if isinstance(found, SequenceObject) else None

    def _type(self, name: Name) -> TypeObject | None:
        return self.state.types.get(self.resolve_type(name))

    def enum(self, name: Name) -> Enum | None:
        found = self._type(name)
        return found if isinstance(found, Enum) else None

    def domain(self, name: Name) -> Domain | None:
        found = self._type(name)
        return found if isinstance(found, Domain) else None

    def user_type(self, name: Name) -> UserType | None:
        found = self._type(name)
        return found if isinstance(found, UserType) else None

    def functions(self, name: Name) -> Sequence[Function]:
        return self.state.functions.get(self.resolve_function(name), ())

    def column(self, table: Name, column: str) -> Column | None:
        found = self.table(table)
        return found.columns.get(self.key(column)) if found else None

    def constraint(self, table: Name, constraint: str) -> Constraint | None:
        found = self.table(table)
        return found.constraints.get(self.key(constraint)) if found else None

    # --- all objects of a kind ---

    def tables(self) -> Iterable[Table]:
        return [r for r in self.state.relations.values() if isinstance(r, Table)]

    def views(self) -> Iterable[View]:
        return [r for r in self.state.relations.values() if isinstance(r, View)]

    def indexes(self) -> Iterable[Index]:
        return [r for r in self.state.relations.values() if isinstance(r, Index)]

    def sequences(self) -> Iterable[SequenceObject]:
        return [r for r in self.state.relations.values() if isinstance(r, SequenceObject)]

    def all_functions(self) -> Iterable[Function]:
        return chain.from_iterable(self.state.functions.values())

    def enums(self) -> Iterable[Enum]:
        return [t for t in self.state.types.values() if isinstance(t, Enum)]

    def domains(self) -> Iterable[Domain]:
        return [t for t in self.state.types.values() if isinstance(t, Domain)]

    def user_types(self) -> Iterable[UserType]:
        return [t for t in self.state.types.values() if isinstance(t, UserType)]

    def extensions(self) -> Iterable[Extension]:
        return self.state.extensions.values()

    def grants(self) -> Iterable[Grant]:
        return self.state.grants.values()

    def schemas(self) -> Iterable[str]:
        return self.state.schemas

    def other(self, kind: str) -> Iterable[OtherObject]:
        return [o for o in self.state.others.values() if o.kind == kind]

    # --- what hangs together ---

    def indexes_of(self, table: Name) -> Sequence[Index]:
        relations = self.state.relations
        names = self.state.indexes_by_table.get(self.resolve(table), ())
        return [index for name in names if isinstance(index := relations.get(name), Index)]

    def watchers_of(self, name: Name) -> Iterable[Relation]:
        """Relations that may point at `name`; the caller looks whether they still do."""
        relations = self.state.relations
        return [r for watcher in self.state.watchers.get(name, ()) if (r := relations.get(watcher)) is not None]

    def partitions_of(self, table: Name) -> Sequence[Table]:
        name = self.resolve(table)
        found: list[Table] = []
        if name not in self.state.parents:
            return found
        for child in self.watchers_of(name):
            if isinstance(child, Table) and (child.partition_of == name or name in child.inherits):
                found.append(child)
                found.extend(self.partitions_of(child.name))
        return found

    def default_partition(self, table: Name) -> Table | None:
        name = self.resolve(table)
        for child in self.watchers_of(name):
            if isinstance(child, Table) and child.partition_of == name and child.bound and child.bound.default:
                return child
        return None

    def referencing(self, table: Name) -> Sequence[tuple[Table, Constraint]]:
        name = self.resolve(table)
        return [
            (child, constraint)
            for child in self.watchers_of(name)
            if isinstance(child, Table)
            for constraint in child.constraints.values()
            if constraint.references == name
        ]

    def owned_sequences(self, table: Name) -> Sequence[SequenceObject]:
        name = self.resolve(table)
        return [
            s for s in self.watchers_of(name) if isinstance(s, SequenceObject) and s.owned_by and s.owned_by[0] == name
        ]

    def columns_of_type(self, type_name: Name) -> Sequence[tuple[Table, Column]]:
        wanted = found_type(self, type_name) or self.resolve_type(type_name)
        return [
            (table, column)
            for table in self.tables()
            for column in table.columns.values()
            if column.type.name.name == wanted.name and column.type.name in (wanted, type_name)
        ]

    def readers_of(self, name: Name) -> Sequence[View]:
        start = self.resolve(name)
        found: dict[Name, View] = {}
        pending = [start]
        while pending:
            current = pending.pop()
            for view in self.watchers_of(current):
                if isinstance(view, View) and view.name not in found and _uses_relation(view, current):
                    found[view.name] = view
                    pending.append(view.name)
        return list(found.values())

    def dependents(self, name: Name, column: str = "") -> Sequence[Dependent]:
        return direct_dependents(self, self.resolve(name), self.key(column))

    def dependents_of_type(self, name: Name) -> Sequence[Dependent]:
        return users_of_type(self, self.resolve_type(name))

    def dependents_of_function(self, name: Name) -> Sequence[Dependent]:
        return users_of_function(self, self.resolve_function(name))

    def users_of(self, name: Name, column: str = "") -> Sequence[str]:
        found = closure(self, self.dependents(name, column))
        return [Dependent(each.kind, self.shown(each.name), each.member).text for each in found]

    def closure(self, dependents: Iterable[Dependent]) -> Sequence[Dependent]:
        return closure(self, dependents)

    def has(self, dependent: Dependent) -> bool:
        return exists(self, dependent)

    def routines_naming(self, name: Name, column: str = "") -> Sequence[Function]:
        return routines_naming(self, self.resolve(name), self.key(column))

    # --- queries ---

    def star_columns(self, star: Star) -> Sequence[str]:
        return queries.star_columns(self, star)

    def references(self, query: Query) -> frozenset[ColumnReference]:
        return queries.references(self, query)

    # --- judgements ---

    def introduced(self, origin: Origin) -> bool:
        return self.change is None or origin.migration in self.change

    def is_new(self, name: Name) -> bool:
        name = self.resolve(name)
        found = self.state.relations.get(name)
        return found is not None and (self.introduced(found.origin) or name.schema == TEMPORARY)

    def is_temporary(self, name: Name) -> bool:
        return self.resolve(name).schema == TEMPORARY

    def gone(self, name: Name, column: str = "") -> Origin | None:
        return self.state.gone.get(ColumnReference(self.resolve(name), self.key(column)))

    def dropped(self) -> Iterable[Relation]:
        return self.state.dropped.values()

    def has_rows(self, name: Name) -> bool:
        found = self.table(name)
        if found is None or not self.introduced(found.origin):
            return True
        return found.filled

    def volatility(self, call: FunctionCall) -> str:
        return promises.volatility(self, call)

    def of_extension(self, function: Name) -> tuple[Type, str] | None:
        return promises.of_extension(self, function)

    def fills(self, table: Name, column: str) -> bool:
        return promises.fills(self, table, column)

    def proves_not_null(self, table: Name, column: str) -> Constraint | None:
        return promises.proves_not_null(self, table, column)

    def holds(self, guard: Guard) -> bool | None:
        if guard.probe is None:
            return None
        # A condition is evaluated once, before what stands under it changes the answer.
        place = (self.migration, guard)
        if place not in self._decided:
            exists = probed(self, guard.probe)
            self._decided[place] = exists if exists is None or not guard.negated else not exists
        return self._decided[place]

    def called(self, operation: Operation) -> list[Operation]:
        """What the history's own routines do that an operation calls: the literal statements of their bodies."""
        return called(self, operation)

    def uncertain(self, name: Name) -> str | None:
        if self.state.uncertain:
            doubts = self.state.uncertain
            found = doubts.get(self.resolve(name)) or doubts.get(self.resolve_type(name))
            if found is not None:
                return found
        return self.code_steps.get(name.name.lower()) if self.code_steps else None

    def uncertain_routine(self, name: Name) -> str | None:
        return self.state.uncertain.get(routine(self.resolve_function(name))) if self.state.uncertain else None

    # --- the lock ledger ---

    def hold(self, impact: Impact, operation: Operation) -> None:
        ledger.hold(self, impact, operation)

    def waits_unguarded(self, impact: Impact) -> bool:
        return ledger.waits_unguarded(self, impact)

    def blocked(self, impact: Impact) -> Sequence[Name]:
        return ledger.blocked(self, impact)

    def held_tables(self) -> Sequence[Held]:
        return ledger.held_tables(self)

    def kept_waiting(self, impact: Impact, statement: Statement) -> Sequence[Held]:
        return ledger.kept_waiting(self, impact, statement)


def _uses_relation(view: View, name: Name) -> bool:
    return any(reference.relation == name for reference in view.uses)
