"""What queries and expressions say of themselves."""

from typing import Any

import pytest
from tests.postgres.lowering import at, lowered, only, shown

from dblint.names import Name
from dblint.operations import Expression, Query


def query(sql: str) -> Query:
    return only(sql).query  # type: ignore[no-any-return]


def default(text: str) -> Expression:
    """The expression as a column's default."""
    return only(f"create table t (x int default {text} not null)").columns[0].default  # type: ignore[no-any-return]


def where(text: str) -> Expression:
    return only(f"delete from t where {text} returning a").where  # type: ignore[no-any-return]


# As PostgreSQL 18 names the column.
NAMES = {
    "a": "a",
    't."B c"': "B c",
    "a + 1": "?column?",
    "a::text": "a",
    "1::int": "int4",
    "'x'::varchar(3)": "varchar",
    "count(*)": "count",
    "pg_catalog.max(a)": "max",
    "coalesce(a, 1)": "coalesce",
    "case when a = 1 then 2 end": "case",
    "case when a = 1 then 2 else b end": "b",
    "(case when true then 1 end)::text": "text",
    "nullif(a, 1)": "nullif",
    "least(1)": "least",
    "current_timestamp(3)": "current_timestamp",
    "current_user": "current_user",
    "extract(year from a)": "extract",
    "a at time zone 'utc'": "timezone",
    "array[a]": "array",
    "array(select a)": "array",
    "(select max(a))": "max",
    "(select 3 as zz)": "zz",
    "(select 1 union select 2)": "?column?",
    "(values (1))": "column1",
    "exists (select 1)": "exists",
    "row(1, 2)": "row",
    "not true": "?column?",
    "(t).a": "a",
    "('{1}'::int[])[1]": "int4",
    "date '2020-01-01'": "date",
    "json_value(a, '$')": "json_value",
    "xmlelement(name x)": "xmlelement",
    "grouping(a)": "grouping",
    "a as z": "z",
}


@pytest.mark.parametrize(("item", "name"), NAMES.items())
def test_output_names(item: str, name: str) -> None:
    assert [output.name for output in query(f"select {item} from t").outputs] == [name]


def test_outputs() -> None:
    found = query("select t.a, b::int, *, 1 from t union all select 2").outputs
    assert [output.name for output in found] == ["a", "b", "*", "?column?"]
    assert (found[0].column.name, found[0].column.qualifier) == ("a", "t")  # type: ignore[union-attr]
    assert found[1].column is None
    assert found[2].star is not None
    assert [output.name for output in query("values (1, 'a'), (2, 'b')").outputs] == ["column1", "column2"]


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select 1 from a x join s.b using (id), lateral (select 2 from c) q", ["a x", "s.b", "c"]),
        (
            "select (select 1 from a), array(select 2 from b) from c where exists (select 3 from d)",
            ["c", "a", "b", "d"],
        ),
        ("with w as (select 1 from a), v as (select 2 from w) select 3 from v, w, b", ["a", "b"]),
        ("with t as (select 1 from t) select 2 from t", ["t"]),
        ("with recursive t as (select 1 union all select 2 from t, u) select 3 from t", ["u"]),
        ("with t as (select 1) select 2 from s.t", ["s.t"]),
        ("select 1 from (with w as (select 2) select 3 from w) x, w", ["w"]),
        ("select 1 from f(1), a tablesample system (3)", ["a"]),
        ("select 1 from a union (select 2 from b except select 3 from c)", ["a", "b", "c"]),
    ],
)
def test_tables(sql: str, tables: list[str]) -> None:
    assert sorted(shown(query(sql).tables)) == sorted(tables)


@pytest.mark.parametrize(
    ("sql", "stars"),
    [
        ("select * from a x join b on true", [("*", "", ["a x", "b"])]),
        ("select x.*, count(*), count(x.*) from a x", [("x.*", "x", ["a x"])]),
        ("select 1 from a where exists (select * from (select * from b) c)", []),
        ("select 1 from (select * from s.a) x", [("*", "", ["s.a"])]),
        ("with w as (select * from a) select * from w", [("*", "", ["a"]), ("*", "", ['"" w'])]),
        ("select *, 1 from a, f() g, (select 2) h", [("*", "", ["a", '"" g', '"" h'])]),
        ("select (a).b.* from t", [("(a).b.*", "", ['""'])]),
        ("table t", [("table t", "", ["t"])]),
    ],
)
def test_stars(sql: str, stars: list[tuple[str, str, list[str]]]) -> None:
    operation = only(sql)
    found = [(at(operation, star.span), star.qualifier, shown(star.tables)) for star in operation.query.stars]
    assert sorted(found) == sorted(stars)


@pytest.mark.parametrize(
    ("sql", "locks", "limited"),
    [
        ("select 1 from t for update", True, False),
        ("select 1 from t limit 5", False, True),
        ("select 1 from t fetch first row only", False, True),
        ("select 1 from t limit all", False, False),
    ],
)
def test_rows(sql: str, locks: bool, limited: bool) -> None:
    found = query(sql)
    assert (found.locks_rows, found.limited) == (locks, limited)


