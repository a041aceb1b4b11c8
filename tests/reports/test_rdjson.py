"""reviewdog's Diagnostic Format: places in bytes, and suggestions that make exactly the fix."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dblint.reports.rdjson import write
from dblint.reports.replacements import applied
from dblint.rule import Applicability, Finding, Fix, NewFile, Related, Severity
from dblint.source import Edit, Source, Span
from tests.reports.samples import finding, rule_info, written


def diagnostics(*findings: Finding, **more: Any) -> list[dict[str, Any]]:
    document = json.loads(written(write, list(findings), **more))
    assert document["source"] == {"name": "dblint"}
    found: list[dict[str, Any]] = document["diagnostics"]
    return found


def offset(source: Source, position: dict[str, int]) -> int:
    """The character offset that a reader finds who knows the file's bytes alone."""
    lines = (("\ufeff" if source.bom else "") + source.text).encode().splitlines(keepends=True)
    data = b"".join(lines[: position["line"] - 1])
    data += b"".join(lines[position["line"] - 1 :])[: position["column"] - 1]
    return len(data.decode()) - source.bom


def test_members() -> None:
    source = Source("db/a.sql", "DROP TABLE a;\n")
    old = Source("db/0.sql", "CREATE TABLE a ();\n")
    problem = finding(
        source,
        "DROP TABLE a",
        why=("it is there",),
        related=(Related(old, Span(0, 6), "made here"),),
        severity=Severity.WARNING,
    )
    assert diagnostics(problem, rules=[rule_info()]) == [
        {
            "message": "writes to orders wait until the index is built\nit is there\n"
            "Instead: CREATE INDEX CONCURRENTLY, outside a transaction",
            "location": {
                "path": "db/a.sql",
                "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 13}},
            },
            "severity": "WARNING",
            "code": {"value": "blocking-index-build", "url": "https://example.org/rules/blocking-index-build"},
            "related_locations": [
                {
                    "message": "made here",
                    "location": {
                        "path": "db/0.sql",
                        "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 7}},
                    },
                }
            ],
        }
    ]
    assert diagnostics() == []


def test_a_rule_without_a_page_has_no_address() -> None:
    (found,) = diagnostics(finding(Source("a.sql", "x"), "x"))
    assert found["code"] == {"value": "blocking-index-build"}
    assert "suggestions" not in found


def test_columns_count_bytes() -> None:
    source = Source("a.sql", "/*é😀*/ DROP a;\n/*é*/ DROP b;\n", bom=True)
    first, second = diagnostics(finding(source, "DROP a"), finding(source, "DROP b"))
    assert first["location"]["range"]["start"] == {"line": 1, "column": 3 + 4 + 2 + 4 + 2}
    assert second["location"]["range"]["start"] == {"line": 2, "column": 4 + 2 + 2}


@given(st.text("ab é😀\n\t", max_size=30), st.booleans(), st.data())
def test_a_reader_of_bytes_finds_the_span(text: str, bom: bool, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    source = Source("a.sql", text, bom=bom)
    (found,) = diagnostics(finding(source, Span(start, end)))
    place = found["location"]["range"]
    assert (offset(source, place["start"]), offset(source, place["end"])) == (start, end)


def suggestions(source: Source, **fix: Any) -> list[dict[str, Any]]:
    given = {"title": "mend it", "applicability": Applicability.SAFE, **fix}
    (found,) = diagnostics(finding(source, "DROP", fix=Fix(**given)))
    suggested: list[dict[str, Any]] = found.get("suggestions", [])
    return suggested


def test_a_safe_fix_is_one_suggestion_that_makes_the_whole_change() -> None:
    source = Source("a.sql", "-- é\r\nDROP a;\r\n-- 😀\r\n\r\n/* é */ DROP b;\r\n", bom=True)
    edits = (Edit(Span(source.text.index("b"), source.text.index("b") + 1), "d\ne"), Edit(Span(11, 12), "c"))
    (suggestion,) = suggestions(source, edits=edits)
    start, end = (offset(source, suggestion["range"][side]) for side in ("start", "end"))
    made = source.text[:start] + suggestion["text"] + source.text[end:]
    assert made == applied(source.text, sorted(edits)).replace("d\ne", "d\r\ne")


def test_only_safe_fixes_of_the_file_itself_are_suggested() -> None:
    source = Source("a.sql", "DROP a;\n")
    edits = (Edit(Span(0, 0), "SET x;\n"),)
    assert len(suggestions(source, edits=edits)) == 1
    assert suggestions(source, edits=edits, applicability=Applicability.UNSAFE) == []
    assert suggestions(source, edits=edits, applicability=Applicability.DISPLAY) == []
    assert suggestions(source, edits=edits, files=(NewFile("b.sql", "x"),)) == []
    assert suggestions(source, edits=()) == []
