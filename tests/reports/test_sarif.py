"""The SARIF log, line by line of what its readers ask for."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dblint import __version__
from dblint.reports.fingerprints import line_hashes
from dblint.reports.model import Page, RuleInfo, Summary
from dblint.reports.sarif import KEPT, SNIPPET_LIMIT, write
from dblint.reports.tool import Tool
from dblint.rule import Applicability, Edit, Finding, Fix, NewFile, Related, Severity, Unread
from dblint.source import Source, Span
from tests.reports.samples import finding, rule_info, summary, written

TOOL = Tool("1.2.3", "https://example.org/dblint")
TEXT = "BEGIN;\n\tCREATE INDEX i ON orders (day); -- 😀\nALTER TABLE orders\n  ADD a int,\n  ADD b int;\nCOMMIT;\n"


def rules() -> list[RuleInfo]:
    return [
        rule_info("lossy-drop", severity=Severity.WARNING),
        rule_info(),
        rule_info("quiet-rule", severity=Severity.INFO, enabled=False),
    ]


def sample() -> tuple[list[Finding], Summary]:
    """Findings of every kind, and a summary with statements that were not understood."""
    new = Source("db/migrations/002 é.sql", TEXT)
    old = Source("db/migrations/001.sql", "CREATE TABLE orders (id int);\r\n", bom=True)
    fix = Fix(title="set a limit", edits=(Edit(Span(7, 7), "SET x;\n"),), applicability=Applicability.SAFE)
    follow_up = Fix(
        title="drop it later", edits=(Edit(Span(45, 45), "x"),), files=(NewFile("db/003.sql", "DROP a;\n"),)
    )
    findings = [
        finding(new, "CREATE INDEX i ON orders (day)", fix=fix, why=("it takes SHARE", "i is built")),
        finding(new, "ADD a int", severity=Severity.WARNING, related=(Related(old, Span(13, 19), "created here"),)),
        finding(new, "ADD b int", severity=Severity.INFO, rule="lossy-drop", fix=follow_up),
        finding(old, Span(0, 0), rule="missing-down", family="deployability", object="", statement=""),
        finding(Source("db/empty.sql", ""), Span(0, 0), rule="missing-down", object=""),
    ]
    unread = (Unread("opaque", old, Span(0, 6), "CREATE WIDGET"), Unread("unparsable", new, Span(0, 5), "syntax error"))
    return findings, summary(errors=3, warnings=1, infos=1, unread=unread)


def log(findings: list[Finding], given: Summary | None = None, **more: Any) -> dict[str, Any]:
    text = written(write, findings, summary=given or summary(), **{"rules": rules(), "tool": TOOL, **more})
    document: dict[str, Any] = json.loads(text)
    return document


def only_run(document: dict[str, Any]) -> dict[str, Any]:
    assert len(document["runs"]) == 1
    found: dict[str, Any] = document["runs"][0]
    return found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return log(*sample())


@pytest.fixture(scope="module")
def run(document: dict[str, Any]) -> dict[str, Any]:
    return only_run(document)


def everywhere(value: Any) -> list[Any]:
    """All values in the document, at every depth."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(found for each in inner for found in everywhere(each))]


# --- log and run ---


def test_head(document: dict[str, Any]) -> None:
    assert list(document) == ["$schema", "version", "runs"]
    assert document["$schema"].endswith("/errata01/os/schemas/sarif-schema-2.1.0.json")
    assert document["version"] == "2.1.0"


def test_bytes() -> None:
    findings, given = sample()
    text = written(write, findings, summary=given, rules=rules(), tool=TOOL)
    assert text.endswith("}\n")
    assert not text.startswith("\ufeff")
    assert text == written(write, findings[::-1], summary=given, rules=rules()[::-1], tool=TOOL)
    for word in ("Time", "guid", str(Path.cwd()), "file:"):
        assert word not in text


def test_an_empty_run_has_results() -> None:
    run = only_run(log([]))
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_run(run: dict[str, Any]) -> None:
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["newlineSequences"] == ["\r\n", "\n", "\r"]
    assert set(run["originalUriBaseIds"]["%SRCROOT%"]) == {"description"}
    assert "automationDetails" not in run
    assert "versionControlProvenance" not in run


