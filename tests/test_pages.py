"""Pages of rules: how they are read, and that the harness notices what is wrong with one."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dblint.errors import UsageError
from dblint.pages import page_of, read_page
from dblint.rule import Rule
from tests.pages_harness import Mark, PageError, cases_of, check, differences, unmarked

PAGE = """\
---
covers: [drop-table, table-removed]
instead: Stop using it first.
---
# gone-table

What still uses the table
fails at once.

More of it.

```sql history
CREATE TABLE a (id int);
```

```sql
DROP TABLE a;  -- ! a is gone
```

## On a list

1. First:

   ```sql 17 transactions=none
   DROP TABLE b;
     -- ! b is gone

   ```

## When it is fine

~~~~text
```sql
~~~~
"""


def write(folder: Path, text: str, name: str = "gone_table.md") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_page_is_read(tmp_path: Path) -> None:
    page = read_page(write(tmp_path, PAGE))
    assert page.name == "gone-table"
    assert page.covers == ("drop-table", "table-removed")
    assert page.instead == "Stop using it first."
    assert page.summary == "What still uses the table fails at once."
    assert page.sections == ("On a list", "When it is fine")
    assert page.text.startswith("# gone-table\n\nWhat still")
    assert [(block.words, block.line, block.section) for block in page.blocks] == [
        (("sql", "history"), 13, 0),
        (("sql",), 17, 0),
        (("sql", "17", "transactions=none"), 25, 1),
        (("text",), 33, 2),
    ]
    assert page.blocks[2].text == "DROP TABLE b;\n  -- ! b is gone\n\n"


def test_covers_as_a_plain_list(tmp_path: Path) -> None:
    page = read_page(write(tmp_path, "---\ncovers: one, two\n---\n# x\n"))
    assert (page.covers, page.summary, page.instead) == (("one", "two"), "", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello\n", r"gone_table\.md:1: the page does not start with `# name-of-the-rule`"),
        ("---\ncovers: a\n", r"gone_table\.md:1: the front matter has no closing `---`"),
        ("---\ncover: a\n---\n# x\n", r"gone_table\.md:2: front matter is `covers: …`, `instead: …`"),
        ("# x\n\n```sql\nSELECT 1;\n", r"gone_table\.md:3: the fenced block is not closed"),
    ],
)
def test_misshapen_pages(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_page(write(tmp_path, text))


def test_a_missing_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.md: the rule's page cannot be read: No such file"):
        read_page(tmp_path / "x.md")


def test_marks() -> None:
    text, marks = unmarked("f", "A;  -- ! one  -- ! two\n\n  -- ! three …\nB; -- !no\n")
    assert text == "A;\n\n\nB; -- !no\n"
    assert marks == [Mark("f", 1, "one"), Mark("f", 1, "two"), Mark("f", 1, "three …")]


def test_a_mark_is_used_once() -> None:
    one, two = Mark("f", 1, "writes wait"), Mark("f", 1, "writes wait long")
    assert differences([one, two], [two, one]) == ([], [])
    assert differences([Mark("f", 1, "writes…")], [one, two]) == ([], [two])
    assert differences([Mark("f", 1, "writes…"), one], [one]) == ([Mark("f", 1, "writes…")], [])
    assert differences([Mark("f", 2, "writes wait")], [one]) == ([Mark("f", 2, "writes wait")], [one])


# --- the harness on a rule of its own ---------------------------------------------------------

MODULE = """
from dblint.operations import DropTable
from dblint.migrations.model import Remark
from dblint.rule import Applicability, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span
from msgspec import Struct

class Options(Struct, frozen=True):
    spared: tuple[str, ...] = ()

rule = Rule(__name__, severity=Severity.ERROR, options=Options)

@rule.check
def dropped(drop: DropTable, before):
    known = before.schema.table(drop.name)
    if known is None or drop.name.name in before.options(Options).spared:
        return
    end = Span(drop.statement.span.end, drop.statement.span.end)
    edit = Edit(Span(drop.statement.span.start, drop.statement.span.end), "SELECT 1")
    kept = frozenset({"table public.a", "column public.a.id", "row security public.a"})
    fix = Fix(title="keep it", edits=(edit,), changes=kept)
    mode = before.migration.transactions.value
    yield Problem(message=f"{drop.name} is gone ({mode}, {before.version})", fix=fix)

@rule.check
def files(remark: Remark, after):
    yield Problem(message=remark.kind)
"""

CheckPage = Callable[[str], list[str]]


@pytest.fixture
def check_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckPage:
    """Runs every case of a page; what the failing ones say."""
    name = "family.gone_table"
    file = write(tmp_path, MODULE, "gone_table.py")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    rule: Rule = module.rule

    def run(text: str) -> list[str]:
        write(tmp_path, f"# gone-table\n\nText.\n\n{text}")
        read_page.cache_clear()
        assert page_of(rule).name == "gone-table"
        failures = []
        for number, case in enumerate(cases_of([rule])):
            folder = tmp_path / str(number)
            folder.mkdir()
            monkeypatch.chdir(folder)
            try:
                check(case, folder)
            except PageError as error:
                failures.append(str(error))
        return failures

    return run


HISTORY = "```sql history\nCREATE TABLE a (id int);\nCREATE TABLE b (id int);\n```\n\n"


@pytest.mark.parametrize(
    "page",
    [
        f"{HISTORY}```sql\nSELECT 1;\nDROP TABLE a;  -- ! a is gone (file, 14)\n```",
        f"{HISTORY}```sql transactions=none 17\nDROP TABLE a;\n  -- ! a is gone (none…\n```",
        f"{HISTORY}## Later\n\n```sql\nDROP TABLE a;\n```",
        "```sql history\nCREATE TABLE a ();\n```\n```sql history\nALTER TABLE a RENAME TO b;\n```\n"
        "```sql\nDROP TABLE b; -- ! b is gone (file, 14)\nDROP TABLE a;\n```",
        f'{HISTORY}```toml\n[rules.gone-table]\nspared = ["a"]\n```\n'
        "```sql\nDROP TABLE a;\nDROP TABLE b; -- ! b is gone (file, 14)\n```",
        "```sql history file=V1__a.sql\nCREATE TABLE a ();\n```\n```sql file=V2__b.sql\nDROP TABLE a; "
        "-- ! a is gone (detected, 14)\n```\n```sql file=V2__b.sql\nDROP TABLE c;\n```",
        f"{HISTORY}```diff unsafe\n SELECT 2;\n-DROP TABLE a;\n+SELECT 1;\n```",
        "```sql base file=V1__a.sql\nSELECT 1;\n```\n```sql history file=V2__a.sql\nCREATE TABLE a ();\n```\n"
        "```sql file=V1__a.sql\nSELECT 2; -- ! edited\n```\n```sql file=V3__a.sql\nDROP TABLE a; "
        "-- ! a is gone (detected, 14)\n```",
    ],
)
def test_pages_that_are_right(check_page: CheckPage, page: str) -> None:
    assert check_page(f"{page}\n") == []


@pytest.mark.parametrize(
    ("page", "failure"),
    [
        (f"{HISTORY}```sql\nDROP TABLE a;\n```", "line 11: DROP TABLE a;\n    found, but not announced: a is gone"),
        (
            f"{HISTORY}```sql\n\nDROP TABLE c; -- ! c is gone\n```",
            "line 12: DROP TABLE c;\n    announced, but not found: c is gone",
        ),
        (f"{HISTORY}```sql\nDROP TABLE a; -- ! a is\n```", "announced, but not found: a is\n"),
        (f"{HISTORY}```sql\nSELECT 1; -- ! a is gone (file, 14)\nDROP TABLE a;\n```", "line 12: DROP TABLE a;"),
        (
            "```sql history\nCREATE TABLE a ();\n```\n```sql history\nDROP TABLE a; -- ! a is gone (file, 14)\n```\n"
            "```sql\nSELECT 1;\n```",
            "line 9: DROP TABLE a;\n    announced, but not found",
        ),
        (
            f"{HISTORY}```diff unsafe\n-DROP TABLE a;\n+SELECT 3;\n```",
            "the fix makes\nmigrations/2.sql:\nSELECT 1;\n\nbut the page says\nmigrations/2.sql:\nSELECT 3;\n",
        ),
        (
            f"{HISTORY}```diff safe\n-DROP TABLE a;\n+SELECT 1;\n```",
            "the fix is unsafe, but the page says safe",
        ),
        ("```diff\n-DROP TABLE a;\n+SELECT 1;\n```", "nothing is found before the change"),
    ],
)
def test_pages_that_are_wrong(check_page: CheckPage, page: str, failure: str) -> None:
    (said,) = check_page(f"{page}\n")
    assert failure in said


def test_words_that_mean_nothing(check_page: CheckPage) -> None:
    with pytest.raises(PageError, match=r"gone_table\.md:5: the word 'histori' means nothing"):
        check_page("```sql histori\nSELECT 1;\n```\n")
