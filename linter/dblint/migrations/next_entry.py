"""Further migrations for runners with a list of them: Drizzle's journal, Sqitch's plan, a version's manifest."""

import json
import re
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from dblint.lexer import split_statements
from dblint.migrations.drizzle import BREAKPOINT
from dblint.migrations.files import join
from dblint.migrations.model import History, Migration
from dblint.migrations.next_name import Asked, NoStep, Place, Written, advanced, slug, undoing, unused, with_ends
from dblint.migrations.sqitch import planned
from dblint.source import Source

# --- Drizzle ---


def drizzle_step(history: History, newest: Migration, asked: Asked) -> list[Written]:
    """The file, its statements with breakpoints between them, and its entry in the journal.

    The journal dates it a millisecond after its newest entry, since the migrator runs what is dated later than the last
    one that it ran. drizzle-kit's snapshot stays the newest one's: SQL that did not come from the schema in TypeScript
    is in none, and `drizzle-kit generate` compares with the newest that there is.
    """
    if not history.lists:
        raise NoStep("its journal, meta/_journal.json, is not here")
    path = Place(history, newest).path(newest.path, asked.title, asked.ahead)
    journal = history.lists[0]
    tag = path.rpartition("/")[2].removesuffix(".sql")
    entry = _entry(journal, tag, asked.ahead)
    up = f"COMMIT;\n{asked.up}" if asked.outside and ends_its_transaction(history) else asked.up
    text = _broken(up) if re.search(r'"breakpoints"\s*:\s*true', entry.text) else up
    return [with_ends(newest.source, Written(path, text.rstrip() + "\n")), entry]


def ends_its_transaction(history: History) -> bool:
    """Whether a migration ends Drizzle's transaction by a COMMIT of its own before what refuses one.

    The migrator has no word for that; people who write so have taken it on them that the batch is no longer one piece.
    """
    return any(
        "CONCURRENTLY" in each.source.text and re.search(_COMMITTED, each.source.text)
        for each in reversed(history.migrations)
    )


_COMMITTED = r"(?msi)^\s*COMMIT;[^\S\n]*(?:--[^\n]*)?$.*\bCONCURRENTLY\b"


def _entry(journal: Source, tag: str, ahead: int) -> Written:
    """The journal's last entry once more, behind it, with another number, date and tag."""
    lead, last, end, highest = _last(journal.text)
    for key, value in highest.items():
        last = re.sub(rf'("{key}"\s*:\s*)\d+', rf"\g<1>{value + 1 + ahead}", last, count=1)
    new = re.sub(r'("tag"\s*:\s*)"[^"]*"', lambda found: found[1] + json.dumps(tag), last, count=1)
    return Written(journal.path, f",{lead}{new}".replace("\r\n", "\n"), end)


@lru_cache(maxsize=1)
def _last(text: str) -> tuple[str, str, int, dict[str, int]]:
    """Of a journal: what stands before an entry, the last entry, where it ends, and the highest number and date."""
    opening = re.search(r'"entries"\s*:\s*\[(\s*)', text)
    if opening is None or text[opening.end()] != "{":
        raise NoStep("the journal has no list of entries")
    entries: list[dict[str, Any]] = []
    start, end = opening.end(), opening.end()
    while following := re.compile(r"[\s,]*(?=\{)").match(text, end):
        start = following.end()
        entry, end = json.JSONDecoder().raw_decode(text, start)
        entries.append(entry)
    highest = {key: max(int(each.get(key, 0)) for each in entries) for key in ("idx", "when")}
    return opening[1], text[start:end], end, highest


def _broken(text: str) -> str:
    """SQL with a breakpoint behind each statement but the last, as drizzle-kit writes them."""
    ends = [text.find(";", each.end) + 1 for each in split_statements(text)]
    cuts = [0, *(end for end in ends[:-1] if end > 0), len(text)]
    pieces = [text[start:end].strip() for start, end in pairwise(cuts)]
    return f"{BREAKPOINT}\n".join(pieces)


# --- Sqitch ---

