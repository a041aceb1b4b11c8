"""Fixes in SARIF: readers that read differently must end with the same text."""

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dblint.reports.replacements import applied, replacements
from dblint.reports.sarif import write
from dblint.rule import Applicability, Edit, Fix
from dblint.source import Source, Span
from tests.reports.samples import finding, written

BLOCK = "BEGIN;\n    CREATE INDEX i ON t (c);\nCOMMIT;\n"


def sarif_fix(source: Source, edits: tuple[Edit, ...], **more: Any) -> list[dict[str, Any]]:
    """The replacements of the only fix, as they stand in the log; empty where there is no fix."""
    given_fix = Fix(title="mend it", edits=edits, **{"applicability": Applicability.SAFE, **more})
    log = json.loads(written(write, [finding(source, Span(0, 0), fix=given_fix)]))
    fixes = log["runs"][0]["results"][0].get("fixes", [])
    return [each for fix in fixes for change in fix["artifactChanges"] for each in change["replacements"]]


def editor_lines(text: str) -> list[str]:
    return re.split("\r\n|\n|\r", text)


def offset(text: str, line: int, column: int) -> int:
    """The offset of a line and a UTF-16 column, both from 1."""
    starts = [0, *(end.end() for end in re.finditer("\r\n|\n|\r", text))]
    units = text[starts[line - 1] :].encode("utf-16-le", "surrogatepass")[: 2 * (column - 1)]
    return starts[line - 1] + len(units.decode("utf-16-le", "surrogatepass"))


def read_literally(text: str, changes: list[dict[str, Any]]) -> str:
    for change in reversed(changes):
        region = change["deletedRegion"]
        start = offset(text, region["startLine"], region["startColumn"])
        end = offset(text, region["endLine"], region["endColumn"])
        text = text[:start] + change["insertedContent"]["text"] + text[end:]
    return text


def read_as_an_editor(text: str, changes: list[dict[str, Any]]) -> str:
    """As an editor does that takes no start before the first word of a line."""
    lines = editor_lines(text)
    for change in reversed(changes):
        region = dict(change["deletedRegion"])
        line = lines[region["startLine"] - 1]
        word = len(line) - len(line.lstrip())
        units = len(line[:word].encode("utf-16-le", "surrogatepass")) // 2
        region["startColumn"] = max(units, region["startColumn"] - 1) + 1
        text = read_literally(text, [{**change, "deletedRegion": region}])
    return text


def read_by_offset(text: str, changes: list[dict[str, Any]]) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    for change in reversed(changes):
        start = 2 * change["deletedRegion"]["charOffset"]
        end = start + 2 * change["deletedRegion"]["charLength"]
        units = units[:start] + change["insertedContent"]["text"].encode("utf-16-le", "surrogatepass") + units[end:]
    return units.decode("utf-16-le", "surrogatepass")


def place(change: dict[str, Any]) -> tuple[int, int, int, int, str]:
    region = change["deletedRegion"]
    ends = (region["startLine"], region["startColumn"], region["endLine"], region["endColumn"])
    return (*ends, change["insertedContent"]["text"])


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(Edit(Span(23, 23), " x"), (2, 17, 2, 17, " x"), id="insert inside a line"),
        pytest.param(Edit(Span(7, 7), "SET x;\n"), (1, 7, 1, 7, "\nSET x;"), id="insert a line"),
        pytest.param(Edit(Span(7, 7), "    SET x;\n"), (1, 7, 1, 7, "\n    SET x;"), id="insert an indented line"),
        pytest.param(Edit(Span(7, 36), ""), (1, 7, 2, 29, ""), id="delete a line"),
        pytest.param(Edit(Span(7, 36), "    DROP x;\n"), (2, 5, 3, 1, "DROP x;\n"), id="replace a line, same indent"),
        pytest.param(Edit(Span(7, 36), "DROP x;\n"), (1, 7, 2, 29, "\nDROP x;"), id="replace a line, other indent"),
        pytest.param(Edit(Span(11, 35), "DROP x;"), (2, 5, 2, 29, "DROP x;"), id="replace a statement"),
        pytest.param(Edit(Span(44, 44), "SET x;\n"), (4, 1, 4, 1, "SET x;\n"), id="append"),
        pytest.param(Edit(Span(0, 6), ""), (1, 1, 1, 7, ""), id="delete in the first line"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_form(edit: Edit, expected: tuple[object, ...], newline: str) -> None:
    text = BLOCK.replace("\n", newline)

    def moved(at: int) -> int:
        return at + (len(newline) - 1) * BLOCK.count("\n", 0, at)

    source = Source("a.sql", text)
    changes = sarif_fix(source, (Edit(Span(moved(edit.span.start), moved(edit.span.end)), edit.text),))
    assert [place(change) for change in changes] == [(*expected[:4], str(expected[4]).replace("\n", newline))]


TEXTS = st.lists(st.sampled_from(["BEGIN;", "  ", "\t", "é", "😀", "a", " ", "\n", "\n    "]), max_size=30).map("".join)


@given(text=TEXTS, newline=st.sampled_from(["\n", "\r\n"]), data=st.data())
def test_all_readers_agree(text: str, newline: str, data: st.DataObject) -> None:
    text = text.replace("\n", newline)
    inside_newline = {n + 1 for n in range(len(text)) if text.startswith("\r\n", n)}
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)) - inside_newline)
    new = st.sampled_from(["", "x", "SET x;\n", "\n", "  ", "    y;\n"])
    edits = tuple(Edit(Span(start, end), data.draw(new)) for start, end in zip(ends[::2], ends[1::2], strict=False))
    file_newline = newline if newline in text else "\n"
    wanted = applied(text, [Edit(edit.span, edit.text.replace("\n", file_newline)) for edit in edits])
    changes = sarif_fix(Source("a.sql", text), edits)
    assume(changes)
    assert read_literally(text, changes) == wanted
    assert read_as_an_editor(text, changes) == wanted
    assert read_by_offset(text, changes) == wanted
    lines = editor_lines(text)
    previous_end = 0
    for change in changes:
        line, _, end_line, end_column, _ = place(change)
        assert line > previous_end + 1 or previous_end == 0
        assert end_column <= len(lines[end_line - 1].encode("utf-16-le")) // 2 + 1
        previous_end = end_line


def test_edits_of_touching_lines_are_one_replacement() -> None:
    source = Source("a.sql", "a;\nb;\nc;\n\nd;\n")
    edits = [Edit(Span(n, n + 1), source.text[n].upper()) for n in (0, 3, 6, 10)]
    assert replacements(source, edits) == [Edit(Span(0, 7), "A;\nB;\nC"), Edit(Span(10, 11), "D")]


def test_what_cannot_be_written_alike_is_no_fix() -> None:
    source = Source("a.sql", "  DROP TABLE a;\n")
    assert sarif_fix(source, (Edit(Span(0, 0), "SET x;\n"),)) == []
    assert sarif_fix(source, (Edit(Span(0, 2), ""),)) == []
    assert [place(each) for each in sarif_fix(source, (Edit(Span(0, 6), "  drop"),))] == [(1, 3, 1, 7, "drop")]


def test_recipes_are_no_fixes() -> None:
    assert sarif_fix(Source("a.sql", "a"), (Edit(Span(0, 1), "b"),), applicability=Applicability.DISPLAY) == []
