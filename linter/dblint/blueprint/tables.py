"""What a blueprint says of tables, columns, keys and indexes, from all of its documents, and where they contradict."""

from collections.abc import Iterator

from msgspec import Struct, field

from dblint.blueprint.blueprint import Blueprint, Document
from dblint.blueprint.nodes import Node
from dblint.blueprint.references import reference
from dblint.blueprint.sheet import Place
from dblint.blueprint.validation import is_bare_indexes, is_lone_table
from dblint.source import Source


class ColumnFacts(Struct, kw_only=True):
    """A column: `said` holds what is said of it, by the key that says it."""

    name: str
    place: Place
    said: dict[str, Node] = field(default_factory=dict)

    @property
    def nullable(self) -> bool | None:
        """Whether NULL is allowed; None where nothing is said."""
        node = self.said.get("nullable")
        if node is not None and isinstance(node.value, bool):
            return node.value
        key = self.said.get("primaryKey")
        return False if key is not None and key.is_true else None


class ListFacts(Struct, kw_only=True):
    """One of the things that stand in a list under a table: an index, a key, a check, a policy. `broken`: as of a
    table."""

    place: Place
    node: Node
    name: str = ""
    broken: bool = False


class TableFacts(Struct, kw_only=True):
    """A table as all documents together describe it. `broken`: a part of its description cannot be understood.

    `indexes`, `keys`, `uniques` and `checks`: what is said of the table as a whole. `primary_key`: likewise.
    `listing`: where its indexes are listed.
    """

    name: str
    schema: str
    place: Place
    node: Node
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    primary_key: Node | None = None
    indexes: list[ListFacts] = field(default_factory=list)
    keys: list[ListFacts] = field(default_factory=list)
    uniques: list[ListFacts] = field(default_factory=list)
    checks: list[ListFacts] = field(default_factory=list)
    row_security: Node | None = None
    listing: Place | None = None
    broken: bool = False

    @property
    def retired(self) -> bool:
        return is_retired(self.node)


class Contradiction(Struct, frozen=True):
    """Two places that say different things of one fact; the first counts. `subject`: "orders.status". `here`: what
    the second says, where its text alone does not tell."""

    subject: str
    key: str
    first: Node
    second: Node
    here: str = ""


class Facts(Struct, kw_only=True):
    """Everything declared about the schema. `indexed`: whether the documents speak of indexes at all, so that one
    they do not list is not declared. A table of the default schema is in "". `nameless`: there is a table whose name is
    not understood, so that it may be any."""

    default_schema: str
    tables: dict[tuple[str, str], TableFacts] = field(default_factory=dict)
    contradictions: list[Contradiction] = field(default_factory=list)
    orphans: list[tuple[str, Node]] = field(default_factory=list)
    """Tables that have indexes declared and nothing else, each with the place."""
    indexed: bool = False
    nameless: bool = False
    slips: dict[Source, list[int]] = field(default_factory=dict)
    """Where in each document something is not understood."""

    def slipped(self, node: Node) -> bool:
        """Whether something in a value is not understood."""
        return any(node.start <= at < node.end for at in self.slips.get(node.source, ()))


SAID_OF_COLUMNS = (
    *("type", "nullable", "primaryKey", "default", "unique", "index", "foreignKey", "check", "identity"),
    *("generated", "computed", "collation", "enum", "retired", "renamedFrom"),
)
_SAME = frozenset({"nullable", "primaryKey", "unique"})
"""What two documents say equally or not, word for word; types and expressions are compared by meaning."""


def is_retired(node: Node) -> bool:
    """Whether something is declared to be on its way out."""
    found = node.get("retired")
    return found is not None and found.value not in (None, False, "")


def facts_of(blueprint: Blueprint, default_schema: str) -> Facts:
    """What the documents say, in the order in which they count. `default_schema`: what a table without one is in."""
    facts = Facts(default_schema=default_schema)
    for fault in blueprint.faults:
        if fault.kind not in ("old spelling", "unknown section"):
            facts.slips.setdefault(fault.source, []).append(fault.span.start)
    for document in blueprint.documents:
        if document.role == "rules":
            continue
        for schema, name, place, node in _tables_of(document):
            if not name:
                facts.nameless = True
                continue
            _add_table(facts, schema, name, place, node)
    for document in blueprint.documents:
        if document.role != "rules":
            _add_indexes(facts, document)
    facts.indexed = facts.indexed or any(
        "index" in column.said for table in facts.tables.values() for column in table.columns.values()
    )
    return facts


def _tables_of(document: Document) -> Iterator[tuple[str, str, Place, Node]]:
    """Each table's schema ("" where none is said), name, place and body."""
    root = document.root
    if is_lone_table(document):
        stem = document.source.path.rpartition("/")[2].rpartition(".")[0]
        yield from _table("", root, stem)
        return
    yield from _listed_tables("", root.get("tables"))
    schemas = root.get("schemas")
    for schema, body in schemas.items() if schemas else ():
        yield from _listed_tables(schema, body.get("tables"))


