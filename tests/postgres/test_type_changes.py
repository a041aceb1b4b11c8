"""Which changes of type keep the table, on pairs of types rather than on statements."""

import pytest

from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.dialects.postgres.dialect import DIALECT
from dblint.dialects.postgres.type_changes import Change, assignable, constrained, type_change, underlying
from dblint.migrations.model import Script
from dblint.operations import AlterColumnType, CreateTable, Type
from dblint.source import Source

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN plain AS varchar(20);
CREATE DOMAIN strict AS plain CHECK (VALUE <> '');
CREATE DOMAIN stricter AS strict;
"""


def operations_of(sql: str) -> list[object]:
    return [each for _, found in DIALECT.read(Script.whole(Source("t.sql", sql))) for each in found]


def type_named(text: str) -> Type:
    (made,) = operations_of(f"CREATE TABLE t (c {text})")
    assert isinstance(made, CreateTable)
    return made.columns[0].type


def catalog(*, time_zone: str = "") -> Catalog:
    made = Catalog(builtin_volatility=DIALECT.builtin_volatility)
    for operation in operations_of(TYPES + (f"SET timezone = '{time_zone}'" if time_zone else "")):
        advance(made, operation)  # type: ignore[arg-type]
    return made


def changed(old: str, new: str, using: str = "", *, time_zone: str = "") -> Change:
    suffix = f" USING {using}" if using else ""
    (operation,) = operations_of(f"ALTER TABLE t ALTER COLUMN c TYPE {new}{suffix}")
    assert isinstance(operation, AlterColumnType)
    return type_change(catalog(time_zone=time_zone), "c", type_named(old), operation.type, operation.using)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("varchar(20)", "varchar(30)"),
        ("varchar(20)", "varchar"),
        ("varchar(20)", "text"),
        ("text", "varchar"),
        ("numeric(8,2)", "numeric(9,2)"),
        ("numeric(8)", "numeric(9)"),
        ("numeric(8,2)", "numeric"),
        ("timestamptz(3)", "timestamptz"),
        ("timestamp(3)", "timestamp(5)"),
        ("timestamp", "timestamp(6)"),
        ("time(2)", "time"),
        ("interval(3)", "interval"),
        ("interval year to month", "interval"),
        ("varbit(4)", "varbit(5)"),
        ("cidr", "inet"),
        ("xml", "text"),
        ("char(3)", "bpchar"),
        ("oid", "regclass"),
        ("plain", "varchar(20)"),
        ("strict", "text"),
        ("varchar(20)", "plain"),
        ("strict", "strict"),
        ("varchar(3)[]", "varchar[]"),
        ("mood", "mood"),
    ],
)
def test_only_the_catalog_changes(old: str, new: str) -> None:
    assert changed(old, new) is Change.CATALOG


@pytest.mark.parametrize(
    ("old", "new"), [("text", "bpchar"), ("varchar(9)", "bpchar"), ("bit(3)", "varbit"), ("oid", "int"), ("int", "oid")]
)
def test_operator_classes_differ(old: str, new: str) -> None:
    assert changed(old, new) is Change.INDEXES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int", "bigint"),
        ("varchar(30)", "varchar(20)"),
        ("varchar", "varchar(20)"),
        ("text", "varchar(20)"),
        ("char(3)", "char(4)"),
        ("char(3)", "text"),
        ("numeric(8,2)", "numeric(9,3)"),
        ("numeric(8,2)", "numeric(7,2)"),
        ("numeric", "numeric(9,2)"),
        ("timestamptz", "timestamptz(0)"),
        ("interval", "interval year to month"),
        ("varbit(5)", "varbit(4)"),
        ("bit(3)", "bit(4)"),
        ("bit(3)", "varbit(4)"),
        ("json", "text"),
        ("json", "jsonb"),
        ("mood", "text"),
        ("inet", "cidr"),
        ("text", "strict"),
        ("varchar(20)", "stricter"),
        ("text", "plain"),
        ("varchar(3)[]", "varchar(4)[]"),
        ("varchar(3)[]", "text[]"),
        ("int", "int[]"),
    ],
)
def test_the_table_is_rewritten(old: str, new: str) -> None:
    assert changed(old, new) is Change.REWRITE


def test_what_is_not_known_is_rewritten() -> None:
    assert type_change(catalog(), "c", None, type_named("text")) is Change.REWRITE
    assert changed("geometry(Point)", "geometry(Polygon)") is Change.REWRITE


@pytest.mark.parametrize("time_zone", ["UTC", "utc", "GMT", "Etc/UTC"])
def test_time_zone_without_offset(time_zone: str) -> None:
    assert changed("timestamp", "timestamptz", time_zone=time_zone) is Change.INDEXES
    assert changed("timestamptz", "timestamp", time_zone=time_zone) is Change.INDEXES
    assert changed("timestamp", "timestamptz(0)", time_zone=time_zone) is Change.REWRITE


@pytest.mark.parametrize("time_zone", ["", "Europe/London", "Asia/Tokyo"])
def test_other_time_zone(time_zone: str) -> None:
    assert changed("timestamp", "timestamptz", time_zone=time_zone) is Change.REWRITE


@pytest.mark.parametrize(
    ("using", "change"),
    [
        ("c", Change.CATALOG),
        ("(c)", Change.CATALOG),
        ('"c"::varchar(30)', Change.CATALOG),
        ("CAST(c AS varchar(30))", Change.CATALOG),
        ("c::text", Change.REWRITE),
        ("upper(c)", Change.REWRITE),
        ("c || ''", Change.REWRITE),
        ("'x'", Change.REWRITE),
    ],
)
def test_using(using: str, change: Change) -> None:
    assert changed("varchar(20)", "varchar(30)", using) is change


def test_domains() -> None:
    made = catalog()
    assert underlying(made, type_named("stricter")) == type_named("varchar(20)")
    assert constrained(made, type_named("stricter"))
    assert not constrained(made, type_named("plain"))


@pytest.mark.parametrize(
    ("old", "new", "automatic"),
    [
        ("int", "bigint", True),
        ("bigint", "int", True),
        ("int", "text", True),
        ("mood", "text", True),
        ("timestamptz", "date", True),
        ("strict", "text", True),
        ("text", "int", False),
        ("varchar(9)", "uuid", False),
        ("int", "boolean", False),
        ("date", "int", False),
        ("text", "mood", False),
        ("jsonb", "int", False),
        ("bytea", "jsonb", False),
        ("text", "citext", None),
        ("int[]", "text", None),
    ],
)
def test_assignment_casts(old: str, new: str, automatic: bool | None) -> None:
    assert assignable(catalog(), type_named(old), type_named(new)) is automatic


def test_own_casts_make_it_uncertain() -> None:
    made = catalog()
    for operation in operations_of("CREATE CAST (text AS integer) WITH INOUT AS ASSIGNMENT"):
        advance(made, operation)  # type: ignore[arg-type]
    assert assignable(made, type_named("text"), type_named("int")) is None
