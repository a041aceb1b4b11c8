"""Expressions: one walk over a parse tree gathers the facts that questions are asked of."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import Raw

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.tree import Node, opened
from dblint.dialects.postgres.type_names import type_of
from dblint.lexer import normalise
from dblint.names import Name
from dblint.operations import ColumnUse, Expression, FunctionCall, Star, TableUse
from dblint.source import Span

_TRUE_WORDS = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE_WORDS = frozenset({"f", "false", "n", "no", "off", "0"})
NO_TABLES: frozenset[str] = frozenset()


@lru_cache(4096)
def key_of(text: str) -> str:
    """The text as it compares: without layout, comments and the case of words."""
    return normalise(text)


class Facts:
    """What one walk found. `ctes` are the names in scope that are no tables; `starred` while stars count."""

    __slots__ = (
        "columns", "ctes", "filtering", "filters", "functions", "locks_rows", "modifying", "other", "scope", "scope_of",
        "scopes", "site", "starred", "stars", "strings", "tables", "types",
    )  # fmt: skip

    def __init__(self, site: Site, ctes: frozenset[str] = NO_TABLES) -> None:
        self.site = site
        self.ctes = ctes
        self.columns: list[ColumnUse] = []
        self.filters: list[ColumnUse] = []
        """Those of the columns that stand in a WHERE clause."""
        self.functions: list[FunctionCall] = []
        self.tables: list[TableUse] = []
        self.types: list[Name] = []
        self.strings: list[str] = []
        self.stars: list[Star] = []
        self.modifying: list[tuple[str, Node, int]] = []
        """Data-modifying CTEs: the statement's kind, its node, and the location of the CTE's name."""
        self.scope = 0
        self.scopes = [-1]
        """Of each SELECT by its number, that of the one around it; 0 is what the walk began with."""
        self.scope_of: dict[int, int] = {}
        """The numbers of the SELECTs inside, by the id of the node."""
        self.filtering = False
        self.starred = True
        self.locks_rows = False
        self.other = False
        """Something is in it that is neither a literal, a cast nor an operator."""

    def walk(self, value: Any) -> None:
        for node in value if type(value) is list else (value,):
            if type(node) is dict:
                for kind, inner in node.items():
                    visit = _VISITS.get(kind)
                    if visit is not None:
                        visit(self, inner)
                    elif type(inner) is dict or type(inner) is list:
                        self.walk(inner)
            elif type(node) is list:
                self.walk(node)

    def column(self, node: Node) -> ColumnUse | None:
        """A ColumnRef as a use of a column; None for a star."""
        fields = node["fields"]
        last = fields[-1].get("String")
        if last is None:
            return None
        site = self.site
        location = node.get("location", 0)
        start = site.offset(location)
        return ColumnUse(
            last.get("sval", ""),
            fields[-2]["String"].get("sval", "") if len(fields) > 1 else "",
            # The parser itself writes the columns of CREATE RECURSIVE VIEW.
            site.span(start, site.column_end(start)) if location >= 0 else None,
            self.scope,
        )

    def relation(self, node: Node) -> None:
        """A RangeVar in FROM."""
        name = node.get("relname", "")
        if name not in self.ctes or node.get("schemaname"):
            self.tables.append(self.table_use(node))

    def table_use(self, node: Node) -> TableUse:
        site = self.site
        start = site.offset(node.get("location", 0))
        alias = node.get("alias")
        return TableUse(
            Name(node.get("relname", ""), node.get("schemaname", "")),
            site.span(start, site.name_end(start)),
            alias.get("aliasname", "") if alias else "",
            self.scope,
        )

    def common_tables(self, node: Node) -> None:
        """A WITH clause: its queries are walked, its names come into scope."""
        recursive = node.get("recursive", False)
        tables = [item["CommonTableExpr"] for item in node.get("ctes", ())]
        if recursive:
            self.ctes |= {table["ctename"] for table in tables}
        for table in tables:
            query = table["ctequery"]
            kind = next(iter(query))
            if kind == "SelectStmt":
                self.walk(query)
            else:
                self.modifying.append((kind, query[kind], table.get("location", 0)))
            if not recursive:
                self.ctes |= {table["ctename"]}

    def select(self, node: Node) -> None:
        """A SELECT inside what the walk began with: it has a scope of its own."""
        outer = self.scope
        self.scopes.append(outer)
        self.scope = self.scope_of[id(node)] = len(self.scopes) - 1
        self.query(node)
        self.scope = outer

    def query(self, node: Node) -> None:
        """A SELECT, its set operations and its own scope of CTE names."""
        outer, self.other = self.ctes, True
        if "withClause" in node:
            self.common_tables(node["withClause"])
        if "op" in node and "larg" in node:
            self.select(node["larg"])
            self.select(node["rarg"])
        for part, inner in node.items():
            if part in _NOT_IN_SELECT:
                continue
            if part == "targetList":
                for target in inner:
                    self._target(target["ResTarget"], node)
            elif part == "lockingClause":
                self.locks_rows = True
            elif part == "whereClause" and not self.filtering:
                seen, self.filtering = len(self.columns), True
                self.walk(inner)
                self.filters.extend(self.columns[seen:])
                self.filtering = False
            elif type(inner) is dict or type(inner) is list:
                self.walk(inner)
        self.ctes = outer

    def _target(self, target: Node, select: Node) -> None:
        star = self.star_of(target, select)
        if star is not None and self.starred:
            self.stars.append(star)
        if star is None or "A_Indirection" in target["val"]:
            self.walk(target.get("val"))

    def star_of(self, target: Node, select: Node) -> Star | None:
        """The star that an item of a select list is, if it is one: `*`, `t.*` or `(composite).*`."""
        value = target.get("val", {})
        reference = value.get("ColumnRef")
        if reference is not None:
            return self._star(reference, select) if "A_Star" in reference["fields"][-1] else None
        indirection = value.get("A_Indirection")
        if indirection is None or "A_Star" not in indirection["indirection"][-1]:
            return None
        site = self.site
        start = site.offset(target.get("location", 0))
        inside = site.parenthesis(start, site.end)
        end = site.fields_end(inside[1] + 1) if inside else start
        return Star(site.span(start, end), tables=(TableUse(Name(""), Span(0, 0)),))

    def _star(self, reference: Node, select: Node) -> Star:
        site = self.site
        fields = reference["fields"]
        location = reference.get("location", 0)
        start = site.offset(location)
        tables: list[TableUse] = []
        for source in select.get("fromClause", ()):
            self._sources(source, tables)
        return Star(
            # TABLE t is SELECT * FROM t, with the star left out.
            site.span(start, site.column_end(start)) if location >= 0 else site.whole,
            fields[-2]["String"].get("sval", "") if len(fields) > 1 else "",
            tuple(tables),
        )

    def _sources(self, node: Node, found: list[TableUse]) -> None:
        """What a FROM item stands for; what is no relation has an empty name."""
        if "JoinExpr" in node:
            self._sources(node["JoinExpr"]["larg"], found)
            self._sources(node["JoinExpr"]["rarg"], found)
            return
        relation = node.get("RangeVar")
        if relation is not None and (relation.get("schemaname") or relation.get("relname", "") not in self.ctes):
            found.append(self.table_use(relation))
        elif "RangeTableSample" in node:
            self._sources(node["RangeTableSample"]["relation"], found)
        else:
            inner: Node = next(iter(node.values()))
            alias = inner.get("alias", {}).get("aliasname", "") or inner.get("relname", "")
            found.append(TableUse(Name(""), Span(0, 0), alias))


_NOT_IN_SELECT = frozenset({"withClause", "larg", "rarg", "intoClause"})


def _visit_column(facts: Facts, node: Node) -> None:
    facts.other = True
    column = facts.column(node)
    if column is not None:
        facts.columns.append(column)


def _string_argument(node: Node) -> str | None:
    """The string literal that an argument is, perhaps behind casts."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    constant = node.get("A_Const", {})
    return constant["sval"].get("sval", "") if "sval" in constant else None


