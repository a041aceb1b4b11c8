"""Every delete of a parent row reads the whole child table. See unindexed_foreign_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Constraint, Index, Table
from dblint.evidence import shown
from dblint.index_fixes import new_index
from dblint.rule import After, Problem, Rule, Severity

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
            fix=partial(new_index, table, key.columns, key.origin, after) if after.dialect == "postgres" else None,
        )


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
