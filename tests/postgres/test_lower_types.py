"""Type names come out as PostgreSQL's format_type prints them."""

import pytest
from tests.postgres.lowering import only

# As PostgreSQL 18 prints them for a column declared so.
SPELLINGS = {
    "int": "integer",
    "int4": "integer",
    "pg_catalog.int8": "bigint",
    "smallint": "smallint",
    "real": "real",
    "float(20)": "real",
    "float(30)": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "varchar(5)": "character varying(5)",
    "national character varying(3)": "character varying(3)",
    "char": "character(1)",
    "nchar(2)": "character(2)",
    "bpchar": "bpchar",
    "bpchar(4)": "character(4)",
    '"char"': '"char"',
    "numeric": "numeric",
    "numeric(10)": "numeric(10,0)",
    "dec(4,-2)": "numeric(4,-2)",
    "timestamp": "timestamp without time zone",
    "timestamp(3)": "timestamp(3) without time zone",
    "timestamptz(2)": "timestamp(2) with time zone",
    "time": "time without time zone",
    "time(1) with time zone": "time(1) with time zone",
    "timetz": "time with time zone",
    "interval": "interval",
    "interval(3)": "interval(3)",
    "interval year to month": "interval year to month",
    "interval day to second(2)": "interval day to second(2)",
    "interval minute": "interval minute",
    "bit": "bit(1)",
    "bit(3)": "bit(3)",
    '"bit"': '"bit"',
    "bit varying": "bit varying",
    "varbit(9)": "bit varying(9)",
    "jsonb": "jsonb",
    "int[]": "integer[]",
    "text[][3]": "text[]",
    "int array[4]": "integer[]",
    "_text": "text[]",
    "_int4": "integer[]",
    "varchar(5)[]": "character varying(5)[]",
    "timestamptz(3)[]": "timestamp(3) with time zone[]",
    "mood": "mood",
    "s.mood[]": "s.mood[]",
    '"My Type"': '"My Type"',
    "vector(3)": "vector(3)",
    "public.geometry(Point, 4326)": "public.geometry(point,4326)",
}


@pytest.mark.parametrize(("written", "canonical"), SPELLINGS.items())
def test_spelling(written: str, canonical: str) -> None:
    column = only(f"create table t (x {written} not null)").columns[0]
    assert column.type.text == canonical
    assert column.type.array == canonical.endswith("[]")


@pytest.mark.parametrize(
    ("written", "name", "modifiers"),
    [
        ("varchar(5)", "character varying", (5,)),
        ("timestamptz(3)", "timestamp with time zone", (3,)),
        ("numeric(10)", "numeric", (10, 0)),
        ("int[]", "integer", ()),
        ("interval day to second(2)", "interval", (2,)),
        ('"char"', "char", ()),
        ("char(3)", "character", (3,)),
    ],
)
def test_base_name_and_modifiers(written: str, name: str, modifiers: tuple[int, ...]) -> None:
    kind = only(f"create table t (x {written})").columns[0].type
    assert (kind.name.name, kind.name.schema, kind.modifiers) == (name, "", modifiers)


@pytest.mark.parametrize(
    ("written", "canonical", "serial"),
    [
        ("serial", "integer", True),
        ("bigserial", "bigint", True),
        ("serial2", "smallint", True),
        ("s.serial", "s.serial", False),
    ],
)
def test_serial(written: str, canonical: str, serial: bool) -> None:
    column = only(f"create table t (x {written})").columns[0]
    assert (column.type.text, column.serial) == (canonical, serial)


def test_the_place_of_a_type() -> None:
    table = only(
        'create table t (a numeric(10, 2) collate "C" not null, b int /* why */ default 1, c text storage plain)'
    )
    source = table.source
    assert [source.slice(column.type_span) for column in table.columns] == ["numeric(10, 2)", "int", "text"]
