"""Policies have a word for every operation, and the page that lists the words lists all of them."""

import re
from pathlib import Path

import pytest

import dblint_rules.policy
from dblint.config import Policy
from dblint.config_file import load
from dblint.errors import UsageError
from dblint.findings import glossary
from dblint.operations import MigrationBegin, MigrationEnd
from dblint.vocabulary import BY_NAME, WORDS, unknown

PAGE = Path(dblint_rules.policy.__path__[0], "prohibited_operation.md")
SPECIFIED = (
    "ADD_COLUMN ADD_INDEX_CONCURRENTLY ADD_CONSTRAINT_NOT_VALID CREATE_TABLE ADD_RLS_POLICY DROP_COLUMN_IMMEDIATE "
    "ALTER_COLUMN_TYPE_DIRECT DROP_TABLE_WITH_DATA ADD_NOT_NULL_WITHOUT_DEFAULT"
).split()


def test_every_operation_has_a_word_that_always_stands_for_it() -> None:
    named = {kind for word in WORDS if word.when is None for kind in word.of}
    conditional = {kind for word in WORDS for kind in word.of} - named
    assert set(glossary()) - named - conditional == {MigrationBegin, MigrationEnd}
    # Of these each word stands for one of the two ways.
    assert {kind.__name__ for kind in conditional} == {"SetRowSecurity", "ForceRowSecurity"}


def test_words_are_unique_and_hold_those_of_the_specification() -> None:
    assert len(BY_NAME) == len(WORDS)
    assert set(SPECIFIED) <= set(BY_NAME)
    assert {partner for word in WORDS for partner in word.goes_with} <= set(BY_NAME)


def test_the_page_has_the_whole_table() -> None:
    """Write it again by hand: one row `| WORD | meaning |` for each of `WORDS`, in their order."""
    rows = re.findall(r"^\| ([A-Z_]+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(word.name, word.meaning) for word in WORDS]


def test_unknown_words_are_told_with_the_nearest() -> None:
    assert unknown(["DROP_COLUM", "x1", "CREATE_TABLE"]) == [
        ("DROP_COLUM", "; did you mean 'DROP_COLUMN'?"),
        ("x1", ""),
    ]


def test_the_configuration_refuses_unknown_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("dblint.toml")
    file.write_text('[policy]\nallowed = ["CREATE_TABLE"]\nprohibited = ["DROP_COLUM"]\n')
    with pytest.raises(UsageError) as caught:
        load(file)
    message = "dblint.toml:3: policy.prohibited: 'DROP_COLUM' is no operation; did you mean 'DROP_COLUMN'?"
    assert str(caught.value) == message
    file.write_text('[policy]\nallowed = ["CREATE_TABLE"]\nrelease = "date"\nmax-phases = 3\n')
    assert load(file).policy == Policy(allowed=("CREATE_TABLE",), release="date", max_phases=3)
