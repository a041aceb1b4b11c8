"""Comments that allow findings: where they may stand, what they may say, and that nothing else is taken for one."""

from pathlib import Path
from typing import Any

import pytest

from dblint.config import Config
from dblint.packs import load_rules
from dblint.run import Outcome, run
from dblint.scope import Scope
from dblint.source import Source
from dblint.suppressions import Allowance, Allowances

RULES = load_rules()
TABLES = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\nCREATE TABLE items (id bigint PRIMARY KEY, note text);\n"
)
INDEX = "blocking-index-build"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def outcome(text: str, *select: str, **settings: Any) -> Outcome:
    Path("migrations").mkdir(exist_ok=True)
    Path("migrations/V1__tables.sql").write_text(TABLES, encoding="utf-8")
    Path("migrations/V2__change.sql").write_bytes(text.encode())
    wanted = select or (INDEX, "table-drop", "column-drop", "gate")
    return run(["migrations"], Config(select=wanted, **settings), RULES)


def found(text: str, *select: str, **settings: Any) -> list[tuple[int, str]]:
    findings = outcome(text, *select, **settings).findings
    return [(each.source.position(each.span.start).line, each.rule) for each in findings]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX a ON orders (note);  -- dblint: allow {rule}: small",
        "CREATE INDEX a ON orders (note);  --dblint:allow {rule}",
        "CREATE INDEX a ON orders (note);  /* dblint: allow {rule}: small */",
        "-- dblint: allow {rule}: small\nCREATE INDEX a ON orders (note);",
        "-- dblint: allow {rule}: small\r\nCREATE INDEX a ON orders (note);\r\n",
        "/* dblint: allow {rule}: small */ CREATE INDEX a ON orders (note);",
        "/*\n * dblint: allow {rule}:\n * small\n */\nCREATE INDEX a ON orders (note);",
        "-- Why.\n-- dblint: allow {rule}: small\n-- More.\n\nCREATE INDEX a\n  ON orders (note);",
        "CREATE INDEX a  -- dblint: allow {rule}: small\n  ON orders (note);",
        "CREATE INDEX a\n  ON orders (note);  -- dblint: allow {rule}: small",
        "SELECT 1;\n-- dblint: allow table-drop, {rule}: is: small\nCREATE INDEX a ON orders (note);DROP TABLE items;",
        "-- dblint: allow availability: small\nCREATE INDEX a ON orders (note);",
        "SELECT 1;\n\nCREATE INDEX a ON orders (note);\n\n-- dblint: allow-file {rule}: small",
        "-- dblint: allow {rule} until=2999-12-31: small\nCREATE INDEX a ON orders (note);",
        "-- dblint: allow {rule}\nCREATE INDEX a ON orders (note);",
    ],
)
def test_places_and_spellings(text: str) -> None:
    # Of a family only one rule runs here, so nothing is said about the family's use.
    result = outcome(text.format(rule=INDEX))
    assert [(each.rule, each.message) for each in result.findings] == []
    assert result.summary.suppressed == 1 + text.count("table-drop")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("DROP TABLE items; -- dblint: allow {rule}: small\nCREATE INDEX a ON orders (note);", 2),
        ("-- dblint: allow {rule}: small\nSELECT 1;\nCREATE INDEX a ON orders (note);", 3),
        ("CREATE INDEX a ON orders (note);\n-- dblint: allow {rule}: small", 1),
        ("CREATE INDEX a ON orders (note); -- see dblint: allow {rule}", 1),
        ("SELECT '-- dblint: allow-file {rule}: small';\nCREATE INDEX a ON orders (note);", 2),
        ("SELECT $$\n-- dblint: allow-file {rule}: small\n$$;\nCREATE INDEX a ON orders (note);", 4),
        ("COMMENT ON COLUMN orders.note IS '-- dblint: allow-file {rule}';\nCREATE INDEX a ON orders (note);", 2),
    ],
)
def test_what_does_not_allow_it(text: str, line: int) -> None:
    assert (line, INDEX) in found(text.format(rule=INDEX))


