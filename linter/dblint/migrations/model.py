"""Migrations as the engine sees them: ordered, with up and down parts, and the runner's transactions."""

from enum import Enum

from msgspec import Struct

from dblint.source import Source, Span


class Transactions(Enum):
    """What the runner wraps around a migration's statements.

    NONE: nothing, each statement commits by itself (psql). STATEMENT: a transaction around each.
    FILE: one around the migration. BATCH: one around all pending migrations.
    STRING: the text is sent as one multi-statement query, which the server runs as one implicit
    transaction, unless it is a single statement or brings its own BEGIN.
    DETECTED: as FILE, but a migration that holds only what a transaction refuses runs without one (Flyway looks
    at the statements itself, and refuses to mix the two kinds). ASSUMED: no runner is known; as FILE, but a
    migration with anything that a transaction refuses is taken to run without one.
    """

    NONE = "none"
    STATEMENT = "statement"
    FILE = "file"
    BATCH = "batch"
    STRING = "string"
    DETECTED = "detected"
    ASSUMED = "assumed"


class Script(Struct, frozen=True):
    """A part of a file that runs: `pieces` are the stretches of its text, in order.

    `bounded`: each piece is exactly one statement, whatever semicolons it holds (goose StatementBegin).
    """

    source: Source
    pieces: tuple[Span, ...]
    bounded: tuple[bool, ...] = ()

    @classmethod
    def whole(cls, source: Source) -> "Script":
        return cls(source, (Span(0, len(source.text)),))


class Migration(Struct, frozen=True, kw_only=True):
    """One step of a history. `number` is its place in the order, from 0.

    `version` is as the layout writes it ("3.2.0", "20240131120000"), `description` for people.
    `down` is empty where the layout has no down part or the file is missing.
    `repeatable`: runs again when it changes (Flyway's R__). `key`: what must be unique among versions.
    """

    number: int
    version: str
    description: str
    source: Source
    up: tuple[Script, ...]
    down: tuple[Script, ...] = ()
    transactions: Transactions
    transactions_reason: str = ""
    """What the mode was read from: "goose", "-- +goose NO TRANSACTION", "dblint.toml"."""
    repeatable: bool = False

    @property
    def path(self) -> str:
        return self.source.path


class Remark(Struct, frozen=True):
    """Something about the files themselves, which rules turn into findings.

    `kind`: "duplicate version", "misnamed", "out of order", "missing up" (a down part alone), "missing down",
    "orphan" (a file or an entry without the other), "unknown directive" (or a misplaced one), "code step",
    "edited" (changed, renamed or gone since it was applied). `of_change`: the change under check made it so, even
    where the file itself is older.
    """

    kind: str
    source: Source
    span: Span
    message: str
    related: tuple[str, ...] = ()
    of_change: bool = False


class History(Struct, frozen=True, kw_only=True):
    """One root's migrations in order, and what was understood and passed over."""

    root: str
    layout: str
    migrations: tuple[Migration, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    """Paths that were not read as migrations, each with the reason."""
    remarks: tuple[Remark, ...] = ()
    has_down: bool = False
    """Whether the layout, as used here, has down parts, so that a missing one is a finding."""
    dialect: str = ""
    """The database that names or marker files speak of ("postgres", "mysql", "tsql", "sqlite", ...), or ""."""
    lists: tuple[Source, ...] = ()
    """Files that are no migrations and in which the runner has a list of them: journal, plan, changelog, checksums."""
