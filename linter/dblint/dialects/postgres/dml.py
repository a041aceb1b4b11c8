"""SELECT, INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY and CALL."""

from collections.abc import Callable
from typing import Any

from msgspec import json
from msgspec.structs import replace

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import Facts, expression, expression_of
from dblint.dialects.postgres.options import literal_text
from dblint.dialects.postgres.queries import query_of
from dblint.dialects.postgres.shapes import shape_of
from dblint.dialects.postgres.tables import table_from_query
from dblint.dialects.postgres.tree import (
    CallStmt,
    CopyStmt,
    DeleteStmt,
    InsertStmt,
    IntoClause,
    MergeStmt,
    Node,
    TruncateStmt,
    UpdateStmt,
    opened,
    qualified,
)
from dblint.operations import (
    Call,
    Copy,
    Delete,
    Expression,
    Insert,
    Merge,
    Operation,
    Query,
    Select,
    SetVariable,
    Truncate,
    Update,
)
from dblint.source import Span

_SET = Phrases("SET")
_WHERE = Phrases("WHERE")
_AFTER_SET = Phrases("FROM", "WHERE", "RETURNING")
_AFTER_WHERE = Phrases("RETURNING")
_AFTER_ROWS = Phrases("ON CONFLICT", "RETURNING")
_AS = Phrases("AS")


def select(site: Site, raw: Any) -> list[Operation]:
    return select_of(site, json.decode(raw))


def select_of(site: Site, node: Node) -> list[Operation]:
    """A SELECT of its own: a table for SELECT INTO, a setting for set_config, what its WITH changes first."""
    query, facts = query_of(site, node, site.start, site.end)
    operations = _modifying(facts)
    into = _into(node)
    if into is not None:
        return [*operations, table_from_query(site, into, replace(query, shape=shape_of(node)))]
    operations.append(Select(statement=site.statement, span=site.whole, query=query))
    for wrapped in node.get("targetList", ()) if any(f.name.name == "set_config" for f in query.functions) else ():
        operations.extend(_set_config(site, wrapped["ResTarget"].get("val", {})))
    return operations


def _into(node: Node) -> IntoClause | None:
    while "larg" in node:
        node = node["larg"]
    if "intoClause" not in node:
        return None
    return json.decode(json.encode(node["intoClause"]), type=IntoClause)


def _set_config(site: Site, value: Node) -> list[Operation]:
    """SELECT set_config('search_path', 'a, b', false) is a SET in disguise."""
    call = value.get("FuncCall", {})
    arguments = call.get("args", ())
    if not arguments or qualified(call["funcname"]).name != "set_config" or len(arguments) != 3:
        return []
    if not all("A_Const" in argument for argument in arguments):
        return []
    name, text, local = (literal_text(argument) for argument in arguments)
    parts = tuple([part.strip().strip('"') for part in text.split(",")])
    return [
        SetVariable(
            statement=site.statement,
            span=site.whole,
            name=name.lower(),
            value=text,
            values=parts if text else (),
            local=local.lower() in ("true", "t", "on", "yes", "1"),
        )
    ]


def _modifying(facts: Facts) -> list[Operation]:
    """What data-modifying CTEs do, as operations of their own; they see the CTEs before them."""
    operations: list[Operation] = []
    for kind, node, location in facts.modifying:
        inside = facts.site.parenthesis(
            facts.site.after(_AS, facts.site.name_end(facts.site.offset(location)), facts.site.end), facts.site.end
        )
        place = facts.site.trimmed(*inside) if inside else (facts.site.start, facts.site.end)
        struct, lower = _MODIFYING[kind]
        statement = json.decode(json.encode(node), type=struct)
        operations.extend(lower(facts.site.within(*place), statement, facts.ctes))
    return operations


def _opened_with(site: Site, raw: Any, ctes: frozenset[str]) -> Facts:
    """The facts of a statement's WITH clause; its names stay in scope."""
    facts = Facts(site, ctes)
    if raw:
        facts.common_tables(json.decode(raw))
    return facts


NO_CTES: frozenset[str] = frozenset()


# --- INSERT -------------------------------------------------------------------------------------


