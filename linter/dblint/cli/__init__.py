"""The command line: `dblint PATH…`, the commands beside it, and what becomes of errors."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from dblint.errors import RuleCrash, UsageError

CLEAN, FOUND, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

COMMANDS = {
    "check": "dblint.cli.check:check",
    "baseline": "dblint.cli.baseline:baseline",
    "rules": "dblint.cli.rules:rules",
    "explain": "dblint.cli.rules:explain",
    "schema": "dblint.cli.inspect:schema",
    "impact": "dblint.cli.inspect:impact",
    "diff": "dblint.cli.drift:diff",
    "config": "dblint.cli.inspect:config",
    "migrate-ignores": "dblint.cli.migrate_ignores:migrate_ignores",
    "init": "dblint.cli.init:init",
    "completion": "dblint.cli.rules:completion",
}
"""Each command's module and name in it; the module is imported when the command is asked for."""


class Group(click.Group):
    """The commands, of which `check` is meant where none is named; and the one place where errors end."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with_paths = ("check", "baseline", "explain", "schema", "impact", "diff", "config", "migrate-ignores")
        unsure = len(args) == 1 and args[0] in with_paths and not ctx.resilient_parsing
        if unsure and Path(args[0]).exists():
            raise click.UsageError(
                f"{args[0]!r} is a command. To check what is in the folder {args[0]!r}: dblint check {args[0]}", ctx
            )
        if args and args[0] not in (*COMMANDS, "--help", "-h", "--version"):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        ctx.ensure_object(dict)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            # The reader has had enough. What is still buffered would raise again when Python exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(PIPE_CLOSED) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except UsageError as error:
            click.echo(f"dblint: error: {error}", err=True)
        except Exception as error:
            if ctx.obj.get("traceback"):
                import traceback

                traceback.print_exc()
            said = str(error) if isinstance(error, RuleCrash) else f"{type(error).__name__}: {error}"
            hint = "" if ctx.obj.get("traceback") else " (--traceback shows where)"
            click.echo(f"dblint: internal error: {said}{hint}", err=True)
        raise click.exceptions.Exit(FAILED)


def _version(ctx: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"dblint {version('dblint')}")
    except PackageNotFoundError:
        click.echo("dblint (not installed)")
    ctx.exit()


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[COMMAND] [OPTIONS] PATH…",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def cli() -> None:
    """Say what a migration does to a running database, before it runs.

    dblint reads a whole migration history in its order and checks each step against the database that
    the steps before it have made. It connects to nothing.

    \b
      dblint migrations/                         check every migration
      dblint migrations/ --new migrations/V9__orders.sql
                                                 check that one; fold the others
      dblint migrations/ --format sarif=out.sarif
                                                 a report for code scanning
      dblint explain blocking-index-build        what a rule means, and when it is fine
      dblint impact migrations/ --since 8        locks, rewrites and scans by statement
      dblint schema migrations/                  the schema that the history makes
      dblint diff blueprints/database/orders     where a blueprint and its migrations differ

    Without a command, check is meant: `dblint migrations/` is `dblint check migrations/`. Settings stand
    in dblint.toml or in [tool.dblint] of pyproject.toml.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong input or a fault of dblint's own.
    """
