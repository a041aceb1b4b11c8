"""The migrations that bring a history to its blueprint: where they are made, their way back, and why there are none."""

from pathlib import Path

import pytest

from dblint.config import Config
from dblint.fixes import Mended
from dblint.packs import load_rules
from dblint.rule import PROVABLE
from dblint.run import Fixing, run

RULES = ("declared-not-built", "built-otherwise", "failing-rollback", "rollback-does-not-invert", "missing-rollback")
CUSTOMERS = """
tables:
  - name: customers
    columns:
      - {name: id, type: bigint, primaryKey: true}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(blueprint: str, files: dict[str, str]) -> None:
    Path("m").mkdir()
    Path("database-blueprint.yaml").write_text(blueprint)
    for name, text in files.items():
        Path("m", name).write_text(text)


def mended(blueprint: str, **files: str) -> Mended:
    """What fixes make of a history that has run everywhere. The files go by their names, with `__` for the dot."""
    written(blueprint, {name.replace("__", "."): text for name, text in files.items()})
    config = Config(dialect="postgres").only(RULES)
    fixing = Fixing(wanted=PROVABLE, shown=False)
    (made,) = run(["."], config, load_rules(), fixing=fixing).mended
    return made


def recipes(blueprint: str, text: str) -> list[str]:
    """What is said of the findings that have a fix."""
    written(blueprint, {"1_a.sql": text})
    config = Config(dialect="postgres").only(RULES)
    outcome = run(["."], config, load_rules(), fixing=Fixing())
    return [each.fix.title for each in outcome.findings if each.fix]


def test_keys_are_taken_back_to_what_was_there_before_them() -> None:
    keys = """
      - {name: email, type: text, unique: true}
  - name: orders
    columns:
      - {name: customer_id, type: bigint, check: customer_id > 0}
      - {name: parent, type: bigint, foreignKey: {table: customers, column: id}}
