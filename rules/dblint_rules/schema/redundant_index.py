"""A longer index already serves what a shorter one does. See redundant_index.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.fold.indexes import index_signature
from dblint.catalog.model import Index, Table
from dblint.index_fixes import index_drop
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO, recommended=False)


@rule.check
def prefix(table: Table, after: After) -> Iterator[Problem]:
    indexes = [index for index in after.schema.indexes_of(table.name) if index.valid and index.parent is None]
    for index in indexes:
        if index.definition.unique or index.constraint:
            continue
        longer = next((other for other in indexes if covers(other, index)), None)
        if longer is not None:
            yield Problem(
                message=f"every write keeps up {index.name.name}, which {longer.name.name} starts with",
                origin=index.origin,
                object=index.name.name,
                related=(Related.origin(longer.origin, f"{longer.name.name} is made here"),),
                fix=partial(index_drop, after, index, "Do without it") if after.dialect == "postgres" else None,
            )


def covers(longer: Index, shorter: Index) -> bool:
    """Whether the shorter index's keys are the first keys of the longer one, over the same rows."""
    keys, include, _, method, predicate, _ = index_signature(longer.definition)
    own, own_include, _, own_method, own_predicate, _ = index_signature(shorter.definition)
    return (
        isinstance(keys, tuple)
        and isinstance(own, tuple)
        and method == own_method == "btree"
        and predicate == own_predicate
        and len(keys) > len(own)
        and keys[: len(own)] == own
        and own_include <= include  # type: ignore[operator]
    )