def test_invocation_tells_what_was_not_understood(run: dict[str, Any]) -> None:
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert [(note["descriptor"]["id"], note["level"]) for note in notes] == [
        ("opaque-statement", "warning"),
        ("unparsable-statement", "error"),
    ]
    for note in notes:
        place = note["descriptor"]
        assert run["tool"]["driver"]["notifications"][place["index"]]["id"] == place["id"]
        assert note["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert notes[0]["message"]["text"].endswith(": CREATE WIDGET.")


def test_invocation_success() -> None:
    unread = (Unread("opaque", Source("a", "x"), Span(0, 1), "x"),)
    assert only_run(log([], summary(unread=unread)))["invocations"][0]["executionSuccessful"] is True
    assert only_run(log([], summary(complete=False)))["invocations"][0]["executionSuccessful"] is False
    assert only_run(log([], summary(exit_code=1)))["invocations"][0]["exitCode"] == 1


# --- driver and rules ---


def test_driver(run: dict[str, Any]) -> None:
    driver = run["tool"]["driver"]
    assert driver["name"] == "dblint"
    assert driver["fullName"] == "dblint 1.2.3"
    assert driver["version"] == driver["semanticVersion"] == "1.2.3"
    assert driver["informationUri"] == "https://example.org/dblint"


def test_own_version() -> None:
    assert only_run(log([], tool=None))["tool"]["driver"]["version"] == __version__


def test_all_rules_are_listed(run: dict[str, Any]) -> None:
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "blocking-index-build",
        "lossy-drop",
        "quiet-rule",
        "missing-down",
    ]


def test_descriptors_have_their_texts(run: dict[str, Any]) -> None:
    driver = run["tool"]["driver"]
    for each in (*driver["rules"], *driver["notifications"]):
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", each["name"])
        assert each["name"] != each["id"]
        for member in ("shortDescription", "fullDescription"):
            assert 0 < len(each[member]["text"]) <= 1024
            assert each[member]["text"].endswith(".")
        assert each["help"]["text"]
        assert each["help"]["markdown"]


def test_rule(run: dict[str, Any]) -> None:
    rule = run["tool"]["driver"]["rules"][0]
    assert rule["name"] == "BlockingIndexBuild"
    assert rule["help"]["markdown"].startswith("# Index builds block writes")
    assert rule["fullDescription"]["text"] == (
        "An index build keeps writers waiting. Instead: CREATE INDEX CONCURRENTLY, outside a transaction."
    )
    assert rule["helpUri"] == "https://example.org/rules/blocking-index-build"
    assert rule["properties"] == {
        "tags": ["database", "migrations", "availability"],
        "precision": "high",
        "problem.severity": "error",
    }


def test_configured_levels(run: dict[str, Any]) -> None:
    found = {rule["id"]: rule["defaultConfiguration"] for rule in run["tool"]["driver"]["rules"]}
    assert found["blocking-index-build"] == {"level": "error"}
    assert found["lossy-drop"] == {"level": "warning"}
    assert found["quiet-rule"] == {"enabled": False, "level": "note"}


def test_long_texts_are_cut() -> None:
    long = RuleInfo("long-rule", "x", Severity.INFO, lambda: Page(summary="word " * 900, text="# x"))
    rule = only_run(log([], rules=[long]))["tool"]["driver"]["rules"][0]
    assert len(rule["shortDescription"]["text"]) == len(rule["fullDescription"]["text"]) == 1024


# --- results ---


def test_rule_index(run: dict[str, Any]) -> None:
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_levels_are_explicit(run: dict[str, Any]) -> None:
    levels = [result["level"] for result in run["results"]]
    assert sorted(levels) == ["error", "error", "error", "note", "warning"]
    warning = next(result for result in run["results"] if result["level"] == "warning")
    assert run["tool"]["driver"]["rules"][warning["ruleIndex"]]["defaultConfiguration"]["level"] == "error"
    assert all("kind" not in result and "suppressions" not in result for result in run["results"])
    assert all("baselineState" not in result for result in run["results"])


def test_message(run: dict[str, Any]) -> None:
    texts = [result["message"]["text"] for result in run["results"]]
    assert all(text.endswith(".") for text in texts)
    assert texts[2] == (
        "writes to orders wait until the index is built. Why: it takes SHARE; i is built. "
        "Instead: CREATE INDEX CONCURRENTLY, outside a transaction."
    )


def test_links_in_messages_lead_somewhere(run: dict[str, Any]) -> None:
    found = 0
    for result in run["results"]:
        for target in re.findall(r"(?<!\\)\[[^\]]*\]\((\d+)\)", result["message"]["text"]):
            assert int(target) in [each["id"] for each in result["relatedLocations"]]
            found += 1
    assert found == 1


