"""What is declared, lowered by the database's own grammar, and compared by what it means."""

import pytest

from dblint.blueprint.declaration import Declared
from dblint.blueprint.drift import differences
from dblint.blueprint.lowering import declare, type_of
from dblint.blueprint.meaning import meaning
from dblint.blueprint.reading import from_text
from dblint.blueprint.sheet import placed
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.catalog.model import Origin
from dblint.dialects import load
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.source import Source


def declared(text: str, dialect: str = "postgres") -> Declared:
    found = declare(from_text("a.yaml", text), load(dialect), 16 if dialect == "postgres" else 2022)
    assert found is not None
    return found


def line(origin: Origin) -> int:
    source, span = placed(origin.statement.source, origin.span)
    return source.position(span.start).line


ORDERS = """\
tables:
  - name: orders
    columns:
      - name: id
        type: uuid
        primaryKey: true
      - name: total
        type: decimal(18,2)
        check: total > 0
    indexes:
      - columns: [lower(total::text), id DESC]
"""


def test_objects_stand_where_they_are_declared() -> None:
    found = declared(ORDERS)
    table = found.catalog.table(Name("orders"))
    assert table is not None
    assert line(table.origin) == 2
    assert {name: line(column.origin) for name, column in table.columns.items()} == {"id": 4, "total": 7}
    assert {name: line(each.origin) for name, each in table.constraints.items()} == {
        "orders_pkey": 6,
        "orders_total_check": 9,
    }
    assert str(table.columns["total"].origin) == "a.yaml:7"
    (index,) = (each for each in found.catalog.indexes_of(table.name) if not each.constraint)
    assert (line(index.origin), [key.descending for key in index.definition.keys]) == (11, [False, True])


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("{type: 'numeric(18'}", "the type"),
        ("{type: 'int, b int'}", "the type"),
        ("{type: int, default: 1 +}", "the default"),
        ("{type: int, check: a >}", "the condition"),
        ("{type: int, generated: (b}", "the expression"),
    ],
)
def test_what_is_no_sql_is_said_and_the_rest_is_read(column: str, said: str) -> None:
    found = declared(
        f"tables:\n  - name: t\n    columns:\n      a: {column}\n      b: {{type: int}}\n"
        "  - name: u\n    columns: {a: {type: int}}\n"
    )
    assert [(each.what, each.node.line) for each in found.no_sql] == [(said, 4)]
    table, other = (found.catalog.table(Name(name)) for name in "tu")
    assert table is not None and table.incomplete and "b" in table.columns
    assert other is not None and not other.incomplete


def test_sql_server_is_declared_in_its_own_words() -> None:
    found = declared(
        "tables:\n  - name: Orders\n    columns:\n      - {name: Id, type: uniqueidentifier, primaryKey: true}\n"
        "      - {name: Total, type: 'decimal(18,2)', nullable: false, default: 0}\n"
        "      - {name: CustomerId, type: int, index: true, foreignKey: Customers.Id}\n"
        "  - name: Customers\n    columns: [{name: Id, type: int, primaryKey: true, identity: true}]\n",
        "tsql",
    )
    assert found.no_sql == ()
    orders = found.catalog.table(Name("orders"))
    assert orders is not None
    assert [column.type.text for column in orders.columns.values()] == ["uniqueidentifier", "decimal(18,2)", "int"]
    assert [key.columns for key in orders.foreign_keys] == [("CustomerId",)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("decimal(18,2)", "numeric(18, 2)"),
        ("timestamptz", "timestamp with time zone"),
        ("bool", "boolean"),
        ("int4", "integer"),
        ("varchar(5)", "character varying(5)"),
        ("float8", "double precision"),
    ],
)
def test_spellings_of_a_type_are_one_type(one: str, other: str) -> None:
    postgres = load("postgres")
    assert type_of(one, postgres) == type_of(other, postgres) is not None
    assert type_of("numeric(", postgres) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("now()", "CURRENT_TIMESTAMP", True),
        ("'a'", "('a'::text)", True),
        ("'a'", "'A'", False),
        ("0", "((0.00))", True),
        ("'0'", "0", True),
        ("false", "'f'", True),
        ("a = 1", "( a=1 )", True),
        ("(a) + (b)", "a + b", False),
        ("-1", "(-1)", True),
        ("1", "2", False),
    ],
)
def test_meaning(one: str, other: str, same: bool) -> None:
    assert (meaning(one) == meaning(other)) is same


