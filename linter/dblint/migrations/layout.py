"""What every layout's reader returns, and how a reading becomes a history."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter

from msgspec import Struct

from dblint.migrations.directives import strangers
from dblint.migrations.files import Folder
from dblint.migrations.model import History, Migration, Remark, Script, Transactions
from dblint.migrations.naming import Key
from dblint.source import Source, Span


class Step(Struct):
    """A migration before it has its place: `key` orders it, `identity` must be unique (None: always is).

    `transactions` and `reason` are set when the step itself says how it runs, else the layout's apply.
    `databases`: those it is for, or with `!` those it is not for; empty: all.
    """

    key: Key
    version: str
    description: str
    source: Source
    up: tuple[Script, ...]
    down: tuple[Script, ...] = ()
    transactions: Transactions | None = None
    reason: str = ""
    repeatable: bool = False
    identity: object = None
    databases: frozenset[str] = frozenset()


class Draft:
    """What a reader makes of a folder: steps in any order, what it passed over, what it noticed.

    `claimed` holds the subfolders (of the folder itself) that belong to this history, `lists` the runner's own lists.
    """

    __slots__ = ("claimed", "dialect", "folder", "lists", "remarks", "skipped", "steps")

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self.skipped: list[tuple[str, str]] = []
        self.remarks: list[Remark] = []
        self.claimed: set[str] = set()
        self.lists: list[Source] = []
        self.dialect = ""

    def skip(self, path: str, reason: str) -> None:
        self.skipped.append((path, reason))

    def remark(
        self, kind: str, source: Source, message: str, span: Span | None = None, related: tuple[str, ...] = ()
    ) -> None:
        """Without `span` the remark is about the whole file and stands on its first line."""
        self.remarks.append(Remark(kind, source, first_line(source) if span is None else span, message, related))

    def misnamed(self, source: Source, message: str) -> None:
        """The file looks like a migration, but the layout's runner does not run it."""
        self.remark("misnamed", source, message)
        self.skip(source.path, "its name does not fit the layout")


CERTAIN = 97
"""A marker file says so: no other layout needs to be asked."""


class Layout(Struct, frozen=True, kw_only=True):
    """One way to lay out migrations, as a value.

    `detect` says how sure it is that a folder is laid out so (0: it is not; the highest wins), from names,
    marker files and, where names do not tell, directives. `read` reads such a folder. `transactions` is the
    runner's default, `why` its reason where that is not the layout's name. `textual`: the runner orders
    versions as text. `names`: what its files are called, for messages.
    """

    name: str
    names: str
    detect: Callable[[Folder], int]
    read: Callable[[Folder], Draft]
    transactions: Transactions
    why: str = ""
    textual: bool = False


def first_line(source: Source) -> Span:
    text = source.text
    ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
    return Span(0, min(ends, default=len(text)))


_TIMESTAMP = 8
"""Digits from which a version is a date."""

_CODE = re.compile(r"[vV]?\d[^.]*(?:\.(?:up|down))?\.(?:go|ts|mts|js|mjs|cjs|py|java|kt|rb|cs|php|exs|groovy|fizz)\Z")
_SHELVED = re.compile(r"\.sql(?:[.~].+|~)\Z")


def is_code(name: str) -> bool:
    """Whether a name is that of a step in code beside SQL ones (`0003_backfill.go`)."""
    return _CODE.match(name) is not None


def sql_files(draft: Draft, folder: Folder) -> list[str]:
    """The folder's `.sql` names; steps in code and names that only resemble `.sql` are remarked and passed over."""
    names: list[str] = []
    others: list[str] = []
    for name in folder.files:
        (names if name.endswith(".sql") else others).append(name)
    capitals = [name for name in others if name.lower().endswith(".sql")]
    if capitals and not names:
        return capitals
    for name in capitals:
        draft.misnamed(folder.source(name), f"{name} is not run: runners look for .sql in lower case")
    for name in others:
        if is_code(name):
            code_step(draft, folder, name)
        elif _SHELVED.search(name) and not name.endswith(".sql.conf"):
            draft.skip(folder.show(name), "not a .sql file")
    return names


