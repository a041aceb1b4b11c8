"""What the fixes of many rules are made of: names as SQL has them, later migrations, ways out of a transaction."""

import re
from collections.abc import Iterable

from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.evidence import in_use
from dblint.lexer import RESERVED
from dblint.migrations.model import Transactions
from dblint.names import Name, quote
from dblint.operations import CreateIndex, DetachPartition, DropIndex, Operation, Reindex
from dblint.placing import clause_removal, last_element, removal
from dblint.rule import After, Applicability, Before, Fix, NewFile, NewStep
from dblint.runners import refuses_transaction
from dblint.source import Edit, Span, Statement
from dblint.way_back import WayBack, way_back


def sql(name: str | Name) -> str:
    """A name as SQL needs it, quoted where its spelling or a reserved word asks for it."""
    if isinstance(name, Name):
        return f"{sql(name.schema)}.{sql(name.name)}" if name.schema else sql(name.name)
    return f'"{name}"' if name in RESERVED else quote(name)


def spelled(schema: Schema, name: Name) -> str:
    """The name of a relation for another statement: with its schema, unless that is where every session looks."""
    full = schema.resolve(name)
    return sql(Name(full.name) if tuple(schema.search_path) == ("public",) == (full.schema,) else full)


def listed_sql(names: Iterable[str]) -> str:
    return ", ".join(map(sql, names))


def fix(
    title: str,
    *edits: Edit | None,
    steps: tuple[NewStep, ...] = (),
    files: tuple[NewFile, ...] = (),
    safe: bool = False,
    changes: Iterable[str] = (),
) -> Fix | None:
    """The fix, or None if one of its edits has no place."""
    placed = tuple(edit for edit in edits if edit is not None)
    if len(placed) < len(edits) or not (placed or steps or files):
        return None
    return Fix(
        title=title,
        edits=placed,
        steps=steps,
        files=files,
        applicability=Applicability.SAFE if safe else Applicability.UNSAFE,
        changes=frozenset(changes),
    )


def recipe(title: str) -> Fix:
    """What takes several deploys, or a decision: said, never applied."""
    return Fix(title=title, applicability=Applicability.DISPLAY)


def withheld(reason: str) -> Fix:
    """No fix, and why."""
    return Fix(title=reason, withheld=reason)


# --- taking things out --------------------------------------------------------------------------


def taken_out(operation: Operation, before: Before) -> Edit | None:
    """The statement away, or its clause where it does more than this one thing."""
    if operation.guards:
        return None
    whole = [each for each in before.operations if each.statement is operation.statement]
    if len(whole) <= 1:
        return removal(operation.statement)
    return clause_removal(operation.statement, operation.span)


def named_later(before: Before, name: str, *, gone: Iterable[str] = ()) -> bool:
    """Whether a later statement, of this migration or of one after it, names what a fix would make or change later, or
    drops or renames one of `gone`, tables and columns that it rests on."""
    rested_on = "|".join(map(re.escape, gone))
    word = re.compile(
        rf"\b{re.escape(name)}\b"
        + (rf"|(?i:\b(?:DROP\s+(?:TABLE|COLUMN)|RENAME)\b[^;]*?\b(?:{rested_on})\b)" if rested_on else "")
    )
    own, end = before.operation.source, before.operation.statement.span.end
    for migration in before.history.migrations[before.migration.number :]:
        for part in migration.up:
            for piece in part.pieces:
                start = end if part.source is own and migration is before.migration else piece.start
                if word.search(part.source.text, max(start, piece.start), piece.end):
                    return True
    return False


# --- out of the transaction -----------------------------------------------------------------------


def outside(
    before: Before,
    title: str,
    *edits: Edit | None,
    name: str = "",
    down: str = "",
    also: Iterable[str] = (),
    gone: Iterable[str] = (),
) -> Fix | None:
    """The statement that `before` is about with these edits, and out of the runner's transaction: by the runner's own
    word if all else in the file may go along, in a migration of its own otherwise.

    `name`: of what it makes or drops, for the new migration. `down`: what undoes it there. `also`: the names of what
    goes the same way in migrations that the caller adds. `gone`: as `named_later` takes it.
    """
    operation, migration = before.operation, before.migration
    if operation.guards or any(edit is None for edit in edits):
        return None
    transaction = before.schema.transaction
    explicit = transaction is not None and transaction.explicit
    mode = migration.transactions
    others = [each for each in before.operations if each.statement is not operation.statement]
    together = all(refuses_transaction(each) or _may_be_online(each, before) for each in others)
    if not explicit:
        settled = transaction is None and mode is not Transactions.STRING
        if settled or mode is Transactions.ASSUMED or (mode is Transactions.DETECTED and together):
            return fix(title, *edits) if edits else None
        if mode is Transactions.STRING and not others:
            return fix(title, *edits) if edits else None
        if together and (said := _said_to_runner(before)):
            word, files = said
            return fix(title, *edits, *word, files=files)
    if name and named_later(before, name, gone=gone):
        return recipe(f"{title} in an earlier migration: later statements rest on {name}")
    text = _edited(operation.statement.text, operation.statement.span.start, edits)
    back = way_back(migration, name, down, also=also) if name else WayBack(down)
    step = NewStep(title=f"{_verb(text)} {name}".rstrip(), up=f"{text};", down=back.down, outside=True)
    words = f"{title}, in a migration of its own"
    return fix(words, removal(operation.statement), *back.edits, steps=(step,), files=back.files)


