"""What a rule is made of, and what it may look at."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_type_hints

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.catalog.model import Origin
from dblint.catalog.schema import Schema
from dblint.impact import Impact
from dblint.migrations.model import History, Migration
from dblint.names import Name
from dblint.operations import Operation
from dblint.policy import InForce
from dblint.seeds import Seed
from dblint.source import Edit, Source, Span
from dblint.tenancy import Tenants, tenants_of

if TYPE_CHECKING:
    from dblint.blueprint.declaration import Declared
    from dblint.config import Config


class Severity(IntEnum):
    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Applicability(Enum):
    """SAFE: same schema, same failure modes. UNSAFE: right as a rule, but changes transactions or timing.
    DISPLAY: a recipe to read, never applied."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


PROVABLE = frozenset((Applicability.SAFE, Applicability.UNSAFE))
"""The kinds of fixes that change files, and so have to be proven."""


class NewFile(Struct, frozen=True):
    """A file that is made; or one that has `before` now, and another text then."""

    path: str
    text: str
    before: str | None = None


class Entry(Struct, frozen=True):
    """Edits of a file in which the runner has a list of its migrations: a journal, a plan, checksums."""

    source: Source
    edits: tuple[Edit, ...]


class NewStep(Struct, frozen=True, kw_only=True):
    """A further migration, which gets its version and its files from the layout once it is known to be wanted.

    `title`: words for its name. `up`, `down`: SQL; without `down` it says in a comment that nothing is to be undone.
    `outside`: a single statement that refuses a transaction. `commits`: because it commits what it does by itself,
    which no runner sees by its words.
    """

    title: str
    up: str
    down: str = ""
    outside: bool = False
    commits: bool = False


class Fix(Struct, frozen=True, kw_only=True):
    """A way to mend the problem. Edits are of the problem's own source.

    `steps` become `files` before anybody sees the fix, with `entries` in the runner's lists. `changes`: the objects
    that the catalog has otherwise, more or fewer of afterwards, as `dblint.catalog.facts` calls them; a fix that
    changes anything else is not offered. `withheld`: why there is none after all; such a one is counted among those
    that are dropped.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    files: tuple[NewFile, ...] = ()
    steps: tuple[NewStep, ...] = ()
    entries: tuple[Entry, ...] = ()
    applicability: Applicability = Applicability.UNSAFE
    changes: frozenset[str] = frozenset()
    withheld: str = ""


Mending = Callable[[], Fix | None]
"""Makes a fix, or None where there is none after all; called only when fixes are wanted, and at once."""


class Related(Struct, frozen=True):
    """Another place that belongs to the story, and why."""

    source: Source
    span: Span
    message: str

    @classmethod
    def origin(cls, origin: Origin, message: str) -> "Related":
        return cls(origin.statement.source, origin.span, message)


class Problem(Struct, frozen=True, kw_only=True):
    """What a rule says. `message`: the consequence first, names the object, no advice.

    `span`: the clause to point at; the operation's own when not given.
    `origin`: for a problem of a catalog object, the place that made it (`span` then defaults to its clause).
    `source`: only where the place is in neither of those files (a `Remark`'s, a blueprint's).
    `why`: short facts behind it (lock, rewrite, provenance), one line each.
    `instead`: what to do, only where it differs from the page's own line.
    `object`: what it is about, when that is not the operation's subject.
    `unless`: asked of the schema at the migration's end; where it says True the rest of the migration has mended
    the problem, and nothing is reported. Only for problems of operations.
    """

    message: str
    span: Span | None = None
    origin: Origin | None = None
    source: Source | None = None
    why: tuple[str, ...] = ()
    instead: str = ""
    fix: Fix | Mending | None = None
    related: tuple[Related, ...] = ()
    object: Name | str | None = None
    unless: Callable[[Schema], bool] | None = None


class Context(Struct, frozen=True, kw_only=True):
    """What stays the same over one history's run.

    `version`: the server's major version (PostgreSQL 14 … 18; SQL Server 2022; MySQL 84 for 8.4).
    `options`: each rule's options by their Struct type. `price`: the dialect's impact table.
    `editable`: whether the migration of that number has run nowhere yet, so that its text may change.
    `blueprint`: what the history is held against, and `declared` the schema that it describes; None where there is
    none. `whole`: the history is all that its folder holds, not one file of it.
    `policy`: what migrations may do. `seeds`: the blueprint's.
    """

    schema: Schema
    history: History
    dialect: str
    version: int
    config: "Config"
    options: dict[type, Any]
    price: Callable[[Operation, Schema, int], Impact]
    editable: Callable[[int], bool] = lambda number: False
    blueprint: Blueprint | None = None
    declared: "Declared | None" = None
    whole: bool = True
    policy: InForce = InForce()
    seeds: tuple[Seed, ...] = ()


Options = TypeVar("Options", bound=Struct)


class Before:
    """What a check of an operation may look at: everything just before it runs."""

    __slots__ = (
        "_impact",
        "blueprint",
        "config",
        "context",
        "dialect",
        "history",
        "migration",
        "operation",
        "operations",
        "schema",
        "version",
    )

    def __init__(
        self, context: Context, operation: Operation, migration: Migration, operations: Sequence[Operation] = ()
    ) -> None:
        self.context = context
        self.operation = operation
        self.migration = migration
        self.operations = operations
        """All of the migration's, in order: those before this one and those still to come."""
        self.schema = context.schema
        self.history = context.history
        self.dialect = context.dialect
        self.version = context.version
        self.config = context.config
        self.blueprint = context.blueprint
        self._impact: Impact | None = None

    @property
    def impact(self) -> Impact:
        """What the operation does to the running database (computed once, on first use)."""
        if self._impact is None:
            self._impact = self.context.price(self.operation, self.schema, self.version)
        return self._impact

    def options(self, kind: type[Options]) -> Options:
        """The rule's own options from the configuration, `kind`'s defaults otherwise."""
        found: Options = self.context.options[kind]
        return found


