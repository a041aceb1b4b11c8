"""The way back that is written for a migration without one: what it restores, and what it only speaks of."""

from pathlib import Path

import pytest

from dblint.config import Config
from dblint.packs import load_rules
from dblint.rule import PROVABLE
from dblint.run import Fixing, run

BEFORE = """CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint,
    note varchar(20) DEFAULT 'none' NOT NULL,
    total integer DEFAULT 1,
    CONSTRAINT ck CHECK (total > 0),
    CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX ix ON orders (total DESC) WHERE total > 1;
CREATE POLICY own ON orders FOR SELECT USING (id > 0);
"""
CASES = [
    ("DROP COLUMN note", "ADD COLUMN note character varying(20) DEFAULT 'none' NOT NULL"),
    ("ALTER COLUMN total TYPE bigint", "ALTER COLUMN total TYPE integer USING total::integer"),
    ("ALTER COLUMN note TYPE varchar(30)", "ALTER COLUMN note TYPE character varying(20)"),
    ("ALTER COLUMN total SET DEFAULT 2", "ALTER COLUMN total SET DEFAULT 1"),
    ("ALTER COLUMN total DROP DEFAULT", "ALTER COLUMN total SET DEFAULT 1"),
    ("ALTER COLUMN customer_id SET DEFAULT 2", "ALTER COLUMN customer_id DROP DEFAULT"),
    ("DROP CONSTRAINT ck", "ADD CONSTRAINT ck CHECK (total > 0)"),
    ("DROP CONSTRAINT fk", "ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE"),
]


def down_of(text: str) -> tuple[str, list[str]]:
    """The way back of a migration after `BEFORE`, and what is found of it then."""
    files = {
        "V1__a.sql": BEFORE,
        "U1__a.sql": "DROP TABLE orders, customers;",
        "V1.1__c.sql": "CREATE TABLE others (id bigint);",
        "U1.1__c.sql": "DROP TABLE others;",
        "V2__b.sql": text,
    }
    Path("m").mkdir()
    for name, content in files.items():
        Path("m", name).write_text(content)
    config = Config(dialect="postgres").only(("missing-rollback", "rollback-does-not-invert", "failing-rollback"))
    (made,) = run(["m"], config, load_rules(), fixing=Fixing(wanted=PROVABLE, shown=False)).mended
    return made.texts["m/U2__b.sql"].text, [each.rule for each in made.result.findings]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("change", "back"), CASES)
def test_a_tables_parts_come_back(change: str, back: str) -> None:
    assert down_of(f"ALTER TABLE orders {change};") == (f"ALTER TABLE orders {back};\n", [])


def test_indexes_and_policies_come_back() -> None:
    assert down_of("DROP INDEX ix;\nDROP POLICY own ON orders;\n") == (
        "CREATE POLICY own ON orders FOR SELECT USING (id > 0);\n"
        "CREATE INDEX ix ON orders (total DESC) WHERE total > 1;\n",
        [],
    )


def test_what_cannot_be_undone_is_said_and_the_rest_is_undone() -> None:
    text, found = down_of("DROP TABLE customers CASCADE;\nALTER TABLE orders ADD COLUMN a int;\n")
    assert text == "ALTER TABLE orders DROP COLUMN IF EXISTS a;\n-- Not undone: DROP TABLE customers CASCADE\n"
    assert found == ["rollback-does-not-invert"]
