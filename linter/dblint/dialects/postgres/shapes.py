"""The shape of a query: what it puts out and the items of its FROM, for the catalog to tell names and types."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from dblint.dialects.postgres.expressions import sql_value
from dblint.dialects.postgres.output_names import output_name
from dblint.dialects.postgres.tree import Node, words
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import Item, Shape, Type, Value

Ctes = Mapping[str, Item]
"""The WITH queries in scope, by name."""

_UNTOLD = Value("")
_OPEN = Shape((("", _UNTOLD),))
"""The shape of a query that nothing is known of."""


def shape_of(node: Node, ctes: Ctes | None = None, around: Shape | None = None) -> Shape:
    """The shape of a SelectStmt in a query of shape `around`."""
    ctes = _with(node, ctes or {}, around)
    if "larg" in node:
        return Shape(arms=(shape_of(node["larg"], ctes, around), shape_of(node["rarg"], ctes, around)), around=around)
    inner = Shape(around=around)
    for source in node.get("fromClause", ()):
        inner = replace(inner, items=(*inner.items, _item(source, ctes, inner)))
    if "valuesLists" in node:
        rows = [row["List"].get("items", ()) for row in node["valuesLists"]]
        return replace(inner, rows=tuple([tuple([_Values(ctes, inner).of(v) for v in row]) for row in rows]))
    values = _Values(ctes, inner)
    return replace(inner, outputs=tuple([values.output(target["ResTarget"]) for target in node.get("targetList", ())]))


def _with(node: Node, ctes: Ctes, around: Shape | None) -> Ctes:
    """The WITH queries in scope, those of the query's own WITH clause too."""
    clause = node.get("withClause", {})
    for wrapped in clause.get("ctes", ()):
        table = wrapped["CommonTableExpr"]
        name, names = table["ctename"], words(table.get("aliascolnames", []))
        select = table["ctequery"].get("SelectStmt")
        known = {other: item for other, item in ctes.items() if other != name}
        if select is None or "searchClause" in table or "cycleClause" in table:
            shape = _OPEN
        elif clause.get("recursive") and "larg" in select:
            # The columns are those of the arm that does not recur.
            shape = shape_of(select["larg"], _with(select, known, around), around)
        else:
            shape = shape_of(select, known, around)
        ctes = {**ctes, name: Item(name, names, shape=shape)}
    return ctes


# --- FROM -----------------------------------------------------------------------------------------


def _item(source: Node, ctes: Ctes, inside: Shape) -> Item:
    kind, node = next(iter(source.items()))
    alias = node.get("alias", {})
    given, names = alias.get("aliasname", ""), words(alias.get("colnames", []))
    if kind == "JoinExpr":
        left = _item(node["larg"], ctes, inside)
        right = _item(node["rarg"], ctes, replace(inside, items=(*inside.items, left)))
        using = words(node.get("usingClause", []))
        natural = node.get("isNatural", False)
        merged = node.get("join_using_alias", {}).get("aliasname", "")
        return Item(given, names, sides=(left, right), using=using, using_alias=merged, natural=natural)
    if kind == "RangeTableSample":
        return _item(node["relation"], ctes, inside)
    if kind == "RangeVar":
        name = node.get("relname", "")
        if "schemaname" not in node and name in ctes:
            found = ctes[name]
            return replace(found, alias=given or name, names=(*names, *found.names[len(names) :]))
        return Item(given or name, names, relation=Name(name, node.get("schemaname", "")))
    if kind == "RangeSubselect":
        return Item(given, names, shape=shape_of(node["subquery"]["SelectStmt"], ctes, inside))
    if kind == "RangeFunction":
        return _function(node, given, names, _Values(ctes, inside))
    if kind == "RangeTableFunc":
        written = [column["RangeTableFuncCol"] for column in node.get("columns", ())]
        columns = [(c["colname"], type_of(c["typeName"]) if "typeName" in c else _INTEGER) for c in written]
        return Item(given or "xmltable", names, columns=tuple(columns))
    return Item(given, names, known=False)


def _function(node: Node, given: str, names: tuple[str, ...], values: "_Values") -> Item:
    calls = [function["List"]["items"] for function in node.get("functions", ())]
    if "coldeflist" in node:
        written = [column["ColumnDef"] for column in node["coldeflist"]]
        columns = tuple([(column["colname"], type_of(column["typeName"])) for column in written])
        return Item(given, names, columns=columns, ordinality=node.get("ordinality", False))
    if any(len(call) > 1 and call[1] for call in calls):
        return Item(given, names, known=False)
    made = tuple([values.named(call[0]) for call in calls])
    return Item(given, names, calls=made, around=values.inside, ordinality=node.get("ordinality", False))


# --- values ---------------------------------------------------------------------------------------


def _type(name: str) -> Type:
    return Type(name, Name(name))


_INTEGER = _type("integer")
_BOOLEAN = Value("type", type=_type("boolean"))
_CONSTANTS = {"ival": "integer", "boolval": "boolean", "bsval": "bit"}
_VALUES = {
    "current_date": "date", "current_time": "time with time zone", "current_timestamp": "timestamp with time zone",
    "localtime": "time without time zone", "localtimestamp": "timestamp without time zone", "current_role": "name",
    "current_user": "name", "user": "name", "session_user": "name", "current_catalog": "name", "current_schema": "name",
}  # fmt: skip
_BOOLEANS = frozenset(
    {
        "AEXPR_OP_ANY", "AEXPR_OP_ALL", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_IN", "AEXPR_LIKE", "AEXPR_ILIKE",
        "AEXPR_SIMILAR", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN_SYM",
    }
)  # fmt: skip
_MOST = 2**31