def insert(site: Site, node: InsertStmt, ctes: frozenset[str] = NO_CTES) -> list[Operation]:
    facts = _opened_with(site, node.with_clause, ctes)
    operations = _modifying(facts)
    columns = tuple([item["ResTarget"]["name"] for item in node.cols])
    after = site.name_end(site.offset(node.relation.location))
    rows = 0
    query: Query | None = None
    literals: list[tuple[str, str]] = []
    spans: list[Span] = []
    source = opened(node.query).get("SelectStmt")
    if source is None:
        rows = 1
    elif "valuesLists" in source and "withClause" not in source:
        rows = len(source["valuesLists"])
        for row in source["valuesLists"]:
            for number, value in enumerate(row["List"].get("items", ())):
                _note(site, value, columns[number] if number < len(columns) else "", literals, spans, facts)
    else:
        begin = _past_columns(site, bool(columns), after)
        end = site.find(_AFTER_ROWS, begin, site.end)
        place = site.trimmed(begin, end.start if end else site.end)
        query, inner = query_of(site, source, *place, ctes=facts.ctes)
        operations += _modifying(inner)
        facts.tables.extend(query.tables)
    conflict = node.on_conflict
    if conflict is not None and conflict.action == "ONCONFLICT_UPDATE":
        for part in (conflict.targets, conflict.where):
            if part:
                facts.walk(json.decode(part))
    action = conflict.action if conflict is not None else ""
    operations.append(
        Insert(
            statement=site.statement,
            span=site.whole,
            table=node.relation.name,
            columns=columns,
            rows=rows,
            query=query,
            on_conflict="update" if action == "ONCONFLICT_UPDATE" else "nothing" if action else "",
            literals=tuple(literals),
            literal_spans=tuple(spans),
            reads=tuple(facts.tables),
        )
    )
    return operations


def _past_columns(site: Site, listed: bool, start: int) -> int:
    """Where the query of INSERT starts: after alias, column list and OVERRIDING."""
    alias = site.words_at(start, "AS")
    position = site.name_end(site.past_gap(alias)) if alias >= 0 else start
    if listed:
        inside = site.parenthesis(position, site.end)
        position = inside[1] + 1 if inside else position
    for kind in ("USER", "SYSTEM"):
        overriding = site.words_at(position, "OVERRIDING", kind, "VALUE")
        position = max(position, overriding)
    return site.past_gap(position)


def _note(
    site: Site, value: Node, column: str, literals: list[tuple[str, str]], spans: list[Span], facts: Facts
) -> None:
    """Keeps the value if it is a string literal, perhaps behind casts; walks it if it is more than a literal."""
    inner = value
    while "TypeCast" in inner:
        inner = inner["TypeCast"].get("arg", {})
    constant = inner.get("A_Const")
    if constant is None:
        facts.walk(value)
    elif "sval" in constant:
        start = site.offset(constant.get("location", 0))
        literals.append((column, constant["sval"].get("sval", "")))
        spans.append(site.span(start, site.string_end(start)))


# --- UPDATE, DELETE, MERGE ----------------------------------------------------------------------


def _where(site: Site, raw: Any, start: int) -> Expression | None:
    if not raw:
        return None
    begin = site.after(_WHERE, start, site.end)
    end = site.find(_AFTER_WHERE, begin, site.end)
    return expression(site, raw, *site.trimmed(begin, end.start if end else site.end))


def update(site: Site, node: UpdateStmt, ctes: frozenset[str] = NO_CTES) -> list[Operation]:
    facts = _opened_with(site, node.with_clause, ctes)
    operations = _modifying(facts)
    begin = site.after(_SET, site.name_end(site.offset(node.relation.location)), site.end)
    after = site.find(_AFTER_SET, begin, site.end)
    end = after.start if after else site.end
    if node.sources:
        facts.walk(json.decode(node.sources))
    assignments = _assignments(site, node.targets, site.parts(begin, end))
    where = _where(site, node.where, end)
    values = {id(value): value for _, value in assignments}.values()
    for each in (*values, *([where] if where is not None else [])):
        facts.tables.extend(use for use in each.tables if use.name.name not in facts.ctes)
    operations.append(
        Update(
            statement=site.statement,
            span=site.whole,
            table=node.relation.name,
            assignments=assignments,
            where=where,
            reads=tuple(facts.tables),
            joined=bool(node.sources),
        )
    )
    return operations


