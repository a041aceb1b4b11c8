"""Where T-SQL statements begin and end, what guards them, and that no text makes the reader fall over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dblint.dialects import load
from dblint.dialects.tsql.lower import read_and_lower
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    Guard,
    Opaque,
    Operation,
    Probe,
    RollbackToSavepoint,
    Select,
    SessionCommand,
    Unparsable,
)
from dblint.source import Source, Span


def read(sql: str) -> list[tuple[str, list[Operation]]]:
    return [
        (statement.text, operations) for statement, operations in read_and_lower(Script.whole(Source("x.sql", sql)))
    ]


def texts(sql: str) -> list[str]:
    return [text for text, _ in read(sql)]


def guards(sql: str) -> tuple[Guard, ...]:
    """Those of the last operation."""
    return read(sql)[-1][1][-1].guards


STATEMENTS = [
    "SELECT a, b FROM t WHERE c = 1",
    "SELECT a FROM t UNION ALL SELECT b FROM u",
    "INSERT INTO t (a) SELECT a FROM u",
    "INSERT INTO t (a) VALUES (1), (2)",
    "UPDATE t SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END WHERE c = 1",
    "DELETE FROM t WHERE a IN (SELECT a FROM u)",
    "CREATE TABLE t (a int NOT NULL REFERENCES u (a) ON DELETE SET NULL ON UPDATE CASCADE)",
    "CREATE UNIQUE INDEX i ON t (a) INCLUDE (b) WHERE c IS NOT NULL WITH (ONLINE = ON)",
    "ALTER TABLE t ADD a int NULL CONSTRAINT d DEFAULT 0",
    "ALTER TABLE t ALTER COLUMN a int NOT NULL",
    "ALTER TABLE t DROP COLUMN IF EXISTS a",
    "ALTER TABLE t WITH NOCHECK ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a) ON DELETE CASCADE",
    "ALTER TABLE t SET (LOCK_ESCALATION = AUTO)",
    "ALTER DATABASE d SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE",
    "DROP TABLE IF EXISTS t",
    "DROP INDEX i ON t",
    "GRANT SELECT, INSERT, UPDATE ON t TO r WITH GRANT OPTION",
    "SET NOCOUNT ON",
    "SET IDENTITY_INSERT dbo.t ON",
    "ALTER TABLE t CHECK CONSTRAINT ALL",
    "ALTER INDEX i ON t REBUILD",
    "UPDATE STATISTICS t",
    "ROLLBACK",
    "RAISERROR ('a', 16, 1) WITH NOWAIT",
    "USE d",
    "DECLARE c CURSOR FOR SELECT a FROM t",
    "EXEC p 1, 'two'",
    "PRINT 'SELECT; GO'",
    "TRUNCATE TABLE t",
    "BEGIN TRANSACTION",
    "COMMIT",
    "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
]


@given(
    st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=8),
    st.sampled_from(["\n", ";\n", ";", "\nGO\n", "\n-- DROP TABLE x\n", " /* END /* nested */ */ ", "\r\ngo 5\r\n"]),
)
def test_statements_are_found_whatever_stands_between_them(statements: list[str], between: str) -> None:
    assert texts(between.join(statements)) == statements


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=5))
def test_blocks_are_no_statements(statements: list[str]) -> None:
    body = "\n".join(statements)
    assert texts(f"IF @a = 1 BEGIN {body} END ELSE BEGIN {body}; END") == statements * 2
    assert texts(f"BEGIN TRY {body} END TRY BEGIN CATCH {body} END CATCH") == statements * 2
    assert texts(f"WHILE @a < 3 BEGIN {body} END") == statements


WORDS = [
    "CREATE", "ALTER", "TABLE", "DROP", "IF", "EXISTS", "BEGIN", "END", "ELSE", "SELECT", "*", "FROM", "WITH", "(",
    ")", ",", ".", ";", "'", "'a'", "[b c]", "[", '"', "NOT", "NULL", "INDEX", "ON", "EXEC", "sp_rename", "SET",
    "=", "OBJECT_ID", "IS", "IN", "AND", "CASE", "RETURN", "PROCEDURE", "VIEW", "AS", "@x", "1", "/*", "\nGO\n",
    "CHECK", "CONSTRAINT", "DEFAULT", "UPDATE", "MERGE", "INSERT", "INTO", "VALUES", "TRY", "CATCH", "int", "t",
    "ADD",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words_give_ordered_statements_that_all_say_something(words: list[str]) -> None:
    source = Source("x.sql", " ".join(words))
    position = 0
    for number, (statement, operations) in enumerate(read_and_lower(Script.whole(source))):
        assert statement.number == number
        assert position <= statement.span.start < statement.span.end <= len(source.text)
        position = statement.span.end
        assert operations


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert all(operations for _, operations in read(text))


def test_the_dialect_reads() -> None:
    dialect = load("tsql")
    (pair,) = dialect.read(Script.whole(Source("x.sql", "DROP TABLE t")))
    assert pair[0].text == "DROP TABLE t"
    assert dialect.builtin_volatility("NEWID") == "volatile"
    assert dialect.builtin_volatility("getdate") == "stable"


def test_each_piece_of_a_script_is_its_own_batch_at_its_own_place() -> None:
    text = "SELECT 1 -- skipped\nSELECT 2"
    script = Script(Source("x.sql", text), (Span(0, 8), Span(20, 28)))
    assert [statement.text for statement, _ in read_and_lower(script)] == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 'abc", "the quote that opens here is never closed"),
        ("SELECT 1 /* x", "the comment that opens here is never closed"),
        ("BEGIN SELECT 1", "BEGIN without an END after it"),
        ("SELECT 1 END", "END without a BEGIN before it"),
        ("ALTER TABLE t ADD COLUMN c int", 'expected a column at "COLUMN"'),
        ("CREATE TABLE t (a int,, b int)", 'expected a column at ","'),
        ("DROP TABLE", "expected more at the end"),
        ("FROBNICATE t", 'expected a statement at "FROBNICATE"'),
        ("IF @a = 1", "IF governs no statement"),
    ],
)
def test_syntax_errors_are_said(sql: str, message: str) -> None:
    found = [operation.message for _, operations in read(sql) for operation in operations
             if isinstance(operation, Unparsable)]  # fmt: skip
    assert found == [message]


def test_a_broken_statement_hides_none_after_go() -> None:
    (_, broken), (text, _) = read("SELECT 'abc\nGO\nDROP TABLE t")
    assert isinstance(broken[0], Unparsable)
    assert text == "DROP TABLE t"


def test_lines_for_the_tool_are_not_sql() -> None:
    assert [type(operations[0]) for _, operations in read(":setvar a 1\nDROP TABLE t\nGO\nexit")][::2] == [
        SessionCommand,
        SessionCommand,
    ]


@pytest.mark.parametrize(
    ("condition", "probe", "negated"),
    [
        ("OBJECT_ID('dbo.t', 'U') IS NULL", Probe("table", Name("t", "dbo")), True),
        ("OBJECT_ID(N'[dbo].[v]', N'V') IS NOT NULL", Probe("view", Name("v", "dbo")), False),
        ("COL_LENGTH('dbo.t', 'c') IS NULL", Probe("column", Name("t", "dbo"), "c"), True),
        ("SCHEMA_ID('s') IS NULL", Probe("schema", Name("s")), True),
        ("NOT EXISTS (SELECT * FROM sys.tables WHERE name = 't')", Probe("table", Name("t")), True),
        (
            "NOT EXISTS (SELECT 1 FROM sys.columns c WHERE c.name = N'c' AND c.object_id = OBJECT_ID(N'dbo.t'))",
            Probe("column", Name("t", "dbo"), "c"),
            True,
        ),
        (
            "EXISTS (SELECT name FROM sys.indexes WITH (NOLOCK) WHERE object_id = OBJECT_ID('dbo.t') AND name = 'i')",
            Probe("index", Name("i", "dbo")),
            False,
        ),
        (
            "EXISTS (SELECT * FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 's' AND TABLE_NAME = 't' "
            "AND COLUMN_NAME = 'c')",
            Probe("column", Name("t", "s"), "c"),
            False,
        ),
        ("EXISTS (SELECT * FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't')", Probe("table", Name("t")), False),
        (
            "EXISTS (SELECT 1 FROM sys.foreign_keys WHERE name = 'f' AND parent_object_id = OBJECT_ID('t'))",
            Probe("constraint", Name("t"), "f"),
            False,
        ),
        (
            "NOT EXISTS (SELECT 1 FROM sysobjects WHERE id = OBJECT_ID('p') AND type IN (N'P', N'PC'))",
            Probe("function", Name("p")),
            True,
        ),
        (
            "EXISTS (SELECT * FROM sysobjects WHERE id = OBJECT_ID('t') AND OBJECTPROPERTY(id, 'IsUserTable') = 1)",
            Probe("table", Name("t")),
            False,
        ),
        ("NOT (OBJECT_ID('t', 'U') IS NOT NULL)", Probe("table", Name("t")), True),
    ],
)
def test_conditions_that_look_in_the_catalog(condition: str, probe: Probe, negated: bool) -> None:
    (guard,) = guards(f"IF {condition} PRINT 'x'")
    assert (guard.text, guard.probe, guard.negated) == (condition, probe, negated)


@pytest.mark.parametrize(
    "condition",
    [
        "EXISTS (SELECT * FROM orders WHERE id = 1)",
        "EXISTS (SELECT * FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' AND DATA_TYPE = 'int')",
        "EXISTS (SELECT * FROM sys.tables WHERE name LIKE 't%')",
        "OBJECT_ID('t') IS NULL OR @force = 1",
        "OBJECT_ID(@name) IS NULL",
        "OBJECT_ID() IS NULL",
        "@@TRANCOUNT > 0",
    ],
)
def test_other_conditions_are_kept_as_text_alone(condition: str) -> None:
    assert [(guard.text, guard.probe) for guard in guards(f"IF {condition} PRINT 'x'")] == [(condition, None)]


def test_else_has_the_opposite_guard_and_nesting_adds_up() -> None:
    (guard,) = guards("IF OBJECT_ID('t', 'U') IS NULL PRINT 'a' ELSE PRINT 'b'")
    assert (guard.probe, guard.negated) == (Probe("table", Name("t")), False)
    outer, inner = guards("IF @a = 1 BEGIN IF COL_LENGTH('t', 'c') IS NULL ALTER TABLE t ADD c int END")
    assert outer.text == "@a = 1"
    assert inner.probe == Probe("column", Name("t"), "c")
    assert guards("IF (NOT (SCHEMA_ID('s') IS NOT NULL)) PRINT 'x'")[0].probe == Probe("schema", Name("s"))
    assert len(guards("IF SCHEMA_ID('a') IS NULL AND SCHEMA_ID('b') IS NULL PRINT 'x'")) == 2


def test_object_id_without_a_type_means_what_is_then_done() -> None:
    for statement, kind in (
        ("DROP PROCEDURE x", "function"),
        ("DROP VIEW x", "view"),
        ("DROP TABLE x", "table"),
        ("BEGIN CREATE TABLE x (a int) END", "table"),
        ("EXEC x", "function"),
    ):
        probe = guards(f"IF OBJECT_ID('x') IS NOT NULL {statement}")[0].probe
        assert probe == Probe(kind, Name("x"))  # type: ignore[arg-type]
    (guard,) = guards("IF OBJECT_ID('k') IS NOT NULL ALTER TABLE dbo.t DROP CONSTRAINT k")
    assert guard.probe == Probe("constraint", Name("t", "dbo"), "k")


def test_what_follows_a_conditional_return_runs_only_without_it() -> None:
    guarded = read("IF OBJECT_ID('t', 'U') IS NOT NULL RETURN\nCREATE TABLE t (a int)\nGO\nDROP TABLE u")
    (guard,) = guarded[1][1][0].guards
    assert (guard.probe, guard.negated) == (Probe("table", Name("t")), True)
    assert guarded[2][1][0].guards == ()


def test_what_handles_errors_neither_undoes_nor_ends_the_history() -> None:
    sql = "BEGIN TRY ALTER TABLE t ADD a int END TRY BEGIN CATCH ROLLBACK TRAN s RETURN END CATCH DROP TABLE u"
    (_, (added,)), (_, (undone,)), _, (_, (dropped,)) = read(sql)
    assert isinstance(added, AddColumn)
    assert (added.guards, dropped.guards) == ((), ())
    assert isinstance(undone, SessionCommand)
    assert [guard.text for guard in undone.guards] == ["BEGIN CATCH"]
    *_, (_, (after,)) = read("BEGIN TRAN IF @@ERROR <> 0 BEGIN ROLLBACK RETURN END DROP TABLE u")
    assert after.guards == ()
    assert isinstance(read("ROLLBACK TRAN s")[0][1][0], RollbackToSavepoint)


def test_text_in_a_literal_is_read_where_it_stands() -> None:
    sql = "EXEC(N'ALTER TABLE t ADD a nvarchar(9) DEFAULT ''x'' NOT NULL')\nEXEC sp_executesql N'SELECT 1'"
    (_, (add,)), (_, (select,)) = read(sql)
    assert isinstance(add, AddColumn)
    assert sql[add.span.start : add.span.end] == "a nvarchar(9) DEFAULT ''x'' NOT NULL"
    assert add.column.default is not None
    assert add.column.default.strings == ("x",)
    assert isinstance(select, Select)
    for dynamic in ("EXEC ('DROP TABLE ' + @name)", "EXEC sp_executesql @sql", "EXEC (@sql)"):
        ((_, (opaque,)),) = read(dynamic)
        assert isinstance(opaque, Opaque)
