"""Histories of the hard parts: what the fold makes of each equals the catalog of a server that ran it."""

from pathlib import Path

import pytest

from tests.live.history_check import HISTORIES, check, for_major
from tests.live.server import Database


@pytest.mark.parametrize("topic", sorted(path.name for path in HISTORIES.iterdir() if path.is_dir()))
def test_history(topic: str, database: Database, tmp_path: Path) -> None:
    folder = for_major(HISTORIES / topic, database.server.major, tmp_path)
    if not any(folder.iterdir()):
        return  # all of it needs a later server
    found = check(folder, database)
    assert found.ran.failures == [], found.report
    assert found.differences == [], found.report
