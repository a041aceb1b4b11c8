"""The examples on a rule's page as dblint understands them for one server, and as a runner sends them to it."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dblint.dialects import load
from dblint.dialects.postgres.mask import mask
from dblint.engine import Pass, StatementImpact
from dblint.migrations.model import Migration, Transactions
from dblint.operations import Begin, Operation
from dblint.rule import Finding
from dblint.runners import refuses_transaction
from tests.pages_harness import Case, Mark, differences, is_diff, mark_of, passed, sides, unmarked, words_of

Place = tuple[str, int]
"""A statement: its file and where it begins."""

_TRANSACTION = re.compile(r"(?P<open>BEGIN|START)\b|(?:COMMIT|END|ROLLBACK(?!\s+TO)|ABORT)\b", re.IGNORECASE)


class Step(Struct, frozen=True):
    """A text that is sent to the server at once; `place` when it is a statement of a migration."""

    text: str
    place: Place | None = None


class Example(Struct, frozen=True, kw_only=True):
    """A case for one major: dblint's pass over it, the prices of the change's statements, the page's marks.

    `lines`: by file, the line of the page before its first.
    """

    case: Case
    done: Pass
    priced: dict[Place, StatementImpact]
    marks: list[Mark]
    lines: dict[str, int]

    def __str__(self) -> str:
        return f"{self.case.page.path.name}:{self.case.change[0].line}"

    @property
    def history(self) -> list[Migration]:
        return [each for each in self.done.history.migrations if not self.done.checks(each.number)]

    @property
    def change(self) -> list[Migration]:
        return [each for each in self.done.history.migrations if self.done.checks(each.number)]

    @property
    def is_one_transaction(self) -> bool:
        """Whether the runner opens a transaction around all of the change, and nothing ends it before."""
        (first, *rest) = sessions(self.change) or [[]]
        return not rest and first[:1] == [Step("BEGIN")] and not any(_TRANSACTION.match(s.text) for s in first[1:-1])

    @property
    def is_blind(self) -> bool:
        """Whether dblint says that it does not know all that the history did."""
        old = {each.path for each in self.history}
        return any(each.source.path in old for each in self.done.unread)

    def is_opaque(self, place: Place) -> bool:
        """Whether dblint says that it does not know what the statement does."""
        span = self.priced[place].statement.span
        return any(each.source.path == place[0] and span.contains(each.span.start) for each in self.done.unread)

    def messages(self, place: Place) -> list[str]:
        return [each.message for each in self.done.findings if place_of(each) == place]

    def where(self, place: Place) -> str:
        path, start = place
        line = self.priced[place].statement.source.position(start).line
        return f"{self.case.page.path.name}:{self.lines[path] + line}"

    def unlike_page(self) -> Iterator[str]:
        """What dblint says for this server otherwise than the page, which speaks of all or of those since a version."""
        missing, surplus = differences(self.marks, map(mark_of, self.done.findings))
        if not self.case.words.version:
            for title, marks in (("is not found", missing), ("is not on the page", surplus)):
                yield from (f"{self}: for PostgreSQL {self.done.context.version} {title}: {m.message}" for m in marks)


def examples(case: Case, major: int, folder: Path) -> Iterator[Example]:
    """The case for that major; a diff makes two, before and after. None where the block asks for a newer server."""
    if case.words.version and int(case.words.version) > major:
        return
    for number, texts in enumerate(_texts(case)):
        inner = folder / str(number)
        inner.mkdir()
        priced: list[StatementImpact] = []
        bare = {name: unmarked(name, text) for name, (text, _) in texts.items()}
        with _working_in(inner):
            files = {name: text for name, (text, _) in bare.items()}
            done = passed(case, inner, files, version=str(major), observe=priced.append)
        announced = [mark for _, marks in bare.values() for mark in marks]
        yield Example(
            case=case,
            done=done,
            priced={(each.statement.source.path, each.statement.span.start): each for each in priced},
            marks=list(map(mark_of, done.findings)) if is_diff(case) and not number else announced,
            lines={name: line - 1 for name, (_, line) in texts.items()},
        )


def _texts(case: Case) -> Iterator[dict[str, tuple[str, int]]]:
    """The files of the case, each with the page's line of its first line."""
    blocks = (*case.history, *case.change)
    if is_diff(case):
        for files in sides(case):
            lines = [each.line for each in case.history]
            places = lines + [case.change[0].line] * (len(files) - len(lines))
            yield {name: (text, line) for (name, text), line in zip(files.items(), places, strict=True)}
        return
    names = [f"migrations/{words_of(case.page, each).file or f'{n}.sql'}" for n, each in enumerate(blocks, start=1)]
    yield {name: (each.text, each.line) for name, each in zip(names, blocks, strict=True)}


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def place_of(finding: Finding) -> Place | None:
    return (finding.source.path, finding.statement_span.start) if finding.statement_span else None


# --- as the runner sends it ---------------------------------------------------------------------


def sessions(migrations: Sequence[Migration]) -> list[list[Step]]:
    """What a runner sends, by connection: one for each migration, or one for a whole batch."""
    batch = [step for each in migrations if each.transactions is Transactions.BATCH for step, _ in _statements(each)]
    alone = [_wrapped(each) for each in migrations if each.transactions is not Transactions.BATCH]
    return [*alone, [Step("BEGIN"), *batch, Step("COMMIT")]] if batch else alone


def _wrapped(migration: Migration) -> list[Step]:
    """The statements with the runner's transactions. A string of several counts as what it is to the server: one."""
    statements = _statements(migration)
    steps = [step for step, _ in statements]
    mode = migration.transactions
    if mode in (Transactions.DETECTED, Transactions.ASSUMED):
        refusing = [any(map(refuses_transaction, operations)) for _, operations in statements]
        alone = all(refusing) if mode is Transactions.DETECTED else any(refusing)
        mode = Transactions.NONE if alone else Transactions.FILE
    if mode is Transactions.STRING:
        own = any(isinstance(operation, Begin) for _, operations in statements for operation in operations)
        mode = Transactions.NONE if own or len(steps) == 1 else Transactions.FILE
    if mode is Transactions.STATEMENT:
        return [each for step in steps for each in (Step("BEGIN"), step, Step("COMMIT"))]
    return steps if mode is Transactions.NONE else [Step("BEGIN"), *steps, Step("COMMIT")]


def _statements(migration: Migration) -> list[tuple[Step, list[Operation]]]:
    """The migration's statements, but for those with placeholders: no server takes them before they are filled in."""
    return [
        (Step(statement.text, (statement.source.path, statement.span.start)), operations)
        for script in migration.up
        for statement, operations in load("postgres").read(script)
        if not mask(statement.text).made_up
    ]


def saved(steps: Sequence[Step], refused: Sequence[Place]) -> Iterator[Step]:
    """With a savepoint around each statement that will be refused in a transaction, so that the next ones run."""
    opened = False
    for step in steps:
        if opened and step.place in refused:
            yield from (Step("SAVEPOINT before_refusal"), step, Step("ROLLBACK TO before_refusal"))
        else:
            yield step
        if found := _TRANSACTION.match(step.text):
            opened = bool(found["open"])


def undone(steps: Sequence[Step]) -> list[Step]:
    """One transaction that leaves nothing behind, but checks what it would check at its end."""
    return [*steps[:-1], Step("SET CONSTRAINTS ALL IMMEDIATE"), Step("ROLLBACK")]
