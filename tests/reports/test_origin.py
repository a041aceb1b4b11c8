"""What a log says, when asked, of where the files are: on this machine, in git, and since when a finding is known."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dblint.cli import cli
from dblint.reports import sarif
from dblint.reports.origin import address
from tests.reports.test_sarif import only_run


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "my shop"
    (found / "db").mkdir(parents=True)
    (found / "db" / "V1__a.sql").write_text("DROP TABLE a;\nDROP TABLE b;\n")
    monkeypatch.chdir(found)
    return found


def git(*arguments: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *settings, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def run_of(*options: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["db", "--new", "all", "--format", "sarif", *options])
    assert result.exit_code == 1, result.output
    return only_run(json.loads(result.stdout))


def test_in_git(top: Path) -> None:
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", "https://somebody:secret@git.example/o/shop.git")
    git("add", "-A")
    git("commit", "-qm", "x")
    run = run_of("--sarif-origin")
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{top.as_uri()}/"
    assert run["versionControlProvenance"] == [
        {
            "repositoryUri": "https://git.example/o/shop.git",
            "revisionId": git("rev-parse", "HEAD"),
            "branch": "main",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
        }
    ]
    git("checkout", "-q", "--detach")
    git("remote", "remove", "origin")
    assert "versionControlProvenance" not in run_of("--sarif-origin")  # which SARIF does not have without an address


def test_outside_of_git(top: Path) -> None:
    run = run_of("--sarif-origin")
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{top.as_uri()}/"
    assert "versionControlProvenance" not in run
    assert str(top) not in json.dumps(run_of())


@pytest.mark.parametrize("option", ["--sarif-origin", "--include-suppressed"])
def test_without_sarif_there_is_nowhere_to_tell_it(top: Path, option: str) -> None:
    result = CliRunner().invoke(cli, ["db", option, "--format", "json"])
    assert result.exit_code == 2
    assert f"{option} is about SARIF" in result.stderr


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://git.example/o/r.git", "https://git.example/o/r.git"),
        ("https://token@git.example:8443/o/r", "https://git.example:8443/o/r"),
        ("git@git.example:o/r.git", "ssh://git.example/o/r.git"),
        ("git.example:/srv/r.git", "ssh://git.example/srv/r.git"),
        ("ssh://git@git.example:22/o/r.git", "ssh://git.example:22/o/r.git"),
        ("/srv/git/r.git", "file:///srv/git/r.git"),
        ("../r.git", "file:///srv/r.git"),
        ("file:///srv/r", "file:///srv/r"),
        ("", ""),
    ],
)
def test_addresses(url: str, uri: str) -> None:
    assert address(url, Path("/srv/shop")) == uri


def test_a_baseline_tells_the_new_from_the_known(top: Path) -> None:
    assert all("baselineState" not in result for result in run_of("--include-suppressed")["results"])
    assert CliRunner().invoke(cli, ["baseline", "db"]).exit_code == 0
    with (top / "db" / "V1__a.sql").open("a") as file:
        file.write("DROP TABLE c;\n-- dblint: allow table-drop: unused\nDROP TABLE d;\n")
    states = {result["message"]["text"].split()[3]: result["baselineState"] for result in run_of()["results"]}
    assert states == {"c": "new"}
    shown = run_of("--include-suppressed")["results"]
    states = {result["message"]["text"].split()[3]: result["baselineState"] for result in shown}
    assert states == {"a": "unchanged", "b": "unchanged", "c": "new", "d": "new"}
    assert all("baselineState" not in result for result in run_of("--no-baseline")["results"])


def test_a_cut_is_told_and_open_findings_go_first(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "KEPT", 2)
    text = "-- dblint: allow table-drop: unused\nDROP TABLE a;\n" + "CREATE INDEX ON b (c);\n" * 2
    (top / "db" / "V1__a.sql").write_text(text)
    result = CliRunner().invoke(cli, ["db", "-q", "--format", "sarif=x.sarif", "--include-suppressed"])
    assert "dblint: x.sarif: only the 2 most severe of 3 findings are listed\n" in result.stderr
    rules = [each["ruleId"] for each in json.loads(Path("x.sarif").read_text())["runs"][0]["results"]]
    assert rules == ["blocking-index-build"] * 2
    result = CliRunner().invoke(cli, ["db", "-q", "--format", "sarif=x.sarif"])
    assert "most severe" not in result.stderr
