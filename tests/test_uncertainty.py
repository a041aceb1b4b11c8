"""Where the fold cannot be exact it says so: in the schema, in the impact, and to the rules."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dblint.config import Config
from dblint.engine import StatementImpact
from dblint.names import Name
from dblint.packs import load_rules
from dblint.reports.impact import write_text
from dblint.reports.schema import writer
from dblint.run import Outcome, run

TABLES = """
CREATE TYPE mood AS ENUM ('calm');
CREATE TABLE orders (id int PRIMARY KEY, mood mood);
CREATE TABLE others (id int PRIMARY KEY);
CREATE VIEW open_orders AS SELECT id FROM orders;
"""


def ran(folder: Path, *texts: str, code: str = "") -> tuple[Outcome, list[StatementImpact]]:
    """A history of TABLES and these, with a step in code before the last."""
    for number, text in enumerate((TABLES, *texts)):
        (folder / f"{number:03}_step.up.sql").write_text(text)
    if code:
        (folder / f"{len(texts) - 1:03}_step.js").write_text(code)
    prices: list[StatementImpact] = []
    return run([str(folder)], Config(dialect="postgres"), load_rules(), observe=prices.append), prices


def shown(outcome: Outcome, how: str) -> str:
    out = io.StringIO()
    (understood,) = outcome.understood
    writer(how)(understood.catalog, out)
    return out.getvalue()


def doubts(outcome: Outcome) -> dict[str, str]:
    document: dict[str, list[dict[str, Any]]] = json.loads(shown(outcome, "json"))
    return {
        each["name"]: each["uncertain"]
        for kind in ("tables", "enums", "views", "sequences", "functions", "domains")
        for each in document[kind]
        if each["uncertain"]
    }


CONDITIONAL = """DO $$ BEGIN IF current_setting('x.y') = 'on' THEN {} END IF; END $$;"""


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("ALTER TABLE orders ADD COLUMN note text;", {"orders"}),
        ("DROP TABLE others;", {"others"}),
        ("DROP TYPE mood CASCADE;", {"mood", "orders"}),
        ("ALTER TYPE mood RENAME VALUE 'calm' TO 'easy';", {"mood"}),
        ("CREATE TYPE pace AS ENUM ('slow');", {"pace"}),
        ("CREATE SEQUENCE tickets;", {"tickets"}),
        ("CREATE DOMAIN small AS int;", {"small"}),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", {"f"}),
        ("CREATE VIEW v AS SELECT id FROM others;", {"v"}),
        ("EXECUTE 'ALTER TABLE others ADD COLUMN ' || current_setting('x.z') || ' int';", {"others"}),
        ("INSERT INTO others VALUES (1);", set()),
    ],
)
def test_what_stands_behind_a_condition(tmp_path: Path, statement: str, names: set[str]) -> None:
    outcome, _ = ran(tmp_path, CONDITIONAL.format(statement))
    found = doubts(outcome)
    assert found.keys() - {"others"} == names - {"others"}
    assert ("others" in found) >= ("others" in names)
    assert all(
        reason.startswith("behind a condition at ") and "001_step.up.sql:1" in reason for reason in found.values()
    )


@pytest.mark.parametrize(
    ("dynamic", "names"),
    [("'ALTER TABLE others ADD a ' ||", {"others"}), ("'GRANT SELECT ON others TO ' ||", set()), ("", set())],
)
def test_dynamic_sql(tmp_path: Path, dynamic: str, names: set[str]) -> None:
    outcome, _ = ran(tmp_path, f"DO $$ BEGIN EXECUTE {dynamic} current_setting('x.z'); END $$;")
    assert doubts(outcome).keys() == names


def test_a_drop_behind_a_condition_is_presumed_not_to_have_happened(tmp_path: Path) -> None:
    outcome, _ = ran(
        tmp_path, CONDITIONAL.format("DROP TABLE others; DROP FUNCTION IF EXISTS g(); DROP TYPE mood CASCADE;")
    )
    (understood,) = outcome.understood
    assert understood.catalog.table(Name("others")) is not None
    assert understood.catalog.enum(Name("mood")) is not None


def test_what_is_made_anew_without_a_condition_is_certain(tmp_path: Path) -> None:
    made = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    outcome, _ = ran(
        tmp_path,
        CONDITIONAL.format(made + "DROP TYPE mood CASCADE;"),
        made + "DROP TYPE mood CASCADE; CREATE TYPE mood AS ENUM ('calm');",
    )
    assert doubts(outcome).keys() == {"orders"}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DO $$ BEGIN EXECUTE format('ALTER TABLE %I.orders ADD n int', current_schema()); END $$;", "dynamic SQL"),
        ("ALTER TABLE orders ADD COLUMN;", "a statement that could not be read"),
        ("ALTER TABLE public.\"orders\" FROBNICATE 'others';", "a statement that could not be read"),
    ],
)
def test_what_was_not_understood_may_have_changed_what_it_names(tmp_path: Path, statement: str, reason: str) -> None:
    outcome, _ = ran(tmp_path, statement)
    assert doubts(outcome)["orders"].startswith(f"{reason} may have changed it at ")


@pytest.mark.parametrize("statement", ["SELECT FROM WHERE orders;", "ALTER TABLE unheard_of ADD COLUMN;"])
def test_what_changes_no_schema_or_names_nothing_leaves_no_doubt(tmp_path: Path, statement: str) -> None:
    outcome, _ = ran(tmp_path, statement)
    assert outcome.summary.unread
    assert doubts(outcome) == {}


def test_a_step_in_code_may_have_changed_what_it_names(tmp_path: Path) -> None:
    code = "exports.up = db => db.alterTable('Orders', t => t.integer('n'))"
    outcome, prices = ran(tmp_path, "SELECT 1;", "ALTER TABLE orders ADD m int;", code=code)
    found = doubts(outcome)
    assert found.keys() == {"orders"}
    assert found["orders"].endswith("001_step.js, a step in code, may have changed it")
    assert prices[-1].uncertain == f"orders: {found['orders']}"


def test_the_script_and_the_impact_say_why(tmp_path: Path) -> None:
    outcome, prices = ran(
        tmp_path, CONDITIONAL.format("ALTER TABLE orders ADD COLUMN note text;"), "ALTER TABLE orders ADD m int;"
    )
    assert "-- orders: behind a condition at " in shown(outcome, "sql")
    out = io.StringIO()
    write_text(prices[-2:], out, columns=200)
    assert "uncertain: behind a condition: current_setting('x.y') = 'on'" in out.getvalue()
    assert "uncertain: orders: behind a condition at " in out.getvalue()


def test_rules_read_it_as_what_may_be(tmp_path: Path) -> None:
    """A column that a condition may have added: nothing to say of adding it again, and of dropping it only "may be"."""
    texts = (
        CONDITIONAL.format("ALTER TABLE orders ADD COLUMN note text;"),
        "ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;",
        "ALTER TABLE orders DROP COLUMN note;",
    )
    outcome, _ = ran(tmp_path, *texts)
    said = {finding.rule: finding.message for finding in outcome.findings}
    assert not {"no-op-statement", "if-not-exists-mismatch", "refused-statement"} & said.keys()
    assert "may be lost" in said["column-drop"]


def test_a_table_that_was_not_seen_takes_the_name_of_a_dropped_one(tmp_path: Path) -> None:
    """Here is no telling what its columns are, but the routines that name it have one to name."""
    routine = "CREATE FUNCTION count_others() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM others';"
    swap = "DROP TABLE others; ALTER TABLE others_new RENAME TO others;"
    outcome, _ = ran(tmp_path, routine, swap)
    assert "broken-routine" not in {finding.rule for finding in outcome.findings}


def test_what_a_routine_does_is_told_where_it_is_called(tmp_path: Path) -> None:
    """Its own text has run long ago; and many calls are no reason to say it many times."""
    body = "BEGIN EXECUTE 'ALTER TABLE ' || name || now() || ' ADD COLUMN seen bool'; END"
    routine = f"CREATE FUNCTION mark(name text) RETURNS void LANGUAGE plpgsql AS $$ {body} $$;"
    outcome, _ = ran(tmp_path, routine, "SELECT mark('others'), mark('orders');")
    (finding,) = (each for each in outcome.findings if each.rule == "unmodelled-statement")
    assert (finding.source.path.rpartition("/")[2], finding.span.start) == ("002_step.up.sql", 0)
    assert [each.source.path.rpartition("/")[2] for each in finding.related] == ["001_step.up.sql"]


@pytest.mark.parametrize(
    ("kept", "doubted"),
    [("", True), ("CREATE TABLE kept (a int);", False), ("SET search_path TO public;", False)],
)
def test_a_bare_name_that_is_not_found_may_mean_another_schema(tmp_path: Path, kept: str, doubted: bool) -> None:
    """Where nothing is in the default schema, the runner may well set another search path."""
    text = "CREATE SCHEMA app; CREATE TABLE app.t (a int, b int); CREATE INDEX i ON app.t (a);"
    (tmp_path / "001_made.up.sql").write_text(text)
    (tmp_path / "002_again.up.sql").write_text(
        f"{kept} DROP INDEX IF EXISTS i; DROP VIEW IF EXISTS t; CREATE INDEX IF NOT EXISTS i ON app.t (b);"
    )
    done = run([str(tmp_path)], Config(dialect="postgres"), load_rules())
    (understood,) = done.understood
    assert ("may have been dropped" in (understood.catalog.uncertain(Name("i", "app")) or "")) == doubted
    assert understood.catalog.uncertain(Name("t", "app")) is None
    named = {finding.rule for finding in done.findings}
    assert ("if-not-exists-mismatch" in named) != doubted


def test_a_call_that_ends_in_dynamic_sql_doubts_what_its_arguments_name(tmp_path: Path) -> None:
    """Also where it is another routine that puts the SQL together, from what it was given."""
    outcome, _ = ran(
        tmp_path,
        "CREATE PROCEDURE mark(name text, note text) LANGUAGE plpgsql AS $$ BEGIN"
        " EXECUTE format('ALTER TABLE %I ADD COLUMN %I int', name, note); END $$;"
        "CREATE PROCEDURE around(name text) LANGUAGE plpgsql AS $$ BEGIN CALL mark(name, 'noted'); END $$;"
        "CREATE PROCEDURE odd(name text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE somewhere(name); END $$;",
        "CALL around('orders'); CALL odd('others'); CALL mark('open_orders', 'known');",
    )
    assert doubts(outcome).keys() == {"orders", "others"}
