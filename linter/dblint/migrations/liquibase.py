"""Liquibase's formatted SQL: each changeset of each file is a migration."""

import re
from collections.abc import Iterator

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import Key, dialect_of, natural
from dblint.migrations.sections import is_usual, split
from dblint.source import Source, Span

_HEADER = r"(?i)\s*--[ \t]*liquibase[ \t]+formatted[ \t]+sql\b"
_LINE = r"(?mi)^[ \t]*(--[ \t]*(changeset|rollback|comment|ignoreLines|(?:chang|cahng)e?[ _-]?s\w+)\b:?([^\r\n]*))"
_AUTHOR_ID = r"[ \t]*(\"[^\"]+\"|'[^']+'|[^\s:]+):(\"[^\"]+\"|'[^']+'|\S+)"
_ATTRIBUTE = r"(\w+):(\"[^\"]*\"|\S+)"
_ROLLBACK_BLOCK = r"(?si)/\*[ \t]*liquibase[ \t]+rollback\b(.*?)\*/"
_WORDS = frozenset({"changeset", "rollback", "comment", "ignorelines"})
_NO_ROLLBACK = frozenset({"empty", "not required", "none"})
MASTER = re.compile(r".*change-?log.*\.(?:xml|ya?ml|json)\Z", re.IGNORECASE)
_INCLUDED = r"[\w@./\\ -]*\.sql\b"
_CHANGE = r"(?m)<(?:\w+:)?changeSet\b|^[ \t]*-?[ \t]*\"?changeSet\"?[ \t]*:"
_ATTRIBUTES = frozenset(
    "stripComments splitStatements rollbackSplitStatements endDelimiter rollbackEndDelimiter runOnChange runAlways"
    " context contextFilter labels logicalFilePath runInTransaction failOnError dbms runWith runWithSpoolFile created"
    " runOrder ignore tag objectQuotingStrategy onValidationFail validCheckSum".lower().split()
)


def _detect(folder: Folder) -> int:
    if is_usual(folder, _is_formatted):
        return 95
    masters = [name for name in folder.files if MASTER.match(name)]
    return 95 if masters and any(_is_formatted(source.text) for _, source in _all(folder)) else 0


def _is_formatted(text: str) -> bool:
    return "liquibase" in text[:500].lower() and re.match(_HEADER, text) is not None


def _all(folder: Folder, prefix: str = "") -> Iterator[tuple[str, Source]]:
    for name in folder.files:
        if name.endswith(".sql"):
            yield prefix + name, folder.source(name)
    for name, sub in folder.folders.items():
        yield from _all(sub, f"{prefix}{name}/")


def _read(folder: Folder) -> Draft:
    """By the includes of a changelog, else by path; within a file in its order. Changesets of one database, if many."""
    draft = Draft(folder)
    draft.claimed.update(folder.folders)
    sql_files(draft, folder)
    files = dict(_all(folder))
    listed = _included(draft, files)
    for path, source in files.items():
        if not _is_formatted(source.text):
            name = path.rpartition("/")[2]
            draft.misnamed(source, f"{name} is not run: it does not begin with `--liquibase formatted sql`")
        elif listed and path not in listed:
            draft.skip(source.path, "not included by the changelog")
            draft.remark("orphan", source, "nothing runs: no changelog includes the file")
        else:
            _changesets(draft, source, (listed.get(path, 0), natural(path)))
    return draft


def _included(draft: Draft, files: dict[str, Source]) -> dict[str, int]:
    """The place of each file that a changelog of the folder includes by name; {} when none does."""
    listed: dict[str, int] = {}
    for name in draft.folder.files:
        if not MASTER.match(name):
            continue
        source = draft.folder.source(name)
        draft.lists.append(source)
        if re.search(_CHANGE, source.text):
            draft.skip(source.path, "changes in XML, YAML or JSON, not in SQL")
            draft.remark("code step", source, f"what {name} does to the database is not known: it is not SQL")
        if "includeAll" in source.text:
            return {}
        for found in re.finditer(_INCLUDED, source.text):
            wanted = found[0].strip().replace("\\", "/")
            path = next((path for path in files if wanted == path or wanted.endswith(f"/{path}")), "")
            if path:
                listed.setdefault(path, len(listed))
    return listed


class _Changeset:
    """A changeset being read: its attributes, the stretches of its SQL, its rollback."""

    def __init__(self, author: str, identity: str, attributes: dict[str, str], span: Span, start: int) -> None:
        self.author = author
        self.id = identity
        self.attributes = attributes
        self.span = span
        self.comment = ""
        self.pieces: list[Span] = []
        self.start = start
        self.rollback: list[Span] = []
        self.has_rollback = False

    def says(self, name: str, value: str) -> bool:
        return self.attributes.get(name.lower(), "").lower() == value


