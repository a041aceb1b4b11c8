"""`dblint baseline`: put what is found today into a file, so that only what is new is reported from now on."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from dblint.baseline import NAME, Baselines, Entries, write
from dblint.cli.output import note, write_file
from dblint.cli.settings import STDIN, Reading, plan, reading_options
from dblint.config_file import shown
from dblint.errors import UsageError
from dblint.packs import load_rules
from dblint.reports.model import plural
from dblint.run import run


@click.command(short_help="Accept what is found today, so that only what is new is reported.")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH…")
@click.option(
    "--output",
    metavar="FILE",
    help=f"The file (default: as `baseline` in the configuration says, or {NAME} beside it).",
)
@click.option("--prune", is_flag=True, help="Only take out what is no longer found; add nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error.")
@reading_options
def baseline(paths: tuple[str, ...], output: str | None, prune: bool, quiet: bool, **reading: Any) -> None:
    """Write a file with all that is found today; dblint check then reports only what is not in it.

    An entry is known by its rule, object and statement, so it holds when lines move. What the file says of
    migrations outside the paths stays. Commit it, and review its changes like code: it is sorted, with a finding
    on a line. What comments allow is not in it.

    \b
      dblint baseline migrations/
      dblint baseline migrations/ --prune
    """
    asked = plan(paths, Reading(**reading))
    config = asked.config
    if STDIN in asked.paths:
        raise UsageError("a baseline is of files, not of standard input")
    if output:
        config = config.override("--output", baseline=str(Path(output).resolve()))
    rules = load_rules()
    baselines = Baselines(create=not prune)
    for line in run(asked.paths, config, rules, baselines=baselines).summary.histories:
        note(line, quiet=quiet)
    for file, each in baselines.known.items():
        if each is None:
            raise UsageError("there is no baseline to prune", path=shown(file))
        entries = each.pruned(rules) if prune else each.renewed()
        said = _counted(entries)
        if prune:
            said = f"{plural(len(each) - _count(entries), 'entry', 'entries')} taken out, {said} left"
        if not prune or entries != each.entries:
            write_file(str(file), partial(write, entries))
        note(f"{shown(file)}: {said}", quiet=quiet)


def _count(entries: Entries) -> int:
    return sum(map(len, entries.values()))


def _counted(entries: Entries) -> str:
    return f"{plural(_count(entries), 'finding')} in {plural(len(entries), 'file')}"
