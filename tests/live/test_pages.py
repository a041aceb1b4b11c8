"""The examples on the rules' pages, on servers: they run, they lock what the page says, and cost what dblint says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dblint.errors import UsageError
from dblint.impact import Blocks, Impact, Lock
from dblint.names import Name
from dblint.operations import AddColumn, CreateIndex
from dblint.packs import load_rules
from dblint.pages import read_page
from dblint.rule import Before, Problem, Rule, Severity
from tests.live.agreement import disagreements
from tests.live.page_claims import ClaimError, Failure, Row, Wait, failure, waits
from tests.live.page_examples import examples
from tests.live.page_runs import Stand, check
from tests.live.server import Server
from tests.live.totals import count
from tests.live.tracer import Measured, Refusal
from tests.pages_harness import Case, PageError, cases_of

RUNS_DIFFERENTLY = {
    "out_of_order_version.md:13": 'relation "orders" does not exist',  # what comes of the order that it warns of
}
"""Examples that are not to run, though no message is about the statement, with the words of the server."""


def cases(rule: Rule) -> list[Case]:
    """A rule's examples for PostgreSQL; none where its page cannot be read, which tests/test_rules.py says."""
    try:
        return [case for case in cases_of([rule]) if case.dialect == "postgres"]
    except (UsageError, PageError):
        return []


PAGES = [rule for rule in load_rules().values() if cases(rule)]


@pytest.mark.parametrize("rule", PAGES, ids=lambda rule: rule.name)
def test_page(rule: Rule, server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    stand = Stand(server)
    blocks, statements, found = set[int](), 0, dict[str, list[str]]()
    try:
        for number, case in enumerate(cases(rule)):
            folder = tmp_path / str(number)
            folder.mkdir()
            for example in examples(case, server.major, folder):
                outcome = check(example, stand)
                blocks |= {block.line for block in (*case.history, *case.change)}
                statements += outcome.statements
                found.setdefault(str(example), []).extend(outcome.differences)
    finally:
        stand.close()
    for name, words in RUNS_DIFFERENTLY.items():
        if name in found:
            unlike = found.pop(name)
            assert unlike and all(words in each for each in unlike), unlike
    differences = [each for part in found.values() for each in part]
    count(request.node, "pages", len(blocks), statements, len(differences))
    if differences:
        pytest.fail("\n".join(differences), pytrace=False)


def test_every_example_that_is_not_to_run_is_there() -> None:
    names = {f"{case.page.path.name}:{case.change[0].line}" for rule in PAGES for case in cases(rule)}
    assert names >= RUNS_DIFFERENTLY.keys()


# --- that all this notices what is wrong --------------------------------------------------------

TABLE = Name("t", "public")
INDEX = Name("i", "public")


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        ({}, ""),
        ({"locks": {TABLE: Lock.EXCLUSIVE}}, "lock on public.t: SHARE predicted, EXCLUSIVE measured"),
        ({"locks": {}}, "lock on public.t: SHARE predicted, NONE measured"),
        ({"locks": {}, "held": {TABLE: Lock.EXCLUSIVE}}, ""),
        ({"locks": {}, "sampled": True}, ""),
        ({"builds": ()}, "builds: public.i predicted, none measured"),
        ({"rewrites": (TABLE,)}, "rewrites: none predicted, public.t measured"),
        ({"verifies": (TABLE,)}, "scans: none predicted, public.t measured"),
        ({"in_transaction": False}, "may run in a transaction: True predicted, False measured"),
        ({"error": Refusal("42P01", "no")}, "refused: not predicted, no measured"),
    ],
)
def test_disagreements(measured: dict[str, Any], words: str) -> None:
    impact = Impact(locks={TABLE: Lock.SHARE}, builds=(INDEX,))
    found = Measured(statement="", **{"locks": {TABLE: Lock.SHARE}, "builds": (INDEX,), **measured})
    assert list(disagreements(impact, found, relations={TABLE, INDEX})) == ([words] if words else [])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("writes to a and b wait until c is built", [Wait(Blocks.WRITES, "a"), Wait(Blocks.WRITES, "b")]),
        (
            "reads and writes of a, b and writes to s.c queue behind",
            [Wait(Blocks.READS, "a"), Wait(Blocks.READS, "b"), Wait(Blocks.WRITES, "s.c")],
        ),
        ("reads of every table wait, one after the other", [Wait(Blocks.READS, "every table")]),
        ("every query of the table of i queues behind its drop", [Wait(Blocks.READS, "the table of i")]),
        ("writes to a that were fine are refused", []),
    ],
)
def test_who_waits(message: str, expected: list[Wait]) -> None:
    assert waits(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the deploy fails: no", Failure()),
        ("the deploy fails if a.b has rows: no", Failure(Row("a.b"))),
        ("the deploy fails on a value of s.a.b longer than 2 characters", Failure(Row("s.a", "b", "xxx"))),
        ("code that writes 'x' to a.b fails, and so does the deploy if a row has one", Failure(Row("a", "b", "x"))),
        ("the deploy fails, or one file never runs: a", None),
        ("the deploy fails on databases that have run V1__a.sql: it is gone", None),
        ("code that writes one fails", None),
    ],
)
def test_what_fails(message: str, expected: Failure | None) -> None:
    assert failure(message) == expected