class _Values:
    """Reads the expressions of one SELECT."""

    def __init__(self, ctes: Ctes, inside: Shape) -> None:
        self._ctes = ctes
        self.inside = inside

    def output(self, target: Node) -> tuple[str, Value]:
        node = target.get("val", {})
        fields = node.get("ColumnRef", {}).get("fields", ())
        if fields and "A_Star" in fields[-1]:
            return "*", _qualified(words(fields[:-1]), "*")
        indirection = node.get("A_Indirection", {}).get("indirection", ())
        if indirection and "A_Star" in indirection[-1]:
            return "", _UNTOLD
        return target.get("name") or output_name(node), self.of(node)

    def named(self, node: Node) -> Value:
        """A function of a FROM, under the name that its column gets."""
        value = self.of(node)
        return value if value.kind == "call" else Value("first", output_name(node), parts=(value,))

    def of(self, node: Node) -> Value:
        if not node:
            return _UNTOLD
        kind, inner = next(iter(node.items()))
        read = _READ.get(kind)
        return read(self, inner) if read is not None else _UNTOLD

    def all(self, nodes: Iterable[Node]) -> tuple[Value, ...]:
        return tuple([self.of(node) for node in nodes])

    def select(self, node: Node) -> Shape:
        return shape_of(node["SelectStmt"], self._ctes, self.inside)

    def case(self, node: Node) -> Value:
        results = [when["CaseWhen"]["result"] for when in node["args"]]
        last = self.of(node["defresult"]) if "defresult" in node else Value("literal")
        return Value("common", parts=(last, *self.all(results)))

    def operation(self, node: Node) -> Value:
        kind = node.get("kind", "")
        if kind in _BOOLEANS:
            return _BOOLEAN
        sides = self.all([node[side] for side in ("lexpr", "rexpr") if side in node])
        if kind == "AEXPR_NULLIF":
            return Value("operator", "nullif", parts=sides)
        return Value("operator", words(node["name"])[-1], parts=sides) if len(node["name"]) == 1 else _UNTOLD

    def call(self, node: Node) -> Value:
        name = words(node["funcname"])
        parts = self.all(node.get("args", ()))
        if "agg_order" in node and node.get("agg_within_group"):
            parts = (*parts, *self.all([each["SortBy"]["node"] for each in node["agg_order"]]))
        return Value("call", name[-1], name[-2] if len(name) > 1 else "", parts=parts)

    def sublink(self, node: Node) -> Value:
        kind = node.get("subLinkType")
        if kind == "EXPR_SUBLINK":
            return Value("query", shape=self.select(node["subselect"]))
        if kind == "ARRAY_SUBLINK":
            return Value("array", parts=(Value("query", shape=self.select(node["subselect"])),))
        return _BOOLEAN

    def part(self, node: Node) -> Value:
        """An element of an array, or a piece of it."""
        steps = node.get("indirection", ())
        if any("A_Indices" not in step for step in steps):
            return _UNTOLD
        if any(step["A_Indices"].get("is_slice") for step in steps):
            return Value("first", parts=(self.of(node["arg"]),))
        return Value("element", parts=(self.of(node["arg"]),))


def _qualified(names: tuple[str, ...], name: str) -> Value:
    return Value("column", name, ".".join(names))


def _column(values: _Values, node: Node) -> Value:
    names = words(node["fields"])
    return _qualified(names[:-1], names[-1]) if len(names) == len(node["fields"]) else _UNTOLD


def _constant(values: _Values, node: Node) -> Value:
    for part, name in _CONSTANTS.items():
        if part in node:
            return Value("type", type=_type(name))
    if "fval" in node:
        text = node["fval"].get("fval", "")
        whole = text.isdigit() and int(text) < _MOST * _MOST * 2
        return Value("type", type=_type("bigint" if whole else "numeric"))
    return Value("literal")


def _sql_value(values: _Values, node: Node) -> Value:
    name = sql_value(node)
    kind = _type(_VALUES[name])
    if "typmod" in node and node["typmod"] >= 0:
        first, space, rest = kind.text.partition(" ")
        kind = Type(f"{first}({node['typmod']}){space}{rest}", kind.name, (node["typmod"],))
    return Value("type", type=kind)


def _always(name: str) -> Callable[[_Values, Any], Value]:
    value = Value("type", type=_type(name))
    return lambda values, node: value


_READ: dict[str, Callable[[_Values, Any], Value]] = {
    "ColumnRef": _column,
    "A_Const": _constant,
    "TypeCast": lambda values, node: Value("type", type=type_of(node["typeName"])),
    "FuncCall": _Values.call,
    "A_Expr": _Values.operation,
    "CaseExpr": _Values.case,
    "CoalesceExpr": lambda values, node: Value("common", parts=values.all(node["args"])),
    "MinMaxExpr": lambda values, node: Value("common", parts=values.all(node["args"])),
    "A_ArrayExpr": lambda values, node: Value("array", parts=values.all(node.get("elements", ()))),
    "CollateClause": lambda values, node: values.of(node.get("arg", {})),
    "SubLink": _Values.sublink,
    "A_Indirection": _Values.part,
    "SQLValueFunction": _sql_value,
    "BoolExpr": _always("boolean"),
    "NullTest": _always("boolean"),
    "BooleanTest": _always("boolean"),
    "GroupingFunc": _always("integer"),
}
