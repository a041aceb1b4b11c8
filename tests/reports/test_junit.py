"""JUnit XML: suites, tests and failures, and a document that every parser takes."""

from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from dblint.reports.junit import write
from dblint.rule import Finding, Severity, Unread
from dblint.source import Source, Span
from tests.reports.samples import finding, rule_info, summary, written


def parsed(findings: list[Finding], **more: Any) -> ElementTree.Element:
    return ElementTree.fromstring(written(write, findings, **more).encode())


def test_a_suite_per_file_and_a_failure_per_finding() -> None:
    source, other = Source("b.sql", "x\n  DROP TABLE a;\n"), Source("a.sql", "DROP TABLE b;\n")
    findings = [
        finding(source, "DROP", severity=Severity.WARNING, message="rows\nare lost", why=("it holds 1 < 2 rows",)),
        finding(source, "a;"),
        finding(other, "DROP", severity=Severity.INFO),
    ]
    root = parsed(findings, rules=[rule_info()])
    assert root.tag == "testsuites"
    assert root.attrib == {"name": "dblint", "tests": "3", "failures": "3", "errors": "0"}
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("a.sql", "1", "1"),
        ("b.sql", "2", "2"),
    ]
    case = root[1][0]
    assert case.attrib == {
        "name": "blocking-index-build: rows are lost",
        "classname": "b.sql",
        "file": "b.sql",
        "line": "2",
    }
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"message": "rows are lost", "type": "warning"}
    assert failure.text == (
        "b.sql:2:3: warning: rows are lost [blocking-index-build]\n"
        "why: it holds 1 < 2 rows\n"
        "instead: CREATE INDEX CONCURRENTLY, outside a transaction"
    )


def names(text: str) -> list[str | None]:
    source = Source("a.sql", text)
    findings = [finding(source, Span(n, n + 1)) for n, letter in enumerate(text) if letter == "x"]
    return [case.get("name") for case in parsed(findings).iter("testcase")]


def test_names_are_unique_and_do_not_move_with_the_lines() -> None:
    assert (
        names("xx")
        == names("\n\n x\nx")
        == [
            "blocking-index-build: writes to orders wait until the index is built",
            "blocking-index-build: writes to orders wait until the index is built (2)",
        ]
    )


def test_a_clean_run_has_one_test_that_passes() -> None:
    root = parsed([], summary=summary(seconds=1.5))
    assert root.attrib == {"name": "dblint", "tests": "1", "failures": "0", "errors": "0"}
    (case,) = root.iter("testcase")
    assert case.attrib == {"name": "migrations", "classname": "dblint"}
    (said,) = case
    assert (said.tag, said.text) == (
        "system-out",
        "No findings: 7 statements of 2 migrations checked on top of 40 earlier ones",
    )


def test_what_was_not_understood_is_there_beside_findings() -> None:
    source = Source("a.sql", "DROP a;")
    unread = (Unread("opaque", source, Span(0, 1), "CREATE <WIDGET>"),)
    root = parsed([finding(source, "DROP")], summary=summary(errors=1, unread=unread))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "0")
    said = root[1][0][0].text
    assert said and "a.sql:1 (CREATE <WIDGET>)" in said


def test_what_was_left_out_is_told() -> None:
    root = parsed([finding(Source("a.sql", "x"), "x")], summary=summary(errors=1, suppressed=2))
    said = root[1][0][0].text
    assert said and said.startswith("1 error in 1 file, 2 allowed by comments: ")


def test_a_run_that_stopped_is_an_error() -> None:
    root = parsed([], summary=summary(complete=False))
    assert (root.get("errors"), root[0].get("errors")) == ("1", "1")
    assert [each.tag for each in root[0][0]] == ["error", "system-out"]


@given(st.text(st.characters(), max_size=30), st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_text_is_well_formed(path: str, message: str) -> None:
    problem = finding(Source(path, "x"), "x", message=message, why=(message,), rule=message)
    unread = (Unread("unparsable", Source(path, "x"), Span(0, 1), message),)
    root = parsed([problem], summary=summary(errors=1, unread=unread))
    assert len(list(root.iter("failure"))) == 1


def test_controls_and_markup() -> None:
    evil = "\x00\x08\x1b\ufffe\uffff ]]>&\"'<b>"
    (failure,) = parsed([finding(Source("a.sql", "x"), "x", message=evil)]).iter("failure")
    assert failure.get("message") == "\ufffd\ufffd\ufffd\ufffd\ufffd ]]>&\"'<b>"
