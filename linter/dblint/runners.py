"""What migration runners do about transactions, checksums and order, and their ways out of a transaction."""

from dblint.migrations.model import Migration, Transactions
from dblint.operations import (
    Begin,
    Commit,
    CreateIndex,
    DetachPartition,
    DropIndex,
    Operation,
    Reindex,
    Rollback,
    ServerCommand,
    Vacuum,
)

WAYS_OUT = {
    "flyway": "Flyway opens none for a file that holds nothing else",
    "blueprint": "Flyway opens none for a file that holds nothing else",
    "golang-migrate": "make it the only statement of its file",
    "diesel": "write run_in_transaction = false into the migration's metadata.toml",
    "sqlx": "start the file with -- no-transaction",
    "prisma": "make it the only statement of its file",
    "drizzle": "run it by hand, outside the migrator",
    "supabase": "make it the only statement of its file",
    "goose": "write -- +goose NO TRANSACTION at the top of the file",
    "dbmate": "write -- migrate:up transaction:false",
    "liquibase": "write runInTransaction:false on the changeset",
    "sqitch": "leave out BEGIN and COMMIT in its deploy script",
    "hasura": "run it by hand, outside the migrator",
    "pop": "name the file with .autocommit. before up.sql",
    "atlas": "start the file with -- atlas:txmode none",
    "sql-migrate": "write -- +migrate Up notransaction",
}
"""Per layout, how a file steps out of the runner's transaction; `{file}` is the migration's file name."""


def way_out(layout: str, migration: Migration) -> str:
    """How this migration can run outside a transaction, as half a sentence, or "" where nothing is known."""
    if migration.transactions is Transactions.STRING:
        return "make it the only statement of its file"
    return WAYS_OUT.get(layout, "").format(file=migration.path.rpartition("/")[2])


def opened_by(migration: Migration) -> str:
    """Who opened a transaction that the file itself did not open."""
    if migration.transactions is Transactions.STRING:
        return "the file is sent as one string, which the server runs as one transaction"
    reason = f" ({migration.transactions_reason})" if migration.transactions_reason else ""
    what = {
        Transactions.DETECTED: "the runner wraps a migration that holds anything else in a transaction",
        Transactions.ASSUMED: "the runner is presumed to wrap each migration in a transaction",
        Transactions.FILE: "the runner wraps each migration in a transaction",
        Transactions.BATCH: "the runner wraps all pending migrations in one transaction",
        Transactions.STATEMENT: "the runner wraps each statement in a transaction",
    }.get(migration.transactions, "a transaction is open")
    return f"{what}{reason}"


CHECKSUMS = {"flyway", "blueprint", "sqlx"}
"""Layouts whose runner stores a checksum of each file, comments included, and stops when it has changed, or when the
file is gone. (Flyway: `validateOnMigrate`, on unless turned off; sqlx: VersionMismatch, VersionMissing.)"""

CHECKSUMS_OF_STATEMENTS = {"liquibase"}
"""Layouts whose runner stops when a step reads otherwise, spaces aside, but does not miss one that is gone."""

BY_VERSION = {
    "golang-migrate",
    "goose",
    "dbmate",
    "diesel",
    "sqlx",
    "supabase",
    "hasura",
    "pop",
    "atlas",
    "drizzle",
}
"""Layouts whose runner knows a migration by its version alone, so that the rest of its name may change."""

ANY_ORDER = {"liquibase"}
"""Layouts in which a new step has its place among the old ones by design."""

_BOUNDARIES = (Begin, Commit, Rollback)
_MAY_BE_ONLINE = (CreateIndex, DropIndex, Reindex, DetachPartition)
_MAY_REFUSE = frozenset({*_MAY_BE_ONLINE, Vacuum, ServerCommand})


def is_one_transaction(operations: list[Operation]) -> bool:
    """Whether a statement that commits by itself does several things, which then hold their locks together."""
    return len(operations) > 1 and not any(
        type(operation) in _BOUNDARIES or refuses_transaction(operation) for operation in operations
    )


def refuses_transaction(operation: Operation) -> bool:
    """Whether the statement says of itself that it cannot run in a transaction, as a runner can tell."""
    if type(operation) not in _MAY_REFUSE:
        return False
    return not isinstance(operation, _MAY_BE_ONLINE) or operation.online
