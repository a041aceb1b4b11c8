"""Writes DDL at random, one statement at a time, given what there is.

A statement may well be one that the server refuses: who runs it leaves it out.
"""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from dblint.catalog.catalog import Catalog
from tests.live.ddl_pen import COLUMNS, NAMES, TABLES, Pen, named

PRELUDE = (
    "CREATE SCHEMA far",
    "CREATE TYPE mood AS ENUM ('u', 'v')",
    "CREATE DOMAIN small AS int CHECK (VALUE < 100)",
    "CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i'",
    "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE FUNCTION f(t text, i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    "CREATE TYPE pair AS (x int, y text)",
    "CREATE SEQUENCE s",
)
"""What each history begins with."""


def create_table(pen: Pen) -> str:
    columns = [column for column in COLUMNS if not pen.one_in(4)] or list(COLUMNS)
    elements: list[str] = []
    for column in columns:
        elements.append(f"{column} {pen.definition(column, columns, key='PRIMARY KEY' not in ''.join(elements))}")
    if pen.one_in(2):
        elements.append(pen.table_constraint(columns, key="PRIMARY KEY" not in "".join(elements)))
    if pen.one_in(6):
        parts = ("DEFAULTS", "CONSTRAINTS", "INDEXES", "IDENTITY", "GENERATED", "COMMENTS", "STATISTICS")
        options = [word for word in parts if pen.one_in(2)]
        elements = [f"n {pen.definition('n', ['n'])}"] if pen.one_in(2) else []
        elements.append(f"LIKE {pen.relation()}" + "".join(f" INCLUDING {option}" for option in options))
    temporary = pen.one_in(12)
    rest = ""
    if pen.one_in(5):
        parents = dict.fromkeys(pen.of("table") for _ in range(2 if pen.one_in(3) else 1))
        rest = f" INHERITS ({', '.join(parents)})"
    elif pen.one_in(4):
        rest = pen.cut(columns)
    if temporary:
        rest += pen.maybe(" ON COMMIT DROP")
    if pen.one_in(16):
        typed = f" (PRIMARY KEY (x), y WITH OPTIONS DEFAULT {pen.default('text')})"
        return f"CREATE TABLE {pen.free(*TABLES)} OF pair{pen.maybe(typed)}"
    kind = "TEMP " if temporary else pen.maybe("UNLOGGED ", 8)
    name = "e" if temporary else pen.free(*TABLES, "a_x_seq")
    return f"CREATE {kind}TABLE {pen.maybe('IF NOT EXISTS ', 8)}{name} ({', '.join(elements)}){rest}"


def create_partition(pen: Pen) -> str:
    parent = pen.of("partitioned table")
    if not pen.is_partitioned(parent):
        return partitioned(pen)
    columns = [pen.column(parent)]
    own = f"({pen.among(f'{columns[0]} NOT NULL', f'{columns[0]} DEFAULT 7', pen.table_constraint(columns))}) "
    rest = pen.maybe(pen.cut(columns), 4)
    name = pen.free("p", "q", "r", "far.p")
    return f"CREATE TABLE {name} PARTITION OF {parent} {pen.maybe(own)}{pen.bound(parent)}{rest}"


def partitioned(pen: Pen) -> str:
    columns = [f"{column} {pen.type()}{pen.maybe(' NOT NULL')}" for column in COLUMNS]
    key = pen.among(*COLUMNS)
    constraint = pen.maybe(f", {pen.name()}{pen.among('PRIMARY KEY', 'UNIQUE')} ({key})", 2)
    name, how = pen.free(*TABLES), pen.among("LIST", "RANGE", "HASH")
    return f"CREATE TABLE {name} ({', '.join(columns)}{constraint}) PARTITION BY {how} ({key})"


def create_like(pen: Pen) -> str:
    """A table that could be attached, or take part in inheritance."""
    source = pen.of("partitioned table") if pen.one_in(2) else pen.table()
    name = pen.free("p", "q", "r", "c", "far.q")
    return f"CREATE TABLE {name} (LIKE {source} INCLUDING {pen.among('ALL', 'DEFAULTS', 'CONSTRAINTS')})"


def alter_table(pen: Pen) -> str:
    table = pen.table()
    actions = [pen.draw(st.sampled_from(_ACTIONS))(pen, table)]
    if pen.one_in(8):
        actions.append(pen.draw(st.sampled_from(_ACTIONS))(pen, table))
    return f"ALTER TABLE {pen.maybe('IF EXISTS ', 9)}{pen.only()}{table} {', '.join(actions)}"


def _add_column(pen: Pen, table: str) -> str:
    name = pen.free_column(table)
    return f"ADD COLUMN {pen.maybe('IF NOT EXISTS ', 6)}{name} {pen.definition(name, pen.columns(table))}"


