"""Draws the parts of random DDL over a small vocabulary, mostly about what is there, so that names meet again."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Table, View
from dblint.names import Name, quote

TABLES = ("a", "b", "c", "far.a", "far.b")
COLUMNS = ("x", "y", "z")
MORE_COLUMNS = ("n", "m", '"Mixed case"', "a_column_whose_name_is_so_long_that_no_generated_name_has_room_for_it")
TYPES = ("int", "int", "int", "int", "bigint", "text", "text", "varchar(5)", "numeric(6,2)", "mood", "small", "date")
NAMES = ("k", "l", "i", "j", "a_pkey", "a_x_key", "a_x_key1", "a_x_idx", "a_x_check", "a_check", "a_x_fkey", "b_x_key",
         "a_x_not_null", "a_x_seq")  # fmt: skip
WHOLE = ("int", "bigint")
NUMBERS = ("int", "bigint", "numeric", "small", "smallint", "integer")


class Pen:
    """Draws the parts of a statement."""

    def __init__(self, draw: DrawFn, catalog: Catalog) -> None:
        self.draw = draw
        self.catalog = catalog

    def among(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def one_in(self, count: int) -> bool:
        return self.draw(st.integers(0, count - 1)) == count - 1

    def maybe(self, text: str, count: int = 3) -> str:
        """The text, once in so many times."""
        return text if self.one_in(count) else ""

    def existing(self, options: Sequence[str], otherwise: Sequence[str]) -> str:
        """Nearly always one that there is."""
        if options and not self.one_in(20):
            return self.among(*options)
        return self.among(*otherwise)

    def free(self, *options: str) -> str:
        """Nearly always a name that no relation has yet."""
        unused = [option for option in options if named(option).within("public") not in self.catalog.state.relations]
        return self.existing(unused, options)

    def shown(self, name: Name) -> str:
        return name.sql if name.schema not in ("public", "pg_temp") else Name(name.name).sql

    # --- what there is ---

    def tables(self) -> list[Table]:
        return list(self.catalog.tables())

    def table(self) -> str:
        return self.existing([self.shown(table.name) for table in self.tables()], TABLES)

    def of(self, *kinds: str) -> str:
        """A table of a kind, or with children or parents."""
        found = [t for t in self.tables() if t.kind in kinds or (t.partition_of and "partition" in kinds)]
        return self.existing([self.shown(table.name) for table in found], TABLES)

    def is_partitioned(self, table: str) -> bool:
        found = self.catalog.table(named(table))
        return found is not None and found.kind == "partitioned table"

    def relation(self) -> str:
        views = [self.shown(view.name) for view in self.catalog.views()]
        return self.existing([*(self.shown(table.name) for table in self.tables()), *views], TABLES)

    def column(self, relation: str, *types: str) -> str:
        """A column, preferably of such a type."""
        found = self.catalog.relation(named(relation))
        if isinstance(found, View):
            return self.existing([quote(name) for name in found.columns if name], COLUMNS)
        columns = list(found.columns.values()) if isinstance(found, Table) else []
        fitting = [column for column in columns if column.type.text.startswith(types)] if types else []
        return self.existing([quote(column.name) for column in fitting or columns], COLUMNS)

    def columns(self, table: str) -> list[str]:
        found = self.catalog.table(named(table))
        return [quote(name) for name in found.columns] if found else []

    def free_column(self, table: str) -> str:
        unused = [name for name in (*COLUMNS, *MORE_COLUMNS) if name not in self.columns(table)]
        return self.existing(unused, COLUMNS)

    def type_of(self, table: str, column: str) -> str:
        found = self.catalog.column(named(table), column.strip('"'))
        return found.type.text if found else "int"

    def kind_of(self, view: str) -> str:
        found = self.catalog.view(named(view))
        return "MATERIALIZED VIEW" if found and found.materialized else "VIEW"

    def index_of(self, table: str) -> str:
        """A unique index that no constraint has."""
        indexes = self.catalog.indexes_of(named(table))
        found = [quote(index.name.name) for index in indexes if index.definition.unique and not index.constraint]
        return self.existing(found, NAMES)

    def constraint(self, table: str) -> str:
        found = self.catalog.table(named(table))
        return self.existing([quote(name) for name in found.constraints] if found else (), NAMES)

    def index(self) -> str:
        return self.existing([self.shown(index.name) for index in self.catalog.indexes()], NAMES)

    def sequence(self) -> str:
        return self.existing([self.shown(each.name) for each in self.catalog.sequences()], ("s", "t"))

    def view(self) -> str:
        return self.existing([self.shown(view.name) for view in self.catalog.views()], ("v", "w"))

    def enum(self) -> str:
        return self.existing([self.shown(enum.name) for enum in self.catalog.enums()], ("mood",))

    def function(self) -> str:
        found = [self.shown(each.name) for each in self.catalog.all_functions() if each.arguments == ("integer",)]
        return self.existing(found, ("f",))

    # --- parts ---

    def type(self) -> str:
        return self.enum() if self.one_in(8) else self.among(*TYPES)

    def default(self, kind: str = "int") -> str:
        if kind.startswith(NUMBERS) or self.one_in(10):
            sequence = self.sequence().replace("'", "''")
            return self.among("1", "2 + 3", "'4'", "NULL", f"nextval('{sequence}')", f"{self.function()}(2)")
        if kind.startswith(("text", "varchar")):
            return self.among("'u'", "'it''s'", "NULL", "'a' || 'b'")
        return self.among("NULL", "'u'", f"'u'::{self.enum()}", "now()")

    def check(self, columns: Sequence[str]) -> str:
        x = self.existing(columns, COLUMNS)
        y = self.existing(columns, COLUMNS)
        return self.among(
            f"{x} IS NOT NULL",
            f"{x} IN (1, 2)",
            f"{x} BETWEEN 1 AND 5 AND {y} IS NULL",
            f"{x}::text <> 'u'",
            "1 < 2",
            f"{x} IS NULL OR {y} IS NULL",
            f"{x} <> {y}",
            f"{x} > 0",
            f"{self.function()}({x}) > 1",
            f"{x} <> 'u'",
        )

    def references(self) -> str:
        """To the columns of a unique index, mostly."""
        keys = [
            (self.shown(index.table), index.columns[0])
            for index in self.catalog.indexes()
            if index.definition.unique and len(index.columns) == 1 and index.columns[0]
        ]
        if keys and not self.one_in(10):
            table, column = self.draw(st.sampled_from(keys))
        else:
            table = self.table()
            column = self.column(table)
        return f"REFERENCES {table} ({column})" + self.among("", "", " ON DELETE CASCADE", " ON UPDATE SET NULL")

    def name(self, count: int = 3) -> str:
        return self.maybe(f"CONSTRAINT {self.among(*NAMES)} ", count)

    def several(self, columns: Sequence[str]) -> str:
        first = self.existing(columns, COLUMNS)
        second = self.existing(columns, COLUMNS) if self.one_in(3) else first
        return first if first == second else f"{first}, {second}"

    def table_constraint(self, columns: Sequence[str], *, existing: bool = False, key: bool = True) -> str:
        kinds = ("UNIQUE", "UNIQUE", "CHECK", "CHECK", "FOREIGN KEY", "FOREIGN KEY", "EXCLUDE")
        text = self.among(*kinds, *(("PRIMARY KEY",) if key else ()))
        if text == "CHECK":
            return f"{self.name()}CHECK ({self.check(columns)})" + self.among("", "", "", " NOT VALID", " NO INHERIT")
        if text == "FOREIGN KEY":
            rest = self.among("", "", " DEFERRABLE", " INITIALLY DEFERRED", " NOT VALID" if existing else "")
            return f"{self.name()}FOREIGN KEY ({self.existing(columns, COLUMNS)}) {self.references()}{rest}"
        if text == "EXCLUDE":
            return f"{self.name()}EXCLUDE USING btree ({self.existing(columns, COLUMNS)} WITH =)"
        include = self.maybe(f" INCLUDE ({self.existing(columns, COLUMNS)})", 5)
        return f"{self.name()}{text} ({self.several(columns)}){include}{self.maybe(' DEFERRABLE', 6)}"

    def definition(self, name: str, columns: Sequence[str], *, key: bool = True) -> str:
        """What follows the name of a column of a table with these columns; `key`: it may be the primary key."""
        others = [column for column in columns if column != name]
        kind = self.among("serial", "bigserial") if self.one_in(10) else self.type()
        values = [f"DEFAULT {self.default(kind)}"]
        if kind in WHOLE:
            values.append(f"GENERATED {self.among('ALWAYS', 'BY DEFAULT')} AS IDENTITY")
            values.append(f"GENERATED ALWAYS AS ({self.existing(others, COLUMNS)} + 1) STORED")
        rest = [
            f"{self.maybe(self.name(1), 4)}NOT NULL",
            "UNIQUE",
            f"{self.name()}UNIQUE",
            f"{self.name()}CHECK ({self.check(columns)})",
            self.references(),
            *(("PRIMARY KEY",) if key else ()),
        ]
        value = self.maybe(self.among(*values), 3) if "serial" not in kind else ""
        return " ".join(part for part in (kind, value, self.maybe(self.among(*rest), 2)) if part)

    def bound(self, parent: str) -> str:
        """One that suits the partitioned table, mostly; `DEFAULT` always does."""
        found = self.catalog.table(named(parent))
        if self.one_in(6) or found is None or found.partition_by is None:
            return "DEFAULT"
        if found.partition_by.strategy == "hash":
            return f"FOR VALUES WITH (MODULUS 3, REMAINDER {self.among('0', '1', '2')})"
        if found.partition_by.strategy == "list":
            return self.among("FOR VALUES IN (1)", "FOR VALUES IN (2, 3)", "FOR VALUES IN (4)", "FOR VALUES IN (NULL)")
        low = self.draw(st.sampled_from((0, 10, 20)))
        return f"FOR VALUES FROM ({low}) TO ({low + 10})"

    def cut(self, columns: Sequence[str]) -> str:
        return f" PARTITION BY {self.among('LIST', 'RANGE', 'RANGE')} ({self.existing(columns, COLUMNS)})"

    def query(self) -> str:
        source = self.relation()
        x, y = self.column(source), self.column(source)
        other = self.table()
        z = self.column(other)
        return self.among(
            f"SELECT * FROM {source}",
            f"SELECT {x} FROM {source}",
            f"SELECT {x}, {y} AS other FROM {source} WHERE {x} IS NULL",
            f"SELECT t.{x} AS n, {self.function()}(1), t.* FROM {source} t",
            f"SELECT count(*) AS n FROM {source}",
            f"SELECT {x} FROM {source} UNION SELECT {z} FROM {other}",
            f"SELECT 'u'::{self.enum()} AS e, {x} AS y FROM {source}",
            f"SELECT {x} FROM {source} t WHERE EXISTS (SELECT FROM {other} o WHERE o.{z} IS NULL)",
            f"SELECT * FROM {source} JOIN {other} USING ({x})",
            f"SELECT {x}, (SELECT max({z}) FROM {other}) AS top FROM {source}",
            f"WITH c AS (SELECT {x} FROM {source}) SELECT c.*, o.{z} AS n FROM c, {other} o",
            f"SELECT t.y FROM (SELECT {x} AS y, {y} AS z FROM {source}) t LEFT JOIN {other} o ON o.{z} IS NULL",
            f"SELECT s.* FROM {other} o, LATERAL (SELECT {x} FROM {source} WHERE o.{z} IS NULL) s",
            f"SELECT {x}, count({y}) FILTER (WHERE {y} IS NULL) AS n FROM {source} GROUP BY {x} ORDER BY 1",
            f"SELECT * FROM {source} NATURAL JOIN {other}",
            f"SELECT * FROM {source} NATURAL LEFT JOIN (SELECT {z} FROM {other}) s , generate_series(1, 2) AS g(n)",
            f"SELECT s.{x} AS n, t.* FROM {source} AS s (n, m), {other} t",
            f"SELECT * FROM {source}, {other}",
            f"SELECT coalesce({x}, {y}) AS n, max({x}) AS m, ARRAY[{y}] AS k FROM {source} GROUP BY {x}, {y}",
            f"SELECT CASE WHEN {x} IS NULL THEN {y} END, nullif({x}, {y}) AS n, {x} || 'u' AS k FROM {source}",
            f"SELECT {x} + 1 AS n, {y} * {x} AS m, -{x} AS k, sum({y}) OVER (), lag({x}) OVER () AS p FROM {source}",
            f"SELECT {x} AS n, 1 AS m FROM {source} UNION ALL SELECT {z}, 2.5 FROM {other}",
            f"SELECT row_number() OVER (PARTITION BY {x}) AS n, {y}::text FROM {source}",
        )

    def cascade(self) -> str:
        return self.maybe(" CASCADE", 2)

    def only(self) -> str:
        return self.maybe("ONLY ", 8)


def named(text: str) -> Name:
    schema, dot, name = text.rpartition(".")
    return Name(name.strip('"'), schema) if dot else Name(text.strip('"'))
