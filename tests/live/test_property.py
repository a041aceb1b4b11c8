"""Random DDL: after any script that a server runs, its catalog and the fold agree."""

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dblint.catalog.fold import columns
from tests.live.ddl_statements import PRELUDE, step
from tests.live.server import Connection, Server
from tests.live.totals import count
from tests.live.walk import Walk

EXAMPLES = 150
STEPS = 20
MINUTES = float(os.environ.get("DBLINT_PROPERTY_MINUTES", "0"))
_SETTINGS = settings(
    deadline=None,
    database=None,
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@pytest.fixture
def session(server: Server) -> Iterator[Connection]:
    with server.database() as database, database.connect() as connection:
        yield connection


class Property:
    """The property, on one session; counts what it has tried."""

    def __init__(self, session: Connection) -> None:
        self.session = session
        self.scripts = 0
        self.statements = 0

    def hold(self, chosen: settings) -> None:
        chosen(given(st.data())(self._agrees))()

    def _agrees(self, data: st.DataObject) -> None:
        with Walk(self.session, PRELUDE) as walk:
            for _ in range(STEPS):
                statement = data.draw(step(walk.catalog))
                if statement:
                    walk.step(statement)
            found = walk.differences()
            own = walk.taken[len(PRELUDE) :]
        self.scripts += 1
        self.statements += len(own)
        script = "".join(f"    {statement};\n" for statement in own)
        assert not found, f"after\n{script}  " + "\n  ".join(f"{each.object}: {each}" for each in found)


def test_the_fold_agrees_with_the_server_on_random_scripts(session: Connection, request: pytest.FixtureRequest) -> None:
    """The same scripts each time, and after them others for as long as DBLINT_PROPERTY_MINUTES says."""
    end = time.monotonic() + 60 * MINUTES
    agreement = Property(session)
    agreement.hold(settings(_SETTINGS, derandomize=True))
    while time.monotonic() < end:
        agreement.hold(settings(_SETTINGS, derandomize=False))
    count(request.node, "property", agreement.scripts, agreement.statements, 0)


def test_a_wrong_name_is_found(session: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "choose", lambda table, column, label, taken: f"{table}_{label}")
    with pytest.raises(AssertionError, match="sequence public"):
        Property(session).hold(settings(_SETTINGS, derandomize=True, phases=(Phase.generate,)))