def _column(pen: Pen, table: str) -> str:
    column = pen.column(table)
    kind = pen.type()
    return pen.among(
        f"ALTER COLUMN {column} TYPE {kind} USING NULL::{kind}",
        f"ALTER COLUMN {column} TYPE {pen.among('text', 'text', 'varchar(5)', 'varchar(9)', 'bigint', 'numeric')}",
        f"ALTER COLUMN {column} SET DEFAULT {pen.default(pen.type_of(table, column))}",
        f"ALTER COLUMN {column} SET DEFAULT {pen.default(pen.type_of(table, column))}",
        f"ALTER COLUMN {column} DROP DEFAULT",
        f"ALTER COLUMN {column} SET NOT NULL",
        f"ALTER COLUMN {column} SET NOT NULL",
        f"ALTER COLUMN {column} DROP NOT NULL",
        f"ALTER COLUMN {column} DROP IDENTITY IF EXISTS",
        f"ALTER COLUMN {column} DROP EXPRESSION IF EXISTS",
    )


def _identity(pen: Pen, table: str) -> str:
    column = pen.column(table, "integer", "bigint")
    identity = pen.among("ALWAYS", "BY DEFAULT")
    return pen.among(
        f"ALTER COLUMN {column} SET NOT NULL, ALTER COLUMN {column} ADD GENERATED {identity} AS IDENTITY",
        f"ALTER COLUMN {column} SET GENERATED {identity}",
        f"ALTER COLUMN {column} TYPE {pen.among('int', 'bigint')}",
    )


def _drop(pen: Pen, table: str) -> str:
    return pen.among(
        f"DROP COLUMN {pen.maybe('IF EXISTS ')}{pen.column(table)}{pen.cascade()}",
        f"DROP CONSTRAINT {pen.maybe('IF EXISTS ')}{pen.constraint(table)}{pen.cascade()}",
        f"DROP CONSTRAINT {pen.maybe('IF EXISTS ')}{pen.constraint(table)}{pen.cascade()}",
    )


def _constrain(pen: Pen, table: str) -> str:
    added = f"ADD {pen.table_constraint(pen.columns(table), existing=True)}"
    return added + (f", DROP COLUMN {pen.column(table)}" if pen.one_in(10) else "")


def _constraint(pen: Pen, table: str) -> str:
    name = pen.constraint(table)
    when = pen.among("DEFERRABLE", "NOT DEFERRABLE", "INITIALLY DEFERRED")
    key = pen.among("PRIMARY KEY", "UNIQUE", "CONSTRAINT k UNIQUE")
    return pen.among(
        f"VALIDATE CONSTRAINT {name}",
        f"ALTER CONSTRAINT {name} {when}",
        f"RENAME CONSTRAINT {name} TO {pen.among(*NAMES)}",
        f"ADD {key} USING INDEX {pen.index_of(table)}",
    )


def _rename(pen: Pen, table: str) -> str:
    schema = table.rpartition(".")[0]
    new = pen.free(*(f"{schema}.{name}" if schema else name for name in ("a", "b", "c", "d"))).rpartition(".")[2]
    return pen.among(
        f"RENAME COLUMN {pen.column(table)} TO {pen.free_column(table)}",
        f"RENAME COLUMN {pen.column(table)} TO {pen.free_column(table)}",
        f"RENAME TO {new}",
        f"SET SCHEMA {pen.among('far', 'public')}",
    )


def _settings(pen: Pen, table: str) -> str:
    found = pen.catalog.table(named(table))
    parents = [pen.shown(name) for name in found.inherits] if found else []
    return pen.among(
        f"INHERIT {pen.table()}",
        f"NO INHERIT {pen.existing(parents, TABLES)}",
        "SET UNLOGGED",
        "SET LOGGED",
        "ENABLE ROW LEVEL SECURITY",
        "REPLICA IDENTITY FULL",
        "ENABLE TRIGGER tr",
        "DISABLE TRIGGER tr",
        "DISABLE TRIGGER USER",
    )


_ACTIONS = (_add_column, _add_column, _column, _column, _column, _identity, _drop, _drop, _constrain, _constrain,
            _constrain, _constraint, _constraint, _rename, _rename, _settings)  # fmt: skip


def attach(pen: Pen) -> str:
    parent = pen.of("partitioned table")
    if not pen.is_partitioned(parent):
        return partitioned(pen)
    if pen.one_in(3):
        return f"ALTER TABLE {parent} DETACH PARTITION {pen.of('partition')}"
    return f"ALTER TABLE {parent} ATTACH PARTITION {pen.table()} {pen.bound(parent)}"


