"""The reports of one line per finding: concise, and GitHub's workflow commands."""

import re

from dblint.reports.concise import write as concise
from dblint.reports.github import write as github
from dblint.rule import Finding, Severity, Unread
from dblint.source import Source, Span
from tests.reports.samples import finding, rule_info, summary, written

GCC = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<level>error|warning|info): (?P<text>.*)")


def test_concise() -> None:
    source = Source("db/a.sql", '\ufeff-- 😀\r\n\tDROP TABLE "客";\r\n'.lstrip("\ufeff"), bom=True)
    problem = finding(source, "DROP", message="rows of\n客 are lost", severity=Severity.WARNING, rule="lossy-drop")
    assert written(concise, [problem]) == "db/a.sql:2:2: warning: rows of 客 are lost [lossy-drop]\n1 warning\n"
    assert written(concise, []) == "no findings\n"
    match = GCC.fullmatch(written(concise, [problem]).splitlines()[0])
    assert match and (match["file"], match["line"], match["column"]) == ("db/a.sql", "2", "2")
    assert not GCC.match("1 warning")


def commands(report: str) -> list[str]:
    """The lines that the runner takes for commands, with those between stop-commands and its token left out."""
    found: list[str] = []
    token = ""
    for line in report.splitlines():
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    assert token == ""
    return found


def test_command() -> None:
    source = Source("db/a,b:c.sql", "DROP TABLE a;\nDROP TABLE\nb;\n")
    one = finding(source, "DROP TABLE a", message="100% of a\nis lost", why=("it: is, so",))
    two = finding(source, "DROP TABLE\nb", severity=Severity.INFO)
    report = written(github, [one, two], rules=[rule_info()])
    assert commands(report) == [
        "::error file=db/a%2Cb%3Ac.sql,line=1,col=1,endLine=1,endColumn=13,title=dblint%3A blocking-index-build"
        "::100%25 of a%0Ais lost%0Ait: is, so%0AInstead: CREATE INDEX CONCURRENTLY, outside a transaction",
        "::notice file=db/a%2Cb%3Ac.sql,line=2,endLine=3,title=dblint%3A blocking-index-build"
        "::writes to orders wait until the index is built"
        "%0AInstead: CREATE INDEX CONCURRENTLY, outside a transaction",
    ]
    assert report.splitlines()[-1] == "1 error, 1 info"


def test_names_cannot_give_commands() -> None:
    evil = "x\n::set-output name=a::b\r\n::error::c"
    source = Source("::a.sql", "DROP TABLE a;")
    problem = finding(source, "DROP", message=evil, why=(evil,), object=evil)
    unread = (Unread("opaque", Source("::b.sql", "x"), Span(0, 1), evil),)
    found = commands(written(github, [problem], summary=summary(errors=1, unread=unread)))
    assert len(found) == 1
    assert found[0].startswith("::error file=%3A%3Aa.sql,line=1,")


def many(count: int, severity: Severity, path: str) -> list[Finding]:
    source = Source(path, "DROP TABLE a;\n" * count)
    return [finding(source, Span(14 * n, 14 * n + 4), severity=severity) for n in range(count)]


def levels(report: str) -> list[str]:
    return [re.split("[ :]", line[2:])[0] for line in commands(report)]


def test_ten_per_level_errors_first_and_the_rest_is_told() -> None:
    findings = (
        many(12, Severity.INFO, "a.sql") + many(15, Severity.WARNING, "b.sql") + many(11, Severity.ERROR, "c.sql")
    )
    report = written(github, findings)
    assert levels(report) == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert commands(report)[-1] == "::notice::9 more findings (1 error, 5 warnings, 3 infos) in the job's log"
    assert report.count(": error: ") == 11
    assert report.splitlines()[-1] == "11 errors, 15 warnings, 12 infos"


def test_exactly_ten_of_each_need_no_notice() -> None:
    findings = many(10, Severity.INFO, "a.sql") + many(10, Severity.WARNING, "b.sql")
    assert levels(written(github, findings)) == ["warning"] * 10 + ["notice"] * 10


def test_one_annotation_per_line_and_rule() -> None:
    source = Source("a.sql", "DROP TABLE a, b, c;\n")
    findings = [finding(source, letter) for letter in ("a", "b", "c")] + [finding(source, "c", rule="other-rule")]
    found = commands(written(github, findings))
    assert [line.partition("title=")[2].partition("::")[0] for line in found[:-1]] == [
        "dblint%3A blocking-index-build",
        "dblint%3A other-rule",
    ]
    assert found[-1] == "::notice::2 more findings (2 errors) in the job's log"


def test_messages_are_cut_where_the_runner_cuts_them() -> None:
    problem = finding(Source("a.sql", "x"), "x", message="%" * 5000)
    line = commands(written(github, [problem]))[0]
    assert line.endswith("::" + "%25" * 4096)
