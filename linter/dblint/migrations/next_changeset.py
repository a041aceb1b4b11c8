"""Further migrations for Liquibase: a changeset, in a file of its own or behind the last one of a changelog in SQL."""

import re
from pathlib import Path

from dblint.errors import UsageError
from dblint.migrations.files import read_source
from dblint.migrations.liquibase import MASTER
from dblint.migrations.model import History, Migration
from dblint.migrations.next_name import Asked, NoStep, Place, Written, advanced, parts, slug, unused, with_ends

_NUMBER = re.compile(r"\d+(?:[.-]\d+)*\Z")


def changeset(history: History, newest: Migration, asked: Asked) -> list[Written]:
    """The changeset in a new file where each file has one and all of the folder's files are run; else at the end of the
    newest changeset's file: Liquibase knows changesets, not files, and those above it stay as they are."""
    name = newest.version.partition(":")[0]
    author = f'"{name}"' if " " in name else name
    heading = _heading(newest)
    known = {each.version.partition(":")[2] for each in history.migrations}
    known |= {found for each in asked.made for found in re.findall(rf"changeset {re.escape(author)}:(\S+)", each.text)}
    options = f"{_filter(heading)}{' runInTransaction:false' if asked.outside else ''}"
    lead = "-- " if re.match(r"--\s", heading) else "--"
    text = f"{lead}changeset {author}:{unused(_id(newest, asked), known)}{options}\n{asked.up.rstrip()}\n"
    if history.has_down:
        lines = [line for line in asked.down.splitlines() if line.strip() and not line.startswith("--")]
        text += "".join(f"{lead}rollback {line}\n" for line in lines or ["empty"])
    source = newest.source
    if path := _file(history, newest, asked):
        return [with_ends(source, Written(path, f"{_first_line(source.text)}\n\n{text}"))]
    end = len(source.text.rstrip())
    return [Written(source.path, f"\n\n{text.rstrip()}", end)]


def _heading(newest: Migration) -> str:
    """The line with which the newest changeset begins."""
    author, _, name = newest.version.partition(":")
    pattern = rf"(?mi)^[ \t]*(--[ \t]*changeset\b.*{re.escape(author)}.*:.*{re.escape(name)}[^\r\n]*)"
    found = re.search(pattern, newest.source.text)
    if found is None:
        raise NoStep(f"the changeset {newest.version} does not show how the next one would begin")
    return found[1]


def _filter(heading: str) -> str:
    """The databases that the changeset is for, since a new one is for the same."""
    found = re.search(r"(?i)\sdbms:(?:\"[^\"]*\"|\S+)", heading)
    return found[0] if found else ""


def _id(newest: Migration, asked: Asked) -> str:
    """A number where the newest has one, and words where it has some."""
    name = newest.version.partition(":")[2]
    if _NUMBER.match(name):
        return advanced(name, asked.ahead + 1)
    try:
        found = parts("liquibase", name)
    except NoStep:
        return slug(asked.title, name)
    version, sep = advanced(found["version"], asked.ahead + 1), found["sep"] or "_"
    return f"{found['head']}{version}{sep}{slug(asked.title, sep + (found['title'] or ''))}"


def _first_line(text: str) -> str:
    return text.lstrip().splitlines()[0].rstrip()


def _file(history: History, newest: Migration, asked: Asked) -> str:
    """The path of a file of its own, or "" where the changeset goes into the newest one's."""
    paths = [each.path for each in history.migrations]
    if paths.count(newest.path) > 1 or len(set(paths)) == 1 or not _all_run(history):
        return ""
    try:
        return Place(history, newest).path(newest.path, asked.title, asked.ahead)
    except NoStep:
        return ""


def _all_run(history: History) -> bool:
    """Whether a file is run because it is in the folder: a changelog includes all, or there is none."""
    texts = [each.text for each in history.lists]
    if not texts:
        for folder in Path(history.root).absolute().parents[:2]:
            try:
                texts += [read_source(each).text for each in sorted(folder.iterdir()) if MASTER.match(each.name)]
            except (OSError, UsageError):
                continue
    return not texts or any("includeAll" in text for text in texts)
