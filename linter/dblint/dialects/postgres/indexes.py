"""CREATE INDEX, REINDEX and CREATE STATISTICS."""

from typing import Literal

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.columns import index_keys
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.objects import object_name
from dblint.dialects.postgres.options import is_on
from dblint.dialects.postgres.tree import CreateStatsStmt, IndexStmt, ReindexStmt, qualified
from dblint.names import Name
from dblint.operations import CreateIndex, CreateStatistics, IndexDefinition, Operation, Reindex

_WHERE = Phrases("WHERE")
_REINDEXED: dict[str, Literal["index", "table", "schema", "database", "system"]] = {
    "REINDEX_OBJECT_INDEX": "index",
    "REINDEX_OBJECT_TABLE": "table",
    "REINDEX_OBJECT_SCHEMA": "schema",
    "REINDEX_OBJECT_DATABASE": "database",
    "REINDEX_OBJECT_SYSTEM": "system",
}


def create_index(site: Site, node: IndexStmt) -> list[Operation]:
    relation = node.relation
    places, after = site.list_in(site.name_end(site.offset(relation.location)), site.end)
    predicate = None
    if node.predicate:
        predicate = expression(site, node.predicate, site.after(_WHERE, after, site.end), site.end)
    return [
        CreateIndex(
            statement=site.statement,
            span=site.whole,
            name=node.name,
            index=IndexDefinition(
                table=relation.name,
                keys=index_keys(site, [item.element for item in node.keys], places),
                include=tuple([item.element.name for item in node.including]),
                unique=node.unique,
                method=node.method,
                predicate=predicate,
                nulls_not_distinct=node.nulls_not_distinct,
            ),
            online=node.concurrent,
            if_not_exists=node.if_not_exists,
            only=not relation.inh,
        )
    ]


def reindex(site: Site, node: ReindexStmt) -> list[Operation]:
    relation = node.relation
    name = relation.name if relation is not None else Name(node.name) if node.name else None
    return [
        Reindex(
            statement=site.statement,
            span=site.whole,
            kind=_REINDEXED[node.kind],
            name=name,
            online=is_on(node.params, "concurrently"),
        )
    ]


def create_statistics(site: Site, node: CreateStatsStmt) -> list[Operation]:
    tables = [object_name(item)[0] for item in node.relations if "RangeVar" in item]
    return [
        CreateStatistics(
            statement=site.statement,
            span=site.whole,
            name=qualified(node.defnames) if node.defnames else None,
            table=tables[0] if tables else Name(""),
            columns=tuple([item["StatsElem"]["name"] for item in node.exprs if "name" in item["StatsElem"]]),
            if_not_exists=node.if_not_exists,
        )
    ]