_PLANNED = r"(?m)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[ \t]+([^\r\n<>#]+<[^\r\n<>]*>)"
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def sqitch_step(history: History, newest: Migration, asked: Asked) -> list[Written]:
    """The deploy script, with a revert and a verify script where the project has them, and the line of the plan.

    The plan's line bears the planner of the one before it and a time a second later: each is a function of the plan.
    """
    if not history.lists:
        raise NoStep("sqitch.plan is not here")
    plan = history.lists[0]
    entries = re.findall(_PLANNED, plan.text)
    if not entries:
        raise NoStep("no line of sqitch.plan says who planned it and when")
    deploy = newest.path.removesuffix(f"{newest.version}.sql")
    name = _change_name(history, plan, deploy, asked)
    time = datetime.strptime(max(stamp for stamp, _ in entries), _STAMP) + timedelta(seconds=asked.ahead + 1)
    line = f"{name} {time.strftime(_STAMP)} {entries[-1][1].strip()} # {_sentence(asked.title)}"
    files = [Written(f"{deploy}{name}.sql", _script(history, newest, "Deploy", name, asked.up, asked.outside))]
    if revert := _reverts(history):
        text = _script(history, newest, "Revert", name, undoing(asked.down), asked.outside)
        files.append(Written(f"{revert}{name}.sql", text))
    if verify := _verifies(history, deploy):
        nothing = "-- Nothing more is to be seen: where this cannot be done, the deploy fails."
        files.append(Written(f"{verify}{name}.sql", _script(history, newest, "Verify", name, nothing, False)))
    entry = Written(plan.path, f"\n{line}", len(plan.text.rstrip()))
    return [*(with_ends(newest.source, each) for each in files), entry]


def _change_name(history: History, plan: Source, deploy: str, asked: Asked) -> str:
    """A name that no change has, since a second change of one name is a rework of the first. It stands in a folder only
    where all changes stand in that."""
    names = {each.name for each in planned(plan)}
    names |= {
        each.path.removeprefix(deploy).removesuffix(".sql") for each in asked.made if each.path.startswith(deploy)
    }
    folders = {each.version.rpartition("/")[0] for each in history.migrations}
    folder = folders.pop() if len(folders) == 1 else ""
    return unused(join(folder, slug(asked.title, history.migrations[-1].version.rpartition("/")[2])), names)


def _reverts(history: History) -> str:
    """The folder of revert scripts, with a slash; "" where most changes have none."""
    if not history.has_down:
        return ""
    last = next(each for each in reversed(history.migrations) if each.down)
    return last.down[0].source.path.removesuffix(f"{last.version}.sql")


def sqitch_revert(history: History, migration: Migration) -> str:
    """The path of the revert script of a change that has none."""
    if revert := _reverts(history):
        return f"{revert}{migration.version}.sql"
    raise NoStep("most changes have no revert script")


def _verifies(history: History, deploy: str) -> str:
    """The folder of verify scripts, with a slash; "" where there are none."""
    folder = f"{deploy.rstrip('/').rpartition('/')[0]}/verify/".lstrip("/")
    return folder if any(path.startswith(folder) for path, _ in history.skipped) else ""


def _script(history: History, newest: Migration, what: str, name: str, text: str, outside: bool) -> str:
    """A script with the heading and the transaction that Sqitch's templates have."""
    project = re.search(r"(?m)^%project=([^\s]+)", history.lists[0].text)
    engine = re.search(r"(?m)^-- Deploy .* to (\w+)", newest.source.text)
    to = f" {_PREPOSITIONS[what]} {engine[1]}" if engine else ""
    heading = f"-- {what} {project[1] + ':' if project else ''}{name}{to}\n\n"
    if outside:
        return f"{heading}{text.rstrip()}\n"
    lower = re.search(r"(?m)^begin;", newest.source.text)
    begin, end = "BEGIN;", "ROLLBACK;" if what == "Verify" else "COMMIT;"
    begin, end = (begin.lower(), end.lower()) if lower else (begin, end)
    return f"{heading}{begin}\n\n{text.rstrip()}\n\n{end}\n"


_PREPOSITIONS = {"Deploy": "to", "Revert": "from", "Verify": "on"}


def _sentence(title: str) -> str:
    return title[:1].upper() + title[1:]


# --- a manifest for each version ---

_OF_VERSION = re.compile(r"(?i)curr|^version$")


def version_step(history: History, newest: Migration, asked: Asked) -> list[Written]:
    """A folder for the next version, with the script and a manifest like that of the newest version."""
    place, _, file = newest.path.rpartition("/")
    manifest = next((each for each in history.lists if each.path == join(place, "manifest.json")), None)
    if manifest is None:
        raise NoStep(f"{file} is in no manifest")
    above, _, folder = place.rpartition("/")
    version = advanced(newest.version, asked.ahead + 1)
    name = f"{slug(asked.title, file)}.sql"
    document = json.loads(manifest.text)
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(each, str) and each.endswith(".sql") for each in value):
            document[key] = [name]
        elif _OF_VERSION.search(key) and value == newest.version:
            document[key] = version
        elif key.lower() == "description":
            document[key] = _sentence(asked.title)
    indent = re.search(r"\n([ \t]+)", manifest.text)
    text = json.dumps(document, indent=indent[1] if indent else None, ensure_ascii=False)
    end = "\n" if manifest.text.endswith("\n") else ""
    new = join(above, folder.replace(newest.version, version))
    return [
        with_ends(newest.source, Written(join(new, name), asked.up.rstrip() + "\n")),
        with_ends(manifest, Written(join(new, "manifest.json"), text + end)),
    ]
