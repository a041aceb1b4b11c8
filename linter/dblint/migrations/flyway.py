"""Flyway's layout, and the two variants of it that database blueprints prescribe."""

import re
from collections.abc import Iterator

from msgspec import Struct

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import dialect_of, number_of, numbers, words
from dblint.source import Source, Span

_NAME = re.compile(r"([VURB])(\d+(?:[._]\d+)*)?__(.*)\.sql\Z")
_ALMOST = r"(?:[VURB]_?\d[\w.]*|[vurb]\d[\d._]*__.*|[Rr]_[A-Za-z].*|[VUB]__.*|r__.*)\.sql\Z"
_DATED = re.compile(r"V(\d+(?:\.\d+)*)_(\d{8}(?:\d{4,6})?)_(.+?)(_rollback|_down|_undo)?\.sql\Z", re.IGNORECASE)
_CALLBACK = r"(?:before|after|create)[A-Z]\w*(?:__.*)?\.sql\Z"
_COMMENT = r"(?m)^[ \t]*(--[ \t]*flyway:(\w+)[ \t]*=?[ \t]*(\w*)[^\r\n]*)"
_SETTING = r"(?m)^[ \t]*executeInTransaction[ \t]*=[ \t]*(\w+)"
_ROLLBACK = "rollback"
_SETTINGS = frozenset({"executeInTransaction", "placeholderReplacement", "encoding", "shouldExecute", "outOfOrder"})


class _File(Struct, frozen=True):
    folder: Folder
    name: str
    prefix: str
    version: str
    description: str

    @property
    def path(self) -> str:
        return self.folder.show(self.name)

    @property
    def source(self) -> Source:
        return self.folder.source(self.name)


def detect(folder: Folder) -> int:
    return 92 if any(_NAME.match(name) for name in folder.files) or _locations(folder) else 0


def detect_blueprint(folder: Folder) -> int:
    dated = sum(1 for name in folder.files if _DATED.match(name))
    if dated and dated * 2 > sum(1 for name in folder.files if name[:1] in "Vv" and name.endswith(".sql")):
        return 94
    return 94 if any(_twin(folder.files)) else 0


def _twin(names: list[str]) -> Iterator[bool]:
    """For each `V<version>__rollback.sql`, whether the version has another file."""
    for name in names:
        found = _NAME.match(name)
        if found and found[1] == "V" and found[3] == _ROLLBACK:
            yield any(other != name and other.startswith(f"V{found[2]}__") for other in names)


def _locations(folder: Folder) -> list[str]:
    """Subfolders that together are one history, in a folder without versions of its own.

    They are: `x`, `x_data`, ... (locations configured together), versions or years, or anything below
    `migration/`, which Flyway searches to the bottom, as long as no version stands in two of them.
    """
    versions: dict[str, set[tuple[int, ...]]] = {}
    for name, sub in folder.folders.items():
        found = {
            numbers(match[2]) for file in sub.files if (match := _NAME.match(file)) and match[1] == "V" and match[2]
        }
        if found:
            versions[name] = found
    if len(versions) < 2 or sum(map(len, versions.values())) != len(set().union(*versions.values())):
        return []
    names = sorted(versions, key=len)
    together = (
        folder.name in ("migration", "migrations")
        or all(number_of(name) for name in names)
        or all(re.match(rf"{re.escape(names[0])}[-_.]", name) for name in names[1:])
    )
    dialects = {dialect_of(name) for name in names} - {""}
    return names if together and len(dialects) < 2 else []


def _files(draft: Draft) -> Iterator[tuple[Folder, str]]:
    """Every `.sql` file of the history; subfolders are searched too and claimed, but for those of other databases."""
    folder = draft.folder
    subfolders = _locations(folder) or list(folder.folders)
    if len({dialect_of(name) for name in subfolders} - {""}) > 1:
        subfolders = [name for name in subfolders if not dialect_of(name)]
    draft.claimed.update(subfolders)
    stack = [folder.folders[name] for name in reversed(subfolders)]
    for name in sql_files(draft, folder):
        yield folder, name
    while stack:
        inner = stack.pop()
        stack.extend(inner.folders[name] for name in sorted(inner.folders, reverse=True))
        for name in sql_files(draft, inner):
            yield inner, name


