"""Random DDL: after any script that a server runs, its catalog and the fold agree."""

import os
import random
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.live.ddl_statements import PRELUDE, step
from tests.live.server import Connection, Server
from tests.live.walk import Walk

EXAMPLES = 150
STEPS = 14
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


def agreement(session: Connection) -> Callable[[], None]:
    """The property, on one session."""

    @given(st.data())
    def agree(data: st.DataObject) -> None:
        with Walk(session, PRELUDE) as walk:
            for _ in range(STEPS):
                statement = data.draw(step(walk.catalog))
                if statement:
                    walk.step(statement)
            found = walk.differences()
            script = "".join(f"    {statement};\n" for statement in walk.taken[len(PRELUDE) :])
            assert not found, f"after\n{script}  " + "\n  ".join(f"{each.object}: {each}" for each in found)

    return agree


def test_the_fold_agrees_with_the_server_on_random_scripts(session: Connection) -> None:
    """The same scripts each time, and after them others for as long as DBLINT_PROPERTY_MINUTES says."""
    end = time.monotonic() + 60 * MINUTES
    settings(_SETTINGS, derandomize=True)(agreement(session))()
    while time.monotonic() < end:
        number = random.randrange(1 << 32)
        seed(number)(settings(_SETTINGS)(agreement(session)))()
