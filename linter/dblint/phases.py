"""Expand and contract: whether a column was retired for long enough before it is dropped."""

import re
from datetime import date
from typing import TYPE_CHECKING

from dblint.catalog.model import Column, Origin, Table
from dblint.migrations.model import Migration
from dblint.migrations.naming import numbers
from dblint.operations import DropColumn

if TYPE_CHECKING:
    from dblint.rule import Before

_DAY = re.compile(r"(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?([0-3]\d)")
_WORD = re.compile(r"[a-z]+|\d+")
_WEAK = frozenset({"id", "at", "is", "has", "old", "new", "of", "the", "v", "name", "code", "type", "date", "count"})


def steps(table: Table, column: Column, before: "Before") -> tuple[Origin, ...]:
    """What prepared for the end of a column before the change: it was freed of its NOT NULL, its values were copied,
    it was called deprecated, or a column that takes its place was added. In order."""
    replaced = [
        other.origin
        for other in table.columns.values()
        if other.origin.migration > column.origin.migration and _akin(column.name, other.name)
    ]
    found = {
        origin.migration: origin
        for origin in (*replaced, *column.retired_by)
        if origin.migration < before.migration.number and not before.schema.introduced(origin)
    }
    return tuple(found[number] for number in sorted(found))


def _akin(one: str, other: str) -> bool:
    """Whether two names share a word that says something."""
    return bool((set(_WORD.findall(one.lower())) & set(_WORD.findall(other.lower()))) - _WEAK)


def retired_in_blueprint(table: Table, column: str, before: "Before") -> bool:
    """Whether the blueprint still has the column and marks it `retired`."""
    declared = before.context.declared
    facts = declared.tables.get(table.name) if declared is not None else None
    own = facts.columns.get(column) if facts is not None else None
    mark = own.said.get("retired") if own is not None else None
    return mark is not None and mark.text not in ("", "false")


def too_early(drop: DropColumn, before: "Before") -> str | None:
    """Why it is too early to drop the column; None where it is not, or where the change itself made it."""
    schema = before.schema
    table, column = schema.table(drop.table), schema.column(drop.table, drop.column)
    if table is None or column is None:
        return "nothing in this history prepares for it"
    if schema.is_new(drop.table) or schema.introduced(column.origin):
        return None
    if retired_in_blueprint(table, column.name, before):
        return None
    found = steps(table, column, before)
    if not found:
        return "no earlier migration makes it dispensable or adds a replacement"
    policy = before.context.policy.policy
    first = before.history.migrations[found[0].migration]
    if policy.release == "version" and release(first.version) == release(before.migration.version):
        return f"the step before it is of the same release: {found[0]}"
    if not policy.phase_days and policy.release != "date":
        return None
    then, now = written_on(first), written_on(before.migration)
    if then is None or now is None:
        return None
    days, least = (now - then).days, max(policy.phase_days, 1)
    if days < least:
        return f"the step before it came {days} day{'s' if days != 1 else ''} earlier, not {least}: {found[0]}"
    return None


def release(version: str) -> tuple[int, ...]:
    """The release that a version is of: its first two numbers, where it has three or more; else all of it."""
    found = numbers(version)
    return found[:2] if version.count(".") >= 2 else found


def written_on(migration: Migration) -> date | None:
    """The day that the version names, or else on which git first saw the file; today for one that it has not seen.
    None outside of git."""
    if named := _DAY.match(migration.version):
        try:
            return date(int(named[1]), int(named[2]), int(named[3]))
        except ValueError:
            pass
    from dblint.revisions import first_seen

    return first_seen(migration.path)