def test_names_cannot_make_links() -> None:
    related = (Related(Source("b", "x"), Span(0, 1), "see [a](9)"),)
    problem = finding(Source("a", "x"), "x", message='column "[a](1)" of text[] goes', related=related)
    text = only_run(log([problem]))["results"][0]["message"]["text"]
    assert 'column "\\[a](1)" of text[] goes.' in text
    assert "[see \\[a\\](9)](1)" in text


def test_locations(run: dict[str, Any]) -> None:
    for result in run["results"]:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert {"startLine", "startColumn", "endLine", "endColumn"} <= set(region)
        assert min(value for value in region.values() if isinstance(value, int)) >= 1
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
        assert "contextRegion" not in location["physicalLocation"]
    order = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    keys = [(each["artifactLocation"]["uri"], each["region"]["startLine"]) for each in order]
    assert keys == sorted(keys)


def test_object_is_a_logical_location(run: dict[str, Any]) -> None:
    found = [result["locations"][0].get("logicalLocations") for result in run["results"]]
    assert found.count([{"fullyQualifiedName": "orders"}]) == 3
    assert found.count(None) == 2


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/é#?%.sql", "a%20b/%C3%A9%23%3F%25.sql"),
        ("c:x.sql", "c%3Ax.sql"),
        ("./x/../a.sql", "a.sql"),
        ("a\\b.sql", "a%5Cb.sql"),
    ],
)
def test_uris(path: str, uri: str) -> None:
    result = only_run(log([finding(Source(path, "x"), "x")]))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert unquote(uri).rpartition("/")[2] == path.rpartition("/")[2]


def test_absolute_paths_have_no_base() -> None:
    result = only_run(log([finding(Source("/data/a b.sql", "x"), "x")]))["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///data/a%20b.sql"}


def region_text(text: str, region: dict[str, Any]) -> str:
    """The text of a region, read as a reader does that knows lines and UTF-16 columns."""
    starts = [0, *(end.end() for end in re.finditer("\r\n|\n|\r", text))]

    def offset(line: int, column: int) -> int:
        units = text[starts[line - 1] :].encode("utf-16-le", "surrogatepass")[: 2 * (column - 1)]
        return starts[line - 1] + len(units.decode("utf-16-le", "surrogatepass"))

    start = offset(region["startLine"], region["startColumn"])
    return text[start : offset(region["endLine"], region["endColumn"])]


TEXTS = st.text(st.sampled_from("ab \t\r\n😀é\u0301客\x00\x1b\u2028\x0c"), max_size=40)