def test_text_that_is_no_comment_is_no_directive() -> None:
    assert found("SELECT '-- dblint: alow x', $$-- dblint: alow y$$;\n-- it says dblint: alow z") == []


def test_clauses_of_one_statement() -> None:
    text = (
        "ALTER TABLE orders\n    DROP COLUMN id,  -- dblint: allow column-drop: unused\n    DROP COLUMN note;\n"
        "ALTER TABLE items  -- dblint: allow column-drop: unused\n    DROP COLUMN id,\n    DROP COLUMN note;\n"
    )
    assert found(text) == [(3, "column-drop")]


def test_bodies() -> None:
    text = (
        "DO LANGUAGE plpgsql $$\nBEGIN\n    DROP TABLE orders;  -- dblint: allow table-drop: gone\n"
        "    EXECUTE $x$\n        -- dblint: allow table-drop: gone\n        DROP TABLE items\n    $x$;\nEND $$;\n"
        "-- dblint: allow table-drop: all of it\nDO $$ BEGIN\n    DROP TABLE lines;\nEND $$;\n"
    )
    assert found(text) == []
    assert (3, "table-drop") in found(text.replace("-- dblint: allow table-drop: gone\n    EXEC", "\n    EXEC"))


@pytest.mark.parametrize("head", ["", "-- Licence\n\n", "\n/* Licence */ "])
def test_a_file_as_a_whole(here: Path, head: str) -> None:
    (here / "migrations").mkdir()
    for name in ("1_a.up.sql", "1_a.down.sql", "3_a.up.sql", "3_a.down.sql"):
        (here / "migrations" / name).write_text("SELECT 1;\n")
    file = here / "migrations" / "2_b.up.sql"
    config = Config(select=("missing-rollback", "gate"))
    for comment, expected in (("", ["missing-rollback"]), ("-- dblint: allow missing-rollback: x\n", [])):
        file.write_text(f"{head}{comment}\nSELECT 1;\n")
        assert [each.rule for each in run(["migrations"], config, RULES).findings] == expected


def test_former_names() -> None:
    text = "-- dblint: allow all-tables-must-have-primary-key: a log\nCREATE TABLE log (line text);\n"
    assert found(text, "missing-primary-key", "gate") == []


def test_names_that_there_are_not() -> None:
    text = f"-- dblint: allow table-dorp, {INDEX}: x\nCREATE INDEX a ON orders (note);\nDROP TABLE items;\n"
    (drop, name) = sorted(outcome(text).findings, key=lambda each: -each.span.start)
    assert (drop.rule, name.rule) == ("table-drop", "malformed-allowance")
    assert name.source.slice(name.span) == "table-dorp"
    assert name.message == "this allows nothing: no rule or family is called 'table-dorp'; did you mean 'table-drop'?"


@pytest.mark.parametrize("word", ["all", "recommended", "*"])
def test_everything_at_once_cannot_be_allowed(word: str) -> None:
    assert found(f"-- dblint: allow-file {word}: x\nDROP TABLE items;\n") == [
        (1, "malformed-allowance"),
        (2, "table-drop"),
    ]


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("-- dblint:", "it says nothing"),
        ("-- dblint: allow", "no rule is named"),
        ("-- dblint: allow , : x", "no rule is named"),
        ("-- dblint: allows table-drop: x", "'allows' is nothing that dblint knows; did you mean 'allow'?"),
        ("-- dblint: allow table-drop it is old", "between 'table-drop' and 'it' there is neither a comma nor a colon"),
        ("-- dblint: allow table-drop truncate: x", "between 'table-drop' and 'truncate' there is no comma"),
        *(
            (f"-- dblint: allow table-drop until={day}: x", f"'{day}' is no date: it is not written YYYY-MM-DD, or")
            for day in ("2027-02-30", "20270201", "2027-W01-1", "soon", "2027-1-1")
        ),
        ("/* dblint: allow table-drop until=: x */", "'until=' is no date"),
    ],
)
def test_malformed(comment: str, fault: str) -> None:
    malformed, drop = outcome(f"SELECT 1;\n{comment}\nDROP TABLE items;\n").findings
    assert (malformed.rule, drop.rule) == ("malformed-allowance", "table-drop")
    assert malformed.message.startswith(f"this allows nothing: {fault}")