def _assignments(site: Site, targets: list[Node], places: list[tuple[int, int]]) -> tuple[tuple[str, Expression], ...]:
    """Column and value of each assignment; `(a, b) = …` gives its columns one value together."""
    found: list[tuple[str, Expression]] = []
    shared: Expression | None = None
    place = iter(places)
    for wrapped in targets:
        target = wrapped["ResTarget"]
        value = target.get("val", {})
        several = value.get("MultiAssignRef")
        if several is None or several.get("colno", 1) == 1:
            start, end = next(place, (site.start, site.end))
            start = _past_equals(site, start, end)
            shared = expression_of(site, several["source"] if several else value, start, end)
        assert shared is not None
        found.append((target["name"], shared))
    return tuple(found)


def _past_equals(site: Site, start: int, end: int) -> int:
    """Where the value of `column = value` starts; the column may be quoted, in parentheses or subscripted."""
    position = start
    text = site.text
    if text.startswith("(", start):
        inside = site.parenthesis(start, end)
        position = inside[1] if inside else start
    else:
        position = site.name_end(start)
    equals = text.find("=", position, end)
    return site.past_gap(equals + 1) if equals >= 0 else start


def delete(site: Site, node: DeleteStmt, ctes: frozenset[str] = NO_CTES) -> list[Operation]:
    facts = _opened_with(site, node.with_clause, ctes)
    operations = _modifying(facts)
    if node.sources:
        facts.walk(json.decode(node.sources))
    where = _where(site, node.where, site.name_end(site.offset(node.relation.location)))
    if where is not None:
        facts.tables.extend(use for use in where.tables if use.name.name not in facts.ctes)
    operations.append(
        Delete(
            statement=site.statement,
            span=site.whole,
            table=node.relation.name,
            where=where,
            reads=tuple(facts.tables),
            joined=bool(node.sources),
        )
    )
    return operations


def merge(site: Site, node: MergeStmt, ctes: frozenset[str] = NO_CTES) -> list[Operation]:
    facts = _opened_with(site, node.with_clause, ctes)
    operations = _modifying(facts)
    for part in (node.source, node.condition, node.branches):
        if part:
            facts.walk(json.decode(part))
    operations.append(
        Merge(statement=site.statement, span=site.whole, table=node.relation.name, reads=tuple(facts.tables))
    )
    return operations


_MODIFYING: dict[str, tuple[type[Any], Callable[[Site, Any, frozenset[str]], list[Operation]]]] = {
    "InsertStmt": (InsertStmt, insert),
    "UpdateStmt": (UpdateStmt, update),
    "DeleteStmt": (DeleteStmt, delete),
    "MergeStmt": (MergeStmt, merge),
}


# --- TRUNCATE, COPY, CALL -----------------------------------------------------------------------


def truncate(site: Site, node: TruncateStmt) -> list[Operation]:
    together = tuple([item.relation.name for item in node.relations])
    operations: list[Operation] = []
    for item in node.relations:
        start = site.offset(item.relation.location)
        alone = len(together) == 1
        operations.append(
            Truncate(
                statement=site.statement,
                span=site.whole if alone else site.span(start, site.name_end(start)),
                table=item.relation.name,
                cascade=node.behavior == "DROP_CASCADE",
                together=together,
            )
        )
    return operations


def copy(site: Site, node: CopyStmt) -> list[Operation]:
    """COPY of a table."""
    assert node.relation is not None
    return [Copy(statement=site.statement, span=site.whole, table=node.relation.name, into=node.is_from)]


def call(site: Site, node: CallStmt) -> list[Operation]:
    facts = Facts(site)
    facts.walk(node.funccall.get("args", ()))
    name, literals = qualified(node.funccall["funcname"]), tuple(facts.strings)
    return [Call(statement=site.statement, span=site.whole, name=name, literals=literals)]
