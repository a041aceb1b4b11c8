"""Layouts with a folder for each step: diesel, Hasura, Prisma."""

import re
from collections.abc import Iterator

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, code_step
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import dialect_of, words

_MILLISECONDS = re.compile(r"\d{13}(?:_|\Z)")
_OUTSIDE_TRANSACTION = r"(?m)^[ \t]*run_in_transaction[ \t]*=[ \t]*false\b"
_PROVIDER = r"(?m)^[ \t]*provider[ \t]*=[ \t]*\"(\w+)\""
_CODE = ("up.ts", "up.js", "up.py", "up.go", "up.rs", "up.rb", "migration.ts", "migration.js")


def _with(folder: Folder, name: str) -> Iterator[str]:
    return (step for step, inside in folder.folders.items() if name in inside.files)


def _detect_diesel(folder: Folder) -> int:
    return 75 if any(True for _ in _with(folder, "up.sql")) else 0


def _detect_hasura(folder: Folder) -> int:
    return 76 if any(_MILLISECONDS.match(name) for name in _with(folder, "up.sql")) else 0


def _detect_prisma(folder: Folder) -> int:
    steps = any(True for _ in _with(folder, "migration.sql"))
    return (98 if "migration_lock.toml" in folder.files else 75) if steps else 0


def _read_diesel(folder: Folder) -> Draft:
    """By the folder's name up to `_` without dashes, compared as text."""
    draft = Draft(folder)
    for name, inside in _steps(draft, "up.sql", "down.sql"):
        version = name.partition("_")[0].replace("-", "")
        step = _step(draft, inside, (version, name), version, name)
        if "metadata.toml" in inside.files and re.search(_OUTSIDE_TRANSACTION, inside.source("metadata.toml").text):
            step.transactions, step.reason = Transactions.NONE, "run_in_transaction = false in metadata.toml"
    return draft


def _read_hasura(folder: Folder) -> Draft:
    draft = Draft(folder)
    for name, inside in _steps(draft, "up.sql", "down.sql"):
        version = name.partition("_")[0]
        _step(draft, inside, (int(version) if version.isdigit() else 0, name), version, name)
    return draft


def _read_prisma(folder: Folder) -> Draft:
    """By the folder's name, compared as text."""
    draft = Draft(folder)
    for name, inside in _steps(draft, "migration.sql", "down.sql"):
        step = _step(draft, inside, (name,), name.partition("_")[0], name, up="migration.sql")
        step.identity = None
    if "migration_lock.toml" in folder.files:
        provider = re.search(_PROVIDER, folder.source("migration_lock.toml").text)
        draft.dialect = dialect_of(provider[1]) if provider else ""
    return draft


def _steps(draft: Draft, up: str, down: str) -> Iterator[tuple[str, Folder]]:
    """The folders with a step, claimed; what is no step is said."""
    folder = draft.folder
    for name in folder.files:
        if name.lower().endswith(".sql"):
            draft.skip(folder.show(name), "not in a step's folder")
    for name, inside in folder.folders.items():
        code = next((code for code in _CODE if code in inside.files), "")
        if up in inside.files:
            yield name, inside
        elif down in inside.files:
            draft.remark("missing up", inside.source(down), f"nothing runs in {name}: it has {down} and no {up}")
            draft.skip(inside.show(down), f"no {up} beside it")
        elif code:
            code_step(draft, inside, code)
        elif name[:1].isdigit():
            for file in inside.files:
                if file.lower().endswith(".sql"):
                    draft.misnamed(inside.source(file), f"{file} is not run: the runner looks for {up}")
        else:
            continue
        draft.claimed.add(name)
        if up in inside.files:
            for file in inside.files:
                if file.endswith(".sql") and file not in (up, down):
                    draft.skip(inside.show(file), f"beside {up}, which alone is run")


def _step(draft: Draft, inside: Folder, key: tuple[object, ...], version: str, name: str, up: str = "up.sql") -> Step:
    source = inside.source(up)
    down = (Script.whole(inside.source("down.sql")),) if "down.sql" in inside.files else ()
    description = words(name.partition("_")[2])
    step = Step(key, version, description, source, (Script.whole(source),), down, identity=version)
    draft.steps.append(step)
    return step


LAYOUTS = (
    Layout(
        name="prisma",
        names="<timestamp>_<name>/migration.sql",
        detect=_detect_prisma,
        read=_read_prisma,
        transactions=Transactions.STRING,
        textual=True,
    ),
    Layout(
        name="hasura",
        names="<timestamp>_<name>/up.sql under migrations/<database>/",
        detect=_detect_hasura,
        read=_read_hasura,
        transactions=Transactions.FILE,
    ),
    Layout(
        name="diesel",
        names="<version>_<name>/up.sql",
        detect=_detect_diesel,
        read=_read_diesel,
        transactions=Transactions.FILE,
        textual=True,
    ),
)
