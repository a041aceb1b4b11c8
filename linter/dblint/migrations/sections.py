"""Layouts with the up and the down part as sections of one file: goose, sql-migrate, dbmate."""

import re
from collections.abc import Callable
from functools import partial

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import Key, described, number_of, numbers
from dblint.source import Source, Span

Part = Callable[[Draft, Source, Step], None]

_GOOSE = r"(?m)^[ \t]*(--[ \t]*\+goose\b[ \t]*([^\r\n]*))"
_SQL_MIGRATE = r"(?m)^[ \t]*(--[ \t]*\+migrate\b[ \t]*([^\r\n]*))"
_MIGRATE = r"(?m)^--[ \t]*(migrate:(\w+)[ \t]*([^\r\n]*))"
_OTHER_WORDS = frozenset({"ENVSUB ON", "ENVSUB OFF"})


class _Pieces:
    """The stretches of each section, as directives open and close them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.scripts: dict[str, tuple[list[Span], list[bool]]] = {}
        self.section = ""
        self._start = 0

    def open(self, section: str, start: int) -> None:
        self.section, self._start = section, start
        self.scripts.setdefault(section, ([], []))

    def close(self, end: int, restart: int, *, bounded: bool = False) -> None:
        """Ends the stretch at `end`; the next of the same section begins at `restart`."""
        if self.section and not self.source.text[self._start : end].isspace() and self._start < end:
            spans, bounds = self.scripts[self.section]
            spans.append(Span(self._start, end))
            bounds.append(bounded)
        self._start = restart

    def script(self, section: str) -> tuple[Script, ...]:
        """The section as a script; an empty one is a script without pieces, a missing one is none."""
        if section not in self.scripts:
            return ()
        spans, bounds = self.scripts[section]
        return (Script(self.source, tuple(spans), tuple(bounds) if any(bounds) else ()),)


def _annotated(pattern: str, runner: str, draft: Draft, source: Source, step: Step) -> None:
    """`-- +goose Up`, `Down`, `StatementBegin`, `StatementEnd`, `NO TRANSACTION`; sql-migrate's are alike."""
    pieces = _Pieces(source)
    inside = False
    for found in re.compile(pattern).finditer(source.text):
        word = " ".join(found[2].upper().split())
        section, _, option = word.partition(" ")
        here = Span(found.start(1), found.end(1))
        if section in ("UP", "DOWN") and (not option or (option, runner) == ("NOTRANSACTION", "sql-migrate")):
            pieces.close(found.start(), found.end())
            pieces.open(section, found.end())
            inside = False
            if option and section == "UP":
                step.transactions, step.reason = Transactions.NONE, source.slice(here).strip()
        elif word == "STATEMENTBEGIN" and pieces.section and not inside:
            pieces.close(found.start(), found.end())
            inside = True
        elif word == "STATEMENTEND" and inside:
            pieces.close(found.start(), found.end(), bounded=True)
            inside = False
        elif word == "NO TRANSACTION":
            pieces.close(found.start(), found.end())
            step.transactions, step.reason = Transactions.NONE, source.slice(here).strip()
        elif word in ("STATEMENTBEGIN", "STATEMENTEND"):
            message = f"{runner} refuses the file: {found[2].strip()} stands alone"
            draft.remark("unknown directive", source, message, here)
        elif word not in _OTHER_WORDS:
            message = f"{runner} refuses the file: it does not know {found[2].strip()!r}"
            draft.remark("unknown directive", source, message, here)
    pieces.close(len(source.text), 0, bounded=inside)
    if "UP" not in pieces.scripts:
        draft.remark("unknown directive", source, f"nothing runs: {runner} finds no Up section in the file")
    step.up, step.down = pieces.script("UP"), pieces.script("DOWN")


