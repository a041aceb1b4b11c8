"""T-SQL statements as operations: tables, indexes, objects, rows and sessions."""

from typing import TypeVar

import pytest

from dblint.dialects.tsql.lower import read_and_lower
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    AlterConstraint,
    Begin,
    Call,
    ChangeRole,
    Comment,
    Commit,
    CreateDomain,
    CreateFunction,
    CreateIndex,
    CreatePolicy,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    Delete,
    DropColumn,
    DropConstraint,
    DropFunction,
    DropIndex,
    DropTable,
    GrantPrivilege,
    Insert,
    Merge,
    Opaque,
    Operation,
    Reindex,
    RenameColumn,
    RenameIndex,
    RenameTable,
    Rollback,
    Savepoint,
    Select,
    ServerCommand,
    SetDefault,
    SetRowSecurity,
    SetVariable,
    Unparsable,
    Update,
    ValidateConstraint,
)
from dblint.source import Source

Kind = TypeVar("Kind", bound=Operation)


def lower(sql: str) -> list[Operation]:
    script = Script.whole(Source("x.sql", sql))
    return [operation for _, operations in read_and_lower(script) for operation in operations]


def one(sql: str, kind: type[Kind]) -> Kind:
    (operation,) = lower(sql)
    assert isinstance(operation, kind), operation
    return operation


def test_a_table_of_spaced_brackets_comes_out_whole() -> None:
    table = one(
        """
        CREATE TABLE [ sales ].[ Receipts ] (
        [ Id ] UNIQUEIDENTIFIER NOT NULL DEFAULT NEWSEQUENTIALID (),
        [ TenantId ] UNIQUEIDENTIFIER NOT NULL ,
        [ Total ] DECIMAL ( 18 , 2 ) NOT NULL ,
        [ State ] NVARCHAR ( 50 ) NOT NULL DEFAULT 'New' ,
        [ MadeAt ] DATETIME2 NOT NULL DEFAULT SYSUTCDATETIME (),
        CONSTRAINT [ PK_Receipts ] PRIMARY KEY CLUSTERED ([ Id ]),
        CONSTRAINT [ FK_Receipts_Tenants ] FOREIGN KEY ([ TenantId ]) REFERENCES [ sales ].[ Tenants ] ([ Id ]),
        INDEX [ IX_Receipts_TenantId ] NONCLUSTERED ([ TenantId ]),
        INDEX [ IX_Receipts_State ] NONCLUSTERED ([ State ]) INCLUDE ([ Total ], [ MadeAt ])
        );
        """,
        CreateTable,
    )
    assert table.name == Name("Receipts", "sales")
    assert [(column.name, column.type.text, column.not_null) for column in table.columns] == [
        ("Id", "uniqueidentifier", True),
        ("TenantId", "uniqueidentifier", True),
        ("Total", "decimal(18,2)", True),
        ("State", "nvarchar(50)", True),
        ("MadeAt", "datetime2", True),
    ]
    defaults = [column.default for column in table.columns]
    assert defaults[0] is not None
    assert defaults[0].functions[0].name == Name("newsequentialid")
    assert defaults[3] is not None
    assert (defaults[3].constant, defaults[3].strings) == (True, ("New",))
    key, reference = table.constraints
    assert (key.kind, key.name, key.columns, key.clustered) == ("primary key", "PK_Receipts", ("Id",), True)
    assert (reference.name, reference.references) == ("FK_Receipts_Tenants", Name("Tenants", "sales"))
    assert [(name, index.include, index.clustered) for name, index in table.indexes] == [
        ("IX_Receipts_TenantId", (), False),
        ("IX_Receipts_State", ("Total", "MadeAt"), False),
    ]


def test_column_clauses_in_any_order() -> None:
    table = one(
        "CREATE TABLE #t ([Id] [bigint] IDENTITY(1,1) NOT FOR REPLICATION NOT NULL PRIMARY KEY NONCLUSTERED,"
        " n [dbo].[Code] NULL INDEX ix_n, twice AS ([Id]*2) PERSISTED, d decimal DEFAULT -1 NULL"
        " CONSTRAINT ck CHECK (d<0),"
        " s nvarchar(max) COLLATE Latin1_General_BIN CONSTRAINT df DEFAULT N'a' WITH VALUES NOT NULL,"
        " v datetime2 GENERATED ALWAYS AS ROW START HIDDEN NOT NULL,"
        " r int REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL,"
        " CONSTRAINT u UNIQUE CLUSTERED (n DESC) WITH (PAD_INDEX = OFF) ON [PRIMARY])"
        " ON [PRIMARY] TEXTIMAGE_ON [PRIMARY] WITH (DATA_COMPRESSION = PAGE)",
        CreateTable,
    )
    columns = {column.name: column for column in table.columns}
    assert table.persistence == "temporary"
    assert columns["Id"].identity == "always"
    assert [item.kind for item in columns["Id"].constraints] == ["not null", "primary key"]
    assert columns["n"].type.name == Name("Code", "dbo")
    assert table.indexes[0][1].keys[0].column == "n"
    assert columns["twice"].generated_kind == "stored"
    generated = columns["twice"].generated
    assert generated is not None
    assert [use.name for use in generated.columns] == ["Id"]
    assert columns["d"].constraints[0].name == "ck"
    assert columns["s"].default_name == "df"
    assert columns["s"].type.modifiers == (-1,)
    assert columns["s"].collation == "Latin1_General_BIN"
    assert columns["s"].not_null
    assert columns["r"].constraints[0].on_delete == "cascade"
    assert columns["r"].constraints[0].on_update == "set null"
    assert table.constraints[0].clustered
    assert table.constraints[0].keys[0].descending