"""
    made = mended(
        CUSTOMERS.rstrip() + keys,
        **{
            "1_a__up__sql": "CREATE TABLE customers (id bigint PRIMARY KEY, email text);\n"
            "CREATE TABLE orders (customer_id bigint, parent bigint);\n",
            "1_a__down__sql": "DROP TABLE orders;\nDROP TABLE customers;\n",
        },
    )
    assert (made.dropped, made.result.findings) == ((), [])
    downs = [source.text for path, source in sorted(made.texts.items()) if path.endswith(".down.sql")]
    assert downs == [
        "DROP INDEX CONCURRENTLY IF EXISTS customers_email_key;\n",
        "ALTER TABLE customers DROP CONSTRAINT IF EXISTS customers_email_key;\n"
        "CREATE UNIQUE INDEX customers_email_key ON customers (email);\n",
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_check;\n",
        "-- Nothing is to be undone.\n",
        "ALTER TABLE orders DROP CONSTRAINT orders_parent_fkey;\n",
        "-- Nothing is to be undone.\n",
    ]


@pytest.mark.parametrize(
    ("history", "table"),
    [
        ("CREATE SCHEMA app;", "app.customers"),
        ("CREATE SCHEMA app; CREATE SCHEMA shop; CREATE TABLE shop.orders (id bigint PRIMARY KEY);", "app.customers"),
        ("CREATE SCHEMA app; CREATE TABLE orders (id bigint PRIMARY KEY);", "customers"),
        ("CREATE SCHEMA app; CREATE TABLE app.orders (id bigint PRIMARY KEY);", "app.customers"),
    ],
)
def test_a_table_without_a_schema_is_made_where_the_others_are(history: str, table: str) -> None:
    orders = "\n  - name: orders\n    columns:\n      - {name: id, type: bigint, primaryKey: true}\n"
    made = mended("schema: {defaultSchema: app}" + CUSTOMERS.rstrip() + orders, **{"1_a__sql": history})
    texts = "".join(source.text for source in made.texts.values())
    assert f"CREATE TABLE {table} (" in texts
    assert made.result.findings == []


def test_a_unique_index_that_is_there_becomes_the_key() -> None:
    history = "CREATE TABLE customers (id bigint NOT NULL);\nCREATE UNIQUE INDEX u ON customers (id);\n"
    made = mended(CUSTOMERS, **{"1_a__up__sql": history, "1_a__down__sql": "DROP TABLE customers;\n"})
    assert (made.dropped, made.result.findings) == ((), [])
    assert [source.text for _, source in sorted(made.texts.items())] == [
        "ALTER TABLE customers DROP CONSTRAINT customers_pkey;\nCREATE UNIQUE INDEX u ON customers (id);\n",
        "ALTER TABLE customers ADD CONSTRAINT customers_pkey PRIMARY KEY USING INDEX u;\n",
    ]


def test_what_is_not_understood_is_withheld_with_the_reason() -> None:
    made = mended(CUSTOMERS + "      - {name: email, type: 'no type at all('}\n", **{"1_a__sql": "CREATE TABLE a ();"})
    assert [each.reason for each in made.dropped] == ["a part of what is declared of customers is not understood"]


@pytest.mark.parametrize(
    ("columns", "history", "title"),
    [
        (
            "\n      - {name: ref, type: bigint, foreignKey: {table: gone, column: id}}",
            "CREATE TABLE customers (id bigint PRIMARY KEY, ref bigint);",
            "Make public.gone, which it points at, and then the foreign key, by new migrations",
        ),
        (
            "\n      - {name: ref, type: bigint, foreignKey: {table: a, column: id}}",
            "CREATE TABLE a (id bigint); CREATE TABLE customers (id bigint PRIMARY KEY, ref bigint);",
            "Make (id) a key of a, and then the foreign key",
        ),
        (
            "\n      - {name: ref, type: bigint, foreignKey: {table: a, column: id}}",
            "CREATE TABLE a (id uuid PRIMARY KEY); CREATE TABLE customers (id bigint PRIMARY KEY, ref bigint);",
            "Give customers.ref (bigint) the type uuid, and then add the foreign key",
        ),
        (
            "",
            "CREATE TABLE customers (id bigint);",
            "ALTER TABLE customers ADD CHECK (id IS NOT NULL) NOT VALID, validated later, "
            "and then ALTER COLUMN id SET NOT NULL; and then the key by an index built CONCURRENTLY",
        ),
        (
            "\n      - {name: email, type: text, unique: true}",
            "CREATE TABLE customers (id bigint PRIMARY KEY, email text) PARTITION BY HASH (id);",
            "Make the index ON ONLY the partitioned table, one CONCURRENTLY per partition, and ATTACH those",
        ),
        (
            "\n    indexes: [{name: i, columns: [id, id]}]",
            "CREATE TABLE customers (id bigint PRIMARY KEY); CREATE TABLE a (b int); CREATE INDEX i ON a (b);",
            "Give the index another name in the blueprint: i is there already",
        ),
        (
            "",
            "CREATE TABLE customers (a bigint PRIMARY KEY, id bigint NOT NULL);",
            "Build a unique index for (id) CONCURRENTLY, and let one ALTER TABLE drop the old key and "
            "ADD PRIMARY KEY USING INDEX",
        ),
        (
            "\n      - {name: ref, type: bigint, foreignKey: {table: gone, column: id}}",
            "CREATE TABLE a (id bigint PRIMARY KEY); "
            "CREATE TABLE customers (id bigint PRIMARY KEY, ref bigint REFERENCES a (id));",
            "Make public.gone, which it points at, and then the foreign key, by new migrations",
        ),
        (
            "\n    rowLevelSecurity: {enabled: false}",
            "CREATE TABLE customers (id bigint PRIMARY KEY); ALTER TABLE customers ENABLE ROW LEVEL SECURITY;",
            "Turn it off, or on in the blueprint: who reads all rows then is for people to say",
        ),
    ],
)
def test_what_has_to_be_done_first_is_said(columns: str, history: str, title: str) -> None:
    assert title in recipes(CUSTOMERS.rstrip() + columns, history)


TABLES = "CREATE TABLE customers (id bigint PRIMARY KEY, email text);\nCREATE TABLE orders (customer_id bigint);\n"
DROPS = "DROP TABLE orders;\nDROP TABLE customers;\n"
LAYOUTS = {
    "flyway": {"V1__a.sql": TABLES},
    "goose": {"00001_a.sql": f"-- +goose Up\n{TABLES}\n-- +goose Down\n{DROPS}"},
    "dbmate": {"20240101000000_a.sql": f"-- migrate:up\n{TABLES}\n-- migrate:down\n{DROPS}"},
    "sql-migrate": {"1_a.sql": f"-- +migrate Up\n{TABLES}\n-- +migrate Down\n{DROPS}"},
    "golang-migrate": {"1_a.up.sql": TABLES, "1_a.down.sql": DROPS},
    "diesel": {"2024-01-31-235959_a/up.sql": TABLES, "2024-01-31-235959_a/down.sql": DROPS},
    "prisma": {"20240131000000_a/migration.sql": TABLES},
    "plain": {"001_a.sql": TABLES},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_steps_follow_each_other_in_each_layout(layout: str) -> None:
    columns = """
      - {name: email, type: text, unique: true}
  - name: orders
    columns:
      - {name: customer_id, type: bigint, foreignKey: {table: customers, column: id}}
"""
    for name, text in LAYOUTS[layout].items():
        file = Path("m", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    Path("database-blueprint.yaml").write_text(CUSTOMERS.rstrip() + columns)
    config = Config(dialect="postgres").only((*RULES, "concurrently-in-transaction", "validation-in-same-transaction"))
    outcome = run(["."], config, load_rules(), fixing=Fixing(wanted=PROVABLE, shown=False))
    (made,) = outcome.mended
    assert made.result.history.layout == layout
    assert (made.dropped, made.result.findings) == ((), [])
    ups = [path for path in made.texts if not path.endswith(("down.sql", ".toml"))]
    assert [next(word for word in ("build", "add", "validate") if word in path) for path in sorted(ups)] == [
        "build",
        "add",
        "add",
        "validate",
    ]