BARE = "tables:\n  - name: t\n    columns: [{name: a, type: int}]\n"
FULL = """\
tables:
  - name: t
    columns: [{name: a, type: int, nullable: false, default: 3, check: a > 0}]
    indexes: [{columns: [a]}]
"""


@pytest.mark.parametrize(
    ("ours", "built"),
    [
        (BARE, FULL),
        (BARE.replace("name: t", "name: T"), FULL),
        (BARE.replace("name: a", "name: A"), FULL),
        (FULL, FULL.replace("a > 0", "((a>0))").replace("default: 3", "default: '''3'''")),
    ],
)
def test_what_is_not_said_and_what_means_the_same_is_no_difference(ours: str, built: str) -> None:
    blueprint = from_text("a.yaml", ours)
    found = declare(blueprint, load("postgres"), 16)
    assert found is not None
    assert list(differences(blueprint, found, declared(built).catalog)) == []


SCHEMAS = """\
CREATE SCHEMA template;
CREATE TABLE template.t (a int);
CREATE SCHEMA tenant_one;
CREATE TABLE tenant_one.t (a int);
CREATE TABLE shared (a int);
"""


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("multiTenant: {strategy: schema-per-tenant, templateSchema: template, schemaPrefix: tenant_}\n", ["shared"]),
        ("schema: {name: a, defaultSchema: template}\n", ["t", "shared"]),
        ("", ["t", "t", "t", "shared"]),
    ],
)
def test_tables_that_name_no_schema_are_in_the_usual_one(said: str, found: list[str]) -> None:
    blueprint = from_text("a.yaml", said + BARE)
    ours = declare(blueprint, load("postgres"), 16)
    assert ours is not None
    catalog = Catalog(version=16)
    for _, operations in load("postgres").read(Script.whole(Source("1.sql", SCHEMAS))):
        for operation in operations:
            advance(catalog, operation)
    assert [each.name for each in differences(blueprint, ours, catalog)] == found


def test_foreign_keys_in_every_form_are_one() -> None:
    forms = (
        "a: {type: int, foreignKey: u.id}",
        "a: {type: int, foreignKey: {table: u, column: id}}",
        "a: {type: int, foreignKey: u(id)}",
        "a: {type: int}\n    foreignKeys: [{column: a, references: {table: u, column: id}}]",
        "a: {type: int}\n    foreignKeys: [{columns: [a], table: u, referencedColumns: [id]}]",
    )
    for form in forms:
        found = declared(f"tables:\n  - name: t\n    columns:\n      {form}\n")
        table = found.catalog.table(Name("t"))
        assert table is not None
        ((key,), (source,)) = table.foreign_keys, {each.statement.source for each in (table.origin,)}
        assert source.path == "a.yaml"
        assert (key.columns, key.references, key.referenced_columns) == (("a",), Name("u", "public"), ("id",)), form


MARKDOWN = """\
```yaml
tables:
  - name: Orders
    columns:
      - {name: OrderId, type: int, primaryKey: true}
      - {name: Note, type: nvarchar(50), default: "'none'"}
    indexes:
      - {name: IX_Orders_Note, columns: [Note], unique: true}
```

```sql
CREATE TABLE dbo.Orders (OrderId INT NOT NULL PRIMARY KEY, Note NVARCHAR(50) NULL DEFAULT ('none'));
CREATE UNIQUE INDEX IX_Orders_Note ON dbo.Orders (Note DESC);
```

```sql
CREATE INDEX IX_Orders_Note ON dbo.Orders (Note);
```

```sql
CREATE TABLE Orders (OrderId BIGINT);
```
"""


def test_samples_are_read_by_the_databases_own_grammar() -> None:
    found = declare(from_text("a.md", MARKDOWN), load("tsql"), 2022)
    assert found is not None
    assert [(each.subject, each.key, each.first.line, each.second.line) for each in found.contradictions] == [
        ("IX_Orders_Note", "unique", 8, 17),
        ("Orders.OrderId", "type", 5, 21),
    ]
