"""The names that PostgreSQL gives to the columns of a query that have no alias."""

from dblint.dialects.postgres.expressions import sql_value
from dblint.dialects.postgres.tree import Node, words

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