def _dbmate(draft: Draft, source: Source, step: Step) -> None:
    """`-- migrate:up transaction:false`, `-- migrate:down`."""
    pieces = _Pieces(source)
    for found in re.finditer(_MIGRATE, source.text):
        here = Span(found.start(), found.end())
        if found[2] not in ("up", "down"):
            message = f"{found[1].strip()!r} has no effect: dbmate does not know it"
            draft.remark("unknown directive", source, message, here)
            continue
        pieces.close(found.start(), found.end())
        pieces.open(found[2], found.end())
        for option in found[3].split():
            name, _, value = option.partition(":")
            if name != "transaction" or value not in ("true", "false"):
                message = f"{option!r} has no effect: dbmate has no such option"
                draft.remark("unknown directive", source, message, here)
            elif value == "false" and found[2] == "up":
                step.transactions, step.reason = Transactions.NONE, "-- migrate:up transaction:false"
    pieces.close(len(source.text), 0)
    if "up" not in pieces.scripts:
        draft.remark("unknown directive", source, "nothing runs: dbmate finds no `-- migrate:up` in the file")
    step.up, step.down = pieces.script("up"), pieces.script("down")


def _by_number(number: str, name: str) -> Key:
    return (int(number.replace("-", "").replace(".", "")), name)


def _by_name(number: str, name: str) -> Key:
    return (name,)


def is_usual(folder: Folder, test: Callable[[str], object]) -> bool:
    """Whether the texts of a folder pass a test as a rule: of the first, the middle and the last, most do."""
    names = [name for name in folder.files if name.endswith(".sql")]
    sample = {0, len(names) // 2, len(names) - 1} if names else set()
    return bool(sample) and 2 * sum(1 for at in sample if test(folder.source(names[at]).text)) >= len(sample)


def split(source: Source, piece: Span, delimiter: str) -> list[Span]:
    """A stretch cut at a delimiter that ends a line; blank parts are dropped."""
    text = source.text
    literal = delimiter.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\", "")
    end = re.compile(re.escape(literal) + r"(?=[ \t]*(?:\r|\n|\Z))" if literal.strip() else re.escape(literal))
    parts: list[Span] = []
    start = piece.start
    for found in end.finditer(text, piece.start, piece.end):
        parts.append(Span(start, found.start()))
        start = found.end()
    parts.append(Span(start, piece.end))
    return [part for part in parts if part.start < part.end and not text[part.start : part.end].isspace()]


def _detect(pattern: str, word: str, folder: Folder) -> int:
    return 95 if is_usual(folder, lambda text: word in text and re.search(pattern, text)) else 0


def _read(runner: str, part: Part, key: Callable[[str, str], Key], folder: Folder) -> Draft:
    draft = Draft(folder)
    for name in sql_files(draft, folder):
        number = number_of(name)
        if not name[:1].isdigit() or not number:
            draft.misnamed(folder.source(name), f"{name} is not run: {runner} looks for <version>_<name>.sql")
            continue
        source = folder.source(name)
        step = Step(key(number, name), number, described(name[:-4], number), source, (), identity=numbers(number))
        part(draft, source, step)
        draft.steps.append(step)
    return draft


def _layout(name: str, names: str, pattern: str, word: str, part: Part, key: Callable[[str, str], Key]) -> Layout:
    return Layout(
        name=name,
        names=names,
        detect=partial(_detect, pattern, word),
        read=partial(_read, name, part, key),
        transactions=Transactions.FILE,
        textual=key is _by_name,
    )


LAYOUTS = (
    _layout(
        "goose",
        "<n>_<name>.sql with `-- +goose Up`",
        _GOOSE,
        "+goose",
        partial(_annotated, _GOOSE, "goose"),
        _by_number,
    ),
    _layout(
        "sql-migrate",
        "<n>_<name>.sql with `-- +migrate Up`",
        _SQL_MIGRATE,
        "+migrate",
        partial(_annotated, _SQL_MIGRATE, "sql-migrate"),
        _by_number,
    ),
    _layout("dbmate", "<version>_<name>.sql with `-- migrate:up`", _MIGRATE, "migrate:", _dbmate, _by_name),
)
