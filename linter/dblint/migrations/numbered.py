"""Layouts of one `.sql` file a step, ordered by the number in its name: Supabase, Atlas, and no runner at all."""

import re
from pathlib import Path

from msgspec import Struct

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import described, natural, number_of, numbers
from dblint.migrations.sections import split
from dblint.source import Span

_SUPABASE = re.compile(r"(\d+)_(.*)\.sql\Z")
_DIRECTIVE = r"--[ \t]*atlas:(\w+)[ \t]*([^\r\n]*?)[ \t]*(?=\r|\n|\Z)"
_ATLAS_LATE = r"(?m)^[ \t]*(--[ \t]*atlas:(txmode|checkpoint|delimiter)\b[^\r\n]*)"
_ATLAS_SUM = r"(?m)^(?!h1:)(.+?) h1:"
_MODES = {"none": Transactions.NONE, "file": Transactions.FILE, "all": Transactions.BATCH}
_ALONE = "-- postgres-migrations disable-transaction"
_ATLAS_WORDS = frozenset({"txmode", "checkpoint", "delimiter", "nolint", "sum", "import", "assert", "txtar"})

_FINAL = r"(?i)(?:.*[-_.])?(?:schema|structure|latest|tables|dump|snapshot|full|final|setup|install)(?:[-_.].*)?\.sql\Z"
_HALF = re.compile(
    r"(?:(?P<stem>.+?)(?P<mark>[._-])(?P<way>up|do|down|undo|rollback|revert)"
    r"|(?P<number>\d+)\.(?P<middle>do|undo)\.(?P<rest>.+))\.sql\Z",
    re.IGNORECASE,
)
_UP_WORDS = frozenset({"up", "do"})
_UP_FOLDERS = ("up", "do", "deploy", "forward")
_DOWN_FOLDERS = ("down", "undo", "rollback", "rollbacks", "revert")


def is_final(name: str) -> bool:
    """Whether a file is, by its name, the script of the database as it is after all steps."""
    return re.match(_FINAL, name) is not None


# ---------------------------------------------------------------- Supabase


def _detect_supabase(folder: Folder) -> int:
    if not folder.path or not any(_SUPABASE.match(name) for name in folder.files):
        return 0
    return 90 if Path(folder.path).absolute().parts[-2:] == ("supabase", "migrations") else 0


def _read_supabase(folder: Folder) -> Draft:
    draft = Draft(folder)
    draft.dialect = "postgres"
    for name in sql_files(draft, folder):
        match = _SUPABASE.match(name)
        if match is None:
            draft.misnamed(folder.source(name), f"{name} is not run: supabase looks for <timestamp>_<name>.sql")
        else:
            _add(draft, folder, name, match[1])
    return draft


# ---------------------------------------------------------------- Atlas


def _detect_atlas(folder: Folder) -> int:
    return 90 if "atlas.sum" in folder.files and not any(name.endswith(".up.sql") for name in folder.files) else 0


def _read_atlas(folder: Folder) -> Draft:
    """By name, compared as text."""
    draft = Draft(folder)
    names = sql_files(draft, folder)
    _sums(draft, names)
    for name in names:
        source = folder.source(name)
        step = Step((name,), number_of(name), described(name[:-4], number_of(name)), source, (Script.whole(source),))
        step.identity = step.version or None
        if "atlas:" not in source.text or _heed(draft, step):
            draft.steps.append(step)
    return draft


def _heed(draft: Draft, step: Step) -> bool:
    """Applies the directives at the top of a file; whether the file is a step (a checkpoint is none).

    Atlas takes the comments at the very top, up to an empty line, for directives about the file.
    """
    source = step.source
    head, ended = _head(source.text)
    for found in re.compile(_DIRECTIVE).finditer(source.text, 0, head):
        word, value = found[1], found[2].strip()
        here = Span(found.start(), found.end())
        if word not in _ATLAS_WORDS:
            message = f"{found[0].strip()!r} has no effect: Atlas has no such directive"
            draft.remark("unknown directive", source, message, here)
        elif not ended and word in ("txmode", "delimiter", "checkpoint"):
            message = f"{found[0].strip()!r} has no effect: no empty line follows, so it belongs to the statement"
            draft.remark("unknown directive", source, message, here)
        elif word == "txmode" and value in _MODES:
            step.transactions, step.reason = _MODES[value], f"-- atlas:txmode {value}"
        elif word == "txmode":
            message = f"Atlas refuses the file: it has no transaction mode {value!r}"
            draft.remark("unknown directive", source, message, here)
        elif word == "delimiter":
            pieces = tuple(split(source, Span(head, len(source.text)), value))
            step.up = (Script(source, pieces, (True,) * len(pieces)),)
        elif word == "checkpoint":
            draft.skip(source.path, "a checkpoint: the state that the steps before it make")
            return False
    for found in re.compile(_ATLAS_LATE).finditer(source.text, head):
        message = f"{found[1].strip()!r} has no effect: Atlas reads it at the top of a file"
        draft.remark("unknown directive", source, message, Span(found.start(1), found.end(1)))
    return True


def _head(text: str) -> tuple[int, bool]:
    """Where the comments at the top end, and whether an empty line (or nothing) follows them."""
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.startswith("--"):
            return at, not line.strip()
        at += len(line)
    return at, True


