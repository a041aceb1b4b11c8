"""Identities of findings: GitHub's hash of a line, and dblint's own of a statement."""

import random

import pytest

from dblint.reports.fingerprints import line_hashes, statement_fingerprints, without_layout
from dblint.source import Source, Span
from tests.reports.samples import finding

BLOCK = "BEGIN;\nCREATE INDEX i ON t (c);\nCOMMIT;\n"
BLOCK_HASHES = ["a4e1fffc823b04ae:1", "deb1ffb0e0853a70:1", "48a713b58bc07d29:1", "c129715d7a2bc9a3:1"]


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        ("DROP TABLE a;", ["8497746285f651e4:1"]),
        (BLOCK, BLOCK_HASHES),
        (BLOCK.replace("\n", "\r\n"), BLOCK_HASHES),
        (BLOCK.replace("\n", "\r"), BLOCK_HASHES),
        (BLOCK.replace("CREATE", "    CREATE"), BLOCK_HASHES),
        (BLOCK.replace(" ", "\t"), BLOCK_HASHES),
        ("x;\n" * 3, ["6e9cbbacdaa5e2a:1", "3e3c9ec7ce221f09:1", "bd25d25d5cef3a8c:1", "c129715d7a2bc9a3:1"]),
        ('-- комментарий 😀\nDROP TABLE "т";\n', ["8136d638a4933b69:1", "4e8dcb6b2b9487:1", "c129715d7a2bc9a3:1"]),
    ],
)
def test_line_hashes(text: str, hashes: list[str]) -> None:
    assert line_hashes(Source("a.sql", text)) == hashes


def by_definition(text: str) -> list[str]:
    """The hash as its definition reads, one unit after the other."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    units = [encoded[n] | encoded[n + 1] << 8 for n in range(0, len(encoded), 2)]
    kept: list[int] = []
    starts = [0]
    after_return = False
    for unit in units:
        if unit in (32, 9) or (unit == 10 and after_return):
            after_return = False
            continue
        after_return = unit == 13
        kept.append(10 if unit == 13 else unit)
        if kept[-1] == 10:
            starts.append(len(kept))
    kept.append(65535)
    found: list[str] = []
    counts: dict[int, int] = {}
    for start in starts:
        value = 0
        for place in range(start, start + 100):
            value = (value * 37 + (kept[place] if place < len(kept) else 0)) % 2**64
        counts[value] = counts.get(value, 0) + 1
        found.append(f"{value:x}:{counts[value]}")
    return found


def test_line_hashes_equal_the_definition() -> None:
    dice = random.Random(7)
    for _ in range(200):
        text = "".join(dice.choices("ab;\t \r\n😀é\ud800", k=dice.randrange(400)))
        assert line_hashes(Source("a.sql", text)) == by_definition(text)
        assert line_hashes(Source("a.sql", text, bom=True)) == by_definition("\ufeff" + text)


def test_byte_order_mark_counts() -> None:
    with_mark = line_hashes(Source("a.sql", BLOCK, bom=True))
    assert with_mark[0] != BLOCK_HASHES[0]
    assert with_mark[1:] == BLOCK_HASHES[1:]


def test_equal_lines_with_equal_sequels_are_counted() -> None:
    hashes = line_hashes(Source("a.sql", "\n" * 300))
    assert hashes[0].partition(":")[2] == "1"
    assert hashes[100].partition(":")[0] == hashes[0].partition(":")[0]
    assert hashes[100].partition(":")[2] == "101"


def mark(text: str, clause: str = "CREATE INDEX", **more: str) -> str:
    return statement_fingerprints([finding(Source("a.sql", text), clause, **more)])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;\n\n\nCREATE INDEX i ON t (a, b);",
        "CREATE INDEX i\n\tON t\r\n  (a,b)",
        "CREATE INDEX i ON t -- why\n ( a /* not /* so */ clear */ , b ) ;",
        "create INDEX I on T (A, b);".replace("create INDEX", "CREATE INDEX"),
        "CREATE INDEX i ON t (a, b);\nDROP TABLE x;",
    ],
)
def test_layout_does_not_change_a_fingerprint(text: str) -> None:
    assert mark(text) == mark("CREATE INDEX i ON t (a, b);")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX i ON t (a);",
        "CREATE INDEX i ON t (a, b) WHERE x = 'a  b';",
        'CREATE INDEX "I" ON t (a, b);',
        "CREATE INDEX i ON t (a, b) WHERE x = '--';",
    ],
)
def test_meaning_does(text: str) -> None:
    assert mark(text) != mark("CREATE INDEX i ON t (a, b);")


def test_strings_keep_their_blanks_case_and_dashes() -> None:
    assert without_layout("SELECT  'a  -- b', $x$ A  /* b */ $x$, \"C  c\"") == (
        "select 'a  -- b' , $x$ A  /* b */ $x$ , \"C  c\""
    )


def test_rule_and_object_are_in_it_but_nobody_reads_them() -> None:
    text = "CREATE INDEX i ON t (a);"
    assert len({mark(text), mark(text, rule="other-rule"), mark(text, object="t2")}) == 3
    assert "index" not in mark(text)


def test_equal_findings_of_a_file_are_numbered() -> None:
    source = Source("a.sql", "DROP TABLE a;\nDROP TABLE a;\n")
    other = Source("b.sql", source.text)
    spans = (Span(0, 4), Span(14, 18))
    marks = statement_fingerprints([finding(each, span) for each in (source, other) for span in spans])
    assert [each.partition(":")[2] for each in marks] == ["1", "2", "1", "2"]
    assert len({each.partition(":")[0] for each in marks}) == 1
