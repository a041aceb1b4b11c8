"""The glossary: everything a migration can do to a database, in no dialect's words.

Lowering makes operations, `impact` prices them, the catalog is advanced by them, and rules
subscribe to them by class. Names are as written (perhaps without schema); the catalog resolves
them. One statement may be several operations: an ALTER TABLE with five actions is five.
"""

from typing import Literal

from msgspec import Struct, field

from dblint.names import Name
from dblint.source import Source, Span, Statement

# --- values that operations carry -------------------------------------------------------------


class Type(Struct, frozen=True):
    """A data type in the database's own canonical spelling (PostgreSQL: as `format_type` prints it).

    `name` is the type without modifiers ("numeric", "character varying", or a user's type);
    `modifiers` are the numbers in parentheses; `text` is the whole spelling.
    """

    text: str
    name: Name
    modifiers: tuple[int, ...] = ()
    array: bool = False

    def __str__(self) -> str:
        return self.text


class FunctionCall(Struct, frozen=True):
    """A function called in an expression; `literals` are its arguments that are string literals."""

    name: Name
    arguments: int = 0
    literals: tuple[str, ...] = ()


class ColumnUse(Struct, frozen=True):
    """`scope`: the number, in its query, of the SELECT that it stands in."""

    name: str
    qualifier: str = ""
    span: Span | None = None
    scope: int = 0


class Expression(Struct, frozen=True):
    """An SQL expression: its text as written, and the facts about it that questions are asked of.

    `key` is equal for expressions that differ only in layout, comments and case of words.
    `constant`: only literals, casts of them and operators. `truth`: the constant Boolean it is, if it is.
    `not_null`: columns that are not null wherever the expression is true.
    `types`: types that it casts to.
    """

    text: str
    span: Span
    key: str
    columns: tuple[ColumnUse, ...] = ()
    functions: tuple[FunctionCall, ...] = ()
    tables: tuple["TableUse", ...] = ()
    types: tuple[Name, ...] = ()
    strings: tuple[str, ...] = ()
    constant: bool = False
    is_null: bool = False
    truth: bool | None = None
    not_null: frozenset[str] = frozenset()


class TableUse(Struct, frozen=True):
    """A relation read in a query's FROM. In a `Star`, one of name "" is a sub-query, a function or a CTE.

    `scope`: the number, in its query, of the SELECT whose FROM it is.
    """

    name: Name
    span: Span
    alias: str = ""
    scope: int = 0


class Star(Struct, frozen=True):
    """A `*` or `t.*` in a select list (COUNT(*) and EXISTS (SELECT * …) do not count)."""

    span: Span
    qualifier: str = ""
    tables: tuple[TableUse, ...] = ()
    """What the FROM clause that it stands in names; an item that is no relation has an empty name."""


class Output(Struct, frozen=True):
    """One column that a query puts out. `column` when it is just a column of a relation."""

    name: str
    column: ColumnUse | None = None
    star: Star | None = None


LITERAL = Type("literal", Name("literal"))
"""What a string or NULL is before its surroundings give it a type."""


class Value(Struct, frozen=True):
    """An expression of a query as far as its type follows from it.

    "call" and "operator" are of `name`, "column" of `qualifier` and `name`, "common" is the type that all parts have
    in common, "first" the first part's, "array" and "element" are of the parts' type, "query" is the one column of
    `shape`. A "literal" takes the type that its surroundings want; "" is what nothing is known of.
    """

    kind: Literal["type", "literal", "column", "call", "operator", "common", "first", "array", "element", "query", ""]
    name: str = ""
    qualifier: str = ""
    type: Type | None = None
    parts: tuple["Value", ...] = ()
    shape: "Shape | None" = None


class Item(Struct, frozen=True):
    """An item of a FROM, by what it is made of: a relation, a sub-query, functions, or a join of two.

    `names` is the column list of its alias. `columns` are those of a function that are written. `using` names what a
    join merges; a NATURAL one merges what both sides have.
    """

    alias: str = ""
    names: tuple[str, ...] = ()
    relation: Name | None = None
    shape: "Shape | None" = None
    calls: tuple[Value, ...] = ()
    around: "Shape | None" = None
    """What the calls may name: the items before it, and the queries around."""
    columns: tuple[tuple[str, Type], ...] = ()
    ordinality: bool = False
    sides: tuple["Item", ...] = ()
    using: tuple[str, ...] = ()
    using_alias: str = ""
    natural: bool = False
    known: bool = True


