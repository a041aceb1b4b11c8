"""When the steps of expand and contract were taken: by versions, by dates in versions, and by git."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from dblint.migrations.model import Migration, Script, Transactions
from dblint.phases import release, written_on
from dblint.revisions import first_seen
from dblint.source import Source


def migration(version: str, path: str = "nowhere/x.sql") -> Migration:
    source = Source(path, "")
    return Migration(
        number=0,
        version=version,
        description="",
        source=source,
        up=(Script.whole(source),),
        transactions=Transactions.FILE,
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3.1.0", "3.1.2", True),
        ("3.1.0", "3.2.0", False),
        ("3.1", "3.2", False),
        ("3", "4", False),
        ("20250101120000", "20250102120000", False),
    ],
)
def test_which_versions_are_of_one_release(one: str, other: str, same: bool) -> None:
    assert (release(one) == release(other)) is same


@pytest.mark.parametrize(
    ("version", "day"),
    [
        ("20250131120000", date(2025, 1, 31)),
        ("2025-01-31-120000", date(2025, 1, 31)),
        ("20250101", date(2025, 1, 1)),
    ],
)
def test_a_version_may_be_a_day(version: str, day: date) -> None:
    assert written_on(migration(version)) == day


def test_git_says_when_a_file_was_added(tmp_path: Path) -> None:
    def git(*arguments: str, day: str = "2024-03-01") -> None:
        stamp = f"{day}T12:00:00Z"
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
            check=True,
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp},
        )

    git("init", "-q")
    file = tmp_path / "V1__a.sql"
    file.write_text("SELECT 1;\n")
    git("add", ".")
    git("commit", "-qm", "one")
    file.write_text("SELECT 2;\n")
    git("commit", "-qam", "two", day="2024-05-01")
    (tmp_path / "V2__b.sql").write_text("SELECT 3;\n")
    assert first_seen(str(file)) == date(2024, 3, 1)
    assert first_seen(str(tmp_path / "V2__b.sql")) == date.today()
    assert written_on(migration("1", str(file))) == date(2024, 3, 1)


def test_outside_of_git_nobody_knows(tmp_path: Path) -> None:
    assert first_seen(str(tmp_path / "V1__a.sql")) is None
    assert written_on(migration("1", str(tmp_path / "V1__a.sql"))) is None
