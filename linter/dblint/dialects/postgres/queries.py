"""Queries: what a SELECT reads, and the columns that it puts out."""

from collections.abc import Iterator

from msgspec import Raw
from msgspec.structs import replace

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import NO_TABLES, Facts
from dblint.dialects.postgres.output_names import output_name
from dblint.dialects.postgres.shapes import shape_of
from dblint.dialects.postgres.tree import Node, opened
from dblint.operations import Output, Query

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
            tuple(_outputs(facts, node)),
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
    return replace(query_of(site, select, begin, end)[0], shape=shape_of(select))


def _outputs(facts: Facts, node: Node) -> Iterator[Output]:
    """The outputs of a select list; a set operation has those of its first arm."""
    while "larg" in node:
        ctes = node.get("withClause", {}).get("ctes", ())
        facts.ctes |= {table["CommonTableExpr"]["ctename"] for table in ctes}
        node = node["larg"]
    facts.ctes |= {table["CommonTableExpr"]["ctename"] for table in node.get("withClause", {}).get("ctes", ())}
    if "valuesLists" in node:
        row = node["valuesLists"][0]["List"].get("items", ())
        yield from (Output(f"column{number}") for number, _ in enumerate(row, start=1))
        return
    facts.scope = facts.scope_of.get(id(node), 0)
    for wrapped in node.get("targetList", ()):
        target = wrapped["ResTarget"]
        value = target.get("val", {})
        star = facts.star_of(target, node)
        if star is not None:
            yield Output("*", star=star)
            continue
        reference = value.get("ColumnRef")
        column = facts.column(reference) if reference is not None else None
        yield Output(target.get("name") or output_name(value), column)