def read(folder: Folder) -> Draft:
    draft = Draft(folder)
    found: dict[str, list[_File]] = {"V": [], "U": [], "R": [], "B": []}
    for place, name in _files(draft):
        match = _NAME.match(name)
        if match and (match[1] == "R") == (match[2] is None):
            found[match[1]].append(_File(place, name, match[1], match[2] or "", match[3]))
        elif re.match(_CALLBACK, name):
            draft.skip(place.show(name), "a Flyway callback: it runs around migrations, not as one")
        elif re.match(_ALMOST, name):
            draft.misnamed(place.source(name), f"{name} is not run: it does not fit V<version>__<description>.sql")
        else:
            draft.skip(place.show(name), "not named as Flyway names migrations")
    _assemble(draft, found["V"] + _baselines(draft, found), found["U"])
    for file in found["R"]:
        draft.steps.append(_step(draft, file, (1, file.description), repeatable=True))
    return draft


def _baselines(draft: Draft, found: dict[str, list[_File]]) -> list[_File]:
    """The baselines that stand for versions which are not here."""
    kept: list[_File] = []
    for file in found["B"]:
        if any(numbers(other.version) <= numbers(file.version) for other in found["V"]):
            draft.skip(file.path, f"a baseline: the steps up to {file.version} are here")
        else:
            kept.append(file)
    return kept


def _assemble(draft: Draft, ups: list[_File], downs: list[_File]) -> None:
    undo: dict[tuple[int, ...], _File] = {}
    for file in downs:
        first = undo.setdefault(numbers(file.version), file)
        if first is not file:
            draft.remark(
                "duplicate version",
                file.source,
                f"{file.name} undoes version {file.version}, which {first.path} undoes already",
                related=(first.path,),
            )
    for file in ups:
        version = numbers(file.version)
        step = _step(draft, file, (0, version, file.path))
        step.identity = version
        down = undo.get(version)
        if down:
            step.down = (Script.whole(down.source),)
        draft.steps.append(step)
    versions = {numbers(file.version) for file in ups}
    for version, file in undo.items():
        if version not in versions:
            draft.remark("missing up", file.source, f"{file.name} undoes version {file.version}, which is not here")
            draft.skip(file.path, "undoes a version that is not here")


def _step(draft: Draft, file: _File, key: tuple[object, ...], *, repeatable: bool = False) -> Step:
    source = file.source
    step = Step(key, file.version, words(file.description), source, (Script.whole(source),), repeatable=repeatable)
    conf = f"{file.name}.conf"
    if file.folder.has(conf):
        setting = re.search(_SETTING, file.folder.source(conf).text)
        if setting and setting[1].lower() == "false":
            step.transactions, step.reason = Transactions.NONE, f"executeInTransaction=false in {conf}"
    if "flyway:" in source.text:
        for comment in re.finditer(_COMMENT, source.text):
            if comment[2] not in _SETTINGS:
                span = Span(comment.start(1), comment.end(1))
                message = f"{comment[2]!r} has no effect: Flyway has no such setting"
                draft.remark("unknown directive", source, message, span)
            elif comment[2] == "executeInTransaction" and comment[3].lower() == "false":
                step.transactions, step.reason = Transactions.NONE, "-- flyway:executeInTransaction=false"
    return step


def read_blueprint(folder: Folder) -> Draft:
    """`V<version>__<description>.sql` and `V<version>__rollback.sql`, or `V<version>_<date>_<Description>.sql`."""
    draft = Draft(folder)
    ups: list[_File] = []
    downs: list[_File] = []
    repeatables: list[_File] = []
    for place, name in _files(draft):
        match, dated = _NAME.match(name), _DATED.match(name)
        if match and match[2] and match[1] in "VU":
            down = match[1] == "U" or match[3] == _ROLLBACK
            (downs if down else ups).append(_File(place, name, match[1], match[2], match[3]))
        elif match and match[1] == "R":
            repeatables.append(_File(place, name, "R", "", match[3]))
        elif dated:
            down = bool(dated[4]) or dated[3].lower() in (_ROLLBACK, "down", "undo")
            (downs if down else ups).append(_File(place, name, "V", dated[1], _spaced(dated[3])))
        elif re.match(_ALMOST, name):
            draft.misnamed(place.source(name), f"{name} is not run: it does not fit the names around it")
        else:
            draft.skip(place.show(name), "not named as migrations are named here")
    _assemble(draft, ups, downs)
    for file in repeatables:
        draft.steps.append(_step(draft, file, (1, file.description), repeatable=True))
    return draft


def _spaced(description: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", description)


LAYOUTS = (
    Layout(
        name="blueprint",
        names="V<version>__<description>.sql with V<version>__rollback.sql",
        detect=detect_blueprint,
        read=read_blueprint,
        transactions=Transactions.DETECTED,
    ),
    Layout(
        name="flyway",
        names="V<version>__<description>.sql",
        detect=detect,
        read=read,
        transactions=Transactions.DETECTED,
    ),
)
