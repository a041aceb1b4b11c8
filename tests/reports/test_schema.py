"""The reports of `dblint schema`: JSON, a diagram, and DDL that a server runs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dblint.catalog.schema import Schema
from dblint.config import Config
from dblint.errors import UsageError
from dblint.reports.schema import writer
from dblint.run import run
from dblint_schemas import load
from tests.live.conftest import installation, server  # noqa: F401  the fixtures
from tests.live.server import Database

SHOP = """
CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('calm', 'it''s', 'back\\slash');
CREATE DOMAIN positive AS integer NOT NULL DEFAULT 1 CONSTRAINT above CHECK (VALUE > 0);
CREATE TYPE shop.size AS (width integer, height positive);
CREATE SEQUENCE tickets AS integer;
CREATE FUNCTION next_ticket() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('tickets') $$;
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "order" text COLLATE "C" DEFAULT 'x; -- y',
    email character varying(100) NOT NULL UNIQUE,
    mood mood DEFAULT 'calm',
    low text GENERATED ALWAYS AS (lower(email)) STORED,
    CONSTRAINT short CHECK (length(email) < 100) NO INHERIT
);
CREATE TABLE shop."Orders" (
    id serial,
    ticket bigint DEFAULT next_ticket(),
    customer bigint NOT NULL,
    size shop.size,
    count positive,
    period int4range,
    day date,
    PRIMARY KEY (id),
    UNIQUE NULLS NOT DISTINCT (customer, day) INCLUDE (ticket) DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE USING gist (period WITH &&) WHERE (count > 1),
    FOREIGN KEY (customer) REFERENCES customers ON UPDATE CASCADE ON DELETE SET NULL
);
ALTER TABLE shop."Orders" ADD CONSTRAINT recent CHECK (day > '2020-01-01') NOT VALID;
CREATE UNLOGGED TABLE scratch ();
CREATE TABLE visits (at timestamp(3) with time zone NOT NULL, page text[]) PARTITION BY RANGE (at);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
CREATE INDEX visits_page ON visits USING gin (page);
CREATE TYPE pair AS (one customers, two text);
CREATE TYPE pairs AS (many pair[]);
CREATE TABLE base (a integer CHECK (a > 0));
CREATE TABLE child (b integer) INHERITS (base);
CREATE TEMPORARY TABLE gone (a integer);
CREATE UNIQUE INDEX ON customers (lower(email) text_pattern_ops DESC NULLS LAST) INCLUDE (mood) WHERE mood IS NOT NULL;
CREATE INDEX by_day ON shop."Orders" (day DESC, customer);
CREATE VIEW shop.a_first WITH (security_barrier = true) AS SELECT * FROM z_last WHERE id > 0;
"""
SHOP = SHOP.replace(
    "CREATE VIEW shop.a_first",
    "CREATE VIEW z_last AS SELECT id, email FROM customers;\nCREATE VIEW shop.a_first",
)
SHOP += """
CREATE MATERIALIZED VIEW totals (customer, n) AS SELECT customer, count(*) FROM shop."Orders" GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX totals_key ON totals (customer);
CREATE FUNCTION all_last() RETURNS SETOF z_last LANGUAGE sql SECURITY DEFINER AS $$ SELECT * FROM z_last $$;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE INSERT OR UPDATE OF email ON customers
    FOR EACH ROW WHEN (NEW.email <> '') EXECUTE FUNCTION stamp('a', 'b');
CREATE TRIGGER stilled AFTER DELETE ON customers FOR EACH STATEMENT EXECUTE FUNCTION stamp();
ALTER TABLE customers DISABLE TRIGGER stilled;
ALTER TABLE customers RENAME COLUMN low TO lowered;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON customers AS RESTRICTIVE FOR UPDATE TO shop_user, CURRENT_USER
    USING (email = current_user) WITH CHECK (true);