def create_index(pen: Pen) -> str:
    table = pen.relation() if pen.one_in(8) else pen.table()
    x, y = pen.column(table), pen.column(table)
    keys = pen.among(
        x,
        x,
        f"{x}, {y}",
        f"({x}::bigint), date({y})",
        f"{x} DESC",
        f"({x} + 1)",
        f"{pen.function()}({x})",
        f"lower({x})",
        f"{x} NULLS FIRST, {y}",
    )
    rest = pen.maybe(f" INCLUDE ({pen.column(table)})", 6) + pen.maybe(f" WHERE {pen.check([x, y])}", 5)
    name = pen.among(pen.free("i", "j", "a_x_idx"), "")
    exists = pen.maybe("IF NOT EXISTS ", 9) if name else ""
    return f"CREATE {pen.maybe('UNIQUE ')}INDEX {exists}{name} ON {pen.only()}{table} ({keys}){rest}"


def alter_index(pen: Pen) -> str:
    if not list(pen.catalog.indexes()):
        return create_index(pen)
    return pen.among(
        f"DROP INDEX {pen.maybe('IF EXISTS ')}{pen.index()}{pen.cascade()}",
        f"ALTER INDEX {pen.index()} RENAME TO {pen.among(*NAMES)}",
        f"ALTER INDEX {pen.index()} ATTACH PARTITION {pen.index()}",
    )


def drop_table(pen: Pen) -> str:
    tables = dict.fromkeys(pen.table() for _ in range(2 if pen.one_in(5) else 1))
    return f"DROP TABLE {pen.maybe('IF EXISTS ')}{', '.join(tables)}{pen.cascade()}"


def view(pen: Pen) -> str:
    query = pen.query()
    old = pen.view()
    return pen.among(
        f"CREATE VIEW {pen.free('v', 'w', 'far.v')} AS {query}",
        f"CREATE VIEW {pen.free('v', 'w', 'far.v')} AS {query}",
        f"CREATE VIEW {pen.free('v', 'w', 'far.v')} (k) WITH (security_barrier) AS {query}",
        f"CREATE OR REPLACE VIEW {pen.among('v', 'w')} AS {query}",
        f"CREATE MATERIALIZED VIEW {pen.free('m', 'v')} AS {query}",
        f"CREATE TABLE {pen.free(*TABLES)} AS {query}",
        f"DROP {pen.kind_of(old)} {old}{pen.cascade()}",
        f"ALTER {pen.kind_of(old)} {old} RENAME TO {pen.free('v', 'w', 'b')}",
        f"ALTER {pen.kind_of(old)} {old} RENAME COLUMN {pen.column(old)} TO {pen.among('x', 'n')}",
        f"ALTER {pen.kind_of(old)} {old} SET SCHEMA {pen.among('far', 'public')}",
    )


def sequence(pen: Pen) -> str:
    old, table = pen.sequence(), pen.table()
    owner = f" OWNED BY {table}.{pen.column(table)}"
    return pen.among(
        f"CREATE SEQUENCE {pen.maybe('IF NOT EXISTS ')}{pen.free('s', 't', 'a_x_seq', 'far.s')}{pen.maybe(owner)}",
        f"ALTER SEQUENCE {old}{owner}",
        f"ALTER SEQUENCE {old} OWNED BY NONE",
        f"ALTER SEQUENCE {old} RENAME TO {pen.among('s', 't', 'a_x_seq')}",
        f"ALTER SEQUENCE {old} SET SCHEMA {pen.among('far', 'public')}",
        f"ALTER SEQUENCE {old} AS {pen.among('int', 'bigint')}",
        f"DROP SEQUENCE {old}{pen.cascade()}",
    )


def kind(pen: Pen) -> str:
    enum, label = pen.enum(), pen.among("u", "v", "w")
    return pen.among(
        f"ALTER TYPE {enum} RENAME VALUE '{label}' TO '{pen.among('u', 'v', 'w')}'",
        f"ALTER TYPE {enum} ADD VALUE '{label}'{pen.among('', '', ' BEFORE ' + repr('u'), ' AFTER ' + repr('u'))}",
        f"ALTER TYPE {enum} SET SCHEMA {pen.among('far', 'public')}",
        f"ALTER TYPE {enum} RENAME TO {pen.among('temper', 'a', 'mood')}",
        f"DROP TYPE {enum}{pen.cascade()}",
        "CREATE TYPE mood AS ENUM ('u', 'w')",
        "ALTER DOMAIN small " + pen.among("SET NOT NULL", "DROP NOT NULL", "ADD CHECK (VALUE > 0)", "SET DEFAULT 4",
                                          "DROP CONSTRAINT small_check", "RENAME TO little", "SET SCHEMA far"),
        f"DROP DOMAIN small{pen.cascade()}",
        f"ALTER TYPE pair {pen.among('ADD ATTRIBUTE n int', 'DROP ATTRIBUTE n', 'RENAME TO pair2')}",
        f"CREATE TYPE pair AS (e {enum}, t {pen.relation()})",
    )  # fmt: skip


