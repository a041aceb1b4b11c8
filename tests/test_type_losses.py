"""What values lose when a column gets another type, pair by pair."""

import pytest

from dblint.dialects import load
from dblint.migrations.model import Script
from dblint.operations import CreateTable, Type
from dblint.source import Source
from dblint.type_losses import loss


def types(dialect: str, old: str, new: str) -> tuple[Type, Type]:
    """The types as the dialect reads them."""
    source = Source("1.sql", f"CREATE TABLE t (old {old}, new {new});")
    ((_, (table,)),) = load(dialect).read(Script.whole(source))
    assert isinstance(table, CreateTable)
    first, second = table.columns
    return first.type, second.type


@pytest.mark.parametrize(
    ("dialect", "old", "new", "values"),
    [
        ("postgres", "bigint", "int", "beyond the range of integer"),
        ("postgres", "int", "smallint", "beyond the range of smallint"),
        ("postgres", "varchar(20)", "varchar(10)", "longer than 10 characters"),
        ("postgres", "text", "varchar(10)", "longer than 10 characters"),
        ("postgres", "text", "char", "longer than 1 character"),
        ("postgres", "text", "uuid", "that is no valid uuid"),
        ("postgres", "numeric(12,4)", "numeric(12,2)", "their decimals beyond 2 places"),
        ("postgres", "numeric", "numeric(12,1)", "their decimals beyond 1 place"),
        ("postgres", "numeric(12,2)", "bigint", "their decimals"),
        ("postgres", "numeric(12,2)", "numeric(11,2)", "with more than 9 digits before the decimal point"),
        ("postgres", "numeric(12)", "int", "beyond the range of integer"),
        ("postgres", "int", "numeric(9)", "with more than 9 digits before the decimal point"),
        ("postgres", "bigint", "float", "their digits beyond the first 15"),
        ("postgres", "float", "real", "their digits beyond the first 6"),
        ("postgres", "float", "int", "their decimals"),
        ("postgres", "int", "boolean", "everything but whether they are zero"),
        ("postgres", "timestamptz", "date", "their time of day"),
        ("postgres", "timestamptz", "timestamp", "their time zone"),
        ("postgres", "timestamp", "time", "their date"),
        ("postgres", "timestamp", "timestamp(0)", "their fractions of a second"),
        ("postgres", "timestamptz", "timestamptz(3)", "the last of their digits"),
        ("postgres", "varbit(8)", "varbit(4)", "longer than 4 bits"),
        ("tsql", "bigint", "int", "beyond the range of int"),
        ("tsql", "nvarchar(max)", "nvarchar(50)", "longer than 50 characters"),
        ("tsql", "nvarchar(50)", "varchar(50)", "the characters that the code page lacks"),
        ("tsql", "varbinary(16)", "varbinary(8)", "longer than 8 bytes"),
        ("tsql", "datetime2", "smalldatetime", "their seconds"),
        ("tsql", "datetimeoffset", "datetime2", "their time zone"),
        ("tsql", "decimal(12,4)", "decimal(12,2)", "their decimals beyond 2 places"),
        ("tsql", "float", "float(24)", "their digits beyond the first 6"),
    ],
)
def test_loss(dialect: str, old: str, new: str, values: str) -> None:
    found = loss(*types(dialect, old, new))
    assert found is not None
    assert found.values == values
    assert found.refused is values.startswith(("beyond", "longer", "that", "with"))


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("postgres", "int", "int"),
        ("postgres", "int", "bigint"),
        ("postgres", "int", "numeric(10)"),
        ("postgres", "int", "float"),
        ("postgres", "smallint", "real"),
        ("postgres", "real", "float"),
        ("postgres", "float", "numeric"),
        ("postgres", "numeric(5)", "int"),
        ("postgres", "numeric(12,2)", "numeric(14,2)"),
        ("postgres", "varchar(10)", "varchar(20)"),
        ("postgres", "varchar(10)", "text"),
        ("postgres", "text", "varchar"),
        ("postgres", "text", "citext"),
        ("postgres", "json", "text"),
        ("postgres", "date", "timestamp"),
        ("postgres", "timestamp", "timestamptz"),
        ("postgres", "timestamp(3)", "timestamp"),
        ("postgres", "uuid", "text"),
        ("postgres", "int[]", "smallint[]"),
        ("tsql", "nvarchar(50)", "nvarchar(max)"),
        ("tsql", "varchar(50)", "nvarchar(50)"),
        ("tsql", "datetime", "datetime2"),
    ],
)
def test_nothing_is_lost(dialect: str, old: str, new: str) -> None:
    assert loss(*types(dialect, old, new)) is None
