"""`dblint diff`: where the schema that the migrations make is not the one that the blueprint declares."""

from pathlib import Path
from typing import Any

import click

from dblint.blueprint.difference import Difference
from dblint.blueprint.drift import differences
from dblint.cli import CLEAN, FOUND
from dblint.cli.inspect import PATHS, unruled
from dblint.cli.output import note, stdout
from dblint.cli.settings import Reading, plan, reading_options
from dblint.errors import UsageError
from dblint.run import run


@click.command(short_help="Print where migrations and blueprint differ.")
@PATHS
@click.option(
    "--format", "how", type=click.Choice(["text", "json", "mermaid"]), default="text", help="How to write it."
)
@reading_options
@click.pass_context
def diff(ctx: click.Context, /, paths: tuple[str, ...], how: str, **reading: Any) -> None:
    """Print the drift between a blueprint and the schema that the migrations beside it make.

    \b
      dblint diff blueprints/database/order-service
      dblint diff blueprints/database/order-service --format json

    The exit code is 1 where they differ, as diff's is.
    """
    from dblint.reports.drift import writer

    asked = plan(paths, Reading(**reading))
    for path in paths:
        if not Path(path).is_dir():
            raise UsageError("is one file, and a blueprint is compared with a whole history", path=path)
    found: list[Difference] = []
    compared = 0
    for each in run(asked.paths, unruled(asked.config), {}).understood:
        note(each.line)
        if each.blueprint is None or not each.history.migrations:
            continue
        compared += 1
        if each.declared is not None:
            found += differences(each.blueprint, each.declared, each.catalog)
    if not compared:
        raise UsageError("there is nothing to compare: no blueprint stands beside migrations here", path=paths[0])
    writer(how)(found, stdout())
    ctx.exit(FOUND if found else CLEAN)
