"""What the fold makes of SQL Server's statements."""

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.dialects import load
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.source import Source


def folded(text: str) -> Catalog:
    dialect = load("tsql")
    catalog = Catalog(default_schema=dialect.default_schema, ignore_case=dialect.ignore_case)
    for _, operations in dialect.read(Script.whole(Source("h.sql", text))):
        for operation in operations:
            advance(catalog, operation)
    return catalog


def test_a_query_puts_out_the_columns_of_its_relations() -> None:
    catalog = folded(
        "CREATE TABLE a (x int, y nvarchar(20));\nGO\nSELECT a.x, y AS yy, x + 1 AS z INTO b FROM a;\nGO\n"
        "CREATE VIEW v AS SELECT *, 1 AS one FROM a;\nGO\nCREATE VIEW w AS SELECT * FROM elsewhere;"
    )
    made, view, other = catalog.table(Name("b")), catalog.view(Name("v")), catalog.view(Name("w"))
    assert made is not None and view is not None and other is not None
    assert {name: str(column.type) for name, column in made.columns.items()} == {
        "x": "int",
        "yy": "nvarchar(20)",
        "z": "unknown",
    }
    assert view.columns == ("x", "y", "one")
    assert other.columns == ("",)