def test_required_reasons() -> None:
    for reason in ("", ":", ":  ", ": <reason>"):
        text = f"DROP TABLE items; -- dblint: allow table-drop{reason}\n"
        assert found(text) == []
        assert found(text, require_reason=True) == [(1, "table-drop"), (1, "malformed-allowance")]
    assert found("DROP TABLE items; -- dblint: allow table-drop: x\n", require_reason=True) == []


@pytest.mark.parametrize(("today", "allows"), [("2027-01-30", True), ("2027-01-31", True), ("2027-02-01", False)])
def test_the_last_day_counts(today: str, allows: bool) -> None:
    source = Source("a.sql", "-- dblint: allow table-drop until=2027-01-31: x\nDROP TABLE items;\n")
    (allowance,) = Allowances(RULES, today=today).of(source)
    assert allowance.expired is not allows
    assert allowance == Allowance(
        source=source,
        span=allowance.span,
        name="table-drop",
        reason="x",
        until="2027-01-31",
        lines=frozenset((1, 2)),
        expired=not allows,
    )
    assert source.slice(allowance.span) == "table-drop"


def test_an_expired_one_is_not_unused_too() -> None:
    text = "-- dblint: allow table-drop until=2020-01-01: x\nDROP TABLE items;\nSELECT 1;\n"
    assert found(text) == [(1, "expired-allowance"), (2, "table-drop")]
    assert found(text.replace("DROP TABLE items;", "")) == [(1, "expired-allowance")]


def test_unused() -> None:
    text = f"-- dblint: allow {INDEX}, table-drop: x\nDROP TABLE items;\n"
    (finding,) = outcome(text).findings
    assert (finding.rule, finding.source.slice(finding.span)) == ("unused-allowance", INDEX)
    assert found(text, "table-drop", "gate") == [], "the rule did not run"
    assert found(text, INDEX, "table-drop") == [], "nobody asked"
    assert found("-- dblint: allow tsql: x\nSELECT 1;\n", "gate") == [(1, "malformed-allowance")]


def test_unused_families() -> None:
    text = "-- dblint: allow availability: x\nSELECT 1;\n"
    assert found(text, "availability", "gate") == [(1, "unused-allowance")]
    assert found(text, INDEX, "gate") == [], "only one rule of the family ran"


def test_findings_about_comments_can_be_allowed_too() -> None:
    text = "-- dblint: allow-file unused-allowance, malformed-allowance: shared with others\n"
    result = outcome(f"{text}-- dblint: allow table-drop: x\nSELECT 1;\n-- dblint: nothing\n")
    assert (result.findings, result.summary.suppressed) == ([], 2)


def test_only_what_is_under_check_is_judged(here: Path) -> None:
    outcome("-- dblint: allow table-drop: x\nSELECT 1;\n-- dblint: oh\n")
    Path("migrations/V3__more.sql").write_text("-- dblint: allow truncate: x\nSELECT 1;\n")
    config = Config(select=("table-drop", "truncate", "gate"))
    paths = {each.source.path for each in run(["migrations"], config, RULES).findings}
    assert paths == {"migrations/V2__change.sql", "migrations/V3__more.sql"}
    later = run(["migrations"], config, RULES, scope=Scope(new=("migrations/V3__more.sql",))).findings
    assert [each.source.path for each in later] == ["migrations/V3__more.sql"]


def test_files_without_the_sign_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> None:
        raise AssertionError

    monkeypatch.setattr("dblint.suppressions._spoken", fail)
    assert found("-- dblint allows nothing here\nDROP TABLE items;\n") == [(2, "table-drop")]
    with pytest.raises(AssertionError):
        found("DROP TABLE items; -- dblint: allow table-drop\n")
