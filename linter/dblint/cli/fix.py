"""What `dblint check` does with fixes: a patch to read or to apply, or new texts of files."""

import codecs
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from dblint.cli.fix_options import Asked
from dblint.cli.output import note, replace_file
from dblint.errors import UsageError
from dblint.fixes import Mended
from dblint.migrations.files import decode, encode
from dblint.reports.model import plural
from dblint.reports.patch import Change, patch
from dblint.rule import Applicability
from dblint.run import Outcome
from dblint.source import Source


def show(mended: Sequence[Mended], asked: Asked) -> bool:
    """Write the patch to where it is wanted; whether there is anything to be changed."""
    if asked.diff or asked.patch:
        text = patch_of(mended)
        if asked.patch:
            replace_file(asked.patch, text.encode())
        if asked.diff:
            click.echo(text.encode(), nl=False)  # as bytes: a patch is no place for another encoding
    return any(each.texts for each in mended)


def patch_of(mended: Sequence[Mended]) -> str:
    """What the fixes come to as one patch, its paths from the top of the git repository if there is one.

    Raises UsageError for a file that no patch can change.
    """
    return patch(_changes(mended))


def _changes(mended: Sequence[Mended]) -> list[Change]:
    root = _top()
    for each in mended:
        for path, old in each.before.items():
            if old is not None:
                _patchable(path)
    return [
        Change(_from_top(path, root), None if old is None else _marked(old), _marked(each.texts[path]))
        for each in mended
        for path, old in sorted(each.before.items())
    ]


def _patchable(path: str) -> None:
    """Raise UsageError for a file in UTF-16, which is no text to git and GNU patch."""
    with Path(path).open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise UsageError("is in UTF-16, which no patch can change: fix it with --fix", path=path)


def _marked(source: Source) -> str:
    return ("\ufeff" if source.bom else "") + source.text


def _top() -> Path | None:
    """The top of the git repository that the run is in: what the paths of a patch start from."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def _from_top(path: str, top: Path | None) -> str:
    if top is None:
        return path
    return os.path.relpath(os.path.realpath(path), os.path.realpath(top)).replace(os.sep, "/")


# --- into files -----------------------------------------------------------------------------------


def write(mended: Sequence[Mended]) -> int:
    """Write the new texts; how many files. Nothing is written if one of the files is not as it was read.

    Raises UsageError for such a file, and for one that cannot be written.
    """
    ready = [
        (path, _encoded(path, old, each.texts[path])) for each in mended for path, old in sorted(each.before.items())
    ]
    for path, data in ready:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    return len(ready)


def _encoded(path: str, old: Source | None, new: Source) -> bytes:
    file = Path(path)
    if old is None:
        if file.exists():
            raise UsageError("cannot be made by a fix: it is there already", path=path)
        return new.text.encode()
    data = file.read_bytes() if file.exists() else b""
    if decode(data, path).text != old.text:
        raise UsageError("has changed since it was read: nothing is written", path=path)
    return encode(new.text, data)


# --- what was done --------------------------------------------------------------------------------


def report(outcome: Outcome, asked: Asked, *, quiet: bool) -> None:
    """Say on standard error what the fixes come to, what else there would be, and what failed its proof."""
    mended = outcome.mended
    applied = [finding for each in mended for finding in each.applied]
    files = sum(len(each.texts) for each in mended)
    kinds = Counter(each.fix.applicability for each in applied if each.fix is not None)
    how = ", ".join(f"{count} {kind.value}" for kind, count in sorted(kinds.items(), key=lambda each: each[0].value))
    note(f"{plural(len(applied), 'fix', 'fixes')}{f' ({how})' if how else ''} in {plural(files, 'file')}", quiet=quiet)
    if not asked.unsafe_fixes:
        shown = sum(1 for each in outcome.findings if each.fix and each.fix.applicability is Applicability.UNSAFE)
        if shown or outcome.untried:
            more = shown or f"up to {outcome.untried}"
            note(f"{more} more with --unsafe-fixes", quiet=quiet)
    for each in (dropped for one in mended for dropped in one.dropped):
        place = each.finding.source.position(each.finding.span.start).line
        where = f"{each.finding.source.path}:{place}"
        note(f"no fix of {each.finding.rule} at {where}: {each.reason}", quiet=quiet)
