"""The text report: frames, notes, wrapping, closing lines."""

import io

import pytest

from dblint.errors import UsageError
from dblint.reports import FORMATS, reporter
from dblint.reports.display import width
from dblint.reports.text import write
from dblint.rule import Applicability, Edit, Finding, Fix, Related, Severity, Unread
from dblint.source import Source, Span
from tests.reports.samples import finding, rule_info, summary, written


def frame(text: str, clause: str | Span) -> list[str]:
    """The lines of the source and the carets in the report of one finding."""
    report = written(write, [finding(Source("a.sql", text), clause)])
    return [line for line in report.splitlines() if " | " in line or line == "..."]


def test_whole_report() -> None:
    old = Source("migrations/001_start.sql", "CREATE TABLE orders (id int);\n")
    new = Source("migrations/002_more.sql", "BEGIN;\nCREATE INDEX by_day ON orders (day);\nCOMMIT;\n")
    problem = finding(
        new,
        "CREATE INDEX by_day ON orders (day)",
        why=("it takes SHARE on orders",),
        related=(Related(old, Span(0, 28), "created here"),),
        fix=Fix(title="build it online", edits=(Edit(Span(7, 7), "x"),), applicability=Applicability.UNSAFE),
    )
    counted = summary(errors=1, seconds=0.184, skipped=1)
    assert written(write, [problem], rules=[rule_info()], summary=counted) == (
        "error[blocking-index-build]: writes to orders wait until the index is built\n"
        "  --> migrations/002_more.sql:2:1\n"
        "   |\n"
        " 2 | CREATE INDEX by_day ON orders (day);\n"
        "   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  ::: migrations/001_start.sql:1: created here\n"
        "   = why: it takes SHARE on orders\n"
        "   = fix: build it online (applied by --fix --unsafe-fixes)\n"
        "   = instead: CREATE INDEX CONCURRENTLY, outside a transaction\n"
        "   = allow: -- dblint: allow blocking-index-build: <reason>\n"
        "\n"
        "1 error in 1 file: 7 statements of 2 migrations checked on top of 40 earlier\n"
        "ones, 1 other file passed over, in 0.18 s\n"
    )


def test_no_findings_say_what_was_checked() -> None:
    assert written(write, []) == "No findings: 7 statements of 2 migrations checked on top of 40 earlier ones\n"
    alone = summary(folded=0, checked=1, statements=1)
    assert written(write, [], summary=alone) == "No findings: 1 statement of 1 migration checked\n"


def test_what_was_not_understood_is_said() -> None:
    source = Source("a.sql", "WIDGET;\n" * 9)
    unread = [Unread("opaque", source, Span(8 * n, 8 * n + 6), "WIDGET") for n in range(7)]
    unread.append(Unread("unparsable", source, Span(56, 62), 'syntax error at "WIDGET"'))
    lines = written(write, [], summary=summary(unread=tuple(unread), suppressed=2, complete=False)).splitlines()
    text = " ".join(line.strip() for line in lines)
    assert '1 statement could not be read: a.sql:8 (syntax error at "WIDGET")' in text
    assert "7 statements are not modelled, so what they do is not known: a.sql:1 (WIDGET)," in text
    assert "a.sql:5 (WIDGET) and 2 more" in text
    assert text.split(":")[-2].endswith("No findings, 2 allowed by comments")
    assert "stopped early" in text
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("text", "clause", "expected"),
    [
        ("SELECT 1;", "1", [" 1 | SELECT 1;", "   |        ^"]),
        ("\tDROP TABLE a;", "DROP", [" 1 |     DROP TABLE a;", "   |     ^^^^"]),
        ("a\tb\tc", "b", [" 1 | a   b   c", "   |     ^"]),
        ('DROP TABLE "客户" x', '"客户"', [' 1 | DROP TABLE "客户" x', "   |            ^^^^^^"]),
        ("a 客 b", "b", [" 1 | a 客 b", "   |      ^"]),
        ("cafe\u0301 b", "b", [" 1 | cafe\u0301 b", "   |      ^"]),
        ("😀 b", "b", [" 1 | 😀 b", "   |    ^"]),
        ("a\r\nDROP b;\r\n", "DROP", [" 2 | DROP b;", "   | ^^^^"]),
        ("a\rb\nc", "b", [" 2 | b", "   | ^"]),
        ("one\ntwo", "one\ntwo", [" 1 | one", "   | ^^^", " 2 | two", "   | ^^^"]),
        ("one\n  two\n", "one\n  two\n", [" 1 | one", "   | ^^^", " 2 |   two", "   |   ^^^"]),
        ("x\u202ey\x1b[31m z", "z", [" 1 | x\ufffdy\ufffd[31m z", "   |          ^"]),
    ],
)
def test_frames(text: str, clause: str, expected: list[str]) -> None:
    assert frame(text, clause) == expected