def _verb(text: str) -> str:
    """`create index`, `vacuum`: what a statement does, for the name of its file."""
    words = text.lower().split(None, 2)
    return " ".join(words[:2]) if words[0] in ("create", "drop") and words[1] != "unique" else words[0]


def _may_be_online(operation: Operation, before: Before) -> bool:
    """Whether the statement is one that a fix of its own makes CONCURRENTLY as well."""
    if isinstance(operation, CreateIndex):
        return in_use(before, operation.table)
    if isinstance(operation, DropIndex):
        if operation.span.start < before.operation.span.start:  # its index is gone by now
            return not operation.cascade and operation.count == 1 and _named_earlier(before, operation.name.name)
        return plain_drop(operation, before)
    return isinstance(operation, Reindex | DetachPartition)


def _named_earlier(before: Before, name: str) -> bool:
    """Whether a migration before this one names it, so that it was there."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    earlier = before.history.migrations[: before.migration.number]
    return any(word.search(part.source.text) for migration in earlier for part in migration.up)


def plain_drop(drop: DropIndex, before: Before) -> bool:
    """Whether it drops one index that is in use and that CONCURRENTLY can drop."""
    index = before.schema.index(drop.name)
    if index is None or drop.online or drop.cascade or drop.count > 1 or not in_use(before, index.table):
        return False
    table = before.schema.table(index.table)
    return table is None or table.kind != "partitioned table"


ALONE = (Transactions.DETECTED, Transactions.ASSUMED, Transactions.STRING)
"""Where a statement that is alone in its file needs no word to run outside a transaction."""

_FIRST_LINES = {
    "goose": "-- +goose NO TRANSACTION\n",
    "sqlx": "-- no-transaction\n",
    "atlas": "-- atlas:txmode none\n\n",
    "morph": "-- morph:nontransactional\n",
}
_WORDS = {"dbmate": ("-- migrate:up", " transaction:false"), "sql-migrate": ("-- +migrate Up", " notransaction")}


def _said_to_runner(before: Before) -> tuple[tuple[Edit, ...], tuple[NewFile, ...]] | None:
    """How this migration says to its runner that it needs no transaction; None where it cannot."""
    layout, migration = before.history.layout, before.migration
    if migration.transactions_reason == "configured":
        return None
    if line := _FIRST_LINES.get(layout):
        return (Edit(Span(0, 0), line),), ()
    if layout in _WORDS:
        opening, word = _WORDS[layout]
        at = migration.source.text.find(opening)
        return ((Edit(Span(at + len(opening), at + len(opening)), word),), ()) if at >= 0 else None
    if layout == "liquibase":  # at the end of the changeset's heading, behind which its text begins
        at = migration.up[0].pieces[0].start
        heading = migration.source.text[:at].rpartition("\n")[2]
        return ((Edit(Span(at, at), " runInTransaction:false"),), ()) if "changeset" in heading else None
    if layout == "diesel":
        folder = migration.path.rpartition("/")[0]
        return (), (NewFile(f"{folder}/metadata.toml", "run_in_transaction = false\n"),)
    return None


def _edited(text: str, start: int, edits: Iterable[Edit | None]) -> str:
    for edit in sorted((edit for edit in edits if edit is not None), reverse=True):
        text = text[: edit.span.start - start] + edit.text + text[edit.span.end - start :]
    return text.rstrip().removesuffix(";").rstrip()


# --- columns --------------------------------------------------------------------------------------


def new_column(table: Table, after: After, name: str, definition: str, title: str) -> Fix | None:
    """A further column: in the CREATE TABLE, if that has run nowhere; else by a new migration.

    `definition` is what follows the name.
    """
    changes = [label("column", table.name, name)]
    if "NOT NULL" in definition and after.version >= 18:
        changes.append(label("constraint", table.name, compose(table.name.name, name, "not_null")))
    if after.context.editable(table.origin.migration) and table.renamed_by is None:
        return fix(title, *_element(table.origin.statement, f"{sql(name)} {definition}"), changes=changes)
    place = spelled(after.schema, table.name)
    step = NewStep(
        title=f"add {table.name.name} {name}",
        up=f"ALTER TABLE {place} ADD COLUMN {sql(name)} {definition};",
        down=f"ALTER TABLE {place} DROP COLUMN {sql(name)};",
    )
    return fix(title, steps=(step,), changes=changes)


def _element(statement: Statement, text: str) -> tuple[Edit | None, ...]:
    """One more element of a CREATE TABLE, behind the last one and what is said of that at the end of its line."""
    source = statement.source
    place = last_element(source, statement.span)
    if place is None:
        return (None,)
    line = source.line_span(source.position(place.start).line)
    lead = source.text[line.start : place.start]
    if lead.strip():
        return (Edit(Span(place.end, place.end), f", {text}"),)
    end = source.line_span(source.position(place.end).line).end
    if source.text[place.end : end].lstrip().startswith("--"):
        return Edit(Span(place.end, place.end), ","), Edit(Span(end, end), f"\n{lead}{text}")
    return (Edit(Span(place.end, place.end), f",\n{lead}{text}"),)
