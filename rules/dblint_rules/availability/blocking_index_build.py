"""Writes wait while an index is built. See blocking_index_build.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.generated_names import addition, compose
from dblint.evidence import because, in_use
from dblint.impact import Blocks
from dblint.names import Name
from dblint.operations import CreateIndex
from dblint.placing import after
from dblint.remedies import outside, spelled
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def index_build(index: CreateIndex, before: Before) -> Iterator[Problem]:
    impact = before.impact
    if impact.blocks < Blocks.WRITES or not impact.builds or not in_use(before, index.table):
        return
    yield Problem(
        message=f"writes to {index.table} wait until the index is built",
        why=because(before, index.table),
        instead=_instead(index, before),
        fix=partial(online, index, before),
    )


def online(index: CreateIndex, before: Before) -> Fix | None:
    table = before.schema.table(index.table)
    if before.dialect != "postgres" or (table is not None and table.kind == "partitioned table"):
        return None
    edit = after(index.source, index.statement.span, ("INDEX",), "CONCURRENTLY")
    full = Name(index.name or _generated(index), before.schema.resolve(index.table).schema)
    known = full.name and (index.name or before.schema.relation(full) is None)
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(before.schema, full)};" if known else ""
    return outside(before, "Build the index CONCURRENTLY", edit, name=full.name if known else "", down=drop)


def _generated(index: CreateIndex) -> str:
    """The name that the server gives it, if that is free; "" where expressions go into it."""
    if any(key.expression is not None for key in index.index.keys):
        return ""
    return compose(index.table.name, addition(key.column for key in index.index.keys), "idx")


def _instead(index: CreateIndex, before: Before) -> str:
    """What to do, where it is not the page's advice."""
    if before.dialect == "tsql":
        return "Build it WITH (ONLINE = ON), where the edition can, or while nobody writes."
    table = before.schema.table(index.table)
    if table is not None and table.kind == "partitioned table":
        return "Create the index ON ONLY the parent, build one CONCURRENTLY on each partition, then ATTACH them."
    return ""