def test_zero_width_spans_have_one_caret() -> None:
    assert frame("ab", Span(1, 1)) == [" 1 | ab", "   |  ^"]
    assert frame("ab", Span(2, 2)) == [" 1 | ab", "   |   ^"]
    report = written(write, [finding(Source("a.sql", ""), Span(0, 0))])
    assert "  --> a.sql:1:1\n   |\n 1 |\n   | ^\n" in report
    report = written(write, [finding(Source("a.sql", "x\n"), Span(2, 2))])
    assert "  --> a.sql:2:1\n   |\n 2 |\n   | ^\n" in report


def test_long_spans_show_their_ends() -> None:
    text = "ALTER TABLE t\n" + "  ADD a int,\n" * 8 + "  ADD z int;\n"
    assert frame(text, text.strip()[:-1]) == [
        "  1 | ALTER TABLE t",
        "    | ^^^^^^^^^^^^^",
        "...",
        " 10 |   ADD z int;",
        "    |   ^^^^^^^^^",
    ]


@pytest.mark.parametrize("letter", ["x", "客", "é"])
@pytest.mark.parametrize("place", [0, 30, 70, 100, 199])
def test_long_lines_are_cut_around_the_span(letter: str, place: int) -> None:
    text = letter * place + "!!" + letter * (200 - place)
    line, carets = frame(text, "!!")
    assert width(line) <= 80
    assert "!!" in line
    assert width(line[: line.index("!!")]) == carets.index("^")
    assert carets.count("^") == 2
    assert line.count("…") == (1 if place in (0, 199) else 1 + (line[5] == "…"))


def test_spans_wider_than_the_page() -> None:
    line, carets = frame("(" + "x" * 500 + ")", "x" * 500)
    assert (len(line), len(carets)) == (80, 80)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_nothing_is_wider_than_asked(columns: int) -> None:
    source = Source("a.sql", "CREATE INDEX " + "very_long_name, " * 40 + ";\n")
    why = ("the table was there before this change, and is presumed to have many rows that take long to read",)
    problem = finding(source, "very_long_name", message="writes " * 30, why=why, instead="first this, then that " * 9)
    report = written(write, [problem], columns=columns)
    long = [line for line in report.splitlines() if len(line) > columns and "allow:" not in line]
    assert long == []
    notes = report[report.index("= why: ") :].splitlines()
    assert notes[1].startswith(" " * 10 if columns < 120 else "   = ")


def test_advice_is_printed_for_the_first_three_of_a_file() -> None:
    sources = [Source(name, "CREATE INDEX a ON b (c);\n" * 6) for name in ("a.sql", "b.sql")]
    findings = [finding(source, Span(25 * n, 25 * n + 12), why=(f"fact {n}",)) for source in sources for n in range(6)]
    report = written(write, findings, rules=[rule_info()])
    for note in ("= allow: ", "= instead: "):
        assert report.count(note) == 6
    assert report.count("= why: ") == 12
    assert report.index("a.sql: 6 findings") < report.index("a.sql:1:1") < report.index("b.sql: 6 findings")


def test_advice_of_its_own_is_printed_although_others_were() -> None:
    source = Source("a.sql", "CREATE INDEX a ON b (c);\n" * 6)
    findings = [finding(source, Span(25 * n, 25 * n + 12), instead=f"way {n}") for n in range(6)]
    assert written(write, findings).count("= instead: way ") == 6


def test_colour_only_when_asked() -> None:
    problem = finding(Source("a.sql", "DROP TABLE a;"), "DROP", why=("x",))
    plain, coloured = written(write, [problem]), written(write, [problem], color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[blocking-index-build]\x1b[0m" in coloured
    for code in ("1", "1;31", "34", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain


def test_the_allow_line_is_a_comment_that_the_file_can_hold() -> None:
    assert "# dblint: allow " in written(write, [finding(Source("blueprint.yaml", "a: b\n"), "a")])
    assert "allow" not in written(write, [finding(Source("blueprint.json", '{"a": 1}\n'), "a")])


def test_terminal_controls_in_names_do_not_reach_the_terminal() -> None:
    problem = finding(Source("a\x1b[2J.sql", "x"), "x", message="bad \x1b]0;name\x07", why=("\x9b1m",))
    assert "\x1b" not in written(write, [problem])
    assert "\x9b" not in written(write, [problem])


def test_every_format_is_found_and_writes_something() -> None:
    problem = finding(Source("a.sql", "DROP TABLE a;"), "DROP")
    for name in FORMATS:
        out = io.StringIO()
        reporter(name)([problem], summary(errors=1), [rule_info()], out)
        assert "blocking-index-build" in out.getvalue()
        assert out.getvalue().endswith("\n")
    with pytest.raises(UsageError, match="no report format 'xml': choose one of text, concise, json, sarif, github"):
        reporter("xml")


def test_order_does_not_depend_on_the_input() -> None:
    source, other = Source("a.sql", "a b c"), Source("b.sql", "a b c")
    findings: list[Finding] = [
        finding(each, clause, rule=rule, severity=Severity.INFO)
        for each in (source, other)
        for clause in "abc"
        for rule in ("one-rule", "two-rule")
    ]
    for name in FORMATS:
        write_format = reporter(name)
        assert written(write_format, findings) == written(write_format, findings[::-1])
