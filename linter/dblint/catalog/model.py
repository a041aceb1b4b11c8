"""What the catalog holds: immutable values, so that a transaction can be undone by keeping the old ones."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace as replace  # the one way to change a value: a changed copy

from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    ConstraintKind,
    Expression,
    GeneratedKind,
    IdentityKind,
    IndexDefinition,
    IndexKey,
    Operation,
    PartitionBound,
    PartitionKey,
    Persistence,
    PolicyCommand,
    Query,
    ReferentialAction,
    Type,
)
from dblint.source import Span, Statement


class Origin(Struct, frozen=True):
    """Provenance: the statement that made an object, the clause in it, and its migration's number.

    What an object calls `renamed_by` is the same of the statement that gave it its present name, if another did.
    """

    statement: Statement
    span: Span
    migration: int

    def __str__(self) -> str:
        source = self.statement.source
        return f"{source.path}:{source.position(self.span.start).line}"


class Column(Struct, frozen=True, kw_only=True):
    """`not_null` by whatever means: declared, primary key or identity. `local`: not only inherited."""

    name: str
    type: Type
    not_null: bool = False
    default: Expression | None = None
    default_text: str = ""
    """The default as SQL text, also where the database wrote it (serial's nextval)."""
    identity: IdentityKind = ""
    generated: Expression | None = None
    generated_kind: GeneratedKind = ""
    serial: bool = False
    collation: str = ""
    local: bool = True
    comment: str = ""
    retired_by: tuple[Origin, ...] = ()
    """What prepared for its end: NOT NULL dropped, its values copied, a comment that calls it deprecated."""
    origin: Origin
    renamed_by: Origin | None = None

    @property
    def required(self) -> bool:
        """Whether an insert must name it: it takes no NULL, and the database puts in no value of its own."""
        return self.not_null and not (self.default or self.default_text or self.identity or self.generated)


class Constraint(Struct, frozen=True, kw_only=True):
    """`name` is as the server has it, generated or given. `index` names the backing index.

    `named`: the author chose the name. `inherited`: came with a parent or partitioned table. `local`: it stays when
    that goes, being the table's own as well. `parent`: the partitioned table's foreign key that this is a part of.
    `rests_on`: the unique index of the referenced table that a foreign key needs.
    """

    name: str
    kind: ConstraintKind
    columns: tuple[str, ...] = ()
    expression: Expression | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: ReferentialAction = "no action"
    on_update: ReferentialAction = "no action"
    delete_columns: tuple[str, ...] = ()
    """Those that ON DELETE SET NULL or SET DEFAULT sets, where written; all of them otherwise."""
    match_full: bool = False
    validated: bool = True
    enforced: bool = True
    deferrable: bool = False
    initially_deferred: bool = False
    no_inherit: bool = False
    index: str = ""
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    keys: tuple[IndexKey, ...] = ()
    operators: tuple[str, ...] = ()
    method: str = ""
    named: bool = True
    inherited: bool = False
    local: bool = True
    parent: str = ""
    rests_on: str = ""
    without_overlaps: bool = False
    origin: Origin
    renamed_by: Origin | None = None
    validated_by: Origin | None = None


class Trigger(Struct, frozen=True, kw_only=True):
    name: str
    function: Name
    timing: str = "after"
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    per_row: bool = False
    constraint: bool = False
    when: Expression | None = None
    enabled: bool = True
    inherited: bool = False
    origin: Origin
    renamed_by: Origin | None = None
    disabled_by: Origin | None = None


class Policy(Struct, frozen=True, kw_only=True):
    name: str
    command: PolicyCommand = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: Expression | None = None
    check: Expression | None = None
    origin: Origin
    renamed_by: Origin | None = None


class Rewrite(Struct, frozen=True, kw_only=True):
    """A rewrite rule (CREATE RULE)."""

    name: str
    event: str
    origin: Origin
    renamed_by: Origin | None = None


class Table(Struct, frozen=True, kw_only=True):
    """A table of any kind. Its indexes are looked up in the catalog by `indexes_of`.

    `filled`: rows were put in by the history itself; a table that existed before the change is
    presumed to have rows anyway (`Schema.has_rows`).
    `incomplete`: columns may exist that were not seen (made by code, LIKE an unknown table …).
    `unchecked_by`: DISABLE TRIGGER ALL, which in PostgreSQL turns off its foreign keys too, until ENABLE TRIGGER ALL.
    """

    name: Name
    kind: Literal["table", "partitioned table", "foreign table"] = "table"
    persistence: Persistence = "permanent"
    columns: dict[str, Column] = {}
    constraints: dict[str, Constraint] = {}
    triggers: dict[str, Trigger] = {}
    policies: dict[str, Policy] = {}
    rules: dict[str, Rewrite] = {}
    row_security: bool = False
    row_security_forced: bool = False
    partition_by: PartitionKey | None = None
    partition_of: Name | None = None
    bound: PartitionBound | None = None
    inherits: tuple[Name, ...] = ()
    of_type: Name | None = None
    owner: str = ""
    comment: str = ""
    replica_identity: str = "default"
    filled: bool = False
    incomplete: bool = False
    unchecked_by: Origin | None = None
    origin: Origin
    renamed_by: Origin | None = None

    @property
    def primary_key(self) -> Constraint | None:
        return next((c for c in self.constraints.values() if c.kind == "primary key"), None)

    @property
    def foreign_keys(self) -> tuple[Constraint, ...]:
        return tuple(c for c in self.constraints.values() if c.kind == "foreign key")


class Index(Struct, frozen=True, kw_only=True):
    """`constraint` is the name of the constraint it backs. `valid` is false after ON ONLY, until all are attached."""

    name: Name
    definition: IndexDefinition
    valid: bool = True
    constraint: str = ""
    parent: Name | None = None
    """The partitioned index it is attached to."""
    named: bool = True
    origin: Origin
    renamed_by: Origin | None = None

    @property
    def table(self) -> Name:
        return self.definition.table

    @property
    def columns(self) -> tuple[str, ...]:
        """The key columns in order; an expression key is ""."""
        return tuple(key.column for key in self.definition.keys)


class Sequence(Struct, frozen=True, kw_only=True):
    name: Name
    type: str = "bigint"
    owned_by: tuple[Name, str] | None = None
    identity: bool = False
    persistence: Persistence = "permanent"
    origin: Origin
    renamed_by: Origin | None = None


class ColumnReference(Struct, frozen=True, order=True):
    """A column ("" for the relation as a whole) that something depends on."""

    relation: Name
    column: str = ""


class View(Struct, frozen=True, kw_only=True):
    """`uses`: what it depends on, resolved when it was made. `columns` in order, "" where not known."""

    name: Name
    materialized: bool = False
    query: Query
    columns: tuple[str, ...] = ()
    uses: frozenset[ColumnReference] = frozenset()
    functions: frozenset[Name] = frozenset()
    types: frozenset[Name] = frozenset()
    """The history's own types that it casts to."""
    column_types: tuple[Type, ...] = ()
    options: dict[str, str] = {}
    check_option: str = ""
    populated: bool = True
    temporary: bool = False
    owner: str = ""
    comment: str = ""
    origin: Origin
    renamed_by: Origin | None = None


class Enum(Struct, frozen=True, kw_only=True):
    name: Name
    values: tuple[str, ...]
    origin: Origin
    renamed_by: Origin | None = None


class Domain(Struct, frozen=True, kw_only=True):
    name: Name
    type: Type
    not_null: bool = False
    default: Expression | None = None
    constraints: dict[str, Constraint] = {}
    origin: Origin
    renamed_by: Origin | None = None

    @property
    def constrained(self) -> bool:
        return self.not_null or bool(self.constraints)


class UserType(Struct, frozen=True, kw_only=True):
    """A composite, range, base or shell type."""

    name: Name
    kind: Literal["composite", "range", "base", "shell"]
    attributes: dict[str, Type] = {}
    origin: Origin
    renamed_by: Origin | None = None


class ExtensionType(Struct, frozen=True, kw_only=True):
    """A type that an extension makes."""

    name: Name
    extension: str
    origin: Origin
    renamed_by: Origin | None = None


class Function(Struct, frozen=True, kw_only=True):
    """One overload. `arguments` are the canonical texts of the input types."""

    name: Name
    arguments: tuple[str, ...] = ()
    returns: str = ""
    columns: tuple[tuple[str, Type], ...] = ()
    """Of its rows, where they are declared by name."""
    language: str = "sql"
    volatility: Literal["volatile", "stable", "immutable"] = "volatile"
    security_definer: bool = False
    settings: dict[str, str] = {}
    procedure: bool = False
    body_text: str = ""
    uses: frozenset[ColumnReference] = frozenset()
    """Relations and columns that its body names; PostgreSQL itself does not track these."""
    calls: frozenset[Name] = frozenset()
    body: tuple[Operation, ...] = ()
    """The operations of its literal statements."""
    dynamic: bool = False
    """Whether it also runs SQL that it puts together."""
    origin: Origin
    renamed_by: Origin | None = None


class Extension(Struct, frozen=True, kw_only=True):
    """`schema` is the one that was written, `home` the one that it is in."""

    name: str
    schema: str = ""
    home: str = ""
    origin: Origin


class Grant(Struct, frozen=True, kw_only=True):
    kind: str
    name: Name
    privileges: frozenset[str]
    role: str
    origin: Origin


class OtherObject(Struct, frozen=True, kw_only=True):
    """An object that is remembered by kind and name only; `table` where it hangs on one."""

    kind: str
    name: Name
    table: Name | None = None
    origin: Origin


Relation = Table | View | Index | Sequence
"""What shares PostgreSQL's one name space per schema."""


class Held(Struct, frozen=True):
    """A lock that the open transaction holds, and the statement that took it first in this strength.

    `slow`: that statement's time, or that of a later one that keeps others from the relation too, grows with the rows.
    `known`: the catalog had the relation then; if it has it no more, it was dropped or renamed.
    """

    relation: Name
    lock: Lock
    statement: Statement
    slow: bool = False
    known: bool = True


class Transaction(Struct, frozen=True, kw_only=True):
    """An open transaction.

    `explicit`: opened by BEGIN in the file; otherwise by the runner (or by sending the file as one string).
    `held`: the lock ledger, strongest lock per relation, on relations that existed before the transaction.
    `dragged`: a statement already worked through rows while users waited for locks of earlier ones.
    `new_enum_values`: labels added to enums that existed before it.
    `created`: relations and types made in it.
    `local`: the settings that SET LOCAL changed, with the values to return to.
    `passing`: temporary tables that its commit drops.
    """

    explicit: bool
    opened: Statement | None = None
    held: dict[Name, Held] = {}
    dragged: bool = False
    new_enum_values: frozenset[tuple[Name, str]] = frozenset()
    created: frozenset[Name] = frozenset()
    local: dict[str, str | None] = {}
    passing: frozenset[Name] = frozenset()
