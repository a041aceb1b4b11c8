"""Logs of whole runs, held against what SARIF asks for, what its readers ask for, and Microsoft's Multitool."""

import json
import re
import time
from importlib import resources
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from dblint.cli import cli
from dblint.packs import load_rules
from dblint.reports import sarif, tool
from dblint.reports.origin import Origin
from dblint.reports.tool import INDEX, Tool, installed
from dblint.source import Source, Span
from tests.reports.multitool import ROOT, Multitool
from tests.reports.samples import finding, written
from tests.reports.test_sarif import everywhere, log, only_run, region_text, rules, sample

HOME = Tool("1.2.3", "https://example.org/dblint")
ORIGIN = Origin("file:///home/a/shop/", "https://git.example/o/shop", "0" * 40, "main")
SCHEMA = json.loads(resources.files("dblint_schemas").joinpath("sarif.schema.json").read_text(encoding="utf-8"))
FILES = {
    "V1__tables.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);\n",
    # CRLF, a byte order mark, characters of one and of two UTF-16 units, a tab
    "V2__größe.sql": "\ufeff/* 😀é */ CREATE INDEX a ON orders (note);\r\n\tCREATE INDEX b\r\n  ON orders (total);\r\n",
    "V3__clauses.sql": "ALTER TABLE orders\n  ALTER total SET NOT NULL,\n  ALTER note TYPE varchar(9);\n",
    "V4__no end.sql": "DROP INDEX a; DROP INDEX b",
    "V5__broken.sql": "SELEKT 1;\nDO LANGUAGE plperl $$ x $$;\n",
    "V7__old mac.sql": "/* e\u0301 客 */\rDROP INDEX c;\rDROP INDEX d;\r",
    "V6__allowed.sql": "-- dblint: allow table-drop: nobody reads it\nDROP TABLE orders;\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("repository")
    (top / ".git").mkdir()
    folder = top / "shop" / "db migrations"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode())
    return top