def test_a_primary_key_gives_way_to_another_clustered_index() -> None:
    table = one("CREATE TABLE t (a int, CONSTRAINT p PRIMARY KEY (a), INDEX c CLUSTERED (a))", CreateTable)
    assert not table.constraints[0].clustered


@pytest.mark.parametrize(
    ("written", "text", "modifiers"),
    [
        ("INTEGER", "int", ()),
        ("[varchar](10)", "varchar(10)", (10,)),
        ("character varying(10)", "varchar(10)", (10,)),
        ("NATIONAL CHARACTER VARYING(5)", "nvarchar(5)", (5,)),
        ("double precision", "float", ()),
        ("ROWVERSION", "timestamp", ()),
        ("NVARCHAR(MAX)", "nvarchar(max)", (-1,)),
        ("decimal (18, 2)", "decimal(18,2)", (18, 2)),
        ("[sys].[int]", "int", ()),
        ("Sales.Money2", "Sales.Money2", ()),
    ],
)
def test_types_have_one_spelling(written: str, text: str, modifiers: tuple[int, ...]) -> None:
    column = one(f"ALTER TABLE t ADD a {written}", AddColumn).column
    assert (column.type.text, column.type.modifiers) == (text, modifiers)


def test_create_index() -> None:
    index = one(
        "CREATE UNIQUE NONCLUSTERED INDEX ix ON dbo.t (a DESC, b) INCLUDE (c) WHERE a IS NOT NULL AND b > 3"
        " WITH (FILLFACTOR = 80, ONLINE = ON) ON [PRIMARY]",
        CreateIndex,
    )
    definition = index.index
    assert (index.name, index.table, index.online) == ("ix", Name("t", "dbo"), True)
    assert [(key.column, key.descending) for key in definition.keys] == [("a", True), ("b", False)]
    assert (definition.unique, definition.clustered, definition.include) == (True, False, ("c",))
    assert definition.predicate is not None
    assert definition.predicate.text == "a IS NOT NULL AND b > 3"
    assert definition.predicate.not_null == {"a", "b"}
    clustered = one("CREATE CLUSTERED COLUMNSTORE INDEX c ON t", CreateIndex).index
    assert (clustered.clustered, clustered.method) == (True, "columnstore")


def test_alter_table_is_an_operation_for_each_item() -> None:
    operations = lower("ALTER TABLE t ADD a int NOT NULL DEFAULT 0, b AS a + 1, CONSTRAINT c CHECK (a > 0), UNIQUE (a)")
    assert [type(operation) for operation in operations] == [AddColumn, AddColumn, AddConstraint, AddConstraint]
    dropped = lower("ALTER TABLE t DROP COLUMN IF EXISTS a, b, CONSTRAINT c; ALTER TABLE t DROP k")
    assert [(operation.column, operation.if_exists) for operation in dropped if isinstance(operation, DropColumn)] == [
        ("a", True),
        ("b", True),
    ]
    assert [operation.constraint for operation in dropped if isinstance(operation, DropConstraint)] == ["c", "k"]


def test_alter_column_says_nullability_even_when_it_is_not_written() -> None:
    changes = [one(f"ALTER TABLE t ALTER COLUMN a int {tail}", AlterColumnType) for tail in ("NOT NULL", "NULL", "")]
    assert [change.nullable for change in changes] == [False, True, True]


def test_constraints_trusted_and_not() -> None:
    sql = "ALTER TABLE t WITH {} ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p"
    assert one(sql.format("NOCHECK"), AddConstraint).constraint.not_valid
    assert not one(sql.format("CHECK"), AddConstraint).constraint.not_valid
    assert [type(item) for item in lower("ALTER TABLE t WITH CHECK CHECK CONSTRAINT f")] == [
        AlterConstraint,
        ValidateConstraint,
    ]
    assert one("ALTER TABLE t NOCHECK CONSTRAINT f", AlterConstraint).enforced is False


