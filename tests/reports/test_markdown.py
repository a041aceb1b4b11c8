"""The job summary: its verdict, what stands under it, and that no name under review can change the page."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dblint.reports.markdown import LIMIT, LISTED, PATCH_LIMIT, write
from dblint.rule import Applicability, Finding, Fix, NewFile, Related, Severity, Unread
from dblint.source import Edit, Source, Span
from tests.reports.samples import finding, rule_info, summary, written


def blocks(findings: list[Finding], **more: Any) -> list[str]:
    report = written(write, findings, **more)
    assert report.endswith("\n")
    assert not report.endswith("\n\n")
    return report[:-1].split("\n\n")


def test_a_finding() -> None:
    source = Source("db/a.sql", "SELECT 1;\nALTER TABLE a\n\tADD b int,\r\n\t  ADD c int;\n")
    old = Source("db/0.sql", "\nCREATE TABLE a ();\n")
    problem = finding(
        source,
        "ADD b int,\r\n\t  ADD c int",
        message="writes wait",
        why=("SHARE lock", "it is large"),
        related=(Related(old, Span(1, 7), "made here"),),
    )
    other = finding(old, Span(0, 0), rule="missing-down", family="deployability", severity=Severity.INFO)
    assert blocks([problem, other], rules=[rule_info()], summary=summary(errors=1, infos=1, exit_code=1)) == [
        "## dblint failed: 1 error, 1 info in 2 files",
        "7 statements of 2 migrations checked on top of 40 earlier ones.",
        "| severity | family | rule | findings |\n|---|---|---|---:|\n"
        "| error | availability | blocking-index-build | 1 |\n| info | deployability | missing-down | 1 |",
        "### `db/0.sql`",
        "1 finding",
        "**info** `missing-down` line 1: writes to orders wait until the index is built.",
        "### `db/a.sql`",
        "1 finding",
        "**error** `blocking-index-build` line 3: writes wait.",
        "```sql\nADD b int,\n  ADD c int\n```",
        "- why: SHARE lock\n- why: it is large\n- instead: CREATE INDEX CONCURRENTLY, outside a transaction\n"
        "- see `db/0.sql` line 2: made here",
        "### Checked",
        "- 1 rule: availability 1\n"
        "- a comment `-- dblint: allow RULE: reason`, on the line above a finding, accepts it",
    ]


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        ({"exit_code": 0}, "## dblint passed: no findings"),
        ({}, "## dblint: no findings"),
        ({"warnings": 2, "exit_code": 0}, "## dblint passed: 2 warnings in 0 files"),
        ({"complete": False, "exit_code": 1}, "## dblint failed: no findings, stopped early"),
        (
            {"unread": (Unread("opaque", Source("a", "x"), Span(0, 1), "x"),), "exit_code": 0},
            "## dblint passed: no findings, 1 statement not understood",
        ),
    ],
)
def test_verdict(given: dict[str, Any], headline: str) -> None:
    assert blocks([], summary=summary(**given))[0] == headline


def test_a_clean_run_says_what_was_checked() -> None:
    clean = summary(
        exit_code=0,
        skipped=3,
        suppressed=2,
        outdated=1,
        seconds=1.25,
        histories=("db/a: Flyway, 42 migrations, PostgreSQL 14, a transaction per migration",),
    )
    rules = [rule_info(), rule_info("lossy-drop", family="integrity"), rule_info("x", enabled=False)]
    assert blocks([], summary=clean, rules=rules) == [
        "## dblint passed: no findings, 2 allowed by comments",
        "7 statements of 2 migrations checked on top of 40 earlier ones, 3 other files passed over.",
        "### Checked",
        "- `db/a`: Flyway, 42 migrations, PostgreSQL 14, a transaction per migration\n"
        "- 2 rules: availability 1, integrity 1\n"
        "- 1 entry of the baseline no longer found",
    ]


def test_rules_are_counted_the_severe_and_the_frequent_first() -> None:
    source = Source("a.sql", "x" * 9)
    kinds = [("b", Severity.INFO)] * 4 + [("c", Severity.WARNING)] + [("a", Severity.WARNING)] * 2 + [("b", 3)]
    findings = [
        finding(source, Span(n, n + 1), rule=rule, severity=Severity(severity))
        for n, (rule, severity) in enumerate(kinds)
    ]
    rows = [line.split(" | ") for line in blocks(findings)[2].splitlines()[2:]]
    assert [(row[0][2:], row[2], row[3][0]) for row in rows] == [
        ("error", "b", "1"),
        ("warning", "a", "2"),
        ("warning", "c", "1"),
        ("info", "b", "4"),
    ]


def test_unread_statements_are_listed_and_the_rest_counted() -> None:
    source = Source("a.sql", "x;\n" * (LISTED + 2))
    unread = tuple(Unread("opaque", source, Span(3 * n, 3 * n + 1), "CREATE <WIDGET>") for n in range(LISTED + 2))
    found = blocks([], summary=summary(unread=(Unread("unparsable", source, Span(0, 1), "bad"), *unread)))
    lines = found[found.index("### Not understood") + 2].splitlines()
    assert lines[:2] == [
        "- `a.sql` line 1 could not be read: bad",
        r"- `a.sql` line 1 is not modelled: CREATE \<WIDGET\>",
    ]
    assert lines[LISTED:] == ["- 3 more"]


# --- fixes ---


def fold(source: Source, **fix: Any) -> list[str]:
    found = blocks([finding(source, "DROP", fix=Fix(**{"title": "keep it", **fix}))])
    return found[found.index("```sql\nDROP\n```") + 1 : found.index("### Checked")]


def test_a_fix_is_a_patch_behind_its_title() -> None:
    source = Source("a.sql", "DROP a;\r\nDROP b;\r\n")
    assert fold(
        source,
        title="keep <it> & @all",
        edits=(Edit(Span(0, 4), "KEEP"),),
        files=(NewFile("b.sql", "DROP a;\n"),),
        applicability=Applicability.SAFE,
    ) == [
        "<details><summary>fix: keep &lt;it&gt; &amp; @&#8203;all (safe to apply)</summary>",
        "```diff\ndiff --git a/a.sql b/a.sql\n--- a/a.sql\n+++ b/a.sql\n@@ -1,2 +1,2 @@\n-DROP a;\n+KEEP a;\n DROP b;\n"
        "diff --git a/b.sql b/b.sql\nnew file mode 100644\n--- /dev/null\n+++ b/b.sql\n@@ -0,0 +1 @@\n+DROP a;\n```",
        "</details>",
    ]


def test_a_fix_without_a_patch_to_show_is_its_title() -> None:
    source = Source("a.sql", "DROP a;\n")
    title = "- fix: keep it (a recipe, to apply by hand)"
    assert fold(source, applicability=Applicability.DISPLAY) == [title]
    long = (Edit(Span(0, 4), "x" * PATCH_LIMIT),)
    assert fold(source, edits=long, applicability=Applicability.DISPLAY) == [title]


def test_an_edit_of_the_blanks_that_the_file_begins_with_is_in_the_patch() -> None:
    assert "\n-  DROP a;\n+DROP a;\n" in fold(Source("a.sql", "  DROP a;\n"), edits=(Edit(Span(0, 2), ""),))[1]


# --- names under review ---

EVIL = "a|b `c` <b>d</b> *e* __f__ ~~g~~ [h](i) &lt; @octocat #12 $x$ http://j www.k\n\n# l\n```\n\x1b[0m"


def test_text_is_escaped() -> None:
    source = Source("a.sql", "x")
    problem = finding(
        source, "x", message=EVIL, why=(EVIL,), instead=EVIL, related=(Related(source, Span(0, 1), EVIL),)
    )
    escaped = (
        r"a\|b \`c\` \<b\>d\</b\> \*e\* \_\_f\_\_ \~\~g\~\~ \[h\](i) \&lt; @&#8203;octocat #&#8203;12 "
        r"<span>$</span>x<span>$</span> http\://j www\.k # l \`\`\` " + "\ufffd\\[0m"
    )
    report = written(write, [problem])
    assert report.count(escaped) == 4
    assert (
        len(report.splitlines())
        == len(written(write, [finding(source, "x", why=("a",), instead="b")]).splitlines()) + 1
    )


def test_paths_are_code_whatever_they_hold() -> None:
    for path, shown in (
        ("a b.sql", "`a b.sql`"),
        ("a`b``c.sql", "```a`b``c.sql```"),
        ("`a", "`` `a ``"),
        ("a\n# b", "`a # b`"),
    ):
        assert f"### {shown}\n" in written(write, [finding(Source(path, "x"), "x")])


@given(st.text("`x \n", min_size=1, max_size=20))
def test_no_clause_ends_its_fence(clause: str) -> None:
    report = written(write, [finding(Source("a.sql", clause), Span(0, len(clause)))])
    fence = re.search("^(`{3,})sql$", report, re.MULTILINE)
    if fence is None:
        assert not clause.strip()
    else:
        inner, _, after = report[fence.end() + 1 :].partition(f"\n{fence[1]}\n")
        assert "`" * len(fence[1]) not in inner
        assert after.startswith("\n### Checked")


def test_a_long_clause_is_cut() -> None:
    source = Source("a.sql", "x" * 5000)
    assert f"```sql\n{'x' * 1500} …\n```" in written(write, [finding(source, Span(0, 5000))])


# --- size ---


def test_a_report_that_is_too_large_keeps_the_severe_and_counts_the_rest() -> None:
    few, many = Source("b.sql", "DROP é;\n" * 20), Source("a.sql", "DROP é;\n" * 12_000)
    findings = [finding(many, Span(8 * n, 8 * n + 6), severity=Severity.INFO) for n in range(12_000)]
    findings += [finding(few, Span(8 * n, 8 * n + 6)) for n in range(20)]
    report = written(write, findings)
    size = len(report.encode())
    assert LIMIT - 2000 < size <= LIMIT
    assert report.count("**error**") == 20
    shown = report.count("**info**")
    assert f"12000 findings, {shown} shown\n" in report
    assert f"**{12_000 - shown} more ({12_000 - shown} infos), not shown here" in report
    assert "| info | availability | blocking-index-build | 12000 |" in report


def test_one_finding_that_is_too_large_does_not_hide_the_others() -> None:
    source = Source("a.sql", "DROP a;\nDROP b;\n")
    findings = [finding(source, "DROP a", message="x" * LIMIT), finding(source, "DROP b", severity=Severity.INFO)]
    report = written(write, findings)
    assert len(report.encode()) <= LIMIT
    assert "2 findings, 1 shown\n" in report
    assert "**1 more (1 error), not shown here" in report


def test_many_files_stay_within_the_limit() -> None:
    findings = [finding(Source(f"{'d' * 200}/{n}.sql", "x"), "x") for n in range(5000)]
    assert len(written(write, findings).encode()) <= LIMIT