class Shape(Struct, frozen=True):
    """What a query puts out, by name and value, and the items of the FROM that its names mean.

    A star has the name "*" and, as its value, a "column" with the star's qualifier. `arms` are the queries of a set
    operation, `rows` what VALUES lists; `around` is the query that it stands in, whose names it sees as well.
    """

    outputs: tuple[tuple[str, Value], ...] = ()
    items: tuple[Item, ...] = ()
    arms: tuple["Shape", ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    around: "Shape | None" = None


class Query(Struct, frozen=True):
    """What a SELECT (or the query part of a statement) reads and puts out."""

    text: str
    span: Span
    tables: tuple[TableUse, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    stars: tuple[Star, ...] = ()
    functions: tuple[FunctionCall, ...] = ()
    types: tuple[Name, ...] = ()
    outputs: tuple[Output, ...] = ()
    locks_rows: bool = False
    limited: bool = False
    filters: tuple[ColumnUse, ...] = ()
    """Those of `columns` that stand in a WHERE clause."""
    scopes: tuple[int, ...] = (-1,)
    """For each SELECT by its number, the one around it, whose columns it sees as well."""
    shape: Shape | None = None
    """Of the query of a view or table."""


ConstraintKind = Literal["primary key", "unique", "foreign key", "check", "exclusion", "not null"]
ReferentialAction = Literal["no action", "restrict", "cascade", "set null", "set default"]


class IndexKey(Struct, frozen=True):
    """One key of an index: a column or an expression, with what makes it differ from the default."""

    column: str = ""
    expression: Expression | None = None
    collation: str = ""
    operator_class: str = ""
    descending: bool = False
    nulls_first: bool | None = None
    span: Span | None = None
    label: str = ""
    """What PostgreSQL calls it in names that it makes up: an expression's function or "expr", a column's first name."""

    @property
    def text(self) -> str:
        return self.column if self.expression is None else self.expression.text


class ConstraintDefinition(Struct, frozen=True, kw_only=True):
    """A constraint as written; column constraints name their column in `columns`."""

    kind: ConstraintKind
    span: Span
    name: str = ""
    columns: tuple[str, ...] = ()
    expression: Expression | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: ReferentialAction = "no action"
    on_update: ReferentialAction = "no action"
    delete_columns: tuple[str, ...] = ()
    """Those that ON DELETE SET NULL or SET DEFAULT sets, where written; all of them otherwise."""
    match_full: bool = False
    not_valid: bool = False
    enforced: bool = True
    deferrable: bool = False
    initially_deferred: bool = False
    no_inherit: bool = False
    using_index: str = ""
    include: tuple[str, ...] = ()
    include_labels: tuple[str, ...] = ()
    """As in the definition of an index."""
    nulls_not_distinct: bool = False
    method: str = ""
    keys: tuple[IndexKey, ...] = ()
    operators: tuple[str, ...] = ()
    without_overlaps: bool = False
    clustered: bool = False
    """SQL Server: the index behind the key is the table itself."""


IdentityKind = Literal["", "always", "by default"]
GeneratedKind = Literal["", "stored", "virtual"]


class ColumnDefinition(Struct, frozen=True, kw_only=True):
    """A column as written. Its inline constraints, NOT NULL too, are in `constraints`."""

    name: str
    type: Type
    span: Span
    type_span: Span | None = None
    not_null: bool = False
    default: Expression | None = None
    default_span: Span | None = None
    default_name: str = ""
    """SQL Server: a default is a constraint, which DROP CONSTRAINT drops by this name."""
    serial: bool = False
    identity: IdentityKind = ""
    sequence: Name | None = None
    """The name that the identity's sequence is given, if any; unqualified, it is in the table's schema."""
    generated: Expression | None = None
    generated_kind: GeneratedKind = ""
    collation: str = ""
    constraints: tuple[ConstraintDefinition, ...] = ()


class LikeClause(Struct, frozen=True):
    """LIKE in CREATE TABLE; `including` holds the lower-case names of what is copied besides columns."""

    table: Name
    span: Span
    including: frozenset[str] = frozenset()


class PartitionKey(Struct, frozen=True):
    strategy: Literal["range", "list", "hash"]
    keys: tuple[IndexKey, ...]


class PartitionBound(Struct, frozen=True):
    """FOR VALUES … or DEFAULT. `values`: the literals of IN, or the two bounds of FROM and TO."""

    text: str
    default: bool = False
    strategy: str = ""
    values: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()


class IndexDefinition(Struct, frozen=True, kw_only=True):
    """What an index is, apart from how it is built."""

    table: Name
    keys: tuple[IndexKey, ...]
    include: tuple[str, ...] = ()
    include_labels: tuple[str, ...] = ()
    """What the columns of `include` were called when the index was made, where one is called otherwise now."""
    unique: bool = False
    method: str = "btree"
    predicate: Expression | None = None
    nulls_not_distinct: bool = False
    clustered: bool = False


class Probe(Struct, frozen=True):
    """A catalog question in a guard: does such an object exist?"""

    kind: Literal[
        "table",
        "column",
        "constraint",
        "index",
        "type",
        "enum value",
        "function",
        "schema",
        "trigger",
        "policy",
        "view",
        "sequence",
        "extension",
        "role",
    ]
    name: Name
    member: str = ""
    """The column, constraint, trigger, policy or enum label of `name`."""


class Guard(Struct, frozen=True):
    """The condition that an operation in a block stands under.

    `probe` when the condition is just "such an object exists" (or, `negated`, does not exist).
    """

    text: str
    span: Span
    probe: Probe | None = None
    negated: bool = False


Persistence = Literal["permanent", "unlogged", "temporary"]


class Operation(Struct, frozen=True, kw_only=True, eq=False):
    """The base of all. `span` is the clause to point at.

    `guards`: the conditions it stands under, outermost first. `tolerates`: error conditions that its
    block catches ("duplicate_object" …), so that the failure is a no-op. `attempts`: numbers, in the statement, of the
    blocks around it that catch and hold other operations too, outermost first: a failure undoes these as well.
    `only`: ALTER TABLE ONLY, which leaves out the table's children.
    """

    statement: Statement
    span: Span
    guards: tuple[Guard, ...] = ()
    tolerates: frozenset[str] = frozenset()
    attempts: tuple[int, ...] = ()
    only: bool = False

    @property
    def source(self) -> Source:
        return self.statement.source

    @property
    def subject(self) -> Name | None:
        """The relation or other object it is about, for reports."""
        found = getattr(self, "table", None) or getattr(self, "name", None)
        return found if isinstance(found, Name) else Name(found) if isinstance(found, str) and found else None


# --- schemas, tables, columns -----------------------------------------------------------------


class CreateSchema(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    if_not_exists: bool = False
    owner: str = ""


class DropSchema(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    if_exists: bool = False
    cascade: bool = False


class CreateTable(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    name_span: Span | None = None
    columns: tuple[ColumnDefinition, ...] = ()
    constraints: tuple[ConstraintDefinition, ...] = ()
    indexes: tuple[tuple[str, IndexDefinition], ...] = ()
    """Indexes declared inside CREATE TABLE (SQL Server, MySQL), by name."""
    likes: tuple[tuple[int, LikeClause], ...] = ()
    """LIKE clauses, each with the number of columns written before it."""
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    bound: PartitionBound | None = None
    partition_by: PartitionKey | None = None
    persistence: Persistence = "permanent"
    foreign_server: str = ""
    of_type: Name | None = None
    if_not_exists: bool = False
    passing: bool = False
    """ON COMMIT DROP."""


class CreateTableAs(Operation, frozen=True, kw_only=True, eq=False):
    """CREATE TABLE AS and SELECT INTO."""

    name: Name
    query: Query
    columns: tuple[str, ...] = ()
    persistence: Persistence = "permanent"
    if_not_exists: bool = False
    with_data: bool = True
    passing: bool = False
    """ON COMMIT DROP."""


class DropTable(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    if_exists: bool = False
    cascade: bool = False


class RenameTable(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    new_name: str
    if_exists: bool = False


class SetSchema(Operation, frozen=True, kw_only=True, eq=False):
    """`arguments`: of a routine, where they were written."""

    kind: "ObjectKind"
    name: Name
    schema: str
    arguments: tuple[Type, ...] | None = None
    if_exists: bool = False


class AddColumn(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: ColumnDefinition
    if_not_exists: bool = False


class DropColumn(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    if_exists: bool = False
    cascade: bool = False


class RenameColumn(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    new_name: str


class AlterColumnType(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    type: Type
    using: Expression | None = None
    collation: str = ""
    nullable: bool | None = None
    """T-SQL and MySQL state nullability with the type; None where that is not so."""


class SetNotNull(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str


class DropNotNull(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str


class SetDefault(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    default: Expression
    name: str = ""
    """SQL Server: the default's own, as ADD CONSTRAINT … DEFAULT gives it."""


class DropDefault(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str


class AddIdentity(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    identity: IdentityKind
    sequence: Name | None = None


class AlterIdentity(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    identity: IdentityKind = ""
    """The new kind, or "" when only sequence options change."""


class DropIdentity(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    if_exists: bool = False


class SetExpression(Operation, frozen=True, kw_only=True, eq=False):
    """ALTER COLUMN … SET EXPRESSION: another formula for a generated column."""

    table: Name
    column: str
    expression: Expression


class DropExpression(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    if_exists: bool = False


class SetColumnParameter(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    column: str
    parameter: Literal["statistics", "storage", "compression", "options"]


# --- constraints ------------------------------------------------------------------------------


class AddConstraint(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    constraint: ConstraintDefinition


class DropConstraint(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    constraint: str
    if_exists: bool = False
    cascade: bool = False


class RenameConstraint(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    constraint: str
    new_name: str


class ValidateConstraint(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    constraint: str


class AlterConstraint(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    constraint: str
    deferrable: bool | None = None
    initially_deferred: bool | None = None
    enforced: bool | None = None
    no_inherit: bool | None = None


# --- indexes ----------------------------------------------------------------------------------


class CreateIndex(Operation, frozen=True, kw_only=True, eq=False):
    """`name` is "" when the database is to choose one. `only`: not on the partitions (ON ONLY)."""

    name: str
    index: IndexDefinition
    online: bool = False
    if_not_exists: bool = False

    @property
    def table(self) -> Name:
        return self.index.table


class DropIndex(Operation, frozen=True, kw_only=True, eq=False):
    """`table` where the dialect names it; `count` of indexes that the statement drops."""

    name: Name
    table: Name | None = None
    online: bool = False
    if_exists: bool = False
    cascade: bool = False
    count: int = 1

    @property
    def subject(self) -> Name | None:
        return self.name


class RenameIndex(Operation, frozen=True, kw_only=True, eq=False):
    """`via_table`: written as ALTER TABLE, which locks more than ALTER INDEX."""

    name: Name
    new_name: str
    via_table: bool = False
    if_exists: bool = False


class AttachIndex(Operation, frozen=True, kw_only=True, eq=False):
    """ALTER INDEX parent ATTACH PARTITION child."""

    name: Name
    child: Name


class SetIndexParameter(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    parameter: str


class Reindex(Operation, frozen=True, kw_only=True, eq=False):
    kind: Literal["index", "table", "schema", "database", "system"]
    name: Name | None
    online: bool = False


# --- tables as a whole ------------------------------------------------------------------------


class AttachPartition(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    partition: Name
    bound: PartitionBound


class DetachPartition(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    partition: Name
    online: bool = False
    finalize: bool = False


class AddInheritance(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    parent: Name


class DropInheritance(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    parent: Name


class SetTableParameter(Operation, frozen=True, kw_only=True, eq=False):
    """Storage parameters, CLUSTER ON, and the like: `parameter` is their lower-case name, `index` CLUSTER ON's."""

    table: Name
    parameter: str
    index: str = ""


class SetLogged(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    logged: bool


class SetTablespace(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    tablespace: str


class SetAccessMethod(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    method: str


class SetReplicaIdentity(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    identity: Literal["default", "full", "nothing", "index"]
    index: str = ""


class ChangeOwner(Operation, frozen=True, kw_only=True, eq=False):
    kind: "ObjectKind"
    name: Name
    owner: str


class EnableTrigger(Operation, frozen=True, kw_only=True, eq=False):
    """`trigger` is a name, or "all" or "user" with `every` set."""

    table: Name
    trigger: str
    every: bool = False


class DisableTrigger(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    trigger: str
    every: bool = False


class SetRowSecurity(Operation, frozen=True, kw_only=True, eq=False):
    """ENABLE or DISABLE ROW LEVEL SECURITY."""

    table: Name
    enabled: bool


class ForceRowSecurity(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    forced: bool


PolicyCommand = Literal["all", "select", "insert", "update", "delete"]


class CreatePolicy(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    table: Name
    command: PolicyCommand = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: Expression | None = None
    check: Expression | None = None


class AlterPolicy(Operation, frozen=True, kw_only=True, eq=False):
    """What is None stays as it was."""

    name: str
    table: Name
    roles: tuple[str, ...] | None = None
    using: Expression | None = None
    check: Expression | None = None


class DropPolicy(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    table: Name
    if_exists: bool = False


class CreateTrigger(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    table: Name
    function: Name
    timing: Literal["before", "after", "instead of"] = "after"
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    per_row: bool = False
    constraint: bool = False
    when: Expression | None = None
    or_replace: bool = False


class DropTrigger(Operation, frozen=True, kw_only=True, eq=False):
    name: str
    table: Name
    if_exists: bool = False
    cascade: bool = False


class CreateRule(Operation, frozen=True, kw_only=True, eq=False):
    """CREATE RULE: a rewrite rule on a table or view."""

    name: str
    table: Name
    event: str
    or_replace: bool = False


# --- views, sequences, types, routines --------------------------------------------------------


class CreateView(Operation, frozen=True, kw_only=True, eq=False):
    """`options` in lower case, such as {"security_invoker": "true"}."""

    name: Name
    query: Query
    columns: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    check_option: Literal["", "local", "cascaded"] = ""
    or_replace: bool = False
    temporary: bool = False


class CreateMaterializedView(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    query: Query
    columns: tuple[str, ...] = ()
    with_data: bool = True
    if_not_exists: bool = False


class DropView(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False


class SetViewOptions(Operation, frozen=True, kw_only=True, eq=False):
    """A value of None resets the option."""

    name: Name
    options: dict[str, str | None] = field(default_factory=dict)


class RefreshMaterializedView(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    online: bool = False
    with_data: bool = True


class CreateSequence(Operation, frozen=True, kw_only=True, eq=False):
    """`owned_by`: table and column, when written."""

    name: Name
    type: Type | None = None
    owned_by: tuple[Name, str] | None = None
    if_not_exists: bool = False
    persistence: Persistence = "permanent"


class AlterSequence(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    type: Type | None = None
    owned_by: tuple[Name, str] | None = None
    disowned: bool = False
    """OWNED BY NONE."""
    if_exists: bool = False


class DropSequence(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    if_exists: bool = False
    cascade: bool = False


class CreateEnum(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    values: tuple[str, ...]


class AddEnumValue(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    value: str
    before: str = ""
    after: str = ""
    if_not_exists: bool = False


class RenameEnumValue(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    value: str
    new_value: str


class CreateDomain(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    type: Type
    default: Expression | None = None
    constraints: tuple[ConstraintDefinition, ...] = ()


class AlterDomain(Operation, frozen=True, kw_only=True, eq=False):
    """`constraint` is the new one for "add constraint"; `constraint_name` an existing one."""

    name: Name
    action: Literal[
        "add constraint",
        "drop constraint",
        "validate constraint",
        "rename constraint",
        "set default",
        "drop default",
        "set not null",
        "drop not null",
    ]
    constraint: ConstraintDefinition | None = None
    constraint_name: str = ""
    new_name: str = ""
    default: Expression | None = None
    if_exists: bool = False


class CreateCompositeType(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    attributes: tuple[ColumnDefinition, ...]


class AlterCompositeType(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    action: Literal["add", "drop", "alter", "rename"]
    attribute: str
    type: Type | None = None
    new_name: str = ""
    cascade: bool = False


class CreateType(Operation, frozen=True, kw_only=True, eq=False):
    """A range, base or shell type."""

    name: Name
    kind: Literal["range", "base", "shell"]


class DropType(Operation, frozen=True, kw_only=True, eq=False):
    """DROP TYPE and DROP DOMAIN."""

    name: Name
    if_exists: bool = False
    cascade: bool = False


class CreateFunction(Operation, frozen=True, kw_only=True, eq=False):
    """A function or procedure.

    `arguments`: the types of the input arguments. `body`: the operations that its statements would be, in order, for
    linting (they do not run now): Opaque where SQL is put together. `reads`: every relation its body names.
    `dynamic`: the places where its body runs SQL that is put together at run time.
    """

    name: Name
    arguments: tuple[Type, ...] = ()
    returns: Type | None = None
    returns_set: bool = False
    columns: tuple[tuple[str, Type], ...] = ()
    """Of its rows, from OUT parameters or RETURNS TABLE."""
    language: str = "sql"
    volatility: Literal["volatile", "stable", "immutable"] = "volatile"
    security_definer: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    procedure: bool = False
    or_replace: bool = False
    body: tuple[Operation, ...] = ()
    body_text: str = ""
    dynamic: tuple[Span, ...] = ()


class AlterFunction(Operation, frozen=True, kw_only=True, eq=False):
    """What is None stays as it was. `arguments` is None where none were written."""

    name: Name
    arguments: tuple[Type, ...] | None = None
    volatility: Literal["volatile", "stable", "immutable"] | None = None
    security_definer: bool | None = None
    settings: dict[str, str | None] = field(default_factory=dict)


class DropFunction(Operation, frozen=True, kw_only=True, eq=False):
    name: Name
    arguments: tuple[Type, ...] | None = None
    if_exists: bool = False
    cascade: bool = False


ObjectKind = Literal[
    "table",
    "view",
    "materialized view",
    "index",
    "sequence",
    "foreign table",
    "type",
    "domain",
    "function",
    "procedure",
    "routine",
    "aggregate",
    "schema",
    "extension",
    "trigger",
    "policy",
    "rule",
    "constraint",
    "column",
    "publication",
    "subscription",
    "statistics",
    "role",
    "database",
    "tablespace",
    "collation",
    "conversion",
    "operator",
    "operator class",
    "operator family",
    "cast",
    "language",
    "server",
    "foreign data wrapper",
    "user mapping",
    "event trigger",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template",
    "access method",
    "large object",
    "transform",
    "default privileges",
    "parameter",
    "object",
]


class RenameObject(Operation, frozen=True, kw_only=True, eq=False):
    """A rename of anything that has no operation of its own. `table` for a trigger, policy or rule; `arguments` of a
    routine, where they were written."""

    kind: ObjectKind
    name: Name
    new_name: str
    table: Name | None = None
    arguments: tuple[Type, ...] | None = None
    if_exists: bool = False


class CreateObject(Operation, frozen=True, kw_only=True, eq=False):
    """CREATE of a kind that the catalog only remembers by name. `table` where it belongs to one."""

    kind: ObjectKind
    name: Name
    table: Name | None = None
    if_not_exists: bool = False


class AlterObject(Operation, frozen=True, kw_only=True, eq=False):
    """ALTER of a kind that the catalog only remembers by name; `table` where a table is concerned."""

    kind: ObjectKind
    name: Name
    table: Name | None = None


class DropObject(Operation, frozen=True, kw_only=True, eq=False):
    kind: ObjectKind
    name: Name
    table: Name | None = None
    if_exists: bool = False
    cascade: bool = False


class CreateExtension(Operation, frozen=True, kw_only=True, eq=False):
    """`cascade`: the extensions that it requires are made too."""

    name: str
    schema: str = ""
    if_not_exists: bool = False
    cascade: bool = False


class Comment(Operation, frozen=True, kw_only=True, eq=False):
    """COMMENT ON. `member` is the column, constraint, trigger or policy of `name`; None text removes."""

    kind: ObjectKind
    name: Name
    text: str | None
    member: str = ""


# --- privileges -------------------------------------------------------------------------------


class GrantPrivilege(Operation, frozen=True, kw_only=True, eq=False):
    """`privileges` in lower case, ("all",) for ALL. `all_in_schemas` for ON ALL … IN SCHEMA."""

    kind: ObjectKind
    names: tuple[Name, ...]
    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    all_in_schemas: tuple[str, ...] = ()
    grant_option: bool = False


class RevokePrivilege(Operation, frozen=True, kw_only=True, eq=False):
    kind: ObjectKind
    names: tuple[Name, ...]
    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    all_in_schemas: tuple[str, ...] = ()


class AlterDefaultPrivileges(Operation, frozen=True, kw_only=True, eq=False):
    kind: ObjectKind
    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    schemas: tuple[str, ...] = ()
    grant: bool = True


class ChangeRole(Operation, frozen=True, kw_only=True, eq=False):
    """CREATE, ALTER or DROP ROLE, GRANT of a role, DROP OWNED and REASSIGN OWNED."""

    action: Literal["create", "alter", "drop", "grant", "revoke", "drop owned", "reassign owned"]
    role: str
    options: frozenset[str] = frozenset()


# --- data -------------------------------------------------------------------------------------


class Select(Operation, frozen=True, kw_only=True, eq=False):
    query: Query


class Insert(Operation, frozen=True, kw_only=True, eq=False):
    """`rows` of a VALUES list; `query` for INSERT … SELECT. `literals`: (column, text) of string literals."""

    table: Name
    columns: tuple[str, ...] = ()
    rows: int = 0
    query: Query | None = None
    on_conflict: Literal["", "nothing", "update"] = ""
    literals: tuple[tuple[str, str], ...] = ()
    literal_spans: tuple[Span, ...] = ()
    reads: tuple[TableUse, ...] = ()


class Update(Operation, frozen=True, kw_only=True, eq=False):
    """`assignments`: column and value. `reads`: relations of FROM and sub-queries."""

    table: Name
    assignments: tuple[tuple[str, Expression], ...]
    where: Expression | None = None
    reads: tuple[TableUse, ...] = ()
    joined: bool = False


class Delete(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    where: Expression | None = None
    reads: tuple[TableUse, ...] = ()
    joined: bool = False


class Merge(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    reads: tuple[TableUse, ...] = ()


class Truncate(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    cascade: bool = False
    together: tuple[Name, ...] = ()
    """All tables that the statement names."""


class Copy(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    into: bool = True


class Call(Operation, frozen=True, kw_only=True, eq=False):
    """CALL of a procedure; `literals` are the string literals in its arguments."""

    name: Name
    literals: tuple[str, ...] = ()


# --- transactions, session, maintenance -------------------------------------------------------


class Begin(Operation, frozen=True, kw_only=True, eq=False):
    pass


class Commit(Operation, frozen=True, kw_only=True, eq=False):
    pass


class Rollback(Operation, frozen=True, kw_only=True, eq=False):
    pass


class Savepoint(Operation, frozen=True, kw_only=True, eq=False):
    name: str


class RollbackToSavepoint(Operation, frozen=True, kw_only=True, eq=False):
    name: str


class ReleaseSavepoint(Operation, frozen=True, kw_only=True, eq=False):
    name: str


class SetVariable(Operation, frozen=True, kw_only=True, eq=False):
    """SET; `value` is None for RESET and SET … TO DEFAULT. `name` "all" for RESET ALL."""

    name: str
    value: str | None
    values: tuple[str, ...] = ()
    local: bool = False


class SetConstraints(Operation, frozen=True, kw_only=True, eq=False):
    deferred: bool


class LockTable(Operation, frozen=True, kw_only=True, eq=False):
    table: Name
    mode: str
    """As in `Lock`'s names, in lower case with blanks: "access exclusive"."""


class Vacuum(Operation, frozen=True, kw_only=True, eq=False):
    """`name` is None for the whole database."""

    name: Name | None
    full: bool = False


class Analyze(Operation, frozen=True, kw_only=True, eq=False):
    name: Name | None


class Cluster(Operation, frozen=True, kw_only=True, eq=False):
    name: Name | None


class CreateStatistics(Operation, frozen=True, kw_only=True, eq=False):
    name: Name | None
    table: Name
    columns: tuple[str, ...] = ()
    if_not_exists: bool = False


class ServerCommand(Operation, frozen=True, kw_only=True, eq=False):
    """What no transaction may hold and no relation feels: CREATE DATABASE, ALTER SYSTEM, …"""

    command: str
    drops_database: bool = False


class SessionCommand(Operation, frozen=True, kw_only=True, eq=False):
    """What neither changes the schema nor locks a relation: SHOW, NOTIFY, DISCARD, CHECKPOINT, …"""

    command: str


class Opaque(Operation, frozen=True, kw_only=True, eq=False):
    """It was read, but what it does is not known: `what` names it, `reason` says why."""

    what: str
    reason: str


class Unparsable(Operation, frozen=True, kw_only=True, eq=False):
    """Neither the server's grammar nor masking could read it; `message` is the parser's."""

    message: str


# --- events of the engine's own ---------------------------------------------------------------


class MigrationBegin(Operation, frozen=True, kw_only=True, eq=False):
    pass


class MigrationEnd(Operation, frozen=True, kw_only=True, eq=False):
    """After a migration's last statement, before its runner commits: `statement` is an empty one at its head."""
