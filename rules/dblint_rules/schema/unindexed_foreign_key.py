"""Every delete of a parent row reads the whole child table. See unindexed_foreign_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.model import Constraint, Index, Table
from dblint.evidence import shown
from dblint.names import Name
from dblint.placing import after_statement
from dblint.remedies import fix, index_name, listed_sql, spelled, sql
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity

rule = Rule(
    __name__, severity=Severity.WARNING, gate="foreign-key-indexes", formerly=("all-foreign-keys-must-have-index",)
)

SCANNED = frozenset({"btree", "hash", ""})
"""Index methods that serve a look-up of equal values."""


@rule.check
def foreign_key(table: Table, after: After) -> Iterator[Problem]:
    if table.partition_of is not None or after.schema.is_temporary(table.name):
        return
    indexes = after.schema.indexes_of(table.name)
    for key in table.foreign_keys:
        if key.references is None or any(serves(index, key) for index in indexes):
            continue
        parent = shown(after.schema, key.references)
        yield Problem(
            message=f"each delete in {parent} reads all of {shown(after.schema, table.name)}: "
            f"no index starts with {' and '.join(key.columns)}",
            origin=key.origin,
            why=(f"foreign key {key.name} of {shown(after.schema, table.name)} references {parent}",),
            fix=partial(indexed, table, key, after) if after.dialect == "postgres" else None,
        )


def indexed(table: Table, key: Constraint, after: After) -> Fix | None:
    """The index: behind the key, in a migration that makes the table and has run nowhere; else in a new migration."""
    full = Name(index_name(table, key.columns, after), table.name.schema)
    place = spelled(after.schema, table.name)
    if table.kind != "table" or after.schema.relation(full) is not None:
        return None
    changes = [label("index", full)]
    keys = f"{sql(full.name)} ON {place} ({listed_sql(key.columns)})"
    made, added = table.origin, key.origin
    together = made.migration == added.migration and made.statement.source is added.statement.source
    if after.context.editable(made.migration) and together and not table.renamed_by:
        return fix("Index the columns", after_statement(added.statement, f"CREATE INDEX {keys};"), changes=changes)
    step = NewStep(
        title=f"create index {full.name}",
        up=f"CREATE INDEX CONCURRENTLY {keys};",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(after.schema, full)};",
        outside=True,
    )
    return fix("Index the columns", steps=(step,), changes=changes)


def serves(index: Index, key: Constraint) -> bool:
    """Whether a look-up of the key's columns can use the index: they are its first columns in any order, over all
    rows that have a value."""
    definition = index.definition
    leading = index.columns[: len(key.columns)]
    if set(leading) != set(key.columns) or definition.method not in SCANNED or not index.valid:
        return False
    if definition.method == "hash" and len(key.columns) > 1:
        return False
    predicate = definition.predicate
    return predicate is None or predicate.key in {f"{column} is not null" for column in key.columns}
