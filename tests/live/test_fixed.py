"""What fixes make runs on servers, and ends in the very catalog that the fold says: pages, and the demonstration."""

import subprocess
from pathlib import Path

import pytest

from dblint.checking import Fixing
from dblint.config import Config
from dblint.packs import load_rules
from dblint.rule import Applicability
from dblint.run import run
from dblint.scope import Scope
from tests.demonstration import APPLIED, build
from tests.live.history_check import check
from tests.live.server import Database
from tests.pages_harness import Case, cases_of, is_diff, sides

DIFFS = [case for case in cases_of(load_rules().values()) if is_diff(case) and case.dialect == "postgres"]
SERVER_WIDE = {"untransactional-statement": "ALTER SYSTEM changes the server, not the catalog"}


def test_the_pages_have_fixes_of_many_rules() -> None:
    assert len({case.rule.name for case in DIFFS}) >= 40


@pytest.mark.parametrize("case", [case for case in DIFFS if case.rule.name not in SERVER_WIDE], ids=str)
def test_page(case: Case, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if case.words.version and int(case.words.version) > database.server.major:
        return  # written for a later server
    monkeypatch.chdir(tmp_path)
    for name, text in sides(case)[1].items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = check(Path("migrations"), database)
    assert found.ran.failures == [], found.report
    assert found.ran.outside == []
    assert found.differences == [], found.report


def test_demonstration(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path)
    monkeypatch.chdir(tmp_path)
    new = tuple(str(file) for file in sorted(Path("migrations").iterdir()))[len(APPLIED) :]
    wanted = frozenset((Applicability.SAFE, Applicability.UNSAFE))
    config = Config().override("test", dialect="postgres", postgres=str(database.server.major))
    outcome = run(["migrations"], config, load_rules(), scope=Scope(new=new), fixing=Fixing(wanted=wanted))
    from dblint.cli.fix import patch_of

    Path("fixes.patch").write_text(patch_of(outcome.mended))
    subprocess.run(["git", "apply", "fixes.patch"], check=True)
    found = check(Path("migrations"), database)
    assert (found.ran.failures, found.ran.outside, found.differences) == ([], [], []), found.report
