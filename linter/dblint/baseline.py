"""The baseline: a file with the findings that a team lives with for now, so that only what is new is reported.

A finding is known by its file and its fingerprint (rule, object, statement without layout), so it stays known when
lines move. What is counted twice in the file covers two findings.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os.path import curdir, realpath, relpath, split
from pathlib import Path
from typing import NoReturn, TextIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dblint.config import Config
from dblint.config_file import shown
from dblint.errors import UsageError
from dblint.reports.model import in_order
from dblint.rule import Finding, Rule

NAME = "dblint-baseline.json"
"""What the file is called where the configuration names none."""
VERSION = 1


class Entry(Struct, frozen=True, kw_only=True, order=True, forbid_unknown_fields=True):
    """One finding. `message` is for those who review the file; `fingerprint` is what it is known by."""

    rule: str
    object: str = ""
    message: str = ""
    fingerprint: str


Entries = dict[str, list[Entry]]
"""By file: its path from the folder that the baseline is in, with forward slashes."""


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    baseline_version: int
    files: Entries


def place_of(config: Config) -> Path:
    """Where the baseline for migrations with this configuration is, or would be: as the configuration says, or
    beside its file; without one, the nearest upwards from the working directory, within the repository."""
    folder = Path(config.file).parent
    if config.baseline or config.file:
        return folder / (config.baseline or NAME)
    here = Path.cwd()
    for each in (here, *here.parents):
        if (each / NAME).is_file():
            return each / NAME
        if (each / ".git").exists():
            break
    return here / NAME


class Baselines:
    """The baselines of one run, each loaded when a history's configuration asks for it.

    `create`: one whose file is not there yet is empty; otherwise there is none.
    """

    def __init__(self, *, create: bool = False) -> None:
        self.create = create
        self.known: dict[Path, Baseline | None] = {}

    def of(self, config: Config) -> "Baseline | None":
        """The baseline for migrations with this configuration. Raises UsageError if it is broken, or named and
        missing."""
        file = place_of(config)
        if file not in self.known:
            self.known[file] = self._load(file, config)
        return self.known[file]

    def _load(self, file: Path, config: Config) -> "Baseline | None":
        if file.exists():
            return load(file)
        if self.create:
            return Baseline(file, {})
        if config.baseline:
            reason = config.reason("baseline")
            raise UsageError(
                f"the baseline {shown(file)} is not there: `dblint baseline` writes it",
                path=reason.place if reason else "",
                line=reason.line if reason else 0,
            )
        return None

    @property
    def found(self) -> bool:
        """Whether the findings of some history were held against a baseline."""
        return any(each is not None for each in self.known.values())

    def outdated(self, rules: Mapping[str, Rule]) -> int:
        """How many entries no longer occur."""
        return sum(len(gone) for each in self.known.values() if each for gone in each.outdated(rules).values())


class Baseline:
    """The entries of one file during a run: which of them came up, and which could have."""

    def __init__(self, file: Path, entries: Entries) -> None:
        self.file = file
        self.entries = entries
        self.findings: list[Finding] = []
        """All that were sifted, whether known or not."""
        self._ran: dict[str, set[str]] = {}
        """By file under check, the rules that ran on it."""
        self._found: Counter[tuple[str, str]] = Counter()
        self._folders: dict[str, str] = {}
        self._home = realpath(file.parent)

    def __len__(self) -> int:
        return sum(map(len, self.entries.values()))

    def path(self, file: str) -> str:
        """A file's path, as findings have it, seen from the baseline's folder."""
        folder, name = split(file)
        if folder not in self._folders:
            place = relpath(realpath(folder), self._home)
            self._folders[folder] = "" if place == curdir else f"{Path(place).as_posix()}/"
        return _encodable(self._folders[folder] + name)

    def sift(
        self,
        findings: Sequence[Finding],
        checked: Iterable[str],
        in_force: Callable[[str], Iterable[str]],
        rules: Mapping[str, Rule],
    ) -> list[Finding]:
        """The findings that are not in the baseline. `checked`: the files that were, `in_force`: the rules that ran
        on a file, by its path."""
        for file in checked:
            self._ran.setdefault(self.path(file), set()).update(in_force(file))
        left = Counter((path, each.fingerprint) for path, entries in self.entries.items() for each in entries)
        left.subtract(self._found)
        self.findings += findings
        kept: list[Finding] = []
        for finding, marks in _marked(findings, rules):
            path = self.path(finding.source.path)
            known = next((mark for mark in marks if left[path, mark] > 0), None)
            if known is None:
                kept.append(finding)
            else:
                left[path, known] -= 1
                self._found[path, known] += 1
        return kept

    def outdated(self, rules: Mapping[str, Rule]) -> Entries:
        """The entries that no longer occur: their file was checked by their rule, or one of the two is gone."""
        found = self._found.copy()
        gone: Entries = {}
        names = {name: rule.name for rule in rules.values() for name in (rule.name, *rule.formerly)}
        for path, entries in self.entries.items():
            ran = self._ran.get(path)
            exists = ran is not None or (self.file.parent / path).exists()
            for each in entries:
                name = names.get(each.rule)
                if found[path, each.fingerprint] > 0:
                    found[path, each.fingerprint] -= 1
                elif not exists or name is None or (ran is not None and name in ran):
                    gone.setdefault(path, []).append(each)
        return gone

    def pruned(self, rules: Mapping[str, Rule]) -> Entries:
        """The entries without those that no longer occur."""
        gone = {path: Counter(entries) for path, entries in self.outdated(rules).items()}
        left: Entries = {}
        for path, entries in self.entries.items():
            for each in entries:
                if gone.get(path, Counter())[each] > 0:
                    gone[path][each] -= 1
                else:
                    left.setdefault(path, []).append(each)
        return left

    def renewed(self) -> Entries:
        """The entries for what was found in the files that were checked, beside those of other files that exist."""
        entries = {
            path: each
            for path, each in self.entries.items()
            if path not in self._ran and (self.file.parent / path).exists()
        }
        return entries | entries_of(self)


def entries_of(baseline: Baseline) -> Entries:
    """The entries that make all of the baseline's findings known."""
    from dblint.reports.fingerprints import statement_fingerprints

    entries: Entries = {}
    ordered = in_order(baseline.findings)
    for finding, mark in zip(ordered, statement_fingerprints(ordered), strict=True):
        entry = Entry(
            rule=finding.rule,
            object=_encodable(finding.object),
            message=_encodable(finding.message),
            fingerprint=mark,
        )
        entries.setdefault(baseline.path(finding.source.path), []).append(entry)
    return entries


