"""What a fix puts off to a later migration can be taken back, together with the first one or without it."""

from pathlib import Path

import pytest

from dblint.config import Config
from dblint.fixes import Mended
from dblint.packs import load_rules
from dblint.rule import PROVABLE, Applicability
from dblint.run import Fixing, run
from dblint.scope import Scope

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);\nCREATE INDEX ix ON orders (total);\n"
RULES = (
    "duplicate-index",
    "blocking-unique",
    "blocking-index-build",
    "blocking-index-drop",
    "blocking-check",
    "blocking-primary-key",
)
BACK = ("failing-rollback", "rollback-does-not-invert", "missing-rollback")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(files: dict[str, str]) -> tuple[Scope, Config]:
    Path("m").mkdir()
    for name, text in files.items():
        Path("m", name).write_text(text)
    new = tuple(f"m/{name}" for name in files if name.startswith("2") and ".down" not in name)
    return Scope(new=new), Config(dialect="postgres").only((*RULES, *BACK))


def mended(files: dict[str, str]) -> Mended:
    """What becomes of the second migration."""
    scope, config = write(files)
    (made,) = run(["m"], config, load_rules(), scope=scope, fixing=Fixing(wanted=PROVABLE, shown=False)).mended
    return made


FILES = {"1_a.up.sql": TABLE, "1_a.down.sql": "DROP TABLE orders;\n"}
CASES = [
    (
        "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (note);\n",
        "alter table orders drop constraint u;\n",
        "alter table orders drop constraint if exists u;\n",
    ),
    (
        "CREATE INDEX n ON orders (note);\nALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX public.n;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX IF EXISTS public.n;\n",
    ),
    (
        "DROP INDEX ix;\nALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders DROP COLUMN a;\nCREATE INDEX ix ON orders (total);\n",
        "ALTER TABLE orders DROP COLUMN a;\nCREATE INDEX IF NOT EXISTS ix ON orders (total);\n",
    ),
    (
        "CREATE INDEX ON orders (note);\nALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX orders_note_idx;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX IF EXISTS orders_note_idx;\n",
    ),
    (
        "CREATE INDEX iz ON orders (total);\nALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX iz;\n",
        "ALTER TABLE orders DROP COLUMN a;\nDROP INDEX IF EXISTS iz;\n",
    ),
]


@pytest.mark.parametrize(("up", "down", "expected"), CASES)
def test_the_down_part_bears_that_it_is_undone_already(up: str, down: str, expected: str) -> None:
    made = mended({**FILES, "2_b.up.sql": up, "2_b.down.sql": down})
    assert made.texts["m/2_b.down.sql"].text == expected
    assert (made.dropped, [each.rule for each in made.result.findings]) == ((), [])


def test_in_the_same_file_too() -> None:
    up, down = "ALTER TABLE orders ADD COLUMN a int;\n", "ALTER TABLE orders DROP COLUMN a;\n"
    text = f"-- +goose Up\n{{}};\n{up}\n-- +goose Down\n{down}{{}};\n"
    first = f"-- +goose Up\n{TABLE}\n-- +goose Down\nDROP TABLE orders;\n"
    made = mended({"1_a.sql": first, "2_b.sql": text.format("CREATE INDEX n ON orders (note)", "DROP INDEX n")})
    assert "DROP INDEX IF EXISTS n;\n" in made.texts["m/2_b.sql"].text
    assert (made.dropped, [each.rule for each in made.result.findings]) == ((), [])


def test_indexes_of_one_table_are_dropped_one_after_the_other() -> None:
    table = f"{TABLE}CREATE INDEX iy ON orders (note);\n"
    made = mended(
        {
            **FILES,
            "1_a.up.sql": table,
            "2_b.up.sql": 'CREATE TABLE b (id bigint);\nDROP INDEX IF EXISTS "ix";\nDROP INDEX iy;\n',
            "2_b.down.sql": "DROP TABLE b;\nCREATE INDEX iy ON orders (note);\nCREATE INDEX ix ON orders (total);\n",
        }
    )
    assert {path: source.text for path, source in made.texts.items()} == {
        "m/2_b.up.sql": "CREATE TABLE b (id bigint);\n",
        "m/2_b.down.sql": "DROP TABLE b;\nCREATE INDEX IF NOT EXISTS iy ON orders (note);\n"
        "CREATE INDEX IF NOT EXISTS ix ON orders (total);\n",
        "m/3_drop_index_ix.up.sql": 'DROP INDEX CONCURRENTLY IF EXISTS "ix";\n',
        "m/3_drop_index_ix.down.sql": "CREATE INDEX CONCURRENTLY ix ON orders (total);\n",
        "m/4_drop_index_iy.up.sql": "DROP INDEX CONCURRENTLY iy;\n",
        "m/4_drop_index_iy.down.sql": "CREATE INDEX CONCURRENTLY iy ON orders (note);\n",
    }


KEPT = [
    (
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey;\nALTER TABLE orders ADD PRIMARY KEY (total);\n",
        "earlier migration",
    ),
    ("DROP INDEX ix;\nALTER TABLE orders DROP COLUMN total;\n", "earlier migration"),
    ("ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0);\nDROP TABLE orders;\n", "rest on c"),
    ("ALTER TABLE orders ADD CONSTRAINT c UNIQUE (note);\nALTER TABLE orders RENAME note TO n;\n", "rest on c"),
    ("ALTER TABLE orders ADD CONSTRAINT c UNIQUE (note);\nCOMMENT ON CONSTRAINT c ON orders IS '';\n", "rest on c"),
]


@pytest.mark.parametrize(("text", "words"), KEPT)
def test_what_cannot_wait_is_a_recipe(text: str, words: str) -> None:
    table = TABLE.replace("total int", "total int NOT NULL")
    scope, config = write({"1_a.sql": table, "2_b.sql": text})
    fixes = [each.fix for each in run(["m"], config, load_rules(), scope=scope, fixing=Fixing()).findings if each.fix]
    assert [fix.applicability for fix in fixes] == [Applicability.DISPLAY]
    assert words in fixes[0].title
