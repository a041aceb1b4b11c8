"""Queries: what a SELECT reads, and the columns that it puts out under PostgreSQL's names for them."""

from msgspec import Raw

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import NO_TABLES, Facts, sql_value
from dblint.dialects.postgres.tree import Node, opened, words
from dblint.dialects.postgres.type_names import type_of
from dblint.operations import Output, Query

_AS = Phrases("AS")
_AFTER_QUERY = Phrases(
    "WITH CHECK OPTION", "WITH LOCAL CHECK OPTION", "WITH CASCADED CHECK OPTION", "WITH DATA", "WITH NO DATA"
)
_NO_NAME = "?column?"
_SUBLINKS = {"EXISTS_SUBLINK": "exists", "ARRAY_SUBLINK": "array"}
# Names of expressions with a syntax of their own (FigureColnameInternal in parse_target.c).
_NAMED = {
    "A_ArrayExpr": "array",
    "CoalesceExpr": "coalesce",
    "GroupingFunc": "grouping",
    "JsonArrayAgg": "json_arrayagg",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonObjectConstructor": "json_object",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "MergeSupportFunc": "merge_action",
    "RowExpr": "row",
    "XmlSerialize": "xmlserialize",
}
_JSON_FUNCTIONS = {"JSON_EXISTS_OP": "json_exists", "JSON_QUERY_OP": "json_query", "JSON_VALUE_OP": "json_value"}
_XML = {
    "IS_XMLCONCAT": "xmlconcat",
    "IS_XMLELEMENT": "xmlelement",
    "IS_XMLFOREST": "xmlforest",
    "IS_XMLPARSE": "xmlparse",
    "IS_XMLPI": "xmlpi",
    "IS_XMLROOT": "xmlroot",
}


def query_of(site: Site, node: Node, start: int, end: int, ctes: frozenset[str] = NO_TABLES) -> tuple[Query, Facts]:
    """The query of a SelectStmt that stands at `text[start:end]`, and the facts of its walk."""
    facts = Facts(site, ctes)
    facts.select(node)
    limit = node.get("limitCount", {})
    return (
        Query(
            site.slice(start, end),
            site.span(start, end),
            tuple(facts.tables),
            tuple(facts.columns),
            tuple(facts.stars),
            tuple(facts.functions),
            tuple(facts.types),
            tuple(_outputs(facts, node)),
            facts.locks_rows,
            bool(limit) and "isnull" not in limit.get("A_Const", ()),
            tuple(facts.filters),
        ),
        facts,
    )


def query_after_as(site: Site, raw: Raw, start: int) -> Query:
    """The query after the AS of CREATE VIEW and CREATE TABLE AS, whose name stands at `start`."""
    begin = site.after(_AS, start, site.end)
    after = site.find(_AFTER_QUERY, begin, site.end)
    begin, end = site.trimmed(begin, after.start if after else site.end)
    select = opened(raw).get("SelectStmt")
    if select is None:
        return Query(site.slice(begin, end), site.span(begin, end))
    return query_of(site, select, begin, end)[0]


def _outputs(facts: Facts, node: Node) -> list[Output]:
    """The outputs of the top-level select list; a set operation has those of its first arm."""
    ctes = facts.ctes
    while True:
        tables = node.get("withClause", {}).get("ctes", ())
        ctes |= {table["CommonTableExpr"]["ctename"] for table in tables}
        if "larg" not in node:
            break
        node = node["larg"]
    if "valuesLists" in node:
        row = node["valuesLists"][0]["List"].get("items", ())
        return [Output(f"column{number + 1}") for number in range(len(row))]
    outer, facts.ctes = facts.ctes, ctes
    found = []
    for wrapped in node.get("targetList", ()):
        target = wrapped["ResTarget"]
        value = target.get("val", {})
        star = facts.star_of(target, node)
        if star is not None:
            found.append(Output("*", star=star))
            continue
        reference = value.get("ColumnRef")
        cast = value.get("TypeCast")
        found.append(
            Output(
                target.get("name") or output_name(value),
                facts.column(reference) if reference is not None else None,
                type=type_of(cast["typeName"]) if cast is not None else None,
            )
        )
    facts.ctes = outer
    return found


def output_name(value: Node) -> str:
    """The name that the server gives to an output without alias."""
    return figured_name(value) or _NO_NAME


def figured_name(value: Node) -> str:
    """The name that the server takes from an expression; "" where it takes none."""
    return _figured(value)[0]


def _figured(value: Node) -> tuple[str, bool]:
    """A name, and whether it is a good one that a cast does not replace by the type's."""
    if not value:
        return "", False
    kind, node = next(iter(value.items()))
    if kind == "ColumnRef":
        return words(node["fields"])[-1], True
    if kind == "FuncCall":
        return words(node["funcname"])[-1], True
    if kind == "TypeCast":
        name, good = _figured(node.get("arg", {}))
        return (name, True) if good else (words(node["typeName"].get("names", []))[-1], False)
    if kind == "A_Indirection":
        fields = words(node.get("indirection", []))
        return (fields[-1], True) if fields else _figured(node["arg"])
    if kind == "CollateClause":
        return _figured(node.get("arg", {}))
    if kind == "CaseExpr":
        name, good = _figured(node.get("defresult", {}))
        return (name, True) if good else ("case", False)
    if kind == "SubLink":
        return _sublink_name(node)
    if kind == "A_Expr":
        return ("nullif", True) if node.get("kind") == "AEXPR_NULLIF" else ("", False)
    if kind == "SQLValueFunction":
        return sql_value(node), True
    if kind == "MinMaxExpr":
        return ("least" if node.get("op") == "IS_LEAST" else "greatest"), True
    if kind == "XmlExpr":
        return _XML.get(node.get("op", ""), ""), True
    if kind == "JsonFuncExpr":
        return _JSON_FUNCTIONS.get(node.get("op", ""), ""), True
    return _NAMED.get(kind, ""), kind in _NAMED


def _sublink_name(node: Node) -> tuple[str, bool]:
    kind = node.get("subLinkType", "")
    if kind != "EXPR_SUBLINK":
        return _SUBLINKS.get(kind, ""), kind in _SUBLINKS
    select = node["subselect"].get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    targets = select.get("targetList")
    if not targets:
        return ("column1", True) if "valuesLists" in select else ("", False)
    target = targets[0]["ResTarget"]
    value = target.get("val", {})
    if "A_Star" in value.get("ColumnRef", {}).get("fields", [{}])[-1]:
        return "", False
    return target.get("name") or output_name(value), True
