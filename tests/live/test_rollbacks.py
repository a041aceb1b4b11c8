"""What dblint proves of rollbacks is what becomes of them on a server: on the rules' pages, and in the example."""

import re
from pathlib import Path

import pytest

from dblint.packs import load_rules
from tests.live.rollbacks import RULES, undoings
from tests.live.server import Server
from tests.pages_harness import Case, cases_of, unmarked, words_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-service" / "migrations"
CASES = [case for name in RULES for case in cases_of([load_rules()[name]]) if case.words.file]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_page(case: Case, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in (*case.history, *case.change):
        name = words_of(case.page, block).file
        (tmp_path / name).write_text(unmarked(name, block.text)[0], encoding="utf-8")
    found = list(undoings(str(tmp_path), server))
    assert found
    assert [each for each in found if not each.agrees] == []


def test_example(server: Server) -> None:
    found = list(undoings(str(EXAMPLE), server))
    assert len(found) >= 5
    assert [each for each in found if not each.agrees] == []


def test_pages_show_every_verdict() -> None:
    marks = {mark.message for case in CASES for block in case.change for mark in unmarked("", block.text)[1]}
    assert any(re.search(r" fails: ", message) for message in marks)
    assert any(re.search(r" leaves ", message) for message in marks)