def _marked(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> Iterator[tuple[Finding, list[str]]]:
    """Each finding with the fingerprints it may be known by: under its rule's name and its former ones."""
    from dblint.reports.fingerprints import statement_fingerprints

    ordered = in_order(findings)
    marks = [[mark] for mark in statement_fingerprints(ordered)]
    for former, today in sorted((name, rule.name) for rule in rules.values() for name in rule.formerly):
        places = [place for place, finding in enumerate(ordered) if finding.rule == today]
        renamed = statement_fingerprints(replace(ordered[place], rule=former) for place in places)
        for place, mark in zip(places, renamed, strict=True):
            marks[place].append(mark)
    return zip(ordered, marks, strict=True)


def _encodable(text: str) -> str:
    """The text without what UTF-8 cannot hold, such as the bytes of a file name in another encoding."""
    return text.encode("utf-8", "replace").decode()


# --- the file ---------------------------------------------------------------------------------


def load(file: Path) -> Baseline:
    """Read a baseline. Raises UsageError with path and line for whatever is wrong in it."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"the baseline cannot be read: {error.strerror}", path=shown(file)) from None
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _broken(file, data, str(error))
    if document.baseline_version != VERSION:
        message = f"the baseline is of version {document.baseline_version}, and this dblint knows version {VERSION}"
        raise UsageError(message, path=shown(file), line=_line_with(data, '"baseline_version"'))
    return Baseline(file, document.files)


def write(entries: Entries, out: TextIO) -> None:
    """Write a baseline: files and their entries sorted, each entry on a line of its own, so that diffs are small."""
    import json

    files = []
    for path in sorted(entries):
        lines = []
        for each in sorted(entries[path]):
            said = {key: value for key, value in msgspec.structs.asdict(each).items() if value}
            lines.append(f"      {json.dumps(said, ensure_ascii=False)}")
        if lines:
            files.append(f"    {json.dumps(path, ensure_ascii=False)}: [\n" + ",\n".join(lines) + "\n    ]")
    body = "{\n" + ",\n".join(files) + "\n  }" if files else "{}"
    out.write(f'{{\n  "baseline_version": {VERSION},\n  "files": {body}\n}}\n')


def _broken(file: Path, data: bytes, said: str) -> NoReturn:
    """Say what is wrong in a baseline that does not decode, and on which line."""
    import json

    text = data.decode("utf-8", "replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the baseline is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise UsageError(message, path=shown(file), line=error.lineno) from None
    message, _, where = said.partition(" - at ")
    line = 1
    for number, each in enumerate(text.splitlines(), start=1):
        entry = each.strip().removesuffix(",")
        if entry.startswith("{") and entry.endswith("}"):
            try:
                msgspec.json.decode(entry.encode(), type=Entry)
            except msgspec.DecodeError:
                line = number
                break
    at = f" ({where.strip('`')})" if where else ""
    raise UsageError(f"the baseline is not one: {message[:1].lower()}{message[1:]}{at}", path=shown(file), line=line)


def _line_with(data: bytes, text: str) -> int:
    lines = data.decode().splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)