def _changesets(draft: Draft, source: Source, key: Key) -> None:
    """Adds a step for each changeset of a file."""
    text = source.text
    current: _Changeset | None = None
    place = 0
    skip_from = -1
    for line in re.finditer(_LINE, text):
        word, rest, here = line[2].lower(), line[3], Span(line.start(1), line.end(1))
        if word == "changeset" and (named := re.match(_AUTHOR_ID, rest)):
            if current:
                _add(draft, source, current, (*key, place), line.start())
                place += 1
            attributes = {name.lower(): value.strip('"') for name, value in re.findall(_ATTRIBUTE, rest[named.end() :])}
            for name in attributes.keys() - _ATTRIBUTES:
                message = f"{name!r} has no effect: Liquibase has no such changeset attribute"
                draft.remark("unknown directive", source, message, here)
            current = _Changeset(named[1].strip("\"'"), named[2].strip("\"'"), attributes, here, line.end())
        elif word == "changeset" or (word not in _WORDS and re.match(_AUTHOR_ID, rest)):
            message = f"no changeset begins here: {' '.join(line[1].split())!r} is not `--changeset author:id`"
            draft.remark("unknown directive", source, message, here)
        elif current is None or word not in _WORDS:
            if word == "rollback":
                draft.remark("unknown directive", source, "the rollback never runs: it belongs to no changeset", here)
        elif word == "rollback":
            current.has_rollback = True
            if rest.strip().rstrip(";").lower() not in _NO_ROLLBACK:
                current.rollback.append(Span(line.start(3), line.end(3)))
        elif word == "comment":
            current.comment = current.comment or rest.strip()
        elif rest.strip() == "start":
            skip_from = line.start()
        elif rest.strip() == "end" and skip_from >= 0:
            current.pieces.append(Span(current.start, skip_from))
            current.start = line.end()
    if current:
        _add(draft, source, current, (*key, place), len(text))


def _add(draft: Draft, source: Source, changeset: _Changeset, key: Key, end: int) -> None:
    title = f"{changeset.author}:{changeset.id}"
    if changeset.says("ignore", "true"):
        draft.skip(source.path, f"changeset {title}: ignore:true")
        return
    pieces = [*changeset.pieces, Span(changeset.start, end)]
    bounded = changeset.says("splitStatements", "false")
    if delimiter := changeset.attributes.get("enddelimiter", ""):
        pieces = [part for piece in pieces for part in split(source, piece, delimiter)]
        bounded = True
    step = Step(
        key,
        title,
        changeset.comment,
        source,
        (Script(source, tuple(pieces), (True,) * len(pieces) if bounded else ()),),
        _rollback(source, changeset, Span(changeset.start, end)),
        repeatable=changeset.says("runOnChange", "true") or changeset.says("runAlways", "true"),
        identity=(source.path, title),
    )
    if changeset.says("runInTransaction", "false"):
        step.transactions, step.reason = Transactions.NONE, "runInTransaction:false"
    step.databases = _databases(changeset.attributes.get("dbms", ""))
    draft.steps.append(step)


def _databases(dbms: str) -> frozenset[str]:
    """The databases a `dbms:` filter lets through, `!` before those it keeps out; empty: all."""
    names = [name.strip() for name in dbms.split(",") if name.strip()]
    return frozenset(
        ("!" if name.startswith("!") else "") + (dialect_of(name.lstrip("!")) or name.lstrip("!")) for name in names
    ) - {"all"}


def _rollback(source: Source, changeset: _Changeset, body: Span) -> tuple[Script, ...]:
    """The rollback as a text of the file's length in which all else is blank, so that offsets are the file's."""
    spans = list(changeset.rollback)
    for block in re.compile(_ROLLBACK_BLOCK).finditer(source.text, body.start, body.end):
        changeset.has_rollback = True
        spans.append(Span(block.start(1), block.end(1)))
    if not spans:
        return (Script(source, ()),) if changeset.has_rollback else ()
    spans.sort()
    text = source.text
    shown: list[str] = []
    at = 0
    for span in spans:
        shown += (_blank(text[at : span.start]), text[span.start : span.end])
        at = span.end
    shown.append(_blank(text[at:]))
    return (Script(Source(source.path, "".join(shown), bom=source.bom), (spans[0].until(spans[-1]),)),)


_INK = r"[^\s]"


def _blank(text: str) -> str:
    return re.sub(_INK, " ", text)


LAYOUTS = (
    Layout(
        name="liquibase",
        names="*.sql with `--liquibase formatted sql`",
        detect=_detect,
        read=_read,
        transactions=Transactions.FILE,
    ),
)
