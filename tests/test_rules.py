"""Every rule against its page: the examples on it are the rule's tests."""

from pathlib import Path

import pytest

from dblint.errors import UsageError
from dblint.packs import load_rules
from dblint.pages import page_of, path_of
from dblint.rule import Rule
from tests.pages_harness import Case, PageError, cases_of, check, unmarked

RULES = list(load_rules().values())


def _cases(rule: Rule) -> list[Case]:
    """A rule's examples; none where its page cannot be read, which `test_page` says."""
    try:
        return list(cases_of([rule]))
    except (UsageError, PageError):
        return []


CASES = [case for rule in RULES for case in _cases(rule)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_example(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        check(case, tmp_path)
    except PageError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_page(rule: Rule) -> None:
    page, cases = page_of(rule), list(cases_of([rule]))
    assert page.name == rule.name, "the title is the rule's name"
    assert page.summary, "the first paragraph says what happens"
    assert page.instead, "the front matter says `instead: …` in one line"
    assert page.covers, "the front matter says `covers: …`, the concepts that the rule answers to"
    assert len(set(page.covers)) == len(page.covers)
    assert "When it is fine" in page.sections
    marked = [any(unmarked("", block.text)[1] for block in case.change) for case in cases]
    assert any(marked), "some example raises the problem"
    assert not all(marked), "some example is fine"


def test_every_page_has_its_rule() -> None:
    pages = {path_of(rule) for rule in RULES}
    folders = {path.parent for path in pages}
    assert pages == {path for folder in folders for path in folder.glob("*.md")}