def code_step(draft: Draft, folder: Folder, name: str) -> None:
    draft.skip(folder.show(name), "a step in code, not in SQL")
    draft.remark(
        "code step",
        folder.source(name),
        f"what {name} does to the database is not known: the step is code, not SQL",
    )


def finish(draft: Draft, layout: Layout, override: Transactions | None, dialect: str = "") -> History:
    """The history of a reading: steps in order and numbered, with the remarks every layout shares.

    `override` is the transaction mode of steps that do not say their own, `dialect` the database wanted.
    """
    steps = sorted(_for_database(draft, dialect), key=attrgetter("key"))
    downs = sum(1 for step in steps if step.down)
    undoable = sum(1 for step in steps if not step.repeatable)
    has_down = downs * 2 > undoable
    usual, why = layout.transactions, layout.why or layout.name
    if override is not None:
        usual, why = override, "configured"
    _duplicates(draft, steps)
    if layout.textual:
        _order(draft, layout, steps)
    migrations: list[Migration] = []
    seen: set[int] = set()
    for step in steps:
        if has_down and not step.down and not step.repeatable:
            draft.remark("missing down", step.source, f"{_title(step)} cannot be undone: it has no down part")
        for source in _sources(step):
            if id(source) not in seen:
                seen.add(id(source))
                for span, message in strangers(source, layout.name):
                    draft.remark("unknown directive", source, message, span)
        migrations.append(
            Migration(
                number=len(migrations),
                version=step.version,
                description=step.description,
                source=step.source,
                up=step.up,
                down=step.down,
                transactions=usual if step.transactions is None else step.transactions,
                transactions_reason=why if step.transactions is None else step.reason,
                repeatable=step.repeatable,
            )
        )
    return History(
        root=draft.folder.shown,
        layout=layout.name,
        migrations=tuple(migrations),
        skipped=tuple(dict.fromkeys(draft.skipped)),
        remarks=tuple(draft.remarks),
        has_down=has_down,
        dialect=draft.dialect,
        lists=tuple(draft.lists),
    )


def _for_database(draft: Draft, dialect: str) -> list[Step]:
    """The steps for `dialect`; when it is not given, for the database that most of the filtered steps name."""
    named = Counter(name for step in draft.steps for name in step.databases if not name.startswith("!"))
    if not any(step.databases for step in draft.steps):
        return draft.steps
    wanted = dialect or draft.dialect or max(named, key=lambda name: (named[name], name in _SERVERS, name), default="")
    draft.dialect = wanted
    kept: list[Step] = []
    for step in draft.steps:
        kept_out = f"!{wanted}" in step.databases
        if (
            not step.databases
            or wanted in step.databases
            or (not kept_out and all(n[0] == "!" for n in step.databases))
        ):
            kept.append(step)
        else:
            draft.skip(step.source.path, f"{_title(step)} is for {', '.join(sorted(step.databases))}")
    return kept


_SERVERS = ("postgres", "tsql", "mysql")
"""What changesets for several databases are taken to be for, rather than for one that tests run on beside it."""


def _file(step: Step) -> str:
    return step.source.path.rpartition("/")[2]


def _title(step: Step) -> str:
    return f"version {step.version}" if step.version else _file(step)


def _sources(step: Step) -> Iterator[Source]:
    yield step.source
    for script in step.down:
        yield script.source


def _duplicates(draft: Draft, steps: list[Step]) -> None:
    known: dict[object, Step] = {}
    for step in steps:
        if step.identity is None:
            continue
        first = known.setdefault(step.identity, step)
        if first is not step:
            draft.remark(
                "duplicate version",
                step.source,
                f"the deploy fails, or one file never runs: {_file(first)} is {_title(step)} too",
                related=(first.source.path,),
            )


def _order(draft: Draft, layout: Layout, steps: list[Step]) -> None:
    """Where a runner compares versions as text, `10` runs before `2`. (Timestamps sort alike either way.)"""
    highest, holder = -1, ""
    for step in steps:
        digits = step.version
        if not digits.isdigit() or len(digits) >= _TIMESTAMP:
            continue
        if int(digits) < highest:
            draft.remark(
                "out of order",
                step.source,
                f"version {step.version} runs after {holder}: {layout.name} orders versions as text",
            )
        else:
            highest, holder = int(digits), step.version