@given(text=TEXTS, bom=st.booleans(), data=st.data())
def test_snippets_are_the_text_of_their_regions(text: str, bom: bool, data: st.DataObject) -> None:
    # no span begins or ends between a carriage return and its line feed
    places = [n for n in range(len(text) + 1) if not text.startswith("\r\n", n - 1)]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(places), st.sampled_from(places))))
    source = Source("a.sql", text, bom=bom)
    result = only_run(log([finding(source, Span(start, end))]))["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region_text(text, region) == region.get("snippet", {"text": ""})["text"]
    if end > start:
        assert region["snippet"]["text"] == text[start:end]
    line = source.position(start).line
    assert region["startLine"] == line
    assert result["partialFingerprints"]["primaryLocationLineHash"] == line_hashes(source)[line - 1]


@pytest.mark.parametrize(
    ("text", "place", "columns"),
    [("abc", 1, (2, 3)), ("abc", 3, (3, 4)), ("", 0, (1, 1)), ("a\n", 2, (1, 1)), ("😀", 1, (1, 3))],
)
def test_empty_spans_are_widened_where_there_is_text(text: str, place: int, columns: tuple[int, int]) -> None:
    result = only_run(log([finding(Source("a.sql", text), Span(place, place))]))["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == columns


def test_long_regions_have_no_snippet() -> None:
    source = Source("a.sql", "x" * (SNIPPET_LIMIT + 1))
    result = only_run(log([finding(source, source.text)]))["results"][0]
    assert "snippet" not in result["locations"][0]["physicalLocation"]["region"]


def test_fingerprints(run: dict[str, Any]) -> None:
    found = [result["partialFingerprints"] for result in run["results"]]
    assert all(set(each) == {"primaryLocationLineHash", "dblintStatement/v1"} for each in found)
    assert len({each["dblintStatement/v1"] for each in found[1:]}) == len(found) - 1
    assert all("fingerprints" not in result for result in run["results"])


def test_fingerprints_survive_what_is_put_above() -> None:
    moved = Source("a.sql", "-- a note\n\n" + TEXT)
    marks = [
        only_run(log([finding(source, "ADD b int")]))["results"][0]["partialFingerprints"]["dblintStatement/v1"]
        for source in (moved, Source("a.sql", TEXT))
    ]
    assert marks[0] == marks[1]


# --- fixes ---


def test_fix(run: dict[str, Any]) -> None:
    (fix,) = run["results"][2]["fixes"]
    assert fix == {
        "artifactChanges": [
            {
                "artifactLocation": {"uri": "db/migrations/002%20%C3%A9.sql", "uriBaseId": "%SRCROOT%"},
                "replacements": [
                    {
                        "deletedRegion": {
                            "charLength": 0,
                            "charOffset": 6,
                            "endColumn": 7,
                            "endLine": 1,
                            "startColumn": 7,
                            "startLine": 1,
                        },
                        "insertedContent": {"text": "\nSET x;"},
                    }
                ],
            }
        ],
        "description": {"text": "set a limit."},
        "properties": {"dblint/applicability": "safe"},
    }


def test_fix_with_a_new_file(run: dict[str, Any]) -> None:
    (fix,) = run["results"][4]["fixes"]
    own, new = fix["artifactChanges"]
    assert own["artifactLocation"]["uri"] != new["artifactLocation"]["uri"] == "db/003.sql"
    assert new["replacements"] == [
        {"deletedRegion": {"charLength": 0, "charOffset": 0}, "insertedContent": {"text": "DROP a;\n"}}
    ]
    diff = fix["properties"]["diff"]
    assert "diff --git a/db/migrations/002 é.sql b/db/migrations/002 é.sql\n" in diff
    assert "--- /dev/null\n+++ b/db/003.sql\n@@ -0,0 +1 @@\n+DROP a;\n" in diff


def test_the_patch_of_a_fix_is_one_for_git(tmp_path: Path) -> None:
    """Of a file whose first line begins with a byte order mark, and whose lines end as on Windows."""
    source = Source("db/a b.sql", "DROP a;\r\nDROP b;\r\n", bom=True)
    fix = Fix(title="later", edits=(Edit(Span(0, 7), "SET é;"),), files=(NewFile("db/2.sql", "DROP a;\r\n"),))
    result = only_run(log([finding(source, "DROP a", fix=fix)]))["results"][0]
    (tmp_path / "db").mkdir()
    (tmp_path / source.path).write_bytes(f"\ufeff{source.text}".encode())
    diff = result["fixes"][0]["properties"]["diff"].encode()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=diff, check=True)
    assert (tmp_path / source.path).read_bytes() == "\ufeffSET é;\r\nDROP b;\r\n".encode()
    assert (tmp_path / "db/2.sql").read_bytes() == b"DROP a;\r\n"


def test_deletions_say_what_they_insert() -> None:
    fix = Fix(title="drop it", edits=(Edit(Span(0, 6), ""),))
    result = only_run(log([finding(Source("a.sql", "BEGIN; x"), "x", fix=fix)]))["results"][0]
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": ""}


# --- limits ---


def test_the_most_severe_are_kept_and_the_cut_is_told() -> None:
    source = Source("a.sql", "x;\n" * (KEPT + 7))
    findings = [
        finding(source, Span(3 * n, 3 * n + 1), severity=Severity.ERROR if n > 100 else Severity.INFO, statement="x;")
        for n in range(KEPT + 7)
    ]
    run = only_run(log(findings))
    levels = [result["level"] for result in run["results"]]
    assert (levels.count("error"), levels.count("note")) == (KEPT + 7 - 101, 94)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "7 findings of the least severity left out: the most severe 5000 are listed."
    assert run["invocations"][0]["executionSuccessful"] is True
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]]
    assert lines == sorted(lines)


def test_what_json_cannot_hold_does_no_harm() -> None:
    source = Source("a\ud800.sql", "\x00\ud800\x1b x \udfff;")
    text = written(write, [finding(source, "x", message="\ud800 \x00")], rules=rules(), tool=TOOL)
    assert json.loads(text.encode("utf-8"))


# --- the schema ---


def test_structure(document: dict[str, Any]) -> None:
    """What the schema asks for and what the log could break, without the schema."""
    for value in everywhere(document):
        assert value is not None
        if isinstance(value, dict):
            assert value != {}
            assert not {"state", "status"} & set(value)
            if "uriBaseId" in value:
                assert value["uriBaseId"] == "%SRCROOT%"
                assert ".." not in value["uri"].split("/")
                assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", value["uri"])
            if "artifactChanges" in value:
                uris = [change["artifactLocation"]["uri"] for change in value["artifactChanges"]]
                assert len(set(uris)) == len(uris) > 0
            assert value.get("level", "note") in ("none", "note", "warning", "error")
