"""`dblint init`: a configuration, and a workflow, for the migrations that are found."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO, get_args, get_type_hints

import click
from msgspec import Struct

from dblint.cli.output import note, stdout, write_file
from dblint.cli.settings import traceback_option
from dblint.config import Config
from dblint.config_file import find, load, shown
from dblint.deployed import Deployed, deployed
from dblint.dialects import NAMES, title_of
from dblint.errors import UsageError
from dblint.migrations.discover import LAYOUTS, discover
from dblint.migrations.model import History
from dblint.reports.model import plural

FILE = "dblint.toml"
WORKFLOW = ".github/workflows/dblint.yml"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SIGNS = {
    "mysql": re.compile(r"\bENGINE\s*=|\bAUTO_INCREMENT\b|`\w+`", re.IGNORECASE),
    "tsql": re.compile(r"^\s*GO\s*$|\bNVARCHAR\b|\[dbo\]|\bIDENTITY\s*\(\d", re.IGNORECASE | re.MULTILINE),
}
"""What only one database's SQL has."""
ASIDE = {"test", "tests", "testdata", "fixtures", "example", "examples", "sample", "samples", "spec", "vendor"}
"""Folders whose migrations are left out where there are others."""


@click.command("init", short_help="Write a configuration for the migrations that are found.")
@click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--workflow", is_flag=True, help=f"Write {WORKFLOW} as well: the gate on pull requests.")
@traceback_option
def init(folder: str, workflow: bool) -> None:
    """Look for migrations in a folder, and write dblint.toml there: where they are, their layout and database.

    The version of the server is the oldest that compose files, Dockerfiles, CI configurations or .tool-versions
    name. What was found is printed. A file that is there already is never written over.

    \b
      dblint init
      dblint init services/billing
      dblint init --workflow
    """
    top = Path(folder).resolve()
    if existing := find(top):
        raise UsageError("is there already: change it, or take it away first", path=shown(existing))
    root = next((each for each in (top, *top.parents) if (each / ".git").exists()), top)
    gate = root / WORKFLOW if workflow else None
    if gate is not None and gate.exists():
        raise UsageError("is there already: change it, or take it away first", path=shown(gate))
    versions = deployed(top, _known())
    found, aside = _sorted_out(top, versions)
    out = stdout()
    for history, database in found:
        about = f"{plural(len(history.migrations), 'migration')}, {database}"
        out.write(f"{history.root}: {history.layout}, {about}\n")
    out.writelines(f"{history.root}: left out: {why}\n" for history, why in aside)
    file = top / FILE
    write_file(str(file), partial(_write, top, found))
    load(file)
    out.write(f"{shown(file)}: written\n")
    if gate is not None:
        action = _action()
        gate.parent.mkdir(parents=True, exist_ok=True)
        lines = _workflow(action, top.relative_to(root).as_posix())
        write_file(str(gate), lambda stream: stream.writelines(f"{line}\n" for line in lines))
        out.write(f"{shown(gate)}: written\n")
        if action.startswith("OWNER"):
            note(f"put the repository that dblint is taken from in the place of OWNER: {shown(gate)}")
    note("next: dblint check; and dblint baseline, to accept what is there today")


# --- what is found ----------------------------------------------------------------------------


def _known() -> dict[str, tuple[str, ...]]:
    hints = get_type_hints(Config)
    return {dialect: get_args(hints[dialect]) for dialect in ("postgres", "tsql", "mysql")}


class Database(Struct, frozen=True):
    """The dialect of a history, why it is that, and the oldest server of it that something speaks of."""

    dialect: str
    why: str
    server: Deployed | None

    def __str__(self) -> str:
        title = title_of(self.dialect)
        return f"{title} {self.server.version} ({self.server})" if self.server else title


Found = tuple[History, Database]