def checked(place: Path, *options: str, home: Tool = HOME) -> dict[str, Any]:
    """The log of a run from a folder below the repository's root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place / "shop")
        patch.setattr(sarif, "installed", lambda: home)
        result = CliRunner().invoke(cli, ["db migrations", "--format", "sarif", *options])
    assert result.exit_code == 1, result.output
    assert result.stdout.endswith("}\n")
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module")
def real(place: Path) -> dict[str, Any]:
    return checked(place)


@pytest.fixture(
    scope="module",
    params=[
        "run",
        "run with suppressed",
        "every kind of fix",
        "nothing found",
        "origin",
        "baseline",
    ],
)
def document(request: pytest.FixtureRequest, place: Path) -> dict[str, Any]:
    findings, counts = sample()
    made = {
        "run": lambda: checked(place),
        "run with suppressed": lambda: checked(place, "--include-suppressed"),
        "every kind of fix": lambda: log(findings, counts),
        "nothing found": lambda: log([]),
        "origin": lambda: log(findings, counts, origin=ORIGIN),
        "baseline": lambda: log(findings, counts, compared=True),
    }
    return made[request.param]()


@pytest.fixture
def multitool(tmp_path: Path) -> Multitool:
    found = Multitool.found(tmp_path)
    if found is None:
        pytest.skip("no Multitool: npm install --prefix .tools @microsoft/sarif-multitool-linux")
    return found


def physical(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["locations"][0]["physicalLocation"]
    return found


# --- the log and the run ---


def test_our_schema(document: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []


def test_our_schema_is_closed(real: dict[str, Any]) -> None:
    """What neither the standard nor GitHub takes does not fit."""
    validator = Draft202012Validator(SCHEMA)
    for path, value in (
        (("runs", 0, "results", 0, "level"), "info"),
        (("runs", 0, "results", 0, "locations"), []),
        (("runs", 0, "results", 0, "message"), {"id": "x"}),
        (("runs", 0, "results", 0, "suppressions"), [{"kind": "inSource", "state": "accepted"}]),
        (("runs", 0, "results", 0, "guid"), "0197"),
        (("runs", 0, "tool", "driver", "rules", 0, "help"), {"text": "x"}),
        (("version",), "2.0.0"),
    ):
        broken = json.loads(json.dumps(real))
        inner = broken
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        assert not validator.is_valid(broken), path


def test_the_same_from_any_place(place: Path, tmp_path: Path, real: dict[str, Any]) -> None:
    """No time, no absolute path, no host: a copy elsewhere gives the same bytes."""
    copy = tmp_path / "elsewhere"
    (copy / ".git").mkdir(parents=True)
    (place / "shop").rename(copy / "shop")
    try:
        assert json.dumps(checked(copy)) == json.dumps(real)
    finally:
        (copy / "shop").rename(place / "shop")


def test_what_was_not_understood_is_told(real: dict[str, Any]) -> None:
    (invocation,) = only_run(real)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 1
    kinds = {note["descriptor"]["id"]: note["level"] for note in invocation["toolExecutionNotifications"]}
    assert kinds["unparsable-statement"] == "error"
    assert kinds["opaque-statement"] == "warning"


def test_only_asked_for_members(document: dict[str, Any], real: dict[str, Any]) -> None:
    assert all("kind" not in result for result in only_run(document)["results"])
    assert "security-severity" not in json.dumps(document["runs"][0]["tool"])
    assert not {"versionControlProvenance", "automationDetails"} & set(only_run(real))
    assert all("baselineState" not in result for result in only_run(real)["results"])


# --- driver and rules ---


def test_every_rule_is_listed(real: dict[str, Any]) -> None:
    listed = [rule["id"] for rule in only_run(real)["tool"]["driver"]["rules"]]
    assert listed == sorted(load_rules())
    assert len(set(listed)) == len(listed)


def test_names_are_not_ids(document: dict[str, Any]) -> None:
    driver = only_run(document)["tool"]["driver"]
    for each in (*driver["rules"], *driver["notifications"]):
        assert each.get("name", "").lower() != each["id"].lower()


def test_configured_levels(place: Path) -> None:
    settings = place / "shop" / "dblint.toml"
    settings.write_text('[severity]\nblocking-index-build = "warning"\nnot-null-scan = "off"\n')
    try:
        run = only_run(checked(place))
    finally:
        settings.unlink()
    levels = {rule["id"]: rule["defaultConfiguration"] for rule in run["tool"]["driver"]["rules"]}
    assert levels["blocking-index-build"] == {"level": "warning"}
    assert levels["not-null-scan"]["enabled"] is False
    found = {result["ruleId"]: result["level"] for result in run["results"]}
    assert found["blocking-index-build"] == "warning"
    assert "not-null-scan" not in found


@pytest.mark.parametrize(
    ("home", "pages"),
    [
        ("https://github.com/acme/dblint", "https://github.com/acme/dblint/blob/v1.2.3/rules"),
        ("https://gitlab.com/acme/tools/dblint", "https://gitlab.com/acme/tools/dblint/-/blob/v1.2.3/rules"),
        (INDEX, ""),
    ],
)
def test_rules_link_to_their_pages_where_those_are(
    place: Path, monkeypatch: pytest.MonkeyPatch, home: str, pages: str
) -> None:
    monkeypatch.setattr(tool, "installed", lambda: Tool("1.2.3", home))
    listed = only_run(checked(place))["tool"]["driver"]["rules"]
    if not pages:
        assert not any("helpUri" in rule for rule in listed)
        return
    for rule in listed:
        assert rule["helpUri"].startswith(f"{pages}/dblint_rules/")
        assert (ROOT / "rules" / rule["helpUri"].removeprefix(f"{pages}/")).is_file()


# --- results ---


def test_rules_and_levels_agree(document: dict[str, Any]) -> None:
    run = only_run(document)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")


def test_messages(document: dict[str, Any]) -> None:
    for result in only_run(document)["results"]:
        text = result["message"]["text"]
        assert text.endswith((".", "!", "?"))
        related = {each["id"] for each in result.get("relatedLocations", ())}
        assert {int(number) for number in re.findall(r"(?<!\\)\[[^\]]*\]\((\d+)\)", text)} <= related


def test_locations_are_of_files(place: Path, real: dict[str, Any]) -> None:
    """From the repository's root, percent-encoded; the region lies in the file, and its snippet is its text."""
    uris = set()
    for value in everywhere(real):
        if not isinstance(value, dict) or "artifactLocation" not in value:
            continue
        uri = value["artifactLocation"]["uri"]
        uris.add(uri)
        text = (place / unquote(uri)).read_bytes().decode("utf-8-sig")
        assert region_text(text, value["region"]) == value["region"].get("snippet", {"text": ""})["text"]
    assert "shop/db%20migrations/V2__gr%C3%B6%C3%9Fe.sql" in uris


def test_one_alert_for_each(document: dict[str, Any]) -> None:
    """GitHub takes results of one rule on one line for one alert, unless their statements differ."""
    run = only_run(document)
    marks = [
        (
            result["ruleId"],
            physical(result)["artifactLocation"]["uri"],
            result["partialFingerprints"]["dblintStatement/v1"],
        )
        for result in run["results"]
    ]
    assert len(set(marks)) == len(marks)
    places = [
        (
            physical(result)["artifactLocation"]["uri"],
            physical(result)["region"]["startLine"],
            physical(result)["region"]["startColumn"],
            result["ruleId"],
        )
        for result in run["results"]
    ]
    assert [each[:3] for each in places] == sorted(each[:3] for each in places)


def test_suppressed_results_are_left_out_unless_asked_for(place: Path, real: dict[str, Any]) -> None:
    rule = "table-drop"
    assert rule not in {result["ruleId"] for result in only_run(real)["results"]}
    assert "suppressions" not in json.dumps(real["runs"][0]["results"])
    shown = only_run(checked(place, "--include-suppressed"))["results"]
    assert all("suppressions" in result for result in shown)
    (dropped,) = (result for result in shown if result["ruleId"] == rule)
    (said,) = dropped["suppressions"]
    assert (said["kind"], said["status"], said["justification"]) == ("inSource", "accepted", "nobody reads it")
    assert said["location"]["physicalLocation"]["region"]["startLine"] == 1
    assert [result for result in shown if result["suppressions"]] == [dropped]


