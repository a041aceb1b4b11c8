"""Two catalogs differ in what a server would tell apart, and in nothing else."""

import pytest

from dblint.catalog.catalog import Catalog
from dblint.catalog.difference import differences
from dblint.catalog.fold import advance
from tests.postgres.lowering import lowered

TABLE = "CREATE TABLE t (a integer, b text NOT NULL DEFAULT 'x', CONSTRAINT c CHECK (a > 0)); CREATE INDEX i ON t (a);"


def folded(sql: str) -> Catalog:
    catalog = Catalog()
    for operation in lowered(sql):
        advance(catalog, operation)
    return catalog


def found(first: str, second: str) -> list[tuple[str, str, str]]:
    return sorted(
        (each.kind, each.member or each.name.name, each.what) for each in differences(folded(first), folded(second))
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", []),
        ("COMMENT ON TABLE t IS 'x'; SET lock_timeout = '1s';", []),
        ("DROP TABLE t;", [("table", "t", "missing")]),
        ("CREATE TABLE u (a int, CHECK (a > 0)); CREATE INDEX ON u (a);", [("table", "u", "surplus")]),
        ("ALTER TABLE t ADD c int;", [("column", "c", "surplus")]),
        ("ALTER TABLE t ADD c serial UNIQUE;", [("column", "c", "surplus")]),
        ("ALTER TABLE t DROP a;", [("column", "a", "missing"), ("index", "i", "missing")]),
        ("ALTER TABLE t ALTER a TYPE bigint;", [("column", "a", "type")]),
        ("ALTER TABLE t ALTER a SET NOT NULL;", [("column", "a", "nullability")]),
        ("ALTER TABLE t ALTER b SET DEFAULT 'y';", [("column", "b", "default")]),
        ("ALTER TABLE t ALTER b SET DEFAULT ('x'::character varying);", []),
        (
            "ALTER TABLE t DROP a, ADD a integer, ADD CONSTRAINT c CHECK ((a>0)); CREATE INDEX i ON t (a);",
            [],
        ),
        ("ALTER TABLE t RENAME CONSTRAINT c TO d;", [("constraint", "c", "name")]),
        ("ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1);", [("constraint", "c", "definition")]),
        (
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0) NOT VALID;",
            [("constraint", "c", "validation")],
        ),
        ("ALTER INDEX i RENAME TO j;", [("index", "i", "name")]),
        ("DROP INDEX i; CREATE UNIQUE INDEX i ON t (a);", [("index", "i", "definition")]),
        ("DROP INDEX i; CREATE INDEX i ON t (a) WHERE b = 'x';", [("index", "i", "definition")]),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY;", [("table", "t", "row security")]),
        ("CREATE POLICY p ON t USING (true);", [("policy", "p", "surplus")]),
        ("CREATE VIEW v AS SELECT a FROM t;", [("view", "v", "surplus")]),
        ("CREATE TYPE e AS ENUM ('a');", [("enum", "e", "surplus")]),
        ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';", [("function", "integer", "surplus")]),
        ("GRANT SELECT ON t TO r;", [("privileges", "r", "surplus")]),
        ("CREATE SCHEMA s;", [("schema", "s", "surplus")]),
        ("CREATE TEMPORARY TABLE u (a int);", []),
    ],
)
def test_what_a_change_makes_different(change: str, expected: list[tuple[str, str, str]]) -> None:
    assert found(TABLE, TABLE + change) == expected


def test_missing_and_surplus_are_each_other_s_mirror() -> None:
    other = TABLE + "ALTER TABLE t ADD c int; CREATE VIEW v AS SELECT a FROM t; CREATE TYPE e AS ENUM ('a');"
    mirror = {"missing": "surplus", "surplus": "missing"}
    assert found(other, TABLE) == [(kind, name, mirror[what]) for kind, name, what in found(TABLE, other)]


def test_both_origins_are_told() -> None:
    (one,) = differences(folded(TABLE), folded("\n" + TABLE.replace("integer", "bigint")))
    assert (one.first, one.second) == ("integer", "bigint")
    assert str(one.first_origin) == "a.sql:1"
    assert str(one.second_origin) == "a.sql:2"