def routine(pen: Pen) -> str:
    old = pen.function()
    change = pen.among("RENAME TO g", "RENAME TO f", "SET SCHEMA far", "SET SCHEMA public", "VOLATILE")
    made = f"{pen.among('f', 'g', 'far.f')}(i int) RETURNS int LANGUAGE sql"
    return pen.among(
        f"ALTER FUNCTION {old}(int) {change}",
        f"DROP FUNCTION {old}(int){pen.cascade()}",
        f"DROP FUNCTION noted(){pen.cascade()}",
        f"CREATE OR REPLACE FUNCTION {made} IMMUTABLE AS 'SELECT 1'",
        f"CREATE FUNCTION h(a {pen.relation()}, b {pen.enum()}[]) RETURNS {pen.enum()} LANGUAGE sql AS 'SELECT NULL'",
        "CREATE OR REPLACE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    )


def member(pen: Pen) -> str:
    table, other = pen.table(), pen.table()
    event = pen.among("BEFORE INSERT", "AFTER DELETE", f"AFTER UPDATE OF {pen.column(table)}")
    row = pen.among("FOR EACH ROW", "FOR EACH ROW", "FOR EACH STATEMENT")
    columns = [pen.column(table)]
    return pen.among(
        f"CREATE {pen.maybe('OR REPLACE ')}TRIGGER tr {event} ON {table} {row} EXECUTE FUNCTION noted()",
        f"CREATE TRIGGER tr {event} ON {table} {row} EXECUTE FUNCTION noted()",
        f"DROP TRIGGER {pen.maybe('IF EXISTS ')}tr ON {table}",
        f"ALTER TRIGGER tr ON {table} RENAME TO tr2",
        f"CREATE POLICY {pen.among('p', 'q')} ON {table} USING ({pen.check(columns)})",
        f"CREATE POLICY p ON {table} USING (EXISTS (SELECT FROM {other} t WHERE t.{pen.column(other)} IS NULL))",
        f"DROP POLICY p ON {table}",
        f"COMMENT ON TABLE {table} IS 'it'",
        f"COMMENT ON COLUMN {table}.{columns[0]} IS 'it'",
    )


def schema(pen: Pen) -> str:
    return pen.among(
        "ALTER SCHEMA far RENAME TO near",
        "CREATE SCHEMA near CREATE VIEW v AS SELECT * FROM a NATURAL JOIN b CREATE TABLE a (x int UNIQUE, y serial)",
        "CREATE SCHEMA near CREATE INDEX ON b (x) CREATE TABLE b (LIKE a INCLUDING ALL, n int CHECK (n > 0))",
        "ALTER SCHEMA near RENAME TO far",
        f"DROP SCHEMA far{pen.cascade()}",
        "CREATE SCHEMA IF NOT EXISTS far",
        f"SET search_path TO {pen.among('far, public', 'public, far', 'public', 'far', 'DEFAULT')}",
        "RESET search_path",
    )


def block(pen: Pen) -> str:
    """A DO block whose condition the catalog decides."""
    table = pen.table()
    bare, column = table.rpartition(".")[2], pen.column(table).strip('"')
    exists = f"(SELECT FROM information_schema.columns WHERE table_name = '{bare}' AND column_name = '{column}')"
    condition = pen.maybe(f"IF {pen.maybe('NOT ')}EXISTS {exists} THEN ", 2)
    inner = pen.draw(st.sampled_from((alter_table, create_index, drop_table)))(pen)
    return f"DO $$ BEGIN {condition}{inner};{' END IF;' if condition else ''} END $$"


def savepoint(pen: Pen) -> str:
    name = pen.existing([name for name, _, _ in pen.catalog.undo[1:]], ("one", "two"))
    return pen.among(f"SAVEPOINT {pen.among('one', 'two')}", f"ROLLBACK TO {name}", f"RELEASE {name}")


WEIGHTS: dict[Callable[[Pen], str], int] = {
    create_table: 6,
    create_partition: 4,
    create_like: 2,
    alter_table: 14,
    attach: 3,
    create_index: 4,
    alter_index: 3,
    drop_table: 2,
    view: 4,
    sequence: 2,
    kind: 2,
    routine: 1,
    member: 2,
    schema: 1,
    savepoint: 2,
    block: 1,
}
_FIRST = [create_table, create_table, create_table, schema, savepoint]
_KINDS = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]


@st.composite
def step(draw: DrawFn, catalog: Catalog) -> str:
    """One statement, given what the catalog holds, or none (""); the first ones make tables."""
    if draw(st.integers(0, 9)) == 0:
        return ""
    few = len(list(catalog.tables())) < 2
    return draw(st.sampled_from(_FIRST if few else _KINDS))(Pen(draw, catalog))
