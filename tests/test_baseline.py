"""The baseline: what is in it is not reported, it holds when files change, and it is checked when it is read."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint_schemas import load

TABLES = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\nCREATE TABLE items (id bigint PRIMARY KEY, note text);\n"
)
INDEX = "CREATE INDEX ix_orders ON orders (note);\n"
DROP = "DROP TABLE items;\n"
NAME = "dblint-baseline.json"
CONFIG = 'select = ["blocking-index-build", "table-drop", "missing-rollback"]\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "dblint.toml").write_text(CONFIG)
    (tmp_path / "migrations" / "V1__tables.sql").write_text(TABLES)
    (tmp_path / "migrations" / "V2__change.sql").write_text(INDEX + DROP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dblint(*args: str) -> Result:
    return CliRunner().invoke(cli, args, prog_name="dblint")


def check(*more: str) -> tuple[list[str], dict[str, Any]]:
    """What is reported, as `file:line rule`, and the summary."""
    result = dblint("check", "migrations", "--format", "json", *more)
    assert result.exit_code in (0, 1), result.stderr
    report = json.loads(result.stdout)
    jsonschema.Draft202012Validator(load("report")).validate(report)
    found = [f"{Path(each['path']).name}:{each['line']} {each['rule']}" for each in report["findings"]]
    return found, report["summary"]


def written(*args: str) -> dict[str, Any]:
    result = dblint("baseline", "migrations", *args)
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(Path(NAME).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(load("baseline")).validate(document)
    return document


def test_what_is_in_it_is_not_reported() -> None:
    assert check()[0] == ["V2__change.sql:1 blocking-index-build", "V2__change.sql:2 table-drop"]
    result = dblint("baseline", "migrations")
    assert result.stderr.endswith(f"dblint: {NAME}: 2 findings in 1 file\n")
    found, summary = check()
    assert (found, summary["errors"], summary["baselined"], summary["outdated"]) == ([], 0, 2, 0)
    assert dblint("migrations").exit_code == 0
    assert dblint("migrations").stdout.startswith("No findings, 2 in the baseline: 4 statements of 2 migrations")
    assert len(check("--no-baseline")[0]) == 2


def test_every_report_says_how_many() -> None:
    written()
    Path("migrations/V3__more.sql").write_text("DROP TABLE orders;  -- dblint: allow table-drop: x\n")
    said = "no findings, 2 in the baseline, 1 allowed by comments"
    assert dblint("migrations", "--format", "concise").stdout == f"{said}\n"
    assert dblint("migrations", "--format", "github").stdout == f"{said}\n"
    run = json.loads(dblint("migrations", "--format", "sarif").stdout)["runs"][0]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "Not reported: 2 in the baseline, 1 allowed by comments."
    assert note["descriptor"]["id"] == run["tool"]["driver"]["notifications"][note["descriptor"]["index"]]["id"]


def test_the_file() -> None:
    written()
    lines = Path(NAME).read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["{", '  "baseline_version": 1,', '  "files": {']
    assert lines[3] == '    "migrations/V2__change.sql": ['
    assert lines[4].startswith(
        '      {"rule": "blocking-index-build", "object": "orders", "message": "writes to orders'
    )
    assert lines[5].startswith('      {"rule": "table-drop", "object": "items", "message": ')
    assert lines[6:] == ["    ]", "  }", "}"]


def test_it_is_the_same_when_written_again_and_from_elsewhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written()
    before = Path(NAME).read_bytes()
    written()
    assert Path(NAME).read_bytes() == before
    monkeypatch.chdir(here / "migrations")
    assert dblint("baseline", ".").exit_code == 0
    assert (here / NAME).read_bytes() == before
    assert dblint(".").stdout.startswith("No findings, 2 in the baseline")


def test_it_holds_when_lines_move_and_layout_changes() -> None:
    written()
    text = "-- A header.\nSELECT 1;\n\nDROP  TABLE\n  items;\ncreate index ix_orders on orders (note) -- why\n;\n"
    Path("migrations/V2__change.sql").write_text(text)
    assert check() == ([], {**check()[1], "baselined": 2, "outdated": 0})


def test_what_is_new_is_reported() -> None:
    written()
    with Path("migrations/V2__change.sql").open("a") as file:
        file.write(f"{INDEX}CREATE INDEX another ON orders (id);\n")
    found, summary = check()
    assert found == ["V2__change.sql:3 blocking-index-build", "V2__change.sql:4 blocking-index-build"]
    assert summary["baselined"] == 2
    Path("migrations/V3__change.sql").write_text(INDEX.replace("ix_orders", "ix_more"))
    assert check()[0][-1] == "V3__change.sql:1 blocking-index-build"


def test_entries_that_are_no_longer_found() -> None:
    before = written()
    Path("migrations/V2__change.sql").write_text(INDEX)
    found, summary = check()
    assert (found, summary["baselined"], summary["outdated"]) == ([], 1, 1)
    text = " ".join(dblint("migrations").stdout.split())
    assert "note: 1 entry of the baseline no longer found: `dblint baseline --prune` takes them out" in text
    with Path("migrations/V2__change.sql").open("a") as file:
        file.write("DROP TABLE orders;\n")
    result = dblint("baseline", "migrations", "--prune")
    assert result.stderr.endswith(f"dblint: {NAME}: 1 entry taken out, 1 finding in 1 file left\n")
    (entry,) = json.loads(Path(NAME).read_text())["files"]["migrations/V2__change.sql"]
    assert entry == before["files"]["migrations/V2__change.sql"][0]
    assert check()[0] == ["V2__change.sql:2 table-drop"]
    assert check()[1]["outdated"] == 0


def test_only_what_could_have_been_found_is_outdated() -> None:
    written()
    Path("migrations/V2__change.sql").write_text(INDEX)
    assert check("--select", "blocking-index-build")[1]["outdated"] == 0, "the rule did not run"
    assert check("--new", "migrations/V2__change.sql")[1]["outdated"] == 0, "a change of several is seen as one"
    Path("migrations/V2__change.sql").unlink()
    assert check()[1]["outdated"] == 2, "the file is gone"


def test_a_rule_that_is_gone_and_one_that_was_renamed() -> None:
    Path("dblint.toml").write_text('select = ["missing-primary-key"]\n')
    Path("migrations/V2__change.sql").write_text("CREATE TABLE log (line text);\n")
    written()
    entry = json.loads(Path(NAME).read_text())["files"]["migrations/V2__change.sql"][0]
    from dblint.reports.fingerprints import statement_fingerprints
    from dblint.source import Source
    from tests.reports.samples import finding

    source = Source("a", "CREATE TABLE log (line text);")
    made = [
        finding(source, "log", rule=name, object="log") for name in (entry["rule"], "all-tables-must-have-primary-key")
    ]
    now, former = statement_fingerprints(made)
    text = Path(NAME).read_text()
    assert now in text
    Path(NAME).write_text(text.replace(now, former).replace(entry["rule"], "all-tables-must-have-primary-key"))
    assert check() == ([], {**check()[1], "baselined": 1, "outdated": 0})
    Path(NAME).write_text(text.replace(entry["rule"], "rule-of-yore").replace(now, "0" * 32 + ":1"))
    found, summary = check()
    assert (found, summary["outdated"]) == (["V2__change.sql:1 missing-primary-key"], 1)


def test_other_files_keep_their_entries(here: Path) -> None:
    for name in ("billing", "orders"):
        folder = here / "migrations" / name
        folder.mkdir()
        (folder / "V1__tables.sql").write_text(TABLES)
        (folder / "V2__change.sql").write_text(DROP)
    for name in ("V1__tables.sql", "V2__change.sql"):
        (here / "migrations" / name).unlink()
    assert dblint("baseline", "migrations/billing").exit_code == 0
    assert dblint("baseline", "migrations/orders").exit_code == 0
    files = json.loads(Path(NAME).read_text())["files"]
    assert list(files) == ["migrations/billing/V2__change.sql", "migrations/orders/V2__change.sql"]
    (here / "migrations" / "billing" / "V2__change.sql").write_text("SELECT 1;\n")
    assert dblint("baseline", "migrations/orders", "--prune").stderr.endswith(
        "0 entries taken out, 2 findings in 2 files left\n"
    )
    assert list(written()["files"]) == ["migrations/orders/V2__change.sql"]
    (here / "migrations" / "orders" / "V2__change.sql").write_text("SELECT 1;\n")
    assert written() == {"baseline_version": 1, "files": {}}


def test_where_it_is(here: Path) -> None:
    (here / "dblint.toml").write_text(f'baseline = "known/debts.json"\n{CONFIG}')
    result = dblint("migrations")
    assert result.exit_code == 2
    assert "dblint.toml:1: the baseline known/debts.json is not there: `dblint baseline` writes it" in result.stderr
    (here / "known").mkdir()
    assert dblint("baseline", "migrations").exit_code == 0
    assert '"../migrations/V2__change.sql"' in (here / "known" / "debts.json").read_text()
    assert check()[1]["baselined"] == 2
    assert dblint("baseline", "migrations", "--output", "other.json").exit_code == 0
    assert check("--baseline", "other.json")[1]["baselined"] == 2
    assert dblint("migrations", "--baseline", "none.json").exit_code == 2


def test_without_a_configuration(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "dblint.toml").unlink()
    assert dblint("baseline", "migrations").exit_code == 0
    assert dblint("migrations").stdout.startswith("No findings, ")
    monkeypatch.chdir(here / "migrations")
    assert dblint(".").stdout.startswith("No findings, ")


def test_roots_with_baselines_of_their_own(here: Path) -> None:
    for name in ("a", "b"):
        (here / name).mkdir()
        (here / name / "V1__tables.sql").write_text(TABLES)
        (here / name / "V2__change.sql").write_text(DROP)
    roots = "".join(f'[[roots]]\npath = "{name}"\nbaseline = "{name}.json"\n' for name in ("a", "b"))
    (here / "dblint.toml").write_text(CONFIG + roots)
    assert dblint("baseline").exit_code == 0
    for name in ("a", "b"):
        assert list(json.loads((here / f"{name}.json").read_text())["files"]) == [f"{name}/V2__change.sql"]
    assert dblint("check").stdout.startswith("No findings, 2 in the baseline")


def test_what_comments_allow_is_not_in_it() -> None:
    Path("migrations/V2__change.sql").write_text(f"{INDEX}-- dblint: allow table-drop: x\n{DROP}")
    assert [each["rule"] for each in written()["files"]["migrations/V2__change.sql"]] == ["blocking-index-build"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"{NAME}:1: the baseline is not JSON: expecting value"),
        ('{\n  "baseline_version": 1,\n<<<<<<< HEAD\n', f"{NAME}:3: the baseline is not JSON: expecting property name"),
        ('{"files": {}}', f"{NAME}:1: the baseline is not one: object missing required field `baseline_version`"),
        ("[]", f"{NAME}:1: the baseline is not one: expected `object`, got `array`"),
        (
            '{\n  "baseline_version": 2,\n  "files": {}\n}',
            f"{NAME}:2: the baseline is of version 2, and this dblint knows version 1",
        ),
        (
            '{\n  "baseline_version": 1,\n  "files": {\n    "a": [\n      {"rule": "x", "fingerprint": "y"},\n'
            '      {"rule": "x", "fingerprint": 3}\n    ]\n  }\n}',
            f"{NAME}:6: the baseline is not one: expected `str`, got `int`",
        ),
    ],
)
def test_broken_ones(text: str, message: str) -> None:
    Path(NAME).write_text(text)
    for command in ("check", "baseline"):
        result = dblint(command, "migrations")
        assert (result.exit_code, f"dblint: error: {message}" in result.stderr) == (2, True), result.stderr
    assert Path(NAME).read_text() == text
    assert dblint("schema", "migrations").exit_code == 0


def test_mistakes(here: Path) -> None:
    assert f"{NAME}: there is no baseline to prune" in dblint("baseline", "migrations", "--prune").stderr
    assert "not of standard input" in dblint("baseline", "-").stderr
    (here / NAME).mkdir()
    assert dblint("migrations").exit_code == 2
