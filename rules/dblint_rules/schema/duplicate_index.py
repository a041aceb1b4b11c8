"""Two indexes do the same work. See duplicate_index.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.fold.indexes import index_signature
from dblint.catalog.model import Index, Table
from dblint.index_fixes import index_drop
from dblint.rule import After, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def indexes(table: Table, after: After) -> Iterator[Problem]:
    seen: dict[object, Index] = {}
    for index in sorted(after.schema.indexes_of(table.name), key=lambda each: not each.constraint):
        if index.parent is not None or not index.valid:
            continue
        keys, include, unique, method, predicate, nulls = index_signature(index.definition)
        signature = (keys, include, method, predicate, nulls)
        first = seen.setdefault(signature, index)
        if first is index:
            continue
        # A unique index beside a plain one: the plain one is the superfluous one.
        spare, kept = (first, index) if unique and not first.definition.unique else (index, first)
        seen[signature] = kept
        if spare.constraint:
            continue
        yield Problem(
            message=f"every write keeps up two equal indexes: {spare.name.name} and {kept.name.name}",
            origin=spare.origin,
            object=spare.name.name,
            related=(Related.origin(kept.origin, f"{kept.name.name} is made here"),),
            fix=partial(index_drop, after, spare, "Keep one of them") if after.dialect == "postgres" else None,
        )