def _visit_call(facts: Facts, node: Node) -> None:
    facts.other = True
    names = node["funcname"]
    arguments = node.get("args", ())
    facts.functions.append(
        FunctionCall(
            Name(names[-1]["String"]["sval"], names[-2]["String"]["sval"] if len(names) > 1 else ""),
            len(arguments),
            tuple([text for item in arguments if (text := _string_argument(item)) is not None]) if arguments else (),
        )
    )
    for part in ("args", "agg_order", "agg_filter", "over"):
        if part in node:
            facts.walk(node[part])


def _visit_value(facts: Facts, node: Node) -> None:
    facts.other = True
    facts.functions.append(FunctionCall(Name(sql_value(node))))


def sql_value(node: Node) -> str:
    """CURRENT_DATE and the like in lower case, without precision."""
    return str(node.get("op", "SVFOP_CURRENT_DATE").removeprefix("SVFOP_").removesuffix("_N").lower())


def _visit_constant(facts: Facts, node: Node) -> None:
    if "sval" in node:
        facts.strings.append(node["sval"].get("sval", ""))


def _visit_type(facts: Facts, node: Node) -> None:
    facts.types.append(type_of(node).name)


def _visit_sublink(facts: Facts, node: Node) -> None:
    if "testexpr" in node:
        facts.walk(node["testexpr"])
    if node.get("subLinkType") == "EXISTS_SUBLINK":
        starred, facts.starred = facts.starred, False
        facts.walk(node["subselect"])
        facts.starred = starred
    else:
        facts.walk(node["subselect"])