def test_filters_are_the_columns_of_where() -> None:
    found = query("select a from t join u on b = c where d = 1 and e in (select f from v where g = h) order by i")
    assert sorted(column.name for column in found.filters) == ["d", "e", "f", "g", "h"]
    assert sorted(column.name for column in found.columns) == list("abcdefghi")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("now()", {"functions": ["now"]}),
        ("nextval('s.q'::regclass)", {"functions": ["nextval"], "strings": ("s.q",), "types": ["regclass"]}),
        ("CURRENT_TIMESTAMP(3)", {"functions": ["current_timestamp"]}),
        ("1", {"constant": True}),
        ("'a''b'", {"constant": True, "strings": ("a'b",)}),
        ("-1 + 2 * 3", {"constant": True}),
        ("NULL::text", {"constant": True, "is_null": True, "types": ["text"]}),
        ("null", {"constant": True, "is_null": True}),
        ("array['a', 'b']::s.x[]", {"constant": True, "strings": ("a", "b"), "types": ["s.x"]}),
        ("row(1, true)", {"constant": True}),
        ("true", {"constant": True, "truth": True}),
        ("'f'::boolean", {"constant": True, "truth": False, "strings": ("f",), "types": ["boolean"]}),
        ("lower('X') || 'y'", {"functions": ["lower"], "strings": ("X", "y")}),
        ("(select max(id) from s.u)", {"functions": ["max"], "tables": ["s.u"], "columns": ["id"]}),
        ("case when 1 = 1 then 2 end", {"constant": True}),
    ],
)
def test_expressions(text: str, facts: dict[str, Any]) -> None:
    found = default(text)
    expected = {"constant": False, "is_null": False, "truth": None, "strings": (), "types": [], "functions": [],
                "tables": [], "columns": [], **facts}  # fmt: skip
    assert {
        "constant": found.constant,
        "is_null": found.is_null,
        "truth": found.truth,
        "strings": found.strings,
        "types": [str(name) for name in found.types],
        "functions": [str(call.name) for call in found.functions],
        "tables": shown(found.tables),
        "columns": [column.name for column in found.columns],
    } == expected
    assert found.text == text


def test_calls() -> None:
    (call,) = default("nextval('s.q'::regclass)").functions
    assert (call.arguments, call.literals) == (1, ("s.q",))
    calls = default("f(1, 'a', g('b'), x)").functions
    assert [(str(each.name), each.arguments, each.literals) for each in calls] == [("f", 4, ("a",)), ("g", 1, ("b",))]
    (zone,) = default("(a at time zone 'utc')").functions
    assert (zone.name, zone.literals) == (Name("timezone", "pg_catalog"), ("utc",))


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("true", True),
        ("false", False),
        ("not false", True),
        ("1 = 1", True),
        ("'a' = 'a'", True),
        ("1 = 2", None),
        ("null = null", None),
        ("true or a", True),
        ("true and a", None),
        ("false and a", False),
        ("true and not (false or 1 = 1)", False),
        ("a", None),
        ("a = a", None),
    ],
)
def test_truth(text: str, truth: bool | None) -> None:
    assert where(text).truth is truth


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a is not null", {"a"}),
        ("t.a is not null and (b is not null and c > 1)", {"a", "b"}),
        ("a is not null or b is not null", set()),
        ("not (a is null)", set()),
        ("lower(a) is not null", set()),
    ],
)
def test_not_null(text: str, columns: set[str]) -> None:
    assert where(text).not_null == columns


def test_keys_do_not_depend_on_layout() -> None:
    assert where("A  =/* x */1 and\n lower( b)='X'").key == where("a=1 AND LOWER(b) = 'X'").key
    assert where("a = 'x'").key != where("a = 'X'").key


def test_where_the_columns_stand() -> None:
    operation = only('update t set a = t."b" + s.t.c where d is null')
    (_, value), condition = operation.assignments[0], operation.where
    found = [(at(operation, use.span), use.name, use.qualifier) for use in (*value.columns, *condition.columns)]
    assert found == [('t."b"', "b", "t"), ("s.t.c", "c", "t"), ("d", "d", "")]


def test_literals_of_insert() -> None:
    operation = only("insert into t (a, b) values (E'x\\'y', $$z$$), (1, U&'w'::text)")
    assert operation.literals == (("a", "x'y"), ("b", "z"), ("b", "w"))
    assert [at(operation, span) for span in operation.literal_spans] == ["E'x\\'y'", "$$z$$", "U&'w'"]


def test_deep_nesting_is_no_crash() -> None:
    assert len(lowered("select " + " || ".join(["a"] * 150))) == 1
    (operation,) = lowered("select 1 where " + "not " * 300 + "true")
    assert type(operation).__name__ in ("Select", "Opaque")
