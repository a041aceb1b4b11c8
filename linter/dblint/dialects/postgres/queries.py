"""Queries: what a SELECT reads, and the columns that it puts out."""

from collections.abc import Iterable, Iterator

from msgspec import Raw
from msgspec.structs import replace

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import NO_TABLES, Facts
from dblint.dialects.postgres.output_names import output_name
from dblint.dialects.postgres.tree import Node, opened, words
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import ColumnUse, Output, Query, Star, Type

Ctes = dict[str, Node]
"""The WITH queries in scope, by name."""

_AS = Phrases("AS")
_AFTER_QUERY = Phrases(
    "WITH CHECK OPTION", "WITH LOCAL CHECK OPTION", "WITH CASCADED CHECK OPTION", "WITH DATA", "WITH NO DATA"
)


def query_of(site: Site, node: Node, start: int, end: int, ctes: frozenset[str] = NO_TABLES) -> tuple[Query, Facts]:
    """The query of a SelectStmt that stands at `text[start:end]`, and the facts of its walk."""
    facts = Facts(site, ctes)
    facts.query(node)
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
            tuple(_Outputs(facts).of(node, {})),
            facts.locks_rows,
            bool(limit) and "isnull" not in limit.get("A_Const", ()),
            tuple(facts.filters),
            tuple(facts.scopes),
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