@pytest.mark.parametrize("message", ["somebody waits", "sometimes the deploy fails"])
def test_words_that_are_not_understood(message: str) -> None:
    with pytest.raises(ClaimError):
        waits(message)
        failure(message)


def says(message: str) -> Rule:
    """A rule that says this of each new column and index."""
    rule = Rule("tests.says", severity=Severity.ERROR)

    @rule.check
    def say(_: AddColumn | CreateIndex, before: Before) -> Iterator[Problem]:
        if message:
            yield Problem(message=message)

    return rule


@pytest.mark.parametrize(
    ("message", "sql", "difference"),
    [
        ("", "ALTER TABLE t ADD b int", ""),
        ("", "ALTER TABLE nowhere ADD b int", 'the server refuses it: 42P01 relation "nowhere" does not exist'),
        ("reads and writes of t wait", "ALTER TABLE t ADD b int", ""),
        ("writes to t wait", "CREATE INDEX ON t (a)", ""),
        (
            "reads of t wait",
            "CREATE INDEX ON t (a)",
            "public.t keeps waiting: WRITES, but the page says: reads of t wait",
        ),
        ("reads of u wait", "CREATE INDEX ON t (a)", "there is no 'u'"),
        ("the deploy fails: no", "ALTER TABLE t ADD a int", ""),
        ("the deploy fails: no", "ALTER TABLE t ADD b int", "the server takes it, but the page says: "),
        ("the deploy fails if t has rows", "ALTER TABLE t ADD b int NOT NULL", ""),
        ("the deploy fails if t has rows", "ALTER TABLE t ADD b int", "with such a row in t it does not fail"),
        ("the statement does nothing: a exists", "ALTER TABLE t ADD IF NOT EXISTS a int", ""),
        (
            "the statement does nothing: b exists",
            "ALTER TABLE t ADD b int",
            "the server does not say 'already exists, ",
        ),
    ],
)
def test_examples_that_are_wrong(message: str, sql: str, difference: str, server: Server, tmp_path: Path) -> None:
    mark = f"  -- ! {message}" if message else ""
    text = f"# says\n\n```sql history\nCREATE TABLE t (a int NOT NULL);\n```\n```sql\n{sql};{mark}\n```\n"
    (tmp_path / "says.md").write_text(text)
    page = read_page(tmp_path / "says.md")
    case = Case(rule=says(message), page=page, history=page.blocks[:1], change=page.blocks[1:])
    (example,) = examples(case, server.major, tmp_path)
    stand = Stand(server)
    try:
        found = check(example, stand).differences
    finally:
        stand.close()
    assert len(found) == bool(difference), found
    assert all(each.startswith(f"says.md:7: {difference}") for each in found), found