class After:
    """What a check of the final state may look at: the folded schema, once all migrations ran."""

    __slots__ = ("_tenants", "blueprint", "config", "context", "declared", "dialect", "history", "schema", "version")

    def __init__(self, context: Context) -> None:
        self.context = context
        self.schema = context.schema
        self.history = context.history
        self.dialect = context.dialect
        self.version = context.version
        self.config = context.config
        self.blueprint = context.blueprint
        self.declared = context.declared
        self._tenants: Tenants | None = None

    @property
    def tenants(self) -> Tenants:
        """The tenant column and the tables that must have it (found once, on first use)."""
        if self._tenants is None:
            self._tenants = tenants_of(self.schema, self.config.tenancy)
        return self._tenants

    def options(self, kind: type[Options]) -> Options:
        found: Options = self.context.options[kind]
        return found


Check = Callable[[Any, Any], Iterable[Problem]]
C = TypeVar("C", bound=Check)


class Rule:
    """A rule is a value. Its name is its module's, its family its package's.

    `severity` is the default; `recommended` whether the default preset holds it; `dialects` () for all;
    `formerly` other names it answers to; `options` a Struct type with defaults. `applies`: whether it has anything to
    say about a history at all; where it says no, its checks are not called. `gate`: the check of the gate that it
    serves, where that is not its family's.
    """

    def __init__(
        self,
        module: str,
        *,
        severity: Severity,
        recommended: bool = True,
        dialects: tuple[str, ...] = (),
        formerly: tuple[str, ...] = (),
        options: type[Struct] | None = None,
        applies: Callable[[Context], bool] | None = None,
        gate: str = "",
    ) -> None:
        package, _, last = module.rpartition(".")
        self.module = module
        self.name = last.replace("_", "-")
        self.family = package.rpartition(".")[2]
        self.severity = severity
        self.recommended = recommended
        self.dialects = dialects
        self.formerly = formerly
        self.options = options
        self.applies = applies
        self.gate = gate
        self.checks: dict[type, Check] = {}

    def __repr__(self) -> str:
        return f"Rule({self.name})"

    def check(self, function: C) -> C:
        """Subscribe `function` to what its first parameter is annotated with.

        An operation class (or a union of them): called before each such operation with a `Before`; `Operation`
        itself stands for every one in the glossary.
        A catalog object's class, `Remark`, `Blueprint`, `Difference` or `Allowance`: called once per object at the
        end, with an `After`.
        """
        subject = next(iter(function.__annotations__.values()))
        if isinstance(subject, str):
            subject = next(iter(get_type_hints(function).values()))
        for kind in get_args(subject) or (subject,):
            if not isinstance(kind, type) or not issubclass(kind, Struct):
                raise TypeError(f"{self.name}: {kind!r} is neither an operation nor a catalog object")
            self.checks[kind] = function
        return function


class Finding(Struct, frozen=True, kw_only=True):
    """What the engine reports: a rule's problem, graded by policy, with its place."""

    rule: str
    family: str
    severity: Severity
    source: Source
    span: Span
    message: str
    object: str = ""
    statement: str = ""
    """The text of the statement it is in ("" for a finding about a file)."""
    statement_span: Span | None = None
    why: tuple[str, ...] = ()
    instead: str = ""
    covers: tuple[str, ...] = ()
    fix: Fix | None = None
    related: tuple[Related, ...] = ()
    migration: int = -1


class Unread(Struct, frozen=True):
    """A statement whose effect is not known. `reason` says why, in a few words.

    "unparsable": neither the grammar nor masking could read it. "opaque": it parses, but what it does is
    not modelled.
    """

    kind: Literal["unparsable", "opaque"]
    source: Source
    span: Span
    reason: str
