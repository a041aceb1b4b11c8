"""`dblint schema`, `dblint impact` and `dblint config`: what dblint makes of a history, without judging it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from dblint import packs
from dblint.cli.output import note, stdout
from dblint.cli.settings import STDIN, Reading, change_options, plan, reading_options, scope_of
from dblint.config import KEYS, Config
from dblint.errors import UsageError
from dblint.gate import declared_gate
from dblint.migrations.discover import discover
from dblint.migrations.model import History
from dblint.naming import Convention
from dblint.run import blueprint_of, component_of, run

PATHS = click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH…", required=True)


def unruled(config: Config) -> Config:
    """The configuration without what it says about rules, as no rule is to run."""
    roots = tuple(structs.replace(root, config=unruled(root.config)) for root in config.roots)
    return structs.replace(
        config, preset="recommended", select=(), ignore=(), severity={}, rules={}, overrides=(), roots=roots
    )


@click.command(short_help="Print the schema that a history makes.")
@PATHS
@click.option("--format", "how", type=click.Choice(["sql", "json", "mermaid"]), default="sql", help="How to write it.")
@reading_options
def schema(paths: tuple[str, ...], how: str, **reading: Any) -> None:
    """Print the schema that a history makes, once all of its migrations have run.

    \b
      dblint schema migrations/
      dblint schema migrations/ --format mermaid > schema.mmd
    """
    from dblint.reports.schema import writer

    asked = plan(paths, Reading(**reading))
    understood = run(asked.paths, unruled(asked.config), {}).understood
    named = {Path(path).resolve() for path in paths}
    chosen = [each for each in understood if Path(each.history.root).resolve() in named] or understood
    for each in chosen:
        note(each.line)
    if len(chosen) > 1:
        roots = ", ".join(dict.fromkeys(each.history.root for each in chosen))
        raise UsageError(f"there are {len(chosen)} histories, each with a schema of its own: choose one of {roots}")
    writer(how)(chosen[0].catalog, stdout())


@click.command(short_help="Print the locks, rewrites and scans of each statement.")
@PATHS
@click.option("--format", "how", type=click.Choice(["text", "json"]), default="text", help="How to write it.")
@change_options
@reading_options
def impact(
    paths: tuple[str, ...],
    how: str,
    new: tuple[str, ...],
    since: str,
    since_commit: str,
    base: str,
    applied: str,
    **reading: Any,
) -> None:
    """Print the price of each statement: locks and who waits for them, rewrites, scans, index builds.

    \b
      dblint impact migrations/ --new migrations/V9__orders.sql
      dblint impact migrations/ --since 8 --postgres 16 --format json
    """
    from dblint.engine import StatementImpact
    from dblint.reports.impact import writer

    asked = plan(paths, Reading(**reading))
    priced: list[StatementImpact] = []
    scope = scope_of(new, since, since_commit, base, applied)
    outcome = run(asked.paths, unruled(asked.config), {}, scope=scope, observe=priced.append)
    for line in outcome.summary.histories:
        note(line)
    writer(how)(priced, stdout())


@click.command(short_help="Print the settings in force, and why.")
@click.argument("path", metavar="[PATH]", default=".")
@reading_options
def config(path: str, **reading: Any) -> None:
    """Print the settings in force for a path, each with the place it comes from, and what they were made for.

    \b
      dblint config
      dblint config services/billing/migrations
    """
    asked = plan((path,), Reading(**reading))
    own = asked.config.for_path(path)
    if Path(path).is_file():
        own = structs.replace(own.for_file(path), overrides=())
    every = packs.load_rules()
    own, blueprint = blueprint_of(component_of(path, asked.config), own, every)
    out = stdout()
    rows = [*_settings(own), *_overrides(own)]
    width = max(len(key) + len(value) for key, value, _ in rows) + 3
    out.write(f"# {own.file or 'no configuration file'}\n")
    out.writelines(f"{f'{key} = {value}':{min(width, 60)}}  # {reason}\n" for key, value, reason in rows)
    on = packs.Grades(own, every, declared_gate(blueprint)).anywhere()
    out.write(f"\n# rules in force: {len(on)} of {len(every)}\n")
    out.writelines(f"#   {name}: {severity}\n" for name, severity in on.items())
    for place in asked.paths:
        if place != STDIN:
            out.write("\n")
            out.writelines(f"# {line}\n" for line in _understood(place, asked.config.for_path(place)))


def _settings(config: Config) -> Iterator[tuple[str, str, str]]:
    """Each key with its value as TOML and where it comes from; keys of tables are dotted."""
    for key in KEYS:
        value = getattr(config, key.replace("-", "_"))
        table = structs.asdict(value) if key in ("naming", "tenancy", "policy") else value
        if not isinstance(table, dict):
            yield key, _toml(value), str(config.reason(key) or _default(key, value))
            continue
        for inner, each in table.items():
            dotted = f"{key}.{inner.replace('_', '-')}"
            if reason := config.reasons.get(dotted):
                yield dotted, _toml(each), str(reason)


def _overrides(config: Config) -> Iterator[tuple[str, str, str]]:
    """What is set for some of the files only, each as a dotted key after the files."""
    for each in config.overrides:
        files = ", ".join(each.files)
        if each.ignore:
            yield f"{files}: ignore", _toml(each.ignore), str(each.reasons["ignore"])
        for name, level in each.severity.items():
            yield f"{files}: severity.{name}", _toml(level), str(each.reasons[f"severity.{name}"])


def _default(key: str, value: object) -> str:
    return "detected" if key in ("dialect", "layout") else "as the runner does" if value is None else "default"


def _toml(value: Any) -> str:
    if value is None or value == "":
        return '""'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = value.text if isinstance(value, Convention) else getattr(value, "value", value)
    return f"'{text}'" if "\\" in text else f'"{text}"'


def _understood(path: str, config: Config) -> Iterator[str]:
    """How the files at a path are understood, and why."""
    mode = config.transaction.value if config.transaction else ""
    try:
        histories = discover(Path(path), layout=config.layout, transactions=mode, dialect=config.dialect or "")
    except UsageError as error:
        yield str(error)
        return
    for history in histories:
        yield f"{history.root}: {history.layout}, {len(history.migrations)} migrations"
        yield from (f"  {line}" for line in _transactions(history, config))
        yield from (f"  skipped {skipped}: {reason}" for skipped, reason in history.skipped)


def _transactions(history: History, config: Config) -> Iterator[str]:
    """Each transaction mode in use, with its reason and how many migrations have it."""
    counted: dict[tuple[str, str], int] = {}
    for migration in history.migrations:
        reason = str(config.reason("transaction") or "") or migration.transactions_reason or history.layout
        key = (migration.transactions.value, migration.transactions_reason or reason)
        counted[key] = counted.get(key, 0) + 1
    for (mode, reason), count in counted.items():
        yield f"transaction: {mode} ({reason}), {count} migrations"
