"""The words in which a policy names operations: one at least for each, and narrower ones for the hazards among them.

The page of the rule prohibited-operation shows the whole table to people.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dblint import operations as o

if TYPE_CHECKING:
    from dblint.rule import Before

When = Callable[[Any, "Before"], bool]


class Word(Struct, frozen=True):
    """A word of policies. `of`: the operations it may stand for; `when`: for which of them it does (None: all).

    `harmless`: needs no permission, as it neither changes the schema nor rows. `goes_with`: words that permit it too,
    being the other half of the same procedure.
    """

    name: str
    meaning: str
    of: tuple[type[o.Operation], ...]
    when: When | None = None
    harmless: bool = False
    goes_with: tuple[str, ...] = ()


def _old(operation: Any, before: "Before") -> bool:
    """Whether it is about something that was there before the change."""
    name = operation.subject
    return name is None or not before.schema.is_new(name)


def _online(operation: Any, before: "Before") -> bool:
    return bool(operation.online)


def _direct(operation: Any, before: "Before") -> bool:
    return not operation.online and _old(operation, before)


def _direct_build(operation: o.CreateIndex, before: "Before") -> bool:
    return not operation.online and not before.schema.is_new(operation.table)


def _kind(*kinds: o.ConstraintKind) -> When:
    return lambda operation, before: operation.constraint.kind in kinds


def _not_valid(operation: o.AddConstraint, before: "Before") -> bool:
    return operation.constraint.not_valid or not operation.constraint.enforced


def _using_index(operation: o.AddConstraint, before: "Before") -> bool:
    return bool(operation.constraint.using_index)


def _direct_constraint(operation: o.AddConstraint, before: "Before") -> bool:
    return not (_not_valid(operation, before) or _using_index(operation, before)) and _old(operation, before)


def _required(operation: o.AddColumn, before: "Before") -> bool:
    column = operation.column
    given = column.default or column.identity or column.generated or column.serial
    required = column.not_null or any(each.kind in ("not null", "primary key") for each in column.constraints)
    return required and not given and before.schema.has_rows(operation.table)


def _immediate(operation: o.DropColumn, before: "Before") -> bool:
    from dblint.phases import too_early

    return too_early(operation, before) is not None


def _contract(operation: o.DropColumn, before: "Before") -> bool:
    from dblint.phases import too_early

    return _old(operation, before) and too_early(operation, before) is None


def _slow(operation: Any, before: "Before") -> bool:
    return before.impact.slow and _old(operation, before)


def _with_rows(operation: o.DropTable, before: "Before") -> bool:
    return before.schema.has_rows(operation.name)


def _everywhere(operation: Any, before: "Before") -> bool:
    return operation.where is None


def _is(field: str, wanted: object = True) -> When:
    return lambda operation, before: getattr(operation, field) == wanted


WORDS = (
    Word("CREATE_SCHEMA", "CREATE SCHEMA", (o.CreateSchema,)),
    Word("DROP_SCHEMA", "DROP SCHEMA", (o.DropSchema,)),
    # tables
    Word("CREATE_TABLE", "a new table, and whatever the same change does to it", (o.CreateTable, o.CreateTableAs)),
    Word("DROP_TABLE", "DROP TABLE", (o.DropTable,)),
    Word("DROP_TABLE_WITH_DATA", "DROP TABLE of one that may have rows", (o.DropTable,), _with_rows),
    Word("RENAME_TABLE", "another name for a table", (o.RenameTable,)),
    Word("MOVE_TO_SCHEMA", "ALTER … SET SCHEMA", (o.SetSchema,)),
    Word("ATTACH_PARTITION", "ATTACH PARTITION", (o.AttachPartition,)),
    Word("DETACH_PARTITION", "DETACH PARTITION", (o.DetachPartition,)),
    Word("DETACH_PARTITION_CONCURRENTLY", "DETACH PARTITION CONCURRENTLY", (o.DetachPartition,), _online),
    Word("ADD_INHERITANCE", "INHERIT", (o.AddInheritance,)),
    Word("DROP_INHERITANCE", "NO INHERIT", (o.DropInheritance,)),
    Word("SET_TABLE_PARAMETER", "storage parameters, CLUSTER ON", (o.SetTableParameter,)),
    Word("SET_LOGGED", "SET LOGGED and UNLOGGED", (o.SetLogged,)),
    Word("SET_TABLESPACE", "SET TABLESPACE", (o.SetTablespace,)),
    Word("SET_ACCESS_METHOD", "SET ACCESS METHOD", (o.SetAccessMethod,)),
    Word("SET_REPLICA_IDENTITY", "REPLICA IDENTITY", (o.SetReplicaIdentity,)),
    Word("CHANGE_OWNER", "OWNER TO", (o.ChangeOwner,)),
    # columns
    Word("ADD_COLUMN", "ADD COLUMN", (o.AddColumn,)),
    Word(
        "ADD_NOT_NULL_WITHOUT_DEFAULT",
        "ADD COLUMN … NOT NULL without a value for the rows that there may be",
        (o.AddColumn,),
        _required,
    ),
    Word("ADD_COLUMN_WITH_REWRITE", "ADD COLUMN that rewrites or reads the table", (o.AddColumn,), _slow),
    Word("DROP_COLUMN", "DROP COLUMN", (o.DropColumn,)),
    Word(
        "DROP_COLUMN_IMMEDIATE",
        "DROP COLUMN before the column was retired for long enough",
        (o.DropColumn,),
        _immediate,
    ),
    Word("DROP_COLUMN_RETIRED", "DROP COLUMN as the last step of expand and contract", (o.DropColumn,), _contract),
    Word("RENAME_COLUMN", "another name for a column", (o.RenameColumn,)),
    Word("ALTER_COLUMN_TYPE", "ALTER COLUMN … TYPE", (o.AlterColumnType,)),
    Word(
        "ALTER_COLUMN_TYPE_DIRECT",
        "ALTER COLUMN … TYPE that rewrites or reads the table, or builds an index",
        (o.AlterColumnType,),
        _slow,
    ),
    Word("SET_NOT_NULL", "SET NOT NULL", (o.SetNotNull,)),
    Word("DROP_NOT_NULL", "DROP NOT NULL", (o.DropNotNull,)),
    Word("SET_DEFAULT", "SET DEFAULT", (o.SetDefault,)),
    Word("DROP_DEFAULT", "DROP DEFAULT", (o.DropDefault,)),
    Word("ADD_IDENTITY", "ADD GENERATED AS IDENTITY", (o.AddIdentity,)),
    Word("ALTER_IDENTITY", "another kind of identity column", (o.AlterIdentity,)),
    Word("DROP_IDENTITY", "DROP IDENTITY", (o.DropIdentity,)),
    Word("SET_EXPRESSION", "another formula for a generated column", (o.SetExpression,)),
    Word("DROP_EXPRESSION", "DROP EXPRESSION", (o.DropExpression,)),
    Word("SET_COLUMN_PARAMETER", "statistics, storage, compression of a column", (o.SetColumnParameter,)),
    # constraints
    Word("ADD_CONSTRAINT", "ADD CONSTRAINT of any kind", (o.AddConstraint,)),
    Word("ADD_CONSTRAINT_NOT_VALID", "ADD CONSTRAINT … NOT VALID, or NOT ENFORCED", (o.AddConstraint,), _not_valid),
    Word(
        "ADD_CONSTRAINT_USING_INDEX",
        "ADD CONSTRAINT … USING INDEX",
        (o.AddConstraint,),
        _using_index,
        goes_with=("ADD_INDEX_CONCURRENTLY",),
    ),
    Word(
        "ADD_CONSTRAINT_DIRECT",
        "ADD CONSTRAINT on a table in use, proved on the spot",
        (o.AddConstraint,),
        _direct_constraint,
    ),
    Word("ADD_PRIMARY_KEY", "ADD PRIMARY KEY", (o.AddConstraint,), _kind("primary key")),
    Word("ADD_UNIQUE", "ADD UNIQUE", (o.AddConstraint,), _kind("unique")),
    Word("ADD_FOREIGN_KEY", "ADD FOREIGN KEY", (o.AddConstraint,), _kind("foreign key")),
    Word("ADD_CHECK", "ADD CHECK", (o.AddConstraint,), _kind("check", "not null")),
    Word("ADD_EXCLUSION", "ADD EXCLUDE", (o.AddConstraint,), _kind("exclusion")),
    Word(
        "VALIDATE_CONSTRAINT",
        "VALIDATE CONSTRAINT",
        (o.ValidateConstraint,),
        goes_with=("ADD_CONSTRAINT_NOT_VALID",),
    ),
    Word("DROP_CONSTRAINT", "DROP CONSTRAINT", (o.DropConstraint,)),
    Word("RENAME_CONSTRAINT", "another name for a constraint", (o.RenameConstraint,)),
    Word("ALTER_CONSTRAINT", "deferrable, enforced, inherited or not", (o.AlterConstraint,)),
    # indexes
    Word("ADD_INDEX", "CREATE INDEX", (o.CreateIndex,)),
    Word("ADD_INDEX_CONCURRENTLY", "CREATE INDEX CONCURRENTLY, an online build", (o.CreateIndex,), _online),
    Word("ADD_INDEX_DIRECT", "CREATE INDEX on a table in use", (o.CreateIndex,), _direct_build),
    Word("DROP_INDEX", "DROP INDEX", (o.DropIndex,)),
    Word("DROP_INDEX_CONCURRENTLY", "DROP INDEX CONCURRENTLY", (o.DropIndex,), _online),
    Word("DROP_INDEX_DIRECT", "DROP INDEX on a table in use", (o.DropIndex,), _direct),
    Word("RENAME_INDEX", "another name for an index", (o.RenameIndex,)),
    Word("ATTACH_INDEX", "ALTER INDEX … ATTACH PARTITION", (o.AttachIndex,)),
    Word("SET_INDEX_PARAMETER", "storage parameters of an index", (o.SetIndexParameter,)),
    Word("REINDEX", "REINDEX", (o.Reindex,)),
    Word("REINDEX_CONCURRENTLY", "REINDEX CONCURRENTLY", (o.Reindex,), _online),
    Word("CREATE_STATISTICS", "CREATE STATISTICS", (o.CreateStatistics,)),
    # triggers and policies
    Word("CREATE_TRIGGER", "CREATE TRIGGER", (o.CreateTrigger,)),
    Word("DROP_TRIGGER", "DROP TRIGGER", (o.DropTrigger,)),
    Word("ENABLE_TRIGGER", "ENABLE TRIGGER", (o.EnableTrigger,)),
    Word("DISABLE_TRIGGER", "DISABLE TRIGGER", (o.DisableTrigger,)),
    Word("CREATE_RULE", "CREATE RULE", (o.CreateRule,)),
    Word(
        "ENABLE_RLS",
        "ENABLE ROW LEVEL SECURITY",
        (o.SetRowSecurity,),
        _is("enabled"),
        goes_with=("ADD_RLS_POLICY",),
    ),
    Word("DISABLE_RLS", "DISABLE ROW LEVEL SECURITY", (o.SetRowSecurity,), _is("enabled", False)),
    Word(
        "FORCE_RLS",
        "FORCE ROW LEVEL SECURITY",
        (o.ForceRowSecurity,),
        _is("forced"),
        goes_with=("ADD_RLS_POLICY",),
    ),
    Word("NO_FORCE_RLS", "NO FORCE ROW LEVEL SECURITY", (o.ForceRowSecurity,), _is("forced", False)),
    Word("ADD_RLS_POLICY", "CREATE POLICY, and turning row-level security on", (o.CreatePolicy,)),
    Word("ALTER_RLS_POLICY", "ALTER POLICY", (o.AlterPolicy,)),
    Word("DROP_RLS_POLICY", "DROP POLICY", (o.DropPolicy,)),
    # views, sequences, types, routines
    Word("CREATE_VIEW", "CREATE VIEW", (o.CreateView,)),
    Word("CREATE_MATERIALIZED_VIEW", "CREATE MATERIALIZED VIEW", (o.CreateMaterializedView,)),
    Word("DROP_VIEW", "DROP VIEW and DROP MATERIALIZED VIEW", (o.DropView,)),
    Word("SET_VIEW_OPTIONS", "options of a view", (o.SetViewOptions,)),
    Word("REFRESH_MATERIALIZED_VIEW", "REFRESH MATERIALIZED VIEW", (o.RefreshMaterializedView,)),
    Word("CREATE_SEQUENCE", "CREATE SEQUENCE", (o.CreateSequence,)),
    Word("ALTER_SEQUENCE", "ALTER SEQUENCE", (o.AlterSequence,)),
    Word("DROP_SEQUENCE", "DROP SEQUENCE", (o.DropSequence,)),
    Word("CREATE_TYPE", "CREATE TYPE, enums too", (o.CreateEnum, o.CreateCompositeType, o.CreateType)),
    Word("ADD_ENUM_VALUE", "ALTER TYPE … ADD VALUE", (o.AddEnumValue,)),
    Word("RENAME_ENUM_VALUE", "ALTER TYPE … RENAME VALUE", (o.RenameEnumValue,)),
    Word("ALTER_TYPE", "attributes of a composite type", (o.AlterCompositeType,)),
    Word("DROP_TYPE", "DROP TYPE and DROP DOMAIN", (o.DropType,)),
    Word("CREATE_DOMAIN", "CREATE DOMAIN", (o.CreateDomain,)),
    Word("ALTER_DOMAIN", "ALTER DOMAIN", (o.AlterDomain,)),
    Word("CREATE_FUNCTION", "CREATE FUNCTION and PROCEDURE", (o.CreateFunction,)),
    Word("ALTER_FUNCTION", "ALTER FUNCTION and PROCEDURE", (o.AlterFunction,)),
    Word("DROP_FUNCTION", "DROP FUNCTION and PROCEDURE", (o.DropFunction,)),
    Word("CREATE_EXTENSION", "CREATE EXTENSION", (o.CreateExtension,)),
    Word("CREATE_OBJECT", "CREATE of any other kind", (o.CreateObject,)),
    Word("ALTER_OBJECT", "ALTER of any other kind", (o.AlterObject,)),
    Word("DROP_OBJECT", "DROP of any other kind", (o.DropObject,)),
    Word("RENAME_OBJECT", "another name for anything else", (o.RenameObject,)),
    Word("COMMENT", "COMMENT ON", (o.Comment,), harmless=True),
    # privileges
    Word("GRANT", "GRANT of privileges", (o.GrantPrivilege,)),
    Word("REVOKE", "REVOKE of privileges", (o.RevokePrivilege,)),
    Word("ALTER_DEFAULT_PRIVILEGES", "ALTER DEFAULT PRIVILEGES", (o.AlterDefaultPrivileges,)),
    Word("CHANGE_ROLE", "roles: CREATE, ALTER, DROP, membership", (o.ChangeRole,)),
    # rows
    Word("INSERT_ROWS", "INSERT", (o.Insert,)),
    Word("UPDATE_ROWS", "UPDATE", (o.Update,)),
    Word("UPDATE_ALL_ROWS", "UPDATE without WHERE", (o.Update,), _everywhere),
    Word("DELETE_ROWS", "DELETE", (o.Delete,)),
    Word("DELETE_ALL_ROWS", "DELETE without WHERE", (o.Delete,), _everywhere),
    Word("MERGE_ROWS", "MERGE", (o.Merge,)),
    Word("COPY_ROWS", "COPY", (o.Copy,)),
    Word("TRUNCATE", "TRUNCATE", (o.Truncate,)),
    Word("CALL_PROCEDURE", "CALL", (o.Call,)),
    Word("SELECT", "SELECT", (o.Select,), harmless=True),
    # the session and the server
    Word(
        "TRANSACTION",
        "BEGIN, COMMIT, ROLLBACK, savepoints",
        (o.Begin, o.Commit, o.Rollback, o.Savepoint, o.RollbackToSavepoint, o.ReleaseSavepoint),
        harmless=True,
    ),
    Word("SET_VARIABLE", "SET and RESET", (o.SetVariable, o.SetConstraints), harmless=True),
    Word("LOCK_TABLE", "LOCK TABLE", (o.LockTable,)),
    Word("VACUUM", "VACUUM", (o.Vacuum,)),
    Word("VACUUM_FULL", "VACUUM FULL", (o.Vacuum,), _is("full")),
    Word("ANALYZE", "ANALYZE", (o.Analyze,), harmless=True),
    Word("CLUSTER", "CLUSTER", (o.Cluster,)),
    Word("SERVER_COMMAND", "CREATE DATABASE, ALTER SYSTEM and the like", (o.ServerCommand,)),
    Word("SESSION_COMMAND", "SHOW, NOTIFY, DISCARD and the like", (o.SessionCommand,), harmless=True),
    Word("UNKNOWN_STATEMENT", "what dblint cannot read or does not model", (o.Opaque, o.Unparsable)),
)
BY_NAME = {word.name: word for word in WORDS}
_BY_CLASS: dict[type, tuple[Word, ...]] = {
    kind: tuple(word for word in WORDS if kind in word.of) for word in WORDS for kind in word.of
}
CONTRACT = "DROP_COLUMN_RETIRED"
"""The word that expand and contract permits."""


def words_of(operation: o.Operation, before: "Before") -> list[Word]:
    """The words that stand for an operation, the widest first; none for the engine's own events."""
    return [word for word in _BY_CLASS.get(type(operation), ()) if word.when is None or word.when(operation, before)]


def permitted(operation: o.Operation, before: "Before", allowed: Iterable[str]) -> bool:
    """Whether one of its words is allowed, goes with one that is, or needs no permission; also what is done to a table
    that the same change makes, where CREATE_TABLE is allowed."""
    known = set(allowed)
    words = words_of(operation, before)
    if not words or any(word.harmless or word.name in known or known.intersection(word.goes_with) for word in words):
        return True
    table = getattr(operation, "table", None) or operation.subject
    return (
        "CREATE_TABLE" in known
        and table is not None
        and before.schema.relation(table) is not None
        and before.schema.is_new(table)
    )


def unknown(words: Iterable[str]) -> list[tuple[str, str]]:
    """The words that there are not, each with `; did you mean 'X'?` where that can be told."""
    from difflib import get_close_matches

    missing = [word for word in words if word not in BY_NAME]
    hints = {word: get_close_matches(word.upper(), list(BY_NAME), n=1, cutoff=0.6) for word in missing}
    return [(word, f"; did you mean {hints[word][0]!r}?" if hints[word] else "") for word in missing]
