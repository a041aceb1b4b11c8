"""Runs statements on a server and folds those that it takes, in one transaction that is rolled back."""

import io
import json
import re
from collections.abc import Sequence
from types import TracebackType

import psycopg
from msgspec import Struct

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.catalog.fold.session import begin
from dblint.dialects import load
from dblint.migrations.model import Script
from dblint.operations import Operation
from dblint.reports.schema import write_json
from dblint.source import Source
from tests.live import undocumented
from tests.live.foldcheck import Difference, differences
from tests.live.server import Connection
from tests.live.server_catalog import read_catalog

_DIALECT = load("postgres")
_SAVEPOINTS = ("SAVEPOINT", "ROLLBACK TO", "RELEASE")


class Refused(Struct, frozen=True):
    """A statement that the server did not take."""

    statement: str
    words: str


class Walk:
    """A script under way. `taken` holds the statements that ran, `catalog` their fold.

    Leaving it undoes all that it did on the server.
    """

    def __init__(self, session: Connection, prelude: Sequence[str] = ()) -> None:
        self.session = session
        self.major = session.info.server_version // 10_000
        self.catalog = Catalog(
            builtin_volatility=_DIALECT.builtin_volatility, results=_DIALECT.results, version=self.major
        )
        self.catalog.keeps_undo = True
        begin(self.catalog, None, explicit=True)
        self.taken: list[str] = []
        self.refused: list[Refused] = []
        session.execute("BEGIN")
        for statement in prelude:
            self.step(statement)

    def __enter__(self) -> "Walk":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.session.execute("ROLLBACK")

    def step(self, statement: str) -> bool:
        """Whether the server took the statement. The fold takes any, but keeps only what the server took."""
        operations = read(statement)
        try:
            self._run(statement)
        except psycopg.Error as error:
            self.session.execute("ROLLBACK TO step; RELEASE step")
            self.refused.append(Refused(statement, error.diag.message_primary or str(error)))
            self._try(operations)
            return False
        self._fold(operations)
        self.taken.append(statement)
        return True

    def _run(self, statement: str) -> None:
        self.session.execute("SAVEPOINT step")
        if statement.startswith("SAVEPOINT"):
            self.session.execute("RELEASE step")  # or it would be in the way of the script's own
        self.session.execute(statement.encode())
        if not statement.startswith(_SAVEPOINTS):
            self.session.execute("RELEASE step")

    def _fold(self, operations: list[Operation]) -> None:
        for operation in operations:
            _DIALECT.impact(operation, self.catalog, self.major)
            advance(self.catalog, operation)

    def _try(self, operations: list[Operation]) -> None:
        """The fold never fails, whatever it is given."""
        catalog = self.catalog
        state, transaction, undo = catalog.state.copy(), catalog.transaction, list(catalog.undo)
        self._fold(operations)
        catalog.state, catalog.transaction, catalog.undo = state, transaction, undo

    def differences(self) -> list[Difference]:
        """What the server's catalog and the fold disagree on by now."""
        out = io.StringIO()
        write_json(self.catalog, out)
        found = differences(read_catalog(self.session), json.loads(out.getvalue()), self.session)
        server, fold = undocumented.of_server(self.session), undocumented.of_fold(self.catalog)
        found = [each for each in found if not _is_said(each)] + undocumented.compare(server, fold)
        doubted = {
            f"{name.schema}.{name.name}" for name, why in self.catalog.state.uncertain.items() if "types" not in why
        }
        return [each for each in found if each.object.partition(" ")[2] not in doubted]


def _is_said(difference: Difference) -> bool:
    """Whether the fold says itself that it does not know, what a query puts out, or it is a matter of spelling.

    When a column gets another type, the server reads the expressions on it again, from its own spelling.
    """
    if difference.place.endswith(": type"):
        return "(written unknown)" in str(difference.fold)
    if difference.place == "columns":
        return "" in difference.fold
    read, _, written = str(difference.fold).partition(" (written ")
    spelled = difference.place.endswith(("definition", "predicate"))
    return spelled and _loose(str(difference.server)) in (_loose(read), _loose(written))


def _loose(text: str) -> str:
    """An expression without casts and parentheses."""
    return re.sub(r"::[a-z ]+(?:\(\d+\))?|[()\s]", "", text)


def read(statement: str) -> list[Operation]:
    script = Script.whole(Source("script.sql", statement))
    return [operation for _, operations in _DIALECT.read(script) for operation in operations]
