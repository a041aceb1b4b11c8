"""What a fix has to show before anybody sees it: a rule that offers bad ones, and the reasons why they are dropped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dblint.checking import Fixing
from dblint.config import Config
from dblint.fixes import Mended
from dblint.operations import AddColumn
from dblint.packs import load_rules
from dblint.rule import PROVABLE, Before, Fix, NewStep, Problem, Rule, Severity
from dblint.run import run
from dblint.scope import Scope
from dblint.source import Edit

GOOD = frozenset({"column public.orders.bad", "column public.orders.good"})
CASES = [
    ("ALTER TABLE orders ADD COLUMN good text", GOOD, ""),
    ("ALTER TABLE orders ADD COLUMN bad int", frozenset({"column public.orders.bad"}), "the problem would stay"),
    ("ALTER TABLE orders ADD COLUMN good text", frozenset(), "the schema would differ: column public.orders.bad"),
    ("ALTER TABLE orders ADD good text", GOOD | {"index public.i"}, "the schema would not differ: index public.i"),
    ("ALTER TABLE orders ADD COLUMN worse text", GOOD, "there would be a new bad-columns: worse is bad"),
    ("ALTER TABLE orders ADD CHECK (note > '')", GOOD, "there would be a new blocking-check: "),
    ("ALTER TABLE orders DROP COLUMN gone", GOOD, "with it the deploy fails: "),
    ("ALTER TABLE orders ADD COLUMN", GOOD, "there would be a new unparsable-statement: "),
]
"""What the fix makes of the statement, what it declares, and why it is dropped."""


def mended(text: str, changes: frozenset[str], *, steps: tuple[NewStep, ...] = ()) -> Mended:
    """What comes of a fix that writes `text` in the place of the statement that adds the column `bad`."""
    rule = Rule("tests.bad_columns", severity=Severity.ERROR)

    @rule.check
    def found(operation: AddColumn, before: Before) -> Iterator[Problem]:
        if operation.column.name in ("bad", "worse"):
            edit = Edit(operation.statement.span, text)
            yield Problem(
                message=f"{operation.column.name} is bad",
                object=operation.column.name,
                fix=lambda: Fix(title="mend it", edits=(edit,), steps=steps, changes=changes),
            )

    Path("m").mkdir(exist_ok=True)
    Path("m/V1__a.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n")
    Path("m/V2__b.sql").write_text("-- kept\nALTER TABLE orders ADD COLUMN bad text;\n")
    rules = {**load_rules(), rule.name: rule}
    fixing = Fixing(wanted=PROVABLE, shown=False)
    (made,) = run(["m"], Config(dialect="postgres"), rules, scope=Scope(new=("m/V2__b.sql",)), fixing=fixing).mended
    return made


@pytest.mark.parametrize(("text", "changes", "reason"), CASES)
def test_reasons(
    text: str, changes: frozenset[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = mended(text, changes)
    if not reason:
        assert made.texts["m/V2__b.sql"].text == f"-- kept\n{text};\n"
        assert [each.rule for each in made.applied] == ["bad-columns"]
        assert made.dropped == ()
    else:
        (dropped,) = made.dropped
        assert dropped.reason.startswith(reason)
        assert (made.texts, made.applied) == ({}, ())


def test_a_further_migration_is_proven_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    right = NewStep(title="it", up="COMMENT ON TABLE orders IS 'x';")
    text = "ALTER TABLE orders ADD COLUMN good text"
    assert set(mended(text, GOOD | {"table public.orders"}, steps=(right,)).texts) == {"m/V2__b.sql", "m/V3__it.sql"}
    worse = NewStep(title="it", up="ALTER TABLE orders ADD COLUMN worse text;")
    (dropped,) = mended(text, GOOD | {"column public.orders.worse"}, steps=(worse,)).dropped
    assert dropped.reason == "there would be a new bad-columns: worse is bad"


def test_a_down_part_that_is_missing_excuses_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written for `missing-rollback` need not be perfect; that of a new migration beside it has to be."""
    monkeypatch.chdir(tmp_path)
    rule = Rule("tests.bad_columns", severity=Severity.ERROR)
    step = NewStep(title="it", up="ALTER TABLE orders ADD COLUMN extra text;", down="COMMENT ON TABLE orders IS 'x';")

    @rule.check
    def found(operation: AddColumn, before: Before) -> Iterator[Problem]:
        if operation.column.name == "bad":
            edit = Edit(operation.statement.span, "ALTER TABLE orders ADD COLUMN good text")
            changes = GOOD | {"column public.orders.extra"}
            yield Problem(message="bad is bad", fix=Fix(title="mend it", edits=(edit,), steps=(step,), changes=changes))

    texts = {
        **{f"{n}_z.up.sql": f"CREATE TABLE z{n} (id bigint PRIMARY KEY);" for n in range(3)},
        **{f"{n}_z.down.sql": f"DROP TABLE z{n};" for n in range(3)},
        "3_a.up.sql": "CREATE TABLE orders (id bigint PRIMARY KEY);",
        "3_a.down.sql": "DROP TABLE orders;",
        "4_b.up.sql": "ALTER TABLE orders ADD COLUMN bad text;",
    }
    Path("m").mkdir()
    for name, text in texts.items():
        Path("m", name).write_text(f"{text}\n")
    rules = {**load_rules(), rule.name: rule}
    fixing = Fixing(wanted=PROVABLE, shown=False)
    (made,) = run(["m"], Config(dialect="postgres"), rules, scope=Scope(new=("m/4_b.up.sql",)), fixing=fixing).mended
    assert [each.rule for each in made.applied] == ["missing-rollback"]
    (dropped,) = made.dropped
    assert dropped.reason.startswith("there would be a new rollback-does-not-invert: ")
