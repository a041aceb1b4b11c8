"""The reports of `dblint impact`: a table for people, JSON for programs."""

import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dblint.engine import StatementImpact
from dblint.errors import UsageError
from dblint.impact import FREE, Impact, Lock
from dblint.migrations.model import Migration, Script, Transactions
from dblint.names import Name
from dblint.reports.display import width
from dblint.reports.impact import writer
from dblint.source import Source, Span, Statement
from dblint_schemas import load


def priced(text: str, impact: Impact = FREE, uncertain: str = "", before: str = "") -> StatementImpact:
    """One statement of a file, with `before` in front of it."""
    source = Source("db/002.sql", before + text)
    migration = Migration(
        number=0,
        version="2",
        description="",
        source=source,
        up=(Script.whole(source),),
        transactions=Transactions.FILE,
    )
    statement = Statement(source, Span(len(before), len(source.text)))
    return StatementImpact(statement=statement, migration=migration, impact=impact, uncertain=uncertain)


def report(how: str, *statements: StatementImpact) -> str:
    out = io.StringIO()
    writer(how)(statements, out)
    return out.getvalue()


def document(*statements: StatementImpact) -> list[dict[str, Any]]:
    found = json.loads(report("json", *statements))
    Draft202012Validator(load("impact")).validate(found)
    assert found["impact_version"] == 1
    statements_found: list[dict[str, Any]] = found["statements"]
    return statements_found


INDEX = Impact(
    locks={Name("orders", "public"): Lock.SHARE, Name("Customers", "public"): Lock.ACCESS_EXCLUSIVE},
    scans=(Name("orders", "public"),),
    rewrites=(Name("Customers", "public"),),
    builds=(Name("by_day", "public"),),
    in_transaction=False,
)


def test_text() -> None:
    text = report(
        "text",
        priced("CREATE INDEX by_day\n  ON orders (day);", INDEX, before="BEGIN;\n"),
        priced("SELECT 1;", uncertain="behind a condition: x"),
    )
    assert text == (
        "db/002.sql:2\n"
        "  CREATE INDEX by_day\n"
        "  RELATION          LOCK              WAITS          WORK\n"
        "  public.Customers  ACCESS EXCLUSIVE  reads, writes  rewrite\n"
        "  public.by_day                                      index build\n"
        "  public.orders     SHARE             writes         scan\n"
        "  does not run inside a transaction\n"
        "\n"
        "db/002.sql:1\n"
        "  SELECT 1;\n"
        "  locks nothing that others wait for\n"
        "  uncertain: behind a condition: x\n"
    )


def test_no_statements() -> None:
    assert report("text") == "No statements.\n"
    assert document() == []


def test_text_keeps_to_the_page() -> None:
    names = [Name("a"), Name("b" * 40, "public"), Name("客" * 30)]
    impact = Impact(locks=dict.fromkeys(names, Lock.SHARE_UPDATE_EXCLUSIVE), refused="because " * 30)
    text = report("text", priced("SELECT '" + "客" * 60 + "' \x1b[2J;", impact))
    assert max(map(width, text.splitlines())) <= 80
    assert "\x1b" not in text
    for name in names:
        assert str(name) in text
    rows = [line for line in text.splitlines() if "SHARE UPDATE EXCLUSIVE" in line]
    assert len(rows) == 3
    assert len({width(row[: row.index("SHARE")]) for row in rows}) == 1


def test_document() -> None:
    found = document(
        priced("CREATE INDEX by_day\n  ON orders (day);", INDEX, before="BEGIN;\n"),
        priced("DROP x;", Impact(refused="there is no x"), uncertain="a guess"),
    )
    assert found == [
        {
            "path": "db/002.sql",
            "line": 2,
            "end_line": 3,
            "statement": "CREATE INDEX by_day",
            "locks": [
                {"relation": 'public."Customers"', "mode": "ACCESS EXCLUSIVE"},
                {"relation": "public.orders", "mode": "SHARE"},
            ],
            "blocks": "reads",
            "rewrites": ['public."Customers"'],
            "scans": ["public.orders"],
            "builds": ["public.by_day"],
            "in_transaction": False,
            "refused": None,
            "uncertain": None,
        },
        {
            "path": "db/002.sql",
            "line": 1,
            "end_line": 1,
            "statement": "DROP x;",
            "locks": [],
            "blocks": "nobody",
            "rewrites": [],
            "scans": [],
            "builds": [],
            "in_transaction": True,
            "refused": "there is no x",
            "uncertain": "a guess",
        },
    ]


@pytest.mark.parametrize("lock", Lock)
def test_every_lock_is_in_the_schema(lock: Lock) -> None:
    assert document(priced("x", Impact(locks={Name("a"): lock})))[0]["locks"][0]["mode"] == str(lock)


def test_unknown_format() -> None:
    with pytest.raises(UsageError, match="no impact format 'xml': choose one of text, json"):
        writer("xml")
