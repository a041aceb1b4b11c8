"""Proofs of fixes begin where the change does: what they find is what a fold from the start finds."""

from pathlib import Path

import pytest

from dblint.catalog.facts import facts
from dblint.checking import Check, Fixing
from dblint.config import Config
from dblint.dialects import load
from dblint.engine import Pass
from dblint.migrations.discover import discover
from dblint.packs import Grades, load_rules
from dblint.scope import Scope

ROOT = Path(__file__).parent.parent
RULES = load_rules()
STEPS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, note text);",
    "SET search_path = audit; CREATE SCHEMA audit; CREATE TABLE audit.orders (id bigint); "
    "CREATE TEMP TABLE orders (x int);",
    "BEGIN; SAVEPOINT a; DROP TABLE orders; ROLLBACK TO a; ALTER TABLE orders ADD COLUMN total numeric; COMMIT;",
    "CREATE TABLE items (id bigint PRIMARY KEY, orders bigint REFERENCES orders); "
    "CREATE VIEW v AS SELECT * FROM orders;",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || current_user || '_orders ADD COLUMN x int'; END $$;",
    "ALTER TABLE items RENAME TO lines; ALTER TABLE orders RENAME COLUMN note TO remark; DROP TABLE audit.orders;",
    "CREATE INDEX orders_customer ON orders (customer); ALTER TABLE lines ADD CHECK (id > 0);",
    "ALTER TABLE orders DROP COLUMN total; UPDATE orders SET remark = ''; SELECT note FROM orders;",
)


def passes(folder: Path, change: frozenset[int], edited: frozenset[int]) -> tuple[Pass, Pass]:
    """The first pass over a history, and one that begins with what the first one kept."""
    (history,) = discover(folder)
    config = Config(dialect="postgres")
    check = Check(config, load("postgres"), RULES, Grades(config, RULES), Scope(), None, Fixing(), None, True)
    first = check.passed(history, change, edited)
    return first, check.passed(history, change, edited, prefix=first.prefix)


@pytest.mark.parametrize("start", range(1, len(STEPS)))
@pytest.mark.parametrize("older", [False, True])
def test_the_same_is_found(tmp_path: Path, start: int, older: bool) -> None:
    for number, text in enumerate(STEPS):
        (tmp_path / f"{number:03}_step.sql").write_text(text)
    edited = frozenset({start}) if older and start + 1 < len(STEPS) else frozenset[int]()
    change = frozenset(range(start + len(edited), len(STEPS)))
    first, again = passes(tmp_path, change, edited)
    assert again.prefix is not None
    assert len(again.prefix.migrations) == start
    assert again.findings == first.findings
    assert facts(again.catalog) == facts(first.catalog)
    assert (again.unread, again.counts) == (first.unread, first.counts)


def test_another_beginning_is_folded_anew(tmp_path: Path) -> None:
    for number, text in enumerate(STEPS):
        (tmp_path / f"{number:03}_step.sql").write_text(text)
    first, _ = passes(tmp_path, frozenset({5}), frozenset())
    (tmp_path / "000_step.sql").write_text(STEPS[0].replace("note text", "note text, more int"))
    (history,) = discover(tmp_path)
    config = Config(dialect="postgres")
    check = Check(config, load("postgres"), RULES, Grades(config, RULES), Scope(), None, Fixing(), None, True)
    again = check.passed(history, frozenset({5}), frozenset(), prefix=first.prefix)
    assert "more" in next(table for table in again.catalog.tables() if table.name.name == "orders").columns


def test_the_example(tmp_path: Path) -> None:
    folder = ROOT / "examples" / "order-service" / "migrations"
    first, again = passes(folder, frozenset({5}), frozenset())
    assert again.prefix is not None
    assert first.findings
    assert again.findings == first.findings