def test_a_default_is_a_named_constraint() -> None:
    default = one("ALTER TABLE t ADD CONSTRAINT df DEFAULT (getdate()) FOR made", SetDefault)
    assert (default.name, default.column, default.default.key) == ("df", "made", "getdate ( )")
    assert one("ALTER TABLE t ADD DEFAULT ((0)) FOR a", SetDefault).default.key == "0"


def test_renames() -> None:
    column = one("EXEC sp_rename 'dbo.t.a', 'b', 'COLUMN'", RenameColumn)
    assert (column.table, column.column, column.new_name) == (Name("t", "dbo"), "a", "b")
    table = one("exec sys.sp_rename @newname = N'u', @objname = N'[dbo].[my table]'", RenameTable)
    assert (table.name, table.new_name) == (Name("my table", "dbo"), "u")
    index = one("sp_rename 'dbo.t.i', 'j', 'INDEX'", RenameIndex)
    assert (index.name, index.new_name) == (Name("i", "dbo"), "j")
    assert one("EXEC sp_rename @a, 'b'", Opaque).what == "EXEC"


def test_drops() -> None:
    tables = lower("DROP TABLE IF EXISTS a, dbo.b")
    assert [(item.name, item.if_exists) for item in tables if isinstance(item, DropTable)] == [
        (Name("a"), True),
        (Name("b", "dbo"), True),
    ]
    indexes = lower("DROP INDEX IF EXISTS i ON dbo.t WITH (ONLINE = ON), u.j")
    assert [(item.name, item.table, item.online, item.count) for item in indexes if isinstance(item, DropIndex)] == [
        (Name("i", "dbo"), Name("t", "dbo"), True, 2),
        (Name("j"), Name("u"), False, 2),
    ]
    assert one("DROP PROC p", DropFunction).name == Name("p")
    assert one("DROP DATABASE d", ServerCommand).drops_database


def test_stars_are_found_in_views_and_procedures() -> None:
    view = one("CREATE VIEW v WITH SCHEMABINDING AS SELECT t.*, COUNT(*) n FROM dbo.t t WITH CHECK OPTION", CreateView)
    (star,) = view.query.stars
    assert (star.qualifier, [use.name for use in star.tables]) == ("t", [Name("t", "dbo")])
    assert view.source.slice(star.span) == "t.*"
    assert (view.options, view.check_option) == ({"schemabinding": "true"}, "cascaded")
    procedure = one(
        "CREATE OR ALTER PROCEDURE dbo.p @a int = 5, @b nvarchar(50) OUTPUT AS BEGIN SET NOCOUNT ON"
        " IF EXISTS (SELECT * FROM u) SELECT * FROM dbo.t WHERE a = @a EXEC ('DROP TABLE ' + @b) END",
        CreateFunction,
    )
    assert (procedure.procedure, procedure.or_replace) == (True, True)
    assert [kind.text for kind in procedure.arguments] == ["int", "nvarchar(50)"]
    assert [type(item) for item in procedure.body] == [SetVariable, Select, Opaque]
    select = procedure.body[1]
    assert isinstance(select, Select)
    assert len(select.query.stars) == 1
    assert [procedure.source.slice(span) for span in procedure.dynamic] == ["EXEC ('DROP TABLE ' + @b)"]
    function = one("CREATE FUNCTION f (@a int) RETURNS TABLE AS RETURN (SELECT * FROM t)", CreateFunction)
    assert function.returns_set
    assert isinstance(function.body[0], Select)


def test_a_view_that_cannot_be_read_is_still_there() -> None:
    view, fault = lower("CREATE VIEW v AS SELECT a FROM")
    assert isinstance(view, CreateView)
    assert isinstance(fault, Unparsable)


def test_triggers() -> None:
    body, trigger = lower(
        "CREATE TRIGGER g ON dbo.t INSTEAD OF DELETE AS DELETE FROM u WHERE a IN (SELECT a FROM deleted)"
    )
    assert isinstance(body, CreateFunction)
    assert isinstance(body.body[0], Delete)
    assert isinstance(trigger, CreateTrigger)
    assert (trigger.table, trigger.timing, trigger.events) == (Name("t", "dbo"), "instead of", ("delete",))


def test_insert() -> None:
    insert = one("INSERT INTO t (a, b) VALUES (1, 'x'), (2, N'y''z')", Insert)
    assert (insert.rows, insert.literals) == (2, (("b", "x"), ("b", "y'z")))
    assert [insert.source.slice(span) for span in insert.literal_spans] == ["'x'", "N'y''z'"]
    insert = one("WITH c AS (SELECT a FROM z) INSERT INTO t (a) OUTPUT inserted.a SELECT * FROM c, u", Insert)
    assert insert.query is not None
    assert insert.query.text == "SELECT * FROM c, u"
    assert [use.name for use in insert.reads] == [Name("z"), Name("u")]
    assert insert.source.slice(insert.query.stars[0].span) == "*"


