"""The JSON report: its members, its schema, its columns."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dblint.reports.json import STATEMENT_LIMIT, write
from dblint.rule import Applicability, Edit, Finding, Fix, NewFile, Related, Unread
from dblint.source import Source, Span
from dblint_schemas import load
from tests.reports.samples import finding, rule_info, summary, written


def report(findings: list[Finding], **more: Any) -> dict[str, Any]:
    """The document, held against the schema."""
    document: dict[str, Any] = json.loads(written(write, findings, **more))
    Draft202012Validator(load("report")).validate(document)
    return document


def test_schemas_are_schemas() -> None:
    for name in ("report", "schema", "impact"):
        Draft202012Validator.check_schema(load(name))
        assert load(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    with pytest.raises(FileNotFoundError):
        load("nothing")


def test_everything_is_described() -> None:
    def undescribed(schema: dict[str, Any], place: str) -> list[str]:
        missing = [] if {"description", "$ref"} & schema.keys() else [place]
        for key, member in (*schema.get("properties", {}).items(), *schema.get("$defs", {}).items()):
            missing += undescribed(member, f"{place}/{key}")
        return missing

    for name in ("report", "schema", "impact"):
        assert undescribed(load(name), name) == []


def test_document() -> None:
    old = Source("001.sql", "CREATE TABLE orders (id int);\n")
    new = Source("002.sql", "BEGIN;\n  CREATE INDEX i\n  ON orders (day);\n")
    fix = Fix(
        title="build it online",
        edits=(Edit(Span(9, 9), "x"),),
        files=(NewFile("003.sql", "SELECT 1;\n"),),
        applicability=Applicability.SAFE,
    )
    problem = finding(
        new,
        "CREATE INDEX i\n  ON orders (day)",
        why=("a fact",),
        covers=("prefer-online",),
        related=(Related(old, Span(0, 28), "created here"),),
        fix=fix,
    )
    unread = (Unread("opaque", old, Span(0, 6), "what"),)
    document = report([problem], rules=[rule_info()], summary=summary(errors=1, unread=unread, seconds=1.5))
    assert document["findings"] == [
        {
            "rule": "blocking-index-build",
            "family": "availability",
            "severity": "error",
            "path": "002.sql",
            "line": 2,
            "column": 3,
            "end_line": 3,
            "end_column": 18,
            "message": "writes to orders wait until the index is built",
            "object": "orders",
            "statement": "CREATE INDEX i\n  ON orders (day);",
            "covers": ["prefer-online"],
            "why": ["a fact"],
            "instead": "CREATE INDEX CONCURRENTLY, outside a transaction",
            "related": [
                {"path": "001.sql", "line": 1, "column": 1, "end_line": 1, "end_column": 29, "message": "created here"}
            ],
            "fix": {
                "title": "build it online",
                "applicability": "safe",
                "edits": [{"line": 2, "column": 3, "end_line": 2, "end_column": 3, "text": "x"}],
                "files": [{"path": "003.sql", "text": "SELECT 1;\n"}],
                "entries": [],
            },
        }
    ]
    assert document["summary"]["unread"] == [{"kind": "opaque", "path": "001.sql", "line": 1, "reason": "what"}]
    assert "seconds" not in document["summary"]


def test_no_findings() -> None:
    assert report([])["findings"] == []


@pytest.mark.parametrize(
    ("text", "clause", "place"),
    [
        ("", Span(0, 0), (1, 1, 1, 1)),
        ("a\n", Span(2, 2), (2, 1, 2, 1)),
        ("a", Span(1, 1), (1, 2, 1, 2)),
        ("-- 😀 é\r\n\tx y", "y", (2, 4, 2, 5)),
        ("😀 b", "b", (1, 3, 1, 4)),
        ("a\rb", "b", (2, 1, 2, 2)),
    ],
)
def test_columns_count_characters_from_one(text: str, clause: str | Span, place: tuple[int, ...]) -> None:
    found = report([finding(Source("a.sql", text, bom=True), clause)])["findings"][0]
    assert (found["line"], found["column"], found["end_line"], found["end_column"]) == place


def test_what_no_encoding_holds_is_replaced() -> None:
    problem = finding(Source("a.sql", "x"), "x", message="a \ud800 b \x00 c", object="\udfff")
    text = written(write, [problem])
    assert text.encode("utf-8")
    found = json.loads(text)["findings"][0]
    assert (found["message"], found["object"]) == ("a \ufffd b \x00 c", "\ufffd")


def test_long_statements_are_cut() -> None:
    source = Source("a.sql", "INSERT INTO t VALUES (" + "1" * 9000 + ");")
    found = report([finding(source, "INSERT")])["findings"][0]
    assert found["statement"] == source.text[:STATEMENT_LIMIT] + "…"
