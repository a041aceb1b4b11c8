"""The files of a migration that comes after all there are: its version, its name and the runner's own words."""

import re
from collections.abc import Mapping, Sequence

from dblint.migrations.atlas_sum import fits, renewed
from dblint.migrations.files import join
from dblint.migrations.model import History, Migration, Transactions
from dblint.migrations.next_changeset import changeset
from dblint.migrations.next_entry import drizzle_step, ends_its_transaction, sqitch_revert, sqitch_step, version_step
from dblint.migrations.next_name import Asked, NoStep, Place, Written, insertions, undoing, upgrade, with_ends
from dblint.source import Source

__all__ = ["NoStep", "Written", "entered", "has_sections", "insertions", "next_step", "opening_of_down", "way_down"]

_SECTIONS = {
    "goose": ("-- +goose Up\n", "\n-- +goose Down\n", "-- +goose NO TRANSACTION\n", "", ""),
    "sql-migrate": ("-- +migrate Up", "\n-- +migrate Down", "", " notransaction", "\n"),
    "dbmate": ("-- migrate:up", "\n-- migrate:down", "", " transaction:false", "\n"),
}
"""Up and down in one file: what opens each; outside a transaction: what stands before all, and after each opening;
what ends the opening's line."""

_HEADS = {
    "sqlx": "-- no-transaction\n",
    "atlas": "-- atlas:txmode none\n\n",
    "morph": "-- morph:nontransactional\n",
}
"""What a file of its own begins with that is to run outside a transaction."""

_LISTED = {"drizzle": drizzle_step, "sqitch": sqitch_step, "liquibase": changeset, "versioned-folders": version_step}
"""Layouts whose runner has a list of its steps, in which a new one is entered."""

_ALONE = (Transactions.DETECTED, Transactions.ASSUMED, Transactions.STRING, Transactions.NONE)
"""Where a statement that is alone in its migration needs no word to run outside a transaction."""


_BY_WORDS = (Transactions.DETECTED, Transactions.ASSUMED)
"""Where only the words of a statement tell that it refuses a transaction."""


def next_step(
    history: History,
    title: str,
    up: str,
    down: str = "",
    *,
    outside: bool = False,
    commits: bool = False,
    ahead: int = 0,
    made: Sequence[Written] = (),
) -> list[Written]:
    """The files of the migration after the newest, or after `ahead` more that are to be added before it and consist of
    `made`; with what is entered in the runner's list of its migrations, where it has one.

    `up` and `down` are SQL; `down` is left out where the layout, as used here, has no down parts. `outside`: the
    statement refuses a transaction; `commits`: a runner does not see that by its words.
    Raises NoStep where the layout has no place for it.
    """
    newest = next((each for each in reversed(history.migrations) if each.version and not each.repeatable), None)
    if newest is None:
        raise NoStep("no migration has a version that a new one could follow")
    asked = Asked(title=title, up=up, down=down, outside=outside, commits=commits, ahead=ahead, made=made)
    if history.layout in _LISTED:
        if outside and history.layout == "drizzle" and not ends_its_transaction(history):
            _outside(history, newest, newest.path, commits=commits)
        return _LISTED[history.layout](history, newest, asked)
    if history.layout == "atlas" and not ahead and not fits(history):
        raise NoStep("atlas.sum does not fit the files as they are")
    if history.layout == "upgrade-scripts":
        return [with_ends(newest.source, Written(upgrade(history, newest, asked), f"{up.rstrip()}\n"))]
    return _files(history, newest, asked)


def entered(history: History, texts: Mapping[str, Source]) -> list[Source]:
    """What else is another text when files have these: the checksums that Atlas has of them."""
    found = renewed(history, texts) if history.layout == "atlas" else None
    return [found] if found else []


def _files(history: History, newest: Migration, asked: Asked) -> list[Written]:
    outside = asked.outside
    place = Place(history, newest)
    path = place.path(newest.path, asked.title, asked.ahead)
    head, extra = _outside(history, newest, path, commits=asked.commits) if outside else ("", [])
    if history.layout in _SECTIONS:
        texts = [Written(path, _sections(history, asked.up, asked.down, outside=outside))]
    else:
        if outside and history.layout == "pop":
            path = re.sub(r"(\.[a-z]\w*)?\.up\.sql\Z", _autocommit, path)
        texts = [Written(path, head + asked.up.rstrip() + "\n")]
        if history.has_down:
            way = place.down(asked.title, asked.ahead)
            texts.append(Written(way, (head if history.layout == "sqlx" else "") + undoing(asked.down)))
    return [with_ends(newest.source, each) for each in (*texts, *extra)]


def way_down(history: History, migration: Migration) -> str:
    """Where the down part of a migration that lacks one goes: "" where that is in the migration's own file."""
    if history.layout in _SECTIONS:
        return ""
    return (
        sqitch_revert(history, migration) if history.layout == "sqitch" else Place(history, migration).beside(migration)
    )


def opening_of_down(history: History) -> str:
    """What a down part begins with in a layout that keeps it in the migration's own file."""
    _, opening, _, _, end = _SECTIONS[history.layout]
    return opening + end


def has_sections(history: History) -> bool:
    return history.layout in _SECTIONS


def _autocommit(tail: re.Match[str]) -> str:
    """With the database named, since `.autocommit` alone would be read as one."""
    return f"{tail[1] or '.postgres'}.autocommit.up.sql"


def _sections(history: History, up: str, down: str, *, outside: bool) -> str:
    opening, closing, before, option, end = _SECTIONS[history.layout]
    option = option if outside else ""
    text = f"{before if outside else ''}{opening}{option}{end}{up.rstrip()}\n"
    return f"{text}{closing}{option}{end}{undoing(down)}" if history.has_down else text


def _outside(history: History, newest: Migration, path: str, *, commits: bool) -> tuple[str, list[Written]]:
    """What the file begins with, and the files beside it, so that the runner opens no transaction for it."""
    usual = [each.transactions for each in history.migrations if each.transactions_reason in (history.layout, "")]
    mode = usual[-1] if usual else newest.transactions
    configured = any(each.transactions_reason == "configured" for each in history.migrations)
    if commits and mode in _BY_WORDS and history.layout not in ("pop", *_SECTIONS):
        if history.layout != "flyway":
            raise NoStep("nothing says whether the runner opens a transaction for it")
        return "", [Written(f"{path}.conf", "executeInTransaction=false\n")]
    if mode in _ALONE or history.layout in ("pop", *_SECTIONS):
        return "", []
    if history.layout in _HEADS and not configured:
        return _HEADS[history.layout], []
    if history.layout == "diesel" and not configured:
        return "", [Written(join(path.rpartition("/")[0], "metadata.toml"), "run_in_transaction = false\n")]
    if mode is Transactions.BATCH:
        raise NoStep(f"{history.layout} runs all pending migrations in one transaction, which the statement refuses")
    raise NoStep(f"{history.layout} has no way to run a migration outside its transaction")
