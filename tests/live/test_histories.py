"""Histories of the hard parts: what the fold makes of each equals the catalog of a server that ran it."""

import shutil
from pathlib import Path

import pytest

from tests.live.history_check import HISTORIES, Checked, check, for_major
from tests.live.server import Database
from tests.live.totals import count

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-service" / "migrations"
REFUSED = "V3.2.0__add_currency_support.sql"
"""The migration of the example that the README shows the findings of: one says that the deploy fails."""


@pytest.mark.parametrize("topic", sorted(path.name for path in HISTORIES.iterdir() if path.is_dir()))
def test_history(topic: str, database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = for_major(HISTORIES / topic, database.server.major, tmp_path)
    if not any(folder.iterdir()):
        return  # all of it needs a later server
    _agree(check(folder, database), request)


def test_example(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    shutil.copytree(EXAMPLE, tmp_path, ignore=shutil.ignore_patterns("V3.2.0*"), dirs_exist_ok=True)
    _agree(check(tmp_path, database), request)


def test_what_the_example_is_warned_of(database: Database) -> None:
    (failure,) = check(EXAMPLE, database).ran.failures
    assert failure[0].endswith(REFUSED)
    assert failure[1] == "25001 CREATE INDEX CONCURRENTLY cannot run inside a transaction block"


def _agree(found: Checked, request: pytest.FixtureRequest) -> None:
    count(request.node, "fold", 1, found.objects, len(found.differences))
    assert found.ran.failures == [], found.report
    assert found.differences == [], found.report