def _visit_join(facts: Facts, node: Node) -> None:
    for part in ("larg", "rarg", "quals"):
        if part in node:
            facts.walk(node[part])
    facts.columns.extend(ColumnUse(name["String"]["sval"], scope=facts.scope) for name in node.get("usingClause", ()))


def _visit_other(facts: Facts, node: Node) -> None:
    facts.other = True


def _visit_grouping(facts: Facts, node: Node) -> None:
    facts.other = True
    facts.walk(list(node.values()))


_VISITS: dict[str, Callable[[Facts, Node], None]] = {
    "ColumnRef": _visit_column,
    "FuncCall": _visit_call,
    "SQLValueFunction": _visit_value,
    "A_Const": _visit_constant,
    "typeName": _visit_type,
    "SubLink": _visit_sublink,
    "RangeVar": Facts.relation,
    "SelectStmt": Facts.select,
    "JoinExpr": _visit_join,
    "ParamRef": _visit_other,
    "SetToDefault": _visit_other,
    "GroupingFunc": _visit_grouping,
    "JsonFuncExpr": _visit_grouping,
    "withClause": Facts.common_tables,
}


# --- constant truth and what is not null --------------------------------------------------------


def _truth(node: Node) -> bool | None:
    """The constant Boolean that an expression is: literals, AND, OR, NOT, and comparisons of equal literals."""
    kind = next(iter(node), "")
    inner: Any = node.get(kind)
    if kind == "A_Const":
        return bool(inner["boolval"].get("boolval")) if "boolval" in inner else None
    if kind == "TypeCast":
        text = _string_argument(node)
        if text is None or type_of(inner["typeName"]).text != "boolean":
            return None
        return True if text.lower() in _TRUE_WORDS else False if text.lower() in _FALSE_WORDS else None
    if kind == "BoolExpr":
        found: list[bool | None] = [_truth(argument) for argument in inner["args"]]
        if inner.get("boolop") == "NOT_EXPR":
            return None if found[0] is None else not found[0]
        decides: bool = inner.get("boolop") == "OR_EXPR"
        if decides in found:
            return decides
        return None if None in found else not decides
    if kind == "A_Expr" and inner.get("kind") == "AEXPR_OP" and inner["name"][-1]["String"]["sval"] == "=":
        left, right = inner.get("lexpr", {}).get("A_Const"), inner.get("rexpr", {}).get("A_Const")
        if left and right and "isnull" not in left:
            return True if _literal(left) == _literal(right) else None
    return None


def _literal(constant: Node) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in constant.items() if key != "location"]


def _not_null(node: Node) -> frozenset[str]:
    """The columns that `IS NOT NULL` says it of, joined by AND."""
    test = node.get("NullTest")
    if test is not None:
        reference = test.get("arg", {}).get("ColumnRef")
        if test.get("nulltesttype") == "IS_NOT_NULL" and reference is not None:
            last = reference["fields"][-1].get("String")
            return frozenset({last["sval"]}) if last else frozenset()
    both = node.get("BoolExpr")
    if both is not None and both.get("boolop") == "AND_EXPR":
        return frozenset[str]().union(*[_not_null(argument) for argument in both["args"]])
    return frozenset()


def _is_null(node: Node) -> bool:
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    return "isnull" in node.get("A_Const", ())


# --- expressions --------------------------------------------------------------------------------


def expression(site: Site, raw: Raw, start: int, end: int) -> Expression:
    """The expression that stands at `text[start:end]`."""
    return expression_of(site, opened(raw), start, end)


def expression_of(site: Site, node: Node, start: int, end: int) -> Expression:
    text = site.slice(start, end)
    literal = node.get("A_Const")
    if literal is not None:
        value = literal.get("sval")
        return Expression(
            text,
            site.span(start, end),
            key_of(text),
            strings=(value.get("sval", ""),) if value is not None else (),
            constant=True,
            is_null="isnull" in literal,
            truth=_truth(node),
        )
    facts = Facts(site)
    facts.walk(node)
    constant = not facts.other
    truth: bool | None = None
    not_null: frozenset[str] = frozenset()
    if "BoolExpr" in node or "A_Expr" in node or "TypeCast" in node:
        truth = _truth(node)
    if "NullTest" in node or "BoolExpr" in node:
        not_null = _not_null(node)
    return Expression(
        text,
        site.span(start, end),
        key_of(text),
        tuple(facts.columns),
        tuple(facts.functions),
        tuple(facts.tables),
        tuple(facts.types),
        tuple(facts.strings),
        constant,
        constant and _is_null(node),
        truth,
        not_null,
    )
