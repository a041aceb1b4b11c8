"""The names and types of what queries put out, where no server is at hand; the written histories prove them on one."""

import pytest

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.dialects import load
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.source import Source

TABLES = """
CREATE TABLE a (x int, y varchar(5), z date);
CREATE TABLE b (y text, x bigint, w numeric(6,2));
CREATE FUNCTION pairs() RETURNS TABLE (k int, v text) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE EXTENSION hstore;
"""


def columns(query: str) -> dict[str, str]:
    dialect = load("postgres")
    catalog = Catalog(results=dialect.results)
    text = f"{TABLES} CREATE TABLE made AS {query};"
    for _, operations in dialect.read(Script.whole(Source("h.sql", text))):
        for operation in operations:
            advance(catalog, operation)
    made = catalog.table(Name("made"))
    assert made is not None
    return {name: str(column.type) for name, column in made.columns.items()} | ({"": ""} if made.incomplete else {})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM a NATURAL JOIN b", "x bigint, y character varying, z date, w numeric(6,2)"),
        ("SELECT * FROM a JOIN b USING (x)", "x bigint, y text, z date, w numeric(6,2)"),
        ("SELECT * FROM a NATURAL JOIN unseen", ""),
        ("SELECT t.* FROM a AS t (one)", "one integer, y character varying(5), z date"),
        ("SELECT * FROM generate_series(1, 2) AS g (n)", "n integer"),
        ("SELECT * FROM pairs() WITH ORDINALITY AS p (kk)", "kk integer, v text, ordinality bigint"),
        ("SELECT key, value FROM jsonb_each('{}')", "key text, value jsonb"),
        ("SELECT akeys('')", "akeys text[]"),
        ("SELECT a.x + w AS n, a.x || b.y AS t, z - z AS d FROM a, b", "n numeric, t text, d integer"),
        (
            "SELECT coalesce(y, 'u') AS c, CASE WHEN true THEN x ELSE 1.5 END FROM a",
            "c character varying, case numeric",
        ),
        (
            "SELECT unheard_of(x) AS u, sum(x), array_agg(y) FROM a",
            "u unknown, sum bigint, array_agg character varying[]",
        ),
        ("SELECT 1 AS n UNION SELECT 2.5", "n numeric"),
        ("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r", "n integer"),
        ("SELECT s.q FROM a, LATERAL (SELECT a.x * 2 AS q) s", "q integer"),
    ],
)
def test_columns(query: str, expected: str) -> None:
    found = columns(query)
    assert ", ".join(f"{name} {kind}" for name, kind in found.items() if name) == expected
    assert ("" in found) == (not expected)


def test_what_each_names_is_worked_out_once() -> None:
    """Forty WITH queries that name the one before twice each would otherwise take for ever."""
    queries = ", ".join(f"c{n} AS (SELECT one.x FROM c{n - 1} one JOIN c{n - 1} two USING (x))" for n in range(1, 41))
    assert columns(f"WITH c0 AS (SELECT x FROM a), {queries} SELECT * FROM c40") == {"x": "integer"}
