"""`dblint migrate-ignores`: comments in which other linters' findings are accepted, as dblint's own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from dblint.cli.output import note, replace_file, stdout
from dblint.cli.settings import STDIN, Reading, plan, reading_options
from dblint.errors import UsageError
from dblint.migrations.files import decode, encode
from dblint.packs import load_rules
from dblint.pages import page_of
from dblint.peers.translate import Translation, answers, notes_of, translate
from dblint.reports.model import plural
from dblint.reports.patch import Change, patch
from dblint.reports.places import Places
from dblint.reports.replacements import applied
from dblint.run import Understood, run
from dblint.runners import CHECKSUMS
from dblint.source import Source


@click.command("migrate-ignores", short_help="Turn other linters' ignore comments into dblint's.")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH…")
@click.option("--write", is_flag=True, help="Write the files, instead of printing a patch.")
@click.option("--diff", is_flag=True, help="Print a patch that git apply takes (the default).")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error.")
@reading_options
def migrate_ignores(paths: tuple[str, ...], write: bool, diff: bool, quiet: bool, **reading: Any) -> None:
    """Translate comments such as -- squawk-ignore ban-drop-column to -- dblint: allow column-drop.

    Known are those of squawk, pgrubic and sqlfluff (noqa), Atlas (atlas:nolint), the PostgreSQL language server
    (pgt-ignore, pgls-ignore), eugene, tsqllint, diesel-guard (safety-assured:start) and strong_migrations
    (safety_assured). A comment allows what dblint reports at its place and the comment's rules are about; where
    dblint finds nothing the comment stays as it is, and standard error says so, as it does of every rule that
    dblint has none for.

    A file that has been applied should stay as it is where the runner keeps a checksum of it; dblint baseline
    accepts what is found there.

    \b
      dblint migrate-ignores migrations/ | git apply
      dblint migrate-ignores migrations/ --write
    """
    if write and diff:
        raise click.UsageError("--write and --diff exclude each other.")
    asked = plan(paths, Reading(**reading))
    if STDIN in asked.paths:
        raise UsageError("comments are translated in files, not in standard input")
    rules = load_rules()
    outcome = run(asked.paths, asked.config, rules)
    covers = answers((rule.name, page_of(rule).covers) for rule in rules.values())
    done = [translate(source, outcome.findings, covers) for source in _sources(outcome.understood)]
    changed = [each for each in done if each.edits]
    if write:
        _write(changed)
    else:
        places = Places()
        stdout().write(patch(_change(each, places) for each in changed))
    for each in notes_of(done, ("unknown", "no counterpart", "quiet")):
        note(f"{each.path}:{each.line}: {each.message}", quiet=quiet)
    note(_summary(done, write), quiet=quiet)
    kept = {each.history.layout for each in outcome.understood} & CHECKSUMS
    if changed and kept:
        note(f"{', '.join(sorted(kept))} keeps checksums: edit no file that a database has run", quiet=quiet)


def _sources(understood: Iterable[Understood]) -> Iterator[Source]:
    """All files of the migrations, up parts and down parts, each once."""
    seen: set[str] = set()
    for each in understood:
        for migration in each.history.migrations:
            for source in (migration.source, *(part.source for part in (*migration.up, *migration.down))):
                if source.path not in seen:
                    seen.add(source.path)
                    yield source


def _after(translation: Translation) -> str:
    return applied(translation.source.text, translation.edits)


def _change(translation: Translation, places: Places) -> Change:
    """The change as patches see it: from the repository's root, and the byte order mark is text to them."""
    source = translation.source
    mark = "\ufeff" if source.bom else ""
    return Change(places.from_root(source.path), mark + source.text, mark + _after(translation))


def _write(changed: Iterable[Translation]) -> None:
    """Write the files. Raises UsageError, before anything is written, if one has changed since it was read."""
    ready: list[tuple[str, bytes]] = []
    for each in changed:
        path = each.source.path
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", path=path) from None
        if decode(data, path).text != each.source.text:
            raise UsageError("has changed since it was read; nothing is written", path=path)
        ready.append((path, encode(_after(each), data)))
    for path, data in ready:
        replace_file(path, data)


def _summary(done: Iterable[Translation], written: bool) -> str:
    done = list(done)
    kinds = Counter(note.kind for each in done for note in each.notes)
    files = sum(bool(each.edits) for each in done)
    how = "translated" if written else "to be translated"
    parts = [f"{plural(kinds['translated'], 'comment')} {how} in {plural(files, 'file')}"]
    parts += [f"{kinds['quiet']} where dblint finds nothing"] if kinds["quiet"] else []
    parts += [f"{kinds['no counterpart']} about what dblint has no rule for"] if kinds["no counterpart"] else []
    parts += [f"{kinds['unknown']} not understood"] if kinds["unknown"] else []
    return ", ".join(parts)