def _database(history: History, versions: Sequence[Deployed]) -> Database:
    """What names of files and folders say; then the SQL; then what is deployed, if that is but one."""
    spoken = {each.dialect for each in versions}
    dialect, why = history.dialect, "so files or folders are named"
    if not dialect:
        texts = [migration.source.text for migration in history.migrations]
        written = {name: sum(bool(sign.search(text)) for text in texts) for name, sign in SIGNS.items()}
        most = max(written, key=lambda name: written[name])
        dialect, why = (most, "so its SQL is written") if written[most] else ("", "")
    if not dialect and len(spoken) == 1:
        dialect, why = next(iter(spoken)), "so it is deployed"
    if not dialect:
        dialect, why = "postgres", "presumed: nothing names another"
    return Database(dialect, why, next((each for each in versions if each.dialect == dialect), None))


def _sorted_out(top: Path, versions: Sequence[Deployed]) -> tuple[list[Found], list[tuple[History, str]]]:
    """The histories to be configured with their databases, and the others, each with the reason."""
    every = [history for history in discover(top) if history.migrations]
    tried = {id(history): bool(ASIDE & set(_place(top, history).split("/"))) for history in every}
    found: list[Found] = []
    aside: list[tuple[History, str]] = []
    for history in every:
        database = _database(history, versions)
        if database.dialect not in NAMES:
            aside.append((history, f"{title_of(database.dialect)} is not read by dblint"))
        elif tried[id(history)] and not all(tried.values()):
            aside.append((history, "its path is that of tests or examples"))
        else:
            found.append((history, database))
    if not found:
        reasons = "; ".join(f"{history.root}: {why}" for history, why in aside)
        raise UsageError(f"there are no migrations to be checked{f' ({reasons})' if aside else ''}", path=shown(top))
    return found, aside


def _place(top: Path, history: History) -> str:
    return Path(history.root).resolve().relative_to(top).as_posix()


# --- what is written --------------------------------------------------------------------------


def _write(top: Path, found: list[Found], out: TextIO) -> None:
    out.write("# What dblint is told; `dblint config` shows all that is in force, and why.\n\n")
    for dialect, server in {database.dialect: database.server for _, database in found}.items():
        if server is not None:
            out.write(f"{dialect} = {_text(server.version)}  # the oldest that you deploy to: {server} names it\n")
        else:
            usual = getattr(Config(), dialect)
            out.write(f"# {dialect} = {_text(usual)}  # the oldest that you deploy to; this where nothing is said\n")
    out.write('fail-on = "error"\n')
    by_place: dict[str, list[Found]] = {}
    for each in found:
        by_place.setdefault(_place(top, each[0]), []).append(each)
    for place, some in sorted(by_place.items(), key=lambda each: each[0] != "."):  # the keys of "." precede tables
        history, database = some[0]
        out.write("\n")
        if place != ".":
            out.write(f"[[roots]]\npath = {_text(place)}\n")
        if history.layout in {layout.name for layout in LAYOUTS}:
            out.write(f"layout = {_text(history.layout)}\n")
        if len(some) == 1:
            out.write(f"dialect = {_text(database.dialect)}  # {database.why}\n")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _action() -> str:
    """The action as workflows name it: the repository that this dblint was installed from, at its version."""
    from dblint.reports.tool import installed

    tool = installed()
    host, _, name = tool.home.removeprefix("https://").partition("/")
    return f"{name if host == 'github.com' else 'OWNER/dblint'}@v{tool.version}"


def _workflow(action: str, folder: str) -> Iterator[str]:
    """The lines of the workflow; `folder` is where the configuration lies, from the repository's root."""
    yield "# What the migrations of a pull request will do to the running database."
    yield "name: dblint"
    yield "on: pull_request"
    yield "permissions: {}"
    yield "concurrency:"
    yield "  group: dblint-${{ github.ref }}"
    yield "  cancel-in-progress: true"
    yield "jobs:"
    yield "  migrations:"
    yield "    name: Migrations"
    yield "    runs-on: ubuntu-latest"
    yield "    timeout-minutes: 10"
    yield "    permissions:"
    yield "      contents: read # to check out the repository"
    yield "    steps:"
    yield f"      - uses: {CHECKOUT}"
    yield "        with:"
    yield "          fetch-depth: 0 # the base branch, and where this one left it"
    yield "          persist-credentials: false"
    yield f"      - uses: {action}"
    if folder != ".":
        yield "        with:"
        yield f"          paths: {_text(folder)}"