def test_update_and_delete_name_the_table_behind_the_alias() -> None:
    update = one(
        "UPDATE TOP (5) x SET a += 1, x.b = 'q' OUTPUT inserted.a FROM dbo.t AS x JOIN u ON u.i = x.i"
        " WHERE x.a IS NULL OPTION (MAXDOP 1)",
        Update,
    )
    assert update.table == Name("t", "dbo")
    assert [(column, value.text) for column, value in update.assignments] == [("a", "1"), ("b", "'q'")]
    assert update.where is not None
    assert (update.where.text, update.source.slice(update.where.span)) == ("x.a IS NULL", "x.a IS NULL")
    assert [use.name for use in update.reads] == [Name("u")]
    assert update.joined
    delete = one(
        "WITH d AS (SELECT a, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) n FROM dbo.t) DELETE FROM d WHERE n > 1",
        Delete,
    )
    assert delete.table == Name("t", "dbo")
    assert one("DELETE t", Delete).where is None
    where = one("DELETE FROM t WHERE 1 = 1", Delete).where
    assert where is not None
    assert where.truth is True
    assert isinstance(one("DELETE FROM t WHERE a = = 1", Unparsable), Unparsable)


def test_other_row_statements() -> None:
    made = one("SELECT * INTO #kept FROM t", CreateTableAs)
    assert (made.name, made.persistence) == (Name("#kept"), "temporary")
    merge = one("MERGE INTO dbo.t AS t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED"
                " THEN INSERT (a) VALUES (s.a);", Merge)  # fmt: skip
    assert (merge.table, [use.name for use in merge.reads]) == (Name("t", "dbo"), [Name("s")])
    assert one("SELECT a FROM t WITH (UPDLOCK)", Select).query.locks_rows
    assert one("SELECT TOP 5 a FROM t", Select).query.limited


def test_security_policies_and_privileges() -> None:
    policy, security = lower(
        "CREATE SECURITY POLICY s.p ADD FILTER PREDICATE s.f(TenantId) ON dbo.t,"
        " ADD BLOCK PREDICATE s.f(TenantId) ON dbo.t AFTER INSERT WITH (STATE = ON)"
    )
    assert isinstance(policy, CreatePolicy)
    assert policy.using is not None
    assert policy.check is not None
    assert policy.using.functions[0].name == Name("f", "s")
    assert isinstance(security, SetRowSecurity)
    assert security.enabled
    grant = one("GRANT SELECT, EXECUTE ON SCHEMA::sales TO r, public WITH GRANT OPTION", GrantPrivilege)
    assert (grant.kind, grant.privileges, grant.roles) == ("schema", ("select", "execute"), ("r", "public"))
    assert one("ALTER ROLE r ADD MEMBER m", ChangeRole).action == "grant"
    assert one("DENY SELECT ON t TO r", Opaque).what == "DENY"


def test_sessions_and_transactions() -> None:
    assert [type(item) for item in lower("BEGIN TRAN SAVE TRAN s ROLLBACK COMMIT TRANSACTION")] == [
        Begin,
        Savepoint,
        Rollback,
        Commit,
    ]
    options = lower("SET QUOTED_IDENTIFIER, ANSI_NULLS ON SET LOCK_TIMEOUT 5000")
    assert [(item.name, item.value) for item in options if isinstance(item, SetVariable)] == [
        ("quoted_identifier", "on"),
        ("ansi_nulls", "on"),
        ("lock_timeout", "5000"),
    ]
    assert one("ALTER INDEX ALL ON dbo.t REBUILD WITH (ONLINE = ON)", Reindex).online
    assert one("EXEC @rc = dbo.p 1", Call).name == Name("p", "dbo")
    comment = one(
        "EXEC sp_addextendedproperty N'MS_Description', N'it', 'SCHEMA', 's', 'TABLE', 't', 'COLUMN', 'c'", Comment
    )
    assert (comment.kind, comment.name, comment.member, comment.text) == ("column", Name("t", "s"), "c", "it")
    assert one("CREATE TYPE dbo.Code FROM nvarchar(16) NOT NULL", CreateDomain).type.text == "nvarchar(16)"


@pytest.mark.parametrize(
    "sql",
    ["CREATE FULLTEXT INDEX ON t (a)", "ALTER TABLE t SWITCH TO u", "DBCC SHRINKDATABASE (d)", "DROP CERTIFICATE c"],
)
def test_what_is_not_modelled_is_opaque(sql: str) -> None:
    assert one(sql, Opaque).reason
