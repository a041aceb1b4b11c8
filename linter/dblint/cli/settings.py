"""The options that say how migrations are read, and the configuration that follows from them and the files."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import click
from msgspec import Struct
from msgspec.structs import replace

from dblint.config import Config, Reason, Root
from dblint.config_file import closest, find, load, shown
from dblint.errors import UsageError
from dblint.migrations.model import Transactions
from dblint.scope import ALL, AUTO, Scope, presumed

F = TypeVar("F", bound=Callable[..., Any])
STDIN = "-"


def choices(key: str) -> click.Choice[str]:
    """The values that a key of the configuration takes."""
    kind = get_type_hints(Config)[key]
    texts = [value for part in (kind, *get_args(kind)) for value in get_args(part) or (part,) if isinstance(value, str)]
    return click.Choice(list(dict.fromkeys(texts)))


def _remember_traceback(ctx: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.find_root().ensure_object(dict)["traceback"] = True


traceback_option = click.option(
    "--traceback",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember_traceback,
    help="Show where in dblint an internal error arose.",
)


class Reading(Struct, frozen=True, kw_only=True):
    """What the reading options said; None where they said nothing."""

    config: str | None
    dialect: str | None
    postgres: str | None
    layout: str | None
    transaction: str | None


_READING = (
    click.option("--config", metavar="FILE", help="Use this configuration file, and no other."),
    click.option("--dialect", type=choices("dialect"), help="The database; detected when left out."),
    click.option("--postgres", metavar="VERSION", type=choices("postgres"), help="Major version of PostgreSQL."),
    click.option("--layout", metavar="NAME", help="How the migrations are laid out; detected when left out."),
    click.option(
        "--transaction",
        type=click.Choice([mode.value for mode in Transactions]),
        help="What the runner wraps in a transaction; when left out, what the layout's runner does.",
    ),
    traceback_option,
)


def reading_options(command: F) -> F:
    """Gives a command the options that `Reading` holds."""
    for option in reversed(_READING):
        command = option(command)
    return command


_CHANGE = (
    click.option(
        "--new",
        multiple=True,
        metavar="PATH|auto|all",
        help="The change: these files; or, with auto, what the base branch does not have (the default for pull "
        "requests in CI); or all, each in turn (the default elsewhere). The others are folded before them.",
    ),
    click.option("--since", metavar="VERSION", default="", help="The change is all that comes after this version."),
    click.option("--since-commit", metavar="REV", default="", help="The change is all that this commit does not have."),
    click.option("--base", metavar="BRANCH", default="", help="The branch to be merged into, for --new auto."),
    click.option(
        "--applied", metavar="FILE", default="", help="The change is all that this list of versions or files lacks."
    ),
)


def change_options(command: F) -> F:
    """Gives a command the options that `scope_of` reads."""
    for option in reversed(_CHANGE):
        command = option(command)
    return command


def scope_of(new: tuple[str, ...], since: str, since_commit: str, base: str, applied: str) -> Scope:
    """What the options say that the change is; where they say nothing, what fits the place. At most one may."""
    words = {word for word in new if word in (AUTO, ALL)}
    named = tuple(path for path in new if path not in words)
    asked = {
        "--new": named,
        f"--new {AUTO}": AUTO in words or base,
        f"--new {ALL}": ALL in words,
        "--since": since,
        "--since-commit": since_commit,
        "--applied": applied,
    }
    given = [option for option, value in asked.items() if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} say different things about what the change is: choose one.")
    if AUTO in words or base:
        return Scope(auto="asked", base=base)
    if not given and presumed(os.environ):
        return Scope(auto="presumed")
    return Scope(new=named, since=since, since_commit=since_commit, applied=applied, every=ALL in words)


class Plan(Struct, frozen=True):
    """Where migrations are looked for, and the configuration of the run."""

    paths: tuple[str, ...]
    config: Config


def plan(paths: Sequence[str], reading: Reading) -> Plan:
    """What these paths and options ask for.

    A folder that holds `[[roots]]` of its configuration stands for those; without paths, all of them are meant.
    Paths with different configuration files keep each their own. Raises UsageError for a path that is not there.
    """
    named = load(Path(reading.config)) if reading.config is not None else None
    loaded: dict[Path, Config] = {}
    own: dict[str, Config] = {}
    wanted: list[str] = []
    for path in paths or (".",):
        if path != STDIN and not Path(path).exists():
            from dblint.cli import COMMANDS

            raise UsageError(f"no such file or folder{closest(path, COMMANDS)}", path=path)
        place = Path() if path == STDIN else Path(path)
        file = None if named else find(place)
        if file is not None and file not in loaded:
            loaded[file] = load(file)
        own[path] = named or (loaded[file] if file is not None else Config())
        below = [] if path == STDIN else _roots_below(place, own[path])
        if not paths and not below:
            raise click.UsageError("Missing argument 'PATH…': there are no [[roots]] in a configuration file here.")
        wanted += below or [path]
    config = _one(own)
    for option in ("dialect", "postgres", "layout"):
        if value := getattr(reading, option):
            config = config.override(f"--{option}", **{option: value})
    if reading.transaction:
        config = config.override("--transaction", transaction=Transactions(reading.transaction))
    for each in (config, *(root.config for root in config.roots)):
        _check_layout(each)
    return Plan(tuple(dict.fromkeys(wanted)), config)


def _roots_below(place: Path, config: Config) -> list[str]:
    resolved = place.resolve()
    roots = [Path(root.path) for root in config.roots]
    return [shown(root) for root in roots if root != resolved and root.is_relative_to(resolved)]


def _one(own: Mapping[str, Config]) -> Config:
    """One configuration for all paths: the only one, or one in which each path is a root."""
    configs = list(own.values())
    if all(config is configs[0] for config in configs):
        return configs[0]
    places = {path: Path() if path == STDIN else Path(path) for path in own}
    roots = [
        Root(str((place if place.is_dir() else place.parent).resolve()), replace(own[path], roots=()))
        for path, place in places.items()
    ]
    return Config(roots=(*(root for config in configs for root in config.roots), *roots))


def _check_layout(config: Config) -> None:
    if not config.layout:
        return
    from dblint.migrations.discover import LAYOUTS

    names = sorted(layout.name for layout in LAYOUTS)
    if config.layout not in names:
        reason = config.reason("layout") or Reason("")
        hint = closest(config.layout, names) or f"; known are {', '.join(names)}"
        raise UsageError(f"no layout is called {config.layout!r}{hint}", path=reason.place, line=reason.line)


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The values of a repeatable option that also takes lists with commas."""
    return tuple(word for value in values for word in (part.strip() for part in value.split(",")) if word)