class _Outputs:
    """The outputs of the SELECTs of a query; those of each are worked out once, however often it is named."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._found: dict[int, list[Output]] = {}

    def of(self, node: Node, known: Ctes) -> list[Output]:
        """The outputs of a select list; a set operation has those of its first arm."""
        ctes = dict(known)
        while True:
            tables = node.get("withClause", {}).get("ctes", ())
            ctes |= {table["CommonTableExpr"]["ctename"]: table["CommonTableExpr"] for table in tables}
            if "larg" not in node:
                break
            node = node["larg"]
        if "valuesLists" in node:
            row = node["valuesLists"][0]["List"].get("items", ())
            return [Output(f"column{number}", type=_written_type(value)) for number, value in enumerate(row, start=1)]
        if id(node) not in self._found:
            facts = self._facts
            scope, names = facts.scope, facts.ctes
            facts.scope, facts.ctes = facts.scope_of.get(id(node), 0), names | ctes.keys()
            self._found[id(node)] = self._targets(node, ctes)
            facts.scope, facts.ctes = scope, names
        return self._found[id(node)]

    def _targets(self, node: Node, ctes: Ctes) -> list[Output]:
        facts = self._facts
        inner: dict[tuple[str, str], Output] | None = None
        found = []
        for wrapped in node.get("targetList", ()):
            target = wrapped["ResTarget"]
            value = target.get("val", {})
            star = facts.star_of(target, node)
            if star is not None:
                found.append(Output("*", star=star, expands=self._expansion(node, star, ctes)))
                continue
            name = target.get("name") or output_name(value)
            reference = value.get("ColumnRef")
            column = facts.column(reference) if reference is not None else None
            if column is not None:
                if inner is None:
                    inner = self._derived(node, ctes)
                if (source := inner.get((column.qualifier, column.name))) is not None:
                    found.append(Output(name, source.column, type=source.type))
                    continue
            found.append(Output(name, column, type=_written_type(value)))
        return found

    def _derived(self, select: Node, ctes: Ctes) -> dict[tuple[str, str], Output]:
        """What the sub-queries and WITH queries of a FROM put out, by qualifier (or none) and name."""
        found: dict[tuple[str, str], Output] = {}
        for source in _leaves(select.get("fromClause", ())):
            alias, outputs = self._subquery(source, ctes)
            for output in outputs or ():
                if output.star is None and output.name:
                    found[alias, output.name] = found["", output.name] = output
        return found

    def _expansion(self, select: Node, star: Star, ctes: Ctes) -> tuple[Output, ...]:
        """What a star stands for, if its FROM holds anything but relations side by side."""
        sources = select.get("fromClause", ())
        if all(table.name.name for table in star.tables) and not any(_merges(source) for source in sources):
            return ()
        return tuple(output for source in sources for output in self._source(source, star, ctes))

    def _source(self, source: Node, star: Star, ctes: Ctes) -> list[Output]:
        """The columns of one item of a FROM that a star takes; "" for what is not known."""
        join = source.get("JoinExpr")
        if join is not None:
            left, right = (self._source(join[side], star, ctes) for side in ("larg", "rarg"))
            if join.get("isNatural"):
                return [Output("")]
            merged = words(join.get("usingClause", []))
            if star.qualifier or not merged:
                return [*left, *right]
            first = [Output(name, ColumnUse(name, scope=self._facts.scope)) for name in merged]
            return [*first, *_without(left, merged), *_without(right, merged)]
        alias, outputs = self._subquery(source, ctes)
        if star.qualifier and star.qualifier != alias:
            return []
        if outputs is not None:
            return outputs
        relation = source.get("RangeVar", {})
        if "relname" not in relation or "colnames" in relation.get("alias", {}):
            return [Output("")]
        return [Output("*", star=Star(star.span, tables=(self._facts.table_use(relation),)))]

    def _subquery(self, source: Node, ctes: Ctes) -> tuple[str, list[Output] | None]:
        """What an item of a FROM is called, and its outputs if it is a sub-query or a WITH query."""
        inner: Node = next(iter(source.values()))
        name = inner.get("relname", "")
        alias = inner.get("alias", {})
        called = alias.get("aliasname", name)
        given = words(alias.get("colnames", []))
        if "coldeflist" in inner:
            columns = [column["ColumnDef"] for column in inner["coldeflist"]]
            return called, [Output(column["colname"], type=type_of(column["typeName"])) for column in columns]
        if "RangeSubselect" in source:
            return called, _renamed(_flat(self.of(inner["subquery"]["SelectStmt"], ctes)), given)
        cte = ctes.get(name) if "RangeVar" in source and "schemaname" not in inner else None
        if cte is None:
            return called, None
        select = cte["ctequery"].get("SelectStmt")
        others = {other: node for other, node in ctes.items() if other != name}
        outputs = _flat(self.of(select, others)) if select is not None else [Output("")]
        return called, _renamed(_renamed(outputs, words(cte.get("aliascolnames", []))), given)


def _leaves(sources: Iterable[Node]) -> Iterator[Node]:
    """The items of a FROM, those of its joins one by one."""
    for source in sources:
        join = source.get("JoinExpr")
        if join is None:
            yield source
        else:
            yield from _leaves((join["larg"], join["rarg"]))


def _merges(source: Node) -> bool:
    join = source.get("JoinExpr")
    return join is not None and (
        "usingClause" in join or join.get("isNatural", False) or _merges(join["larg"]) or _merges(join["rarg"])
    )


def _flat(outputs: list[Output]) -> list[Output]:
    return [each for output in outputs for each in (output.expands or (output,))]


def _renamed(outputs: list[Output], names: tuple[str, ...]) -> list[Output]:
    """The outputs under the names of a column list; a star that cannot be counted here is not known then."""
    if names and any(output.star is not None for output in outputs[: len(names)]):
        return [Output("")]
    given = [*names, *(output.name for output in outputs[len(names) :])]
    return [replace(output, name=name) for output, name in zip(outputs, given, strict=False)]


def _without(outputs: list[Output], merged: tuple[str, ...]) -> list[Output]:
    return [
        replace(output, star=replace(output.star, omitted=output.star.omitted | set(merged))) if output.star else output
        for output in outputs
        if output.star or output.name not in merged
    ]


def _written_type(value: Node) -> Type | None:
    """The type that an output has whatever it is made from, if there is just one."""
    if not value:
        return None
    kind, node = next(iter(value.items()))
    if kind == "TypeCast":
        return type_of(node["typeName"])
    if kind == "A_Const":
        return _constant_type(node)
    name = _KINDS.get(kind, "")
    if kind == "SubLink":
        name = "boolean" if node.get("subLinkType") == "EXISTS_SUBLINK" else ""
    elif kind == "FuncCall":
        name = _RESULTS.get(words(node["funcname"])[-1], "") if len(node["funcname"]) == 1 else ""
    return Type(name, Name(name)) if name else None


_KINDS = {"BoolExpr": "boolean", "NullTest": "boolean", "BooleanTest": "boolean"}
_RESULTS = {
    "count": "bigint",
    "row_number": "bigint",
    "rank": "bigint",
    "dense_rank": "bigint",
    "now": "timestamp with time zone",
}
"""Functions of the server with one type of result."""


def _constant_type(constant: Node) -> Type | None:
    """The type that an output has that is a number, string or truth value."""
    name = next((name for part, name in _CONSTANTS.items() if part in constant), "")
    if name == "numeric" and constant["fval"].get("fval", "").isdigit():
        return None  # a bigint, if it fits
    return Type(name, Name(name)) if name else None


_CONSTANTS = {"ival": "integer", "sval": "text", "boolval": "boolean", "fval": "numeric"}