def _sums(draft: Draft, names: list[str]) -> None:
    """Where atlas.sum and the files disagree, Atlas refuses the folder."""
    if "atlas.sum" not in draft.folder.files:
        return
    sums = draft.folder.source("atlas.sum")
    draft.lists.append(sums)
    listed = {found[1]: Span(found.start(1), found.end(1)) for found in re.finditer(_ATLAS_SUM, sums.text)}
    for name in names:
        if name not in listed:
            draft.remark(
                "orphan", draft.folder.source(name), f"Atlas refuses the folder: atlas.sum does not list {name}"
            )
    for name in listed.keys() - set(names):
        draft.remark("orphan", sums, f"Atlas refuses the folder: {name} is in atlas.sum but not here", listed[name])


# ---------------------------------------------------------------- no runner


class _Down(Struct, frozen=True):
    folder: Folder
    name: str
    stem: str
    sure: bool
    """Whether it is a down file even when nothing matches it (`x.down.sql`, `down/x.sql`)."""


def is_numbered(folder: Folder) -> bool:
    """Whether most of its `.sql` files (or those in its `up/`) begin with a number."""
    names = [name for name in _up_folder(folder).files if name.lower().endswith(".sql")]
    return 0 < len(names) <= 2 * sum(1 for name in names if number_of(name[:-4]))


def _detect_plain(folder: Folder) -> int:
    return 10 if is_numbered(folder) else 0


def _up_folder(folder: Folder) -> Folder:
    if not any(name.lower().endswith(".sql") for name in folder.files):
        for name in _UP_FOLDERS:
            if name in folder.folders and any(down in folder.folders for down in _DOWN_FOLDERS):
                return folder.folders[name]
    return folder


def _read_plain(folder: Folder) -> Draft:
    """In natural order. Beside numbered steps, a final schema and files without a number are passed over."""
    draft = Draft(folder)
    place = _up_folder(folder)
    if place is not folder:
        draft.claimed.add(place.name)
    counted = is_numbered(folder)
    ups: dict[str, Step] = {}
    downs: list[_Down] = []
    for name in sql_files(draft, place):
        half = _HALF.match(name)
        stem, way, sure = name[:-4], "up", False
        if half and half["number"]:
            stem, way, sure = f"{half['number']}.{half['rest']}", half["middle"].lower(), True
        elif half:
            stem, way, sure = half["stem"], half["way"].lower(), half["mark"] == "."
        if way not in _UP_WORDS:
            downs.append(_Down(place, name, stem, sure))
        elif counted and not number_of(stem):
            _unnumbered(draft, place, name)
        else:
            ups[stem] = _add(draft, place, name, number_of(stem))
    for folder_name in _DOWN_FOLDERS:
        inside = folder.folders.get(folder_name)
        if inside and inside is not place:
            draft.claimed.add(folder_name)
            downs.extend(_Down(inside, name, _HALF.sub(r"\g<stem>", name).removesuffix(".sql"), True)
                         for name in inside.files if name.endswith(".sql"))  # fmt: skip
    _pair(draft, place, ups, downs)
    return draft


def _unnumbered(draft: Draft, folder: Folder, name: str) -> None:
    if is_final(name):
        draft.skip(folder.show(name), "a final schema: the state that the numbered steps make")
    else:
        draft.misnamed(folder.source(name), f"where {name} runs is not known: it has no number, the files around it do")


def _pair(draft: Draft, place: Folder, ups: dict[str, Step], downs: list[_Down]) -> None:
    by_number: dict[str, list[Step]] = {}
    for up in ups.values():
        by_number.setdefault(up.version, []).append(up)
    for down in downs:
        step: Step | None = ups.get(down.stem)
        if step is None and len(same := by_number.get(number_of(down.stem), [])) == 1 and number_of(down.stem):
            short = down.stem == number_of(down.stem)
            step = same[0] if down.sure or short else None
        source = down.folder.source(down.name)
        if step is None and down.sure:
            draft.remark("missing up", source, f"{down.name} undoes a step that is not here")
            draft.skip(source.path, "a down file without an up file")
        elif step is None:  # `0042_reverts_x_rollback.sql` is a step like others
            _add(draft, place, down.name, number_of(down.stem))
        elif step.down:
            draft.misnamed(source, f"{down.name} undoes nothing: {step.down[0].source.path} undoes the same step")
        else:
            step.down = (Script.whole(source),)


def _add(draft: Draft, folder: Folder, name: str, number: str) -> Step:
    source = folder.source(name)
    step = Step((numbers(number), natural(name)), number, described(name[:-4], number), source, (Script.whole(source),))
    if source.text.startswith(_ALONE):
        step.transactions, step.reason = Transactions.NONE, _ALONE
    if number and not _is_day(number):
        step.identity = numbers(number)
    draft.steps.append(step)
    return step


def _is_day(number: str) -> bool:
    """A date without a time: two steps may share it."""
    digits = number.replace("-", "").replace("_", "").replace("T", "")
    return len(digits) == 8 and digits.isdigit() and digits[:2] in ("19", "20")


LAYOUTS = (
    Layout(
        name="supabase",
        names="supabase/migrations/<timestamp>_<name>.sql",
        detect=_detect_supabase,
        read=_read_supabase,
        transactions=Transactions.FILE,
    ),
    Layout(
        name="atlas",
        names="<version>_<name>.sql with atlas.sum",
        detect=_detect_atlas,
        read=_read_atlas,
        transactions=Transactions.FILE,
        textual=True,
    ),
    Layout(
        name="plain",
        names="<n>_<name>.sql",
        detect=_detect_plain,
        read=_read_plain,
        transactions=Transactions.ASSUMED,
        why="assumed: no runner recognised",
    ),
)
