"""Where output goes: the terminal and its colours, and files that are written whole or not at all."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

import click
from msgspec import Struct

from dblint.config_file import closest
from dblint.errors import UsageError
from dblint.reports import FORMATS


class Format(Struct, frozen=True):
    """`NAME` for standard output, `NAME=FILE` for a file."""

    name: str
    file: str = ""


def read_formats(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Format, ...]:
    """The option's callback: each value is `NAME` or `NAME=FILE`, and at most one of them is for standard output."""
    formats = []
    for value in values:
        name, equals, file = value.partition("=")
        if name not in FORMATS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(FORMATS)}{closest(name, FORMATS)}")
        if equals and not file:
            raise click.BadParameter(f"{value!r} names no file")
        formats.append(Format(name, "" if file == "-" else file))
    if sum(not each.file for each in formats) > 1:
        raise click.BadParameter("only one can go to standard output; write the others as FORMAT=FILE")
    return tuple(formats)


def stdout() -> TextIO:
    """Standard output, which never fails on a character that its encoding lacks."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return sys.stdout


def note(line: str, *, quiet: bool = False) -> None:
    """A line about the run itself, on standard error."""
    if not quiet:
        click.echo(f"dblint: {line}", err=True)


def colored(choice: str, stream: TextIO) -> bool:
    """Whether to colour: `auto` means on a terminal, unless NO_COLOR or FORCE_COLOR (if not empty) say otherwise."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO) -> int:
    """The width of the terminal, at most 120 columns; 80 where the stream is none."""
    with suppress(OSError, ValueError):
        if stream.isatty():
            return min(os.get_terminal_size(stream.fileno()).columns, 120) or 80
    return 80


def write_file(path: str, write: Callable[[TextIO], None]) -> None:
    """Write a file at once: it has the whole new text, or stays as it was. Raises UsageError when it cannot be."""
    text = StringIO()
    write(text)
    replace_file(path, text.getvalue().encode("utf-8", "backslashreplace"))


def replace_file(path: str, data: bytes) -> None:
    """Give a file this content, at once and with its mode. Raises UsageError when that cannot be."""
    file = Path(path).resolve()
    try:
        if file.exists() and not file.is_file():
            if file.is_dir():
                raise UsageError("cannot be written: it is a folder", path=path)
            file.write_bytes(data)  # a device or a pipe
            return
        mode = file.stat().st_mode & 0o777 if file.exists() else None
        if mode is not None and not mode & 0o222:
            raise UsageError("cannot be written: it is read-only", path=path)
        _replace(file, data, mode)
    except OSError as error:
        raise UsageError(f"cannot be written: {(error.strerror or str(error)).lower()}", path=path) from None


def _replace(file: Path, data: bytes, mode: int | None) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("xb") as out:
            out.write(data)
        if mode is not None:
            draft.chmod(mode)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
