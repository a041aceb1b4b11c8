"""Writes what a blueprint declares as SQL, for the database's own grammar to read types and expressions."""

import re

from dblint.blueprint.nodes import Node
from dblint.blueprint.references import reference
from dblint.blueprint.sheet import Place, Sheet
from dblint.blueprint.tables import ColumnFacts, ListFacts, TableFacts
from dblint.keywords import POSTGRES
from dblint.names import quote as quote_postgres


class Writer:
    """Puts a sheet together. `left_out`: the nodes (by id) that turned out to be no SQL. `home`: the schema that is
    written of tables that name none."""

    def __init__(self, path: str, dialect: str, left_out: frozenset[int] = frozenset(), *, home: str = "") -> None:
        self.sheet = Sheet(path)
        self.dialect = dialect
        self.left_out = left_out
        self.home = home
        self._parts: list[str] = []
        self._length = 0

    def finished(self) -> Sheet:
        self.sheet.text = "".join(self._parts)
        return self.sheet

    def add(self, text: str, place: Place | None = None) -> None:
        """Text that comes from a place, if one is given; else from the same as the text before it."""
        if place is not None:
            self.sheet.starts.append(self._length)
            self.sheet.marks.append(place)
        self._parts.append(text)
        self._length += len(text)

    def quote(self, name: str) -> str:
        if self.dialect == "tsql":
            return f"[{name.replace(']', ']]')}]"
        return f'"{name}"' if name in POSTGRES else quote_postgres(name)

    def name(self, table: TableFacts) -> str:
        return self._qualified(table.schema, table.name)

    def _qualified(self, schema: str, name: str) -> str:
        schema = schema or self.home
        return f"{self.quote(schema)}.{self.quote(name)}" if schema else self.quote(name)

    # --- tables ---

    def table(self, table: TableFacts) -> None:
        """CREATE TABLE with all but foreign keys, which may point at tables that come later."""
        self.add(f"CREATE TABLE {self.name(table)} (", table.place)
        separator = "\n  "
        for column in table.columns.values():
            if writes(column, self.left_out):
                self.add(separator)
                self._column(column)
                separator = ",\n  "
        for text, place in self._constraints(table):
            self.add(separator)
            self.add(text, place)
            separator = ",\n  "
        self.add("\n);\n", table.place)

    def _usable(self, node: Node | None) -> bool:
        return node is not None and bool(node.text) and id(node) not in self.left_out

    def _column(self, column: ColumnFacts) -> None:
        said = column.said
        self.add(f"{self.quote(column.name)} ", column.place)
        computed = said.get("generated") or said.get("computed")
        if computed is not None and self._usable(computed):
            if self.dialect == "tsql":
                self.add(f"AS ({computed.text})", place_of(computed))
                return
            self.add(said["type"].text, place_of(said["type"]))
            self.add(f" GENERATED ALWAYS AS ({computed.text}) STORED", place_of(computed))
        else:
            self.add(said["type"].text, place_of(said["type"]))
        identity = said.get("identity")
        if identity is not None and identity.value not in (None, False):
            words = "ALWAYS" if identity.text == "always" else "BY DEFAULT"
            text = " IDENTITY(1,1)" if self.dialect == "tsql" else f" GENERATED {words} AS IDENTITY"
            self.add(text, place_of(identity))
        if column.nullable is False and not _is(said.get("primaryKey")):
            self.add(" NOT NULL", place_of(said["nullable"]))
        default = said.get("default")
        if default is not None and default.kind != "nothing" and id(default) not in self.left_out:
            self.add(f" DEFAULT {default_text(default)}", place_of(default))
        check = said.get("check")
        if check is not None and self._usable(check):
            self.add(f" CHECK ({check.text})", place_of(check))
        if _is(said.get("unique")):
            self.add(" UNIQUE", place_of(said["unique"]))

    def _constraints(self, table: TableFacts) -> list[tuple[str, Place]]:
        found: list[tuple[str, Place]] = []
        node = table.primary_key
        names = [column.name for column in table.columns.values() if _is(column.said.get("primaryKey"))]
        if node is not None:
            columns = node.get("columns") or node
            named = node.get("name")
            if names := columns.texts():
                found.append((f"{self._named(named)}PRIMARY KEY ({self._list(names)})", place_of(node)))
        elif names:
            first = table.columns[names[0]].said["primaryKey"]
            found.append((f"PRIMARY KEY ({self._list(names)})", place_of(first)))
        for unique in table.uniques:
            columns = unique.node.get("columns") or unique.node
            if names := columns.texts():
                text = f"{self._named(unique.node.get('name'))}UNIQUE ({self._list(names)})"
                found.append((text, unique.place))
        for check in table.checks:
            expression = check.node.get("expression") or check.node.get("check") or check.node
            if self._usable(expression):
                found.append((f"{self._named(check.node.get('name'))}CHECK ({expression.text})", check.place))
        return found

    def _named(self, name: Node | None) -> str:
        return f"CONSTRAINT {self.quote(name.text)} " if name is not None and name.text else ""

    def _list(self, names: list[str]) -> str:
        return ", ".join(map(self.quote, names))

    # --- what comes after the tables ---

    def after(self, table: TableFacts) -> None:
        """Foreign keys, indexes and row-level security of a table. An index that is listed serves a column that asks
        for one."""
        leading = {
            texts[0] for index in table.indexes if (columns := index.node.get("columns")) and (texts := columns.texts())
        }
        for column in table.columns.values():
            node = column.said.get("foreignKey")
            if node is not None and self._usable(column.said.get("type")):
                self._foreign_key(table, node, [column.name], place_of(node))
            asked = column.said.get("index")
            if asked is not None and column.name not in leading and self._usable(column.said.get("type")):
                self._column_index(table, column, asked)
        for key in table.keys:
            columns = key.node.get("columns") or key.node.get("column")
            if columns is not None and (names := columns.texts()):
                self._foreign_key(table, key.node.get("references") or key.node, names, key.place, key.node)
        for index in table.indexes:
            self._index(table, index)
        if self.dialect == "postgres" and table.row_security is not None:
            self._row_security(table, table.row_security)

    def _foreign_key(
        self, table: TableFacts, target: Node, columns: list[str], place: Place, whole: Node | None = None
    ) -> None:
        schema, name, referenced = reference(target, mixed=whole is target)
        if not name:
            return
        text = f"ALTER TABLE {self.name(table)} ADD {self._named((whole or target).get('name'))}"
        text += f"FOREIGN KEY ({self._list(columns)}) REFERENCES {self._qualified(schema, name)}"
        text += f" ({self._list(referenced)})" if referenced else ""
        for key, word in (("onDelete", "DELETE"), ("onUpdate", "UPDATE")):
            action = target.get(key) or (whole.get(key) if whole is not None else None)
            if action is not None and action.text:
                said = re.sub(r"[_-]", " ", action.text).upper()
                text += f" ON {word} {'NO ACTION' if self.dialect == 'tsql' and said == 'RESTRICT' else said}"
        not_valid = (whole or target).get("notValid")
        self.add(text + (" NOT VALID" if _is(not_valid) and self.dialect == "postgres" else "") + ";\n", place)

    def _column_index(self, table: TableFacts, column: ColumnFacts, index: Node) -> None:
        if index.value is False or index.kind == "nothing":
            return
        name = self.quote(index.text) if index.kind == "text" else self._index_name(table, [column.name])
        self.add(f"CREATE INDEX {_spaced(name)}ON {self.name(table)} ({self.quote(column.name)});\n", place_of(index))

    def _index_name(self, table: TableFacts, columns: list[str]) -> str:
        """SQL Server makes up no names for indexes."""
        return self.quote("_".join(["IX", table.name, *columns])) if self.dialect == "tsql" else ""

    def _index(self, table: TableFacts, index: ListFacts) -> None:
        node = index.node
        columns = node.get("columns")
        keys = [key for each in (columns.elements() if columns else ()) if (key := self.index_key(each))]
        if not keys or index.broken or id(node) in self.left_out:
            return
        method = node.get("type") or node.get("method")
        kind = method.text.lower() if method is not None else ""
        unique = "UNIQUE " if _is(node.get("unique")) else ""
        name = self.quote(index.name) if index.name else self._index_name(table, keys)
        if self.dialect == "tsql":
            kind = f"{kind.upper()} " if kind in ("clustered", "nonclustered") else ""
            text = f"CREATE {unique}{kind}INDEX {_spaced(name)}ON {self.name(table)} ({', '.join(keys)})"
        else:
            using = f" USING {kind}" if kind and kind not in ("clustered", "nonclustered") else ""
            text = f"CREATE {unique}INDEX {_spaced(name)}ON {self.name(table)}{using} ({', '.join(keys)})"
        include = node.get("include")
        if include is not None and include.texts():
            text += f" INCLUDE ({self._list(include.texts())})"
        if _is(node.get("nullsNotDistinct")) and self.dialect == "postgres":
            text += " NULLS NOT DISTINCT"
        where = node.get("where")
        if where is not None and where.text:
            text += f" WHERE {where.text}"
        self.add(f"{text};\n", index.place)

    def index_key(self, node: Node) -> str:
        """A key as SQL writes it, "" where nothing is said that could be one."""
        if isinstance(node.content, str):
            plain = _PLAIN_KEY.match(node.text)
            if plain is None:
                return node.text and (node.text if node.text.startswith("(") else f"({node.text})")
            return f"{self.quote(plain[1])}{plain[2]}"
        column, expression = node.get("column") or node.get("name"), node.get("expression")
        if expression is not None and expression.text:
            text = f"({expression.text})"
        elif column is not None and column.text:
            text = self.quote(column.text)
        else:
            return ""
        for key, word in (("collation", " COLLATE {}"), ("operatorClass", " {}"), ("order", " {}")):
            said = node.get(key)
            text += word.format(said.text) if said is not None and said.text else ""
        nulls = node.get("nulls")
        return text + (f" NULLS {nulls.text.upper()}" if nulls is not None and nulls.text else "")

    def _row_security(self, table: TableFacts, node: Node) -> None:
        name = self.name(table)
        enabled, forced = node.get("enabled"), node.get("forced") or node.get("force")
        if _is(enabled):
            self.add(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\n", place_of(node))
        if forced is not None and _is(forced):
            self.add(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;\n", place_of(forced))
        for policy in policies_of(node):
            text = f"CREATE POLICY {self.quote(policy.name)} ON {name}"
            body = policy.node
            if body.get("permissive") is not None and not _is(body.get("permissive")):
                text += " AS RESTRICTIVE"
            command, roles = body.get("command"), body.get("roles")
            text += f" FOR {command.text.upper()}" if command is not None and command.text else ""
            text += f" TO {', '.join(roles.texts())}" if roles is not None and roles.texts() else ""
            using = body.get("using") if isinstance(body.content, dict) else body
            check = body.get("check") or body.get("withCheck")
            text += f" USING ({using.text})" if using is not None and using.text else ""
            text += f" WITH CHECK ({check.text})" if check is not None and check.text else ""
            if id(body) not in self.left_out:
                self.add(f"{text};\n", policy.place)


_PLAIN_KEY = re.compile(r"\"?([A-Za-z_]\w*)\"?((?:\s+[A-Za-z_]\w*)*)\s*\Z")
_WORD = re.compile(r"[A-Za-z][\w-]*\Z")
_KEYWORDS = frozenset(
    "true false null current_timestamp current_date current_time current_user current_role session_user localtime "
    "localtimestamp user".split()
)
UNNAMED_POLICY = "(the policy)"


def writes(column: ColumnFacts, left_out: frozenset[int]) -> bool:
    """Whether a column is written: its type is said, and it is one."""
    kind = column.said.get("type")
    return kind is not None and bool(kind.text) and id(kind) not in left_out


def place_of(node: Node) -> Place:
    """A value's own place; of a long one its key."""
    return Place(node.source, node.span if isinstance(node.content, str) else node.line_span)


def policies_of(node: Node) -> list[ListFacts]:
    """The policies of a table's row-level security; the one that is only a condition has a name that none can have."""
    alone = node.get("policy")
    found = [ListFacts(place=place_of(alone), node=alone, name=UNNAMED_POLICY)] if alone and alone.text else []
    policies = node.get("policies")
    for each in policies.elements() if policies is not None else ():
        named = each.get("name")
        if named is not None and named.text:
            found.append(ListFacts(place=place_of(named), node=each, name=named.text))
    return found


def default_text(node: Node) -> str:
    """A default as SQL writes it: a single plain word, which would be a column's name, is meant as text."""
    text = node.text
    if node.plain and node.kind in ("number", "boolean"):
        return text
    if not text or (_WORD.match(text) and text.lower() not in _KEYWORDS):
        return "'" + text.replace("'", "''") + "'"
    return text


def _spaced(name: str) -> str:
    return f"{name} " if name else ""


def _is(node: Node | None) -> bool:
    return node is not None and node.is_true