CREATE POLICY seen ON customers FOR SELECT USING (id > 0);
COMMENT ON TABLE customers IS 'who''s who \\ all';
COMMENT ON COLUMN customers.email IS 'unique';
COMMENT ON VIEW z_last IS 'last';
"""


def fold(folder: Path, text: str) -> Schema:
    """The schema that one migration makes."""
    (folder / "V1__start.sql").write_text(text, encoding="utf-8")
    return run([str(folder)], Config(), {}).understood[0].catalog


def report(how: str, schema: Schema) -> str:
    out = io.StringIO()
    writer(how)(schema, out)
    return out.getvalue()


def document(schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report("json", schema))
    Draft202012Validator(load("schema")).validate(found)
    return found


def test_document(tmp_path: Path) -> None:
    found = document(fold(tmp_path, SHOP))
    tables = {table["name"]: table for table in found["tables"]}
    assert list(tables) == ["base", "child", "customers", "scratch", "visits", "visits_old", "visits_rest", "Orders"]
    customers, orders = tables["customers"], tables["Orders"]
    assert customers["columns"][:3] == [
        {
            "name": "id",
            "type": "bigint",
            "not_null": True,
            "default": None,
            "identity": "always",
            "generated": None,
            "generated_kind": None,
        },
        {
            "name": "order",
            "type": "text",
            "not_null": False,
            "default": "'x; -- y'",
            "identity": None,
            "generated": None,
            "generated_kind": None,
        },
        {
            "name": "email",
            "type": "character varying(100)",
            "not_null": True,
            "default": None,
            "identity": None,
            "generated": None,
            "generated_kind": None,
        },
    ]
    assert (customers["columns"][4]["name"], customers["columns"][4]["generated"]) == ("lowered", "lower(email)")
    assert customers["origin"].endswith("V1__start.sql:8")
    assert customers["rls"] == {"enabled": True, "forced": True}
    assert [policy["name"] for policy in customers["policies"]] == ["own", "seen"]
    assert customers["policies"][0]["roles"] == ["shop_user", "current_user"]
    assert [trigger["enabled"] for trigger in customers["triggers"]] == [True, False]
    constraints = {each["name"]: each for each in orders["constraints"]}
    assert constraints["Orders_customer_fkey"] == {
        "name": "Orders_customer_fkey",
        "kind": "foreign key",
        "columns": ["customer"],
        "references": {"schema": "public", "table": "customers", "columns": ["id"]},
        "validated": True,
        "definition": "FOREIGN KEY (customer) REFERENCES public.customers(id) ON UPDATE CASCADE ON DELETE SET NULL",
    }
    assert constraints["recent"]["definition"] == "CHECK (day > '2020-01-01') NOT VALID"
    assert constraints["recent"]["validated"] is False
    assert {each["name"]: each["keys"] for each in orders["indexes"]}["by_day"] == ["day DESC", "customer"]
    assert found["enums"] == [
        {"schema": "public", "name": "mood", "values": ["calm", "it's", "back\\slash"], "uncertain": None}
    ]
    assert [(view["name"], view["materialized"]) for view in found["views"]] == [
        ("totals", True),
        ("z_last", False),
        ("a_first", False),
    ]
    assert found["sequences"][-1]["owned_by"] == "shop.Orders.id"
    assert found["domains"][0]["constraints"][0]["definition"] == "CHECK (VALUE > 0)"


def test_nothing_at_all(tmp_path: Path) -> None:
    schema = fold(tmp_path, "SELECT 1;\n")
    assert document(schema)["tables"] == []
    assert report("mermaid", schema) == "erDiagram\n"
    assert report("sql", schema).startswith("SET check_function_bodies = off;\n")


def test_diagram(tmp_path: Path) -> None:
    schema = fold(
        tmp_path,
        """
        CREATE SCHEMA shop;
        CREATE TABLE a (id int PRIMARY KEY, "two words" numeric(10,2) UNIQUE, "1st" timestamp with time zone NOT NULL);
        CREATE TABLE shop."B b" (a int REFERENCES a, x int NOT NULL REFERENCES a, y int UNIQUE REFERENCES a);
        CREATE TABLE single (id int PRIMARY KEY REFERENCES a);
        CREATE TABLE class (pk int);
        CREATE TABLE cut (id int) PARTITION BY LIST (id);
        CREATE TABLE cut_1 PARTITION OF cut FOR VALUES IN (1);
        """,
    )
    assert report("mermaid", schema) == (
        "erDiagram\n"
        "    a {\n"
        "        integer id PK\n"
        "        numeric(10_2) two_words UK\n"
        '        timestamp_with_time_zone _1st "not null"\n'
        "    }\n"
        '    "class" {\n'
        "        integer _pk\n"
        "    }\n"
        "    cut {\n"
        "        integer id\n"
        "    }\n"
        "    single {\n"
        "        integer id PK, FK\n"
        "    }\n"
        '    "shop.B b" {\n'
        "        integer a FK\n"
        '        integer x FK "not null"\n'
        "        integer y FK, UK\n"
        "    }\n"
        '    a ||--o| single : "single_id_fkey"\n'
        '    a |o--o{ "shop.B b" : "B b_a_fkey"\n'
        '    a ||--o{ "shop.B b" : "B b_x_fkey"\n'
        '    a |o--o| "shop.B b" : "B b_y_fkey"\n'
    )


def test_what_is_not_at_hand_is_said(tmp_path: Path) -> None:
    schema = fold(
        tmp_path,
        """
        CREATE TABLE a (id int, b_id int REFERENCES elsewhere (id));
        CREATE VIEW v AS SELECT id FROM unseen;
        CREATE VIEW w AS SELECT id FROM v;
        DO $$ BEGIN CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; END $$;
        CREATE FOREIGN TABLE far (id int) SERVER s;
        """,
    )
    lines = report("sql", schema).splitlines()
    assert any(line.startswith("-- the table referenced is not known: ALTER TABLE a ADD CONSTRAINT") for line in lines)
    assert any(line.startswith("-- view v: it reads unseen, which is not known (") for line in lines)
    assert any(line.startswith("-- view w: it reads v, which is not known (") for line in lines)
    assert any(line.startswith("-- function f(): its definition is not at hand (") for line in lines)
    assert any(line.startswith("-- foreign table far: its server is not known (") for line in lines)
    assert not any(line.startswith("CREATE VIEW") for line in lines)


def test_unknown_format() -> None:
    with pytest.raises(UsageError, match="no schema format 'xml': choose one of json, sql, mermaid"):
        writer("xml")


QUESTIONS = {
    "columns": "SELECT table_schema, table_name, column_name, ordinal_position, data_type, udt_name, is_nullable,"
    " column_default, is_identity, identity_generation, generation_expression, collation_name,"
    " character_maximum_length, datetime_precision FROM information_schema.columns"
    " WHERE table_schema IN ('public', 'shop')",
    "constraints": "SELECT conrelid::regclass::text, contypid::regtype::text, conname, pg_get_constraintdef(oid),"
    " convalidated FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, 'shop'::regnamespace)",
    "indexes": "SELECT indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid ="
    " format('%I.%I', schemaname, indexname)::regclass WHERE schemaname IN ('public', 'shop')",
    "attached": "SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits",
    "kinds": "SELECT relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions::text,"
    " relispopulated FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'shop'::regnamespace)",
    "views": "SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname IN ('public', 'shop')",
    "stored": "SELECT schemaname, matviewname, definition FROM pg_matviews",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "routines": "SELECT pg_get_functiondef(oid) FROM pg_proc"
    " WHERE pronamespace IN ('public'::regnamespace, 'shop'::regnamespace)",
    "labels": "SELECT enumtypid::regtype::text, enumlabel, enumsortorder FROM pg_enum",
    "domains": "SELECT typname, format_type(typbasetype, typtypmod), typnotnull, typdefault FROM pg_type"
    " WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace",
    "sequences": "SELECT c.oid::regclass::text, seqtypid::regtype::text, d.refobjid::regclass::text, d.refobjsubid"
    " FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid LEFT JOIN pg_depend d"
    " ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')",
    "comments": "SELECT objoid::regclass::text, objsubid, description FROM pg_description"
    " WHERE classoid = 'pg_class'::regclass AND objoid >= 16384",
}


def made_by(script: str, subject: Database) -> dict[str, set[str]]:
    """What a server's catalogs hold after the script."""
    with subject.connect() as session:
        session.execute(script.encode(), prepare=False)
        session.execute("SET search_path = public")
        session.execute("DISCARD TEMPORARY")
        return {name: {repr(row) for row in session.execute(question)} for name, question in QUESTIONS.items()}


@pytest.mark.live
def test_script_makes_the_same_schema(tmp_path: Path, server: Any) -> None:  # noqa: F811
    history = SHOP if server.major >= 15 else SHOP.replace("NULLS NOT DISTINCT ", "")
    script = report("sql", fold(tmp_path, history))
    with server.database() as first:
        wanted = made_by("CREATE ROLE shop_user;" + history, first)
        with first.connect() as session:
            session.execute("DROP OWNED BY shop_user")
    with server.database() as second:
        found = made_by(script, second)
        with second.connect() as session:
            session.execute("DROP OWNED BY shop_user")
    for name in QUESTIONS:
        assert found[name] == wanted[name], name
