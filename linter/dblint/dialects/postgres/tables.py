"""CREATE TABLE in all its forms."""

from typing import Literal

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.columns import (
    column_definition,
    constraint_definition,
    key_expression,
    partition_bound,
)
from dblint.dialects.postgres.queries import query_after_as
from dblint.dialects.postgres.tree import (
    CreateForeignTableStmt,
    CreateStmt,
    CreateTableAsStmt,
    IntoClause,
    PartitionSpec,
    opened,
    words,
)
from dblint.dialects.postgres.type_names import type_of
from dblint.operations import (
    ColumnDefinition,
    ConstraintDefinition,
    CreateMaterializedView,
    CreateTable,
    CreateTableAs,
    IndexKey,
    LikeClause,
    Operation,
    PartitionBound,
    PartitionKey,
    Persistence,
    Query,
)

PERSISTENCE: dict[str, Persistence] = {"p": "permanent", "u": "unlogged", "t": "temporary"}
_STRATEGIES: dict[str, Literal["range", "list", "hash"]] = {
    "PARTITION_STRATEGY_RANGE": "range",
    "PARTITION_STRATEGY_LIST": "list",
    "PARTITION_STRATEGY_HASH": "hash",
}
# What LIKE … INCLUDING copies, in the order of its bits (TableLikeOption in parsenodes.h).
_LIKE_OPTIONS = (
    "comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage",
)  # fmt: skip
_BOUND = Phrases("FOR VALUES", "DEFAULT")
_DROPPED = "ONCOMMIT_DROP"


def create_table(site: Site, node: CreateStmt, foreign_server: str = "") -> list[Operation]:
    start = site.offset(node.relation.location)
    name_end = site.name_end(start)
    places, after = site.list_in(name_end, site.end) if node.elements else ([], name_end)
    columns: list[ColumnDefinition] = []
    constraints: list[ConstraintDefinition] = []
    likes: list[tuple[int, LikeClause]] = []
    for element, (begin, end) in zip(node.elements, places, strict=False):
        if element.column is not None:
            columns.append(column_definition(site, element.column, end))
        elif element.constraint is not None:
            constraints.append(constraint_definition(site, element.constraint, begin, end))
        elif element.like is not None:
            including = frozenset([word for bit, word in enumerate(_LIKE_OPTIONS) if element.like.options >> bit & 1])
            likes.append((len(columns), LikeClause(element.like.relation.name, site.span(begin, end), including)))
    inherits = tuple([parent.relation.name for parent in node.inherits])
    return [
        CreateTable(
            statement=site.statement,
            span=site.whole,
            name=node.relation.name,
            name_span=site.span(start, name_end),
            columns=tuple(columns),
            constraints=tuple(constraints),
            likes=tuple(likes),
            inherits=() if node.bound is not None else inherits,
            partition_of=inherits[0] if node.bound is not None else None,
            bound=_bound(site, node, after),
            partition_by=_partition_key(site, node.partspec) if node.partspec is not None else None,
            persistence=PERSISTENCE.get(node.relation.relpersistence, "permanent"),
            foreign_server=foreign_server,
            of_type=type_of(node.of_type).name if node.of_type is not None else None,
            if_not_exists=node.if_not_exists,
            passing=node.on_commit == _DROPPED,
        )
    ]


def create_foreign_table(site: Site, node: CreateForeignTableStmt) -> list[Operation]:
    return create_table(site, node.base, node.servername)


def _bound(site: Site, node: CreateStmt, start: int) -> PartitionBound | None:
    if node.bound is None:
        return None
    match = site.find(_BOUND, start, site.end)
    begin, end = (match.start, match.end) if match else (start, start)
    # IN (…) and WITH (…) are one list, FROM (…) TO (…) are two, DEFAULT is none.
    for _ in range(0 if node.bound.is_default else 2 if node.bound.lowerdatums else 1):
        inside = site.parenthesis(end, site.end)
        end = inside[1] + 1 if inside else end
    return partition_bound(node.bound, site.slice(begin, end))


def _partition_key(site: Site, node: PartitionSpec) -> PartitionKey:
    places, _ = site.list_in(site.offset(node.location), site.end)
    keys = []
    for item, place in zip(node.keys, places, strict=False):
        element = item.element
        keys.append(
            IndexKey(
                element.name,
                None if element.name else key_expression(site, opened(element.expr), place),
                ".".join(words(element.collation)),
                ".".join(words(element.opclass)),
                span=site.span(*place),
            )
        )
    return PartitionKey(_STRATEGIES[node.strategy], tuple(keys))


def create_table_as(site: Site, node: CreateTableAsStmt) -> list[Operation]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW; the data of EXECUTE cannot be seen."""
    query = query_after_as(site, node.query, site.offset(node.into.relation.location))
    if node.objtype == "OBJECT_MATVIEW":
        return [
            CreateMaterializedView(
                statement=site.statement,
                span=site.whole,
                name=node.into.relation.name,
                query=query,
                columns=words(node.into.columns),
                with_data=not node.into.skip_data,
                if_not_exists=node.if_not_exists,
            )
        ]
    return [table_from_query(site, node.into, query, node.if_not_exists)]


def table_from_query(site: Site, into: IntoClause, query: Query, if_not_exists: bool = False) -> CreateTableAs:
    return CreateTableAs(
        statement=site.statement,
        span=site.whole,
        name=into.relation.name,
        query=query,
        columns=words(into.columns),
        persistence=PERSISTENCE.get(into.relation.relpersistence, "permanent"),
        if_not_exists=if_not_exists,
        with_data=not into.skip_data,
        passing=into.on_commit == _DROPPED,
    )