def _listed_tables(schema: str, tables: Node | None) -> Iterator[tuple[str, str, Place, Node]]:
    if tables is None:
        return
    for node in tables.elements():
        yield from _table(schema, node, "")
    for name, node in tables.items():
        yield schema, name, Place(node.source, node.line_span), node


def _table(schema: str, node: Node, otherwise: str) -> Iterator[tuple[str, str, Place, Node]]:
    named = node.get("name")
    name = named.text if named is not None else otherwise
    if name or isinstance(node.content, dict):
        yield schema, name, Place(node.source, named.span if named is not None else node.line_span), node


def _add_table(facts: Facts, schema: str, name: str, place: Place, node: Node) -> None:
    own = node.get("schema")
    schema = own.text if own is not None and own.text else schema
    schema = "" if schema == facts.default_schema else schema
    key = (schema, name)
    table = facts.tables.get(key)
    if table is None:
        table = facts.tables[key] = TableFacts(name=name, schema=schema, place=place, node=node)
    table.broken |= facts.slipped(node)
    table.primary_key = table.primary_key or node.get("primaryKey")
    table.row_security = table.row_security or node.get("rowLevelSecurity") or node.get("rls")
    for column, where, body in _columns_of(node):
        _add_column(facts, table, column, where, body)
    for attribute, keys in (
        ("keys", ("foreignKeys",)),
        ("uniques", ("uniqueConstraints",)),
        ("checks", ("checks", "checkConstraints")),
    ):
        known: list[ListFacts] = getattr(table, attribute)
        for each in keys:
            known += _items(node.get(each), {item.name for item in known if item.name})
    indexes = node.get("indexes")
    if indexes is not None:
        facts.indexed = True
        _merge_indexes(facts, table, indexes)


def _columns_of(table: Node) -> Iterator[tuple[str, Place, Node]]:
    columns = table.get("columns")
    if columns is None:
        return
    for node in columns.elements():
        named = node.get("name")
        if named is not None and named.text:
            yield named.text, Place(node.source, named.span), node
    for name, node in columns.items():
        yield name, Place(node.source, node.line_span), node


def _add_column(facts: Facts, table: TableFacts, name: str, place: Place, node: Node) -> None:
    column = table.columns.get(name)
    if column is None:
        column = table.columns[name] = ColumnFacts(name=name, place=place)
    for key in SAID_OF_COLUMNS:
        said = node.get(key)
        if said is None:
            continue
        first = column.said.setdefault(key, said)
        if first is not said and _differ(key, first, said):
            facts.contradictions.append(Contradiction(f"{table.name}.{name}", key, first, said))


def _differ(key: str, first: Node, second: Node) -> bool:
    """Whether two documents may mean different things; for types and expressions the server's grammar decides."""
    if key in _SAME:
        return first.value != second.value
    if key == "foreignKey":
        return reference(first) != reference(second)
    return key in ("type", "default", "check") and first.text != second.text


def _items(node: Node | None, known: set[str]) -> list[ListFacts]:
    """The things in a list, without those whose name is known."""
    found = []
    for item in node.elements() if node is not None else ():
        named = item.get("name")
        name = named.text if named is not None else ""
        if not name or name not in known:
            place = Place(item.source, named.span if named is not None else item.line_span)
            found.append(ListFacts(place=place, node=item, name=name))
    return found


# --- indexes ----------------------------------------------------------------------------------


def _add_indexes(facts: Facts, document: Document) -> None:
    """The indexes that stand by themselves, under the name of their table or with it."""
    section = document.root if is_bare_indexes(document) else document.root.get("indexes")
    if section is None:
        return
    facts.indexed = True
    for name, node in section.items():
        table = _table_named(facts, name)
        if table is None:
            facts.orphans.append((name, node))
        else:
            _merge_indexes(facts, table, node)
    for node in section.elements():
        named = node.get("table")
        table = _table_named(facts, named.text) if named is not None else None
        if table is not None:
            _merge_indexes(facts, table, Node(node.source, node.start, node.end, [node]))
        elif named is not None:
            facts.orphans.append((named.text, named))


def _table_named(facts: Facts, name: str) -> TableFacts | None:
    schema, _, plain = name.rpartition(".")
    schema = "" if schema == facts.default_schema else schema
    if (schema, plain) in facts.tables:
        return facts.tables[schema, plain]
    found = [table for (_, each), table in facts.tables.items() if each == plain]
    return found[0] if len(found) == 1 and not schema else None


def _merge_indexes(facts: Facts, table: TableFacts, indexes: Node) -> None:
    known = {index.name: index for index in table.indexes if index.name}
    table.listing = table.listing or Place(indexes.source, indexes.line_span)
    for index in _items(indexes, set()):
        first = known.get(index.name)
        index.broken = facts.slipped(index.node)
        if first is None:
            table.indexes.append(index)
            continue
        for key in ("columns", "include", "where", "unique"):
            one, other = first.node.get(key), index.node.get(key)
            if one is not None and other is not None and _plain(one) != _plain(other):
                facts.contradictions.append(Contradiction(index.name, key, one, other))


def _plain(node: Node) -> object:
    if isinstance(node.content, str):
        return " ".join(node.text.lower().split())
    return node.plain_data()