def test_what_the_baseline_has_is_external(place: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place / "shop")
        assert CliRunner().invoke(cli, ["baseline", "db migrations"]).exit_code == 0
        try:
            result = CliRunner().invoke(cli, ["db migrations", "--format", "sarif", "--include-suppressed"])
        finally:
            Path("dblint-baseline.json").unlink()
    kinds = [each["suppressions"][0] for each in only_run(json.loads(result.stdout))["results"]]
    assert kinds.count({"kind": "external", "status": "accepted"}) == len(kinds) - 1


def test_many_results_are_written_soon() -> None:
    source = Source("a.sql", "DROP TABLE a;\n" * 25_000)
    findings = [finding(source, Span(14 * n, 14 * n + 13), statement="DROP TABLE a;") for n in range(25_000)]
    started, size = time.process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    text = written(sarif.write, findings, rules=rules(), tool=HOME)
    assert time.process_time() - started < 5
    assert getrusage(RUSAGE_SELF).ru_maxrss - size < 500_000  # kilobytes
    assert text.count('"ruleId"') == sarif.KEPT


# --- Microsoft's Multitool ---


def test_the_standards_schema(multitool: Multitool, document: dict[str, Any]) -> None:
    schema = json.loads(multitool.schema.read_text(encoding="utf-8-sig"))
    assert [error.message for error in validator_for(schema)(schema).iter_errors(document)] == []


def test_no_errors_and_no_warnings(multitool: Multitool, document: dict[str, Any]) -> None:
    assert multitool.complaints(document) == []


def test_no_warnings_wherever_it_was_installed_from(multitool: Multitool, place: Path) -> None:
    assert multitool.complaints(checked(place, home=installed())) == []
    assert multitool.complaints(checked(place, home=Tool("1.2.3"))) == []


def test_its_hashes_and_snippets_are_ours(multitool: Multitool, place: Path, real: dict[str, Any]) -> None:
    """All but the hash of a line that begins with a byte order mark, which it skips and GitHub counts."""
    bare = json.loads(json.dumps(real))
    (run,) = bare["runs"]
    run["originalUriBaseIds"]["%SRCROOT%"]["uri"] = f"{place.as_uri()}/"
    for result in run["results"]:
        del result["partialFingerprints"]["primaryLocationLineHash"]
    for value in everywhere(run):
        if isinstance(value, dict):
            value.pop("snippet", None)
    made = multitool.rewritten(bare, "--insert", "RollingHashPartialFingerprints;RegionSnippets")
    for ours, theirs in zip(only_run(real)["results"], only_run(made)["results"], strict=True):
        region = physical(ours)["region"]
        if region["startLine"] > 1 or "V2__" not in physical(ours)["artifactLocation"]["uri"]:
            assert theirs["partialFingerprints"] == ours["partialFingerprints"]
        assert physical(theirs)["region"]["snippet"]["text"] == physical(ours)["region"]["snippet"]["text"]


def test_nothing_is_lost_on_the_way_through_it(multitool: Multitool) -> None:
    findings, counts = sample()
    before = log(findings, counts)
    same_results(before, multitool.rewritten(before))
    same_results(before, multitool.merged(before))
    count = len(only_run(before)["results"])
    pages = [multitool.page(before, 0, 2), multitool.page(before, 2, count - 2)]
    whole = json.loads(json.dumps(pages[0]))
    whole["runs"][0]["results"] = [result for page in pages for result in only_run(page)["results"]]
    same_results(before, whole)


def same_results(before: dict[str, Any], after: dict[str, Any]) -> None:
    listed = only_run(before)["tool"]["driver"]["rules"]
    for ours, theirs in zip(copied(before), only_run(after)["results"], strict=True):
        default = listed[ours["ruleIndex"]]["defaultConfiguration"]["level"]
        assert theirs.get("level", "warning" if ours["level"] == "warning" else default) == ours["level"]
        for value in everywhere(ours):
            if isinstance(value, dict) and value.get("charLength") == 0:
                del value["charLength"]  # the default, which it leaves out
        for member in ("fixes", "partialFingerprints", "message"):
            assert theirs.get(member) == ours.get(member)


def copied(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(only_run(document)["results"]))
    return found


def test_results_are_recognised_again(multitool: Multitool, place: Path, real: dict[str, Any]) -> None:
    same = multitool.matched(real, real)
    assert {result["baselineState"] for result in only_run(same)["results"]} == {"unchanged"}
    file = place / "shop" / "db migrations" / "V3__clauses.sql"
    before = file.read_bytes()
    file.write_bytes(b"-- a note\n\n" + before)
    try:
        moved = checked(place)
    finally:
        file.write_bytes(before)
    states = {result["baselineState"] for result in only_run(multitool.matched(moved, real))["results"]}
    assert "new" not in states
