"""Settings for some of the files: which rules run there, how grave they are, and what else follows from it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli

INDEX = "CREATE INDEX {name} ON orders (note);\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("migrations").mkdir()
    Path("migrations/V1__a.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n")
    Path("migrations/V2__b.sql").write_text(INDEX.format(name="b"))
    Path("migrations/V3__c.sql").write_text(INDEX.format(name="c").replace("note", "lower(note)"))
    return tmp_path


def dblint(overrides: str, *arguments: str, head: str = 'select = ["blocking-index-build", "gate"]') -> Result:
    Path("dblint.toml").write_text(f"{head}\n{overrides}")
    return CliRunner().invoke(cli, [*(arguments or ("migrations", "--format", "json"))])


def found(result: Result) -> list[str]:
    findings = json.loads(result.stdout)["findings"]
    return [f"{Path(each['path']).name[:2]} {each['severity']}[{each['rule']}]" for each in findings]


def test_without() -> None:
    result = dblint("")
    assert found(result) == ["V2 error[blocking-index-build]", "V3 error[blocking-index-build]"]
    assert result.exit_code == 1


def test_a_rule_that_does_not_run_on_a_file() -> None:
    result = dblint('[[overrides]]\nfiles = ["V2*"]\nignore = ["blocking-index-build"]')
    assert found(result) == ["V3 error[blocking-index-build]"]


def test_the_last_one_wins() -> None:
    result = dblint(
        '[[overrides]]\nfiles = ["migrations"]\nseverity = {blocking-index-build = "info"}\n'
        '[[overrides]]\nfiles = ["migrations/V3*"]\nseverity = {blocking-index-build = "warning"}'
    )
    assert found(result) == ["V2 info[blocking-index-build]", "V3 warning[blocking-index-build]"]
    assert result.exit_code == 0


def test_a_rule_that_runs_on_some_files_only() -> None:
    turned_on = '[[overrides]]\nfiles = ["V3*"]\nseverity = {blocking-index-build = "warning"}'
    result = dblint(turned_on, head='[severity]\nblocking-index-build = "off"\nmissing-lock-timeout = "off"')
    assert found(result) == ["V3 warning[blocking-index-build]"]


def test_a_comment_for_a_rule_that_does_not_run_there_is_not_unused() -> None:
    comment = "-- dblint: allow blocking-index-build: it is small\n"
    Path("migrations/V2__b.sql").write_text(comment + INDEX.format(name="b"))
    off = 'files = ["V2*"]\nignore = ["blocking-index-build"]'
    assert found(dblint(f"[[overrides]]\n{off}")) == ["V3 error[blocking-index-build]"]
    Path("migrations/V2__b.sql").write_text(comment + "SELECT 1;\n")
    assert "V2 info[unused-allowance]" in found(dblint(""))
    assert found(dblint(f"[[overrides]]\n{off}")) == ["V3 error[blocking-index-build]"]


def test_an_entry_of_the_baseline_is_not_outdated_where_its_rule_does_not_run() -> None:
    assert dblint("", "baseline", "migrations").exit_code == 0
    result = dblint('[[overrides]]\nfiles = ["V2*"]\nignore = ["blocking-index-build"]', "migrations")
    assert result.exit_code == 0
    assert "1 in the baseline" in result.stdout
    assert "no longer" not in result.output


def test_an_unknown_rule_has_its_line() -> None:
    result = dblint('[[overrides]]\nfiles = ["x"]\nignore = ["blocking-indx-build"]')
    assert result.exit_code == 2
    assert "dblint.toml:4: no rule or family is called 'blocking-indx-build'; did you mean" in result.stderr


def test_what_is_in_force() -> None:
    given = '[[overrides]]\nfiles = ["V2*", "V3*"]\nseverity = {blocking-index-build = "info"}'
    whole = dblint(given, "config", "migrations").stdout
    assert 'V2*, V3*: severity.blocking-index-build = "info"' in whole
    assert "dblint.toml:4" in whole
    assert "#   blocking-index-build: error" in whole
    assert "#   blocking-index-build: info" in dblint(given, "config", "migrations/V2__b.sql").stdout
