"""The Code Quality artifact: what GitLab reads of it, and fingerprints that stay."""

import json
import re
from typing import Any

import pytest

from dblint.reports.gitlab import write
from dblint.rule import Finding, Severity
from dblint.source import Source, Span
from tests.reports.samples import finding, written


def issues(findings: list[Finding]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(written(write, findings))
    return found


def test_members() -> None:
    source = Source("db/a.sql", "SELECT 1;\nDROP TABLE\n  orders;\n")
    (issue,) = issues([finding(source, "DROP TABLE\n  orders", message="rows of\n\x1borders are lost")])
    assert re.fullmatch("[0-9a-f]{32}", issue.pop("fingerprint"))
    assert issue == {
        "description": "rows of \ufffdorders are lost",
        "check_name": "blocking-index-build",
        "severity": "major",
        "location": {"path": "db/a.sql", "lines": {"begin": 2, "end": 3}},
    }


@pytest.mark.parametrize(
    ("severity", "said"), [(Severity.ERROR, "major"), (Severity.WARNING, "minor"), (Severity.INFO, "info")]
)
def test_severity(severity: Severity, said: str) -> None:
    assert issues([finding(Source("a.sql", "x"), "x", severity=severity)])[0]["severity"] == said


def test_an_end_after_the_line_end_is_of_the_line_before() -> None:
    source = Source("a.sql", "DROP a;\nDROP b;\n")
    assert issues([finding(source, "DROP a;\n")])[0]["location"]["lines"] == {"begin": 1, "end": 1}
    assert issues([finding(source, Span(8, 8))])[0]["location"]["lines"] == {"begin": 2, "end": 2}


def test_a_clean_run_is_an_empty_array() -> None:
    assert written(write, []) == "[]\n"


def marks(*texts: str, path: str = "a.sql") -> list[str]:
    """The fingerprints of every DROP in the files."""
    findings = [
        finding(source, Span(match.start(), match.end()))
        for number, text in enumerate(texts)
        for source in (Source(f"{number}{path}", text),)
        for match in re.finditer("DROP", text)
    ]
    return [issue["fingerprint"] for issue in issues(findings)]


def test_fingerprints_survive_what_moves_lines() -> None:
    before = marks("DROP TABLE a;\nDROP TABLE b;\n")
    assert marks("-- a comment\n\nSELECT 1;\n  DROP\tTABLE a; -- gone\nDROP TABLE\n  b;\n") == before
    assert marks("DROP TABLE a;\nDROP TABLE c;\n")[0] == before[0]
    assert marks("DROP TABLE a;\nDROP TABLE c;\n")[1] != before[1]


def test_fingerprints_are_unique_within_and_across_files() -> None:
    found = marks("DROP TABLE a;\nDROP TABLE a;\n", "DROP TABLE a;\nDROP TABLE a;\n")
    assert len(found) == len(set(found)) == 4
    assert marks("DROP TABLE a;", path="b.sql") != marks("DROP TABLE a;", path="a.sql")
