"""One running server for each major version found, and fresh databases in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.installations import Installation, installations
from tests.live.server import Database, Server

_FOUND = installations()
_PARAMETERS = [
    pytest.param(installation, id=f"pg{major}", marks=pytest.mark.xdist_group(f"pg{major}"))
    for major, installation in _FOUND.items()
] or [pytest.param(None, id="no-server")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("live")


@pytest.fixture(scope="session", params=_PARAMETERS)
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each major's binaries. Without any: a failure where CI is set, else a skip."""
    found = request.param
    if isinstance(found, Installation):
        return found
    reason = "no PostgreSQL server found: tests/live/README.md says where they are looked for"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server(installation: Installation) -> Iterator[Server]:
    with Server(installation) as running:
        yield running


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database."""
    with server.database() as fresh:
        yield fresh
