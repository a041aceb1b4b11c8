"""What operations cost on SQL Server, by the rules of its documentation."""

from typing import cast

import pytest

from dblint.catalog.model import Column, Origin
from dblint.catalog.schema import Schema
from dblint.dialects.tsql.impact import impact
from dblint.dialects.tsql.lower import read_and_lower
from dblint.impact import Blocks, Impact, Lock
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import AddColumn
from dblint.source import Source

T = Name("t", "dbo")


class Known:
    """A schema that holds the columns of one table, dbo.t, and nothing else."""

    def __init__(self, columns: str = "") -> None:
        self.columns: dict[str, Column] = {}
        if columns:
            for statement, operations in read_and_lower(Script.whole(Source("h.sql", f"ALTER TABLE t ADD {columns}"))):
                for added in operations:
                    assert isinstance(added, AddColumn)
                    column = added.column
                    origin = Origin(statement, added.span, 0)
                    self.columns[column.name] = Column(
                        name=column.name, type=column.type, not_null=column.not_null, origin=origin
                    )

    def resolve(self, name: Name) -> Name:
        return name.within("dbo")

    def column(self, table: Name, column: str) -> Column | None:
        return self.columns.get(column) if self.resolve(table) == T else None

    def table(self, name: Name) -> None:
        return None

    def index(self, name: Name) -> None:
        return None

    def constraint(self, table: Name, constraint: str) -> None:
        return None


def cost(sql: str, columns: str = "") -> Impact:
    ((_, (operation, *_)),) = read_and_lower(Script.whole(Source("x.sql", sql)))
    return impact(operation, cast(Schema, Known(columns)), 2022)


@pytest.mark.parametrize(
    ("sql", "lock"),
    [
        ("CREATE INDEX i ON t (a)", Lock.SHARE),
        ("CREATE INDEX i ON t (a) WITH (ONLINE = ON)", Lock.SHARE_UPDATE_EXCLUSIVE),
        ("CREATE CLUSTERED INDEX i ON t (a)", Lock.ACCESS_EXCLUSIVE),
        ("ALTER TABLE t ADD a int", Lock.ACCESS_EXCLUSIVE),
        ("ALTER TABLE t DROP COLUMN a", Lock.ACCESS_EXCLUSIVE),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", Lock.ACCESS_EXCLUSIVE),
        ("DROP INDEX i ON t", Lock.ACCESS_EXCLUSIVE),
        ("DROP TABLE t", Lock.ACCESS_EXCLUSIVE),
        ("TRUNCATE TABLE t", Lock.ACCESS_EXCLUSIVE),
        ("EXEC sp_rename 't.a', 'b', 'COLUMN'", Lock.ACCESS_EXCLUSIVE),
        ("UPDATE t SET a = 1", Lock.ROW_EXCLUSIVE),
        ("INSERT INTO t VALUES (1)", Lock.ROW_EXCLUSIVE),
        ("CREATE TABLE t (a int)", Lock.NONE),
        ("SELECT a FROM t", Lock.NONE),
        ("GRANT SELECT ON t TO r", Lock.NONE),
    ],
)
def test_locks(sql: str, lock: Lock) -> None:
    assert cost(sql).lock_on(T) == lock
    assert cost(sql).lock == lock


@pytest.mark.parametrize(
    ("column", "rewritten"),
    [
        ("int NULL", False),
        ("int NULL DEFAULT NEWID()", False),
        ("int NOT NULL DEFAULT 0", False),
        ("datetime2 NOT NULL DEFAULT SYSUTCDATETIME()", False),
        ("uniqueidentifier NOT NULL DEFAULT NEWID()", True),
        ("nvarchar(max) NOT NULL DEFAULT ''", True),
        ("xml NOT NULL DEFAULT ''", True),
        ("int NOT NULL DEFAULT NEXT VALUE FOR s", True),
        ("int IDENTITY(1,1)", True),
        ("AS (b + 1)", False),
        ("AS (b + 1) PERSISTED", True),
    ],
)
def test_added_columns_write_rows_only_where_each_row_differs(column: str, rewritten: bool) -> None:
    assert cost(f"ALTER TABLE t ADD a {column}").rewrites == ((T,) if rewritten else ())


@pytest.mark.parametrize(
    ("before", "after", "rewritten", "scanned"),
    [
        ("nvarchar(50) NOT NULL", "nvarchar(100) NOT NULL", False, False),
        ("nvarchar(50) NOT NULL", "nvarchar(20) NOT NULL", False, True),
        ("nvarchar(50)", "nvarchar(50) NOT NULL", False, True),
        ("nvarchar(50) NOT NULL", "nvarchar(50) NULL", False, False),
        ("varchar(50)", "nvarchar(50)", True, True),
        ("int", "bigint", True, True),
        ("nvarchar(50)", "nvarchar(max)", True, True),
    ],
)
def test_altered_columns(before: str, after: str, rewritten: bool, scanned: bool) -> None:
    found = cost(f"ALTER TABLE t ALTER COLUMN a {after}", f"a {before}")
    assert (bool(found.rewrites), bool(found.scans)) == (rewritten, scanned)


def test_a_column_nobody_has_seen_is_presumed_to_be_rewritten() -> None:
    assert cost("ALTER TABLE t ALTER COLUMN a int").rewrites == (T,)


def test_constraints_read_the_rows_unless_told_not_to() -> None:
    add = "ALTER TABLE t WITH {} ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)"
    assert cost(add.format("CHECK")).scans == (T,)
    assert cost(add.format("NOCHECK")).scans == ()
    assert cost(add.format("NOCHECK")).locks == dict.fromkeys((T, Name("p", "dbo")), Lock.ACCESS_EXCLUSIVE)
    key = cost("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a)")
    assert (key.rewrites, key.builds, key.blocks) == ((T,), (Name("k", "dbo"),), Blocks.READS)
    assert cost("ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)").rewrites == ()


def test_temporary_tables_are_nobody_elses() -> None:
    assert cost("CREATE INDEX i ON #t (a)").locks == {}


def test_some_commands_run_in_no_transaction() -> None:
    assert not cost("ALTER DATABASE d SET READ_COMMITTED_SNAPSHOT ON").in_transaction
    assert cost("ALTER TABLE t ADD a int").in_transaction
