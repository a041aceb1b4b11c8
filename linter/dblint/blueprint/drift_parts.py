"""Drift of what belongs to a table: keys, unique and check constraints, and indexes."""

from collections.abc import Iterator

from dblint.blueprint.difference import Difference
from dblint.blueprint.meaning import meaning, same
from dblint.blueprint.nodes import Node
from dblint.blueprint.pair import Pair
from dblint.catalog.model import Constraint, Index
from dblint.operations import IndexKey


def constraints(pair: Pair) -> Iterator[Difference]:
    """Primary key, foreign keys, unique constraints and checks."""
    yield from _primary_key(pair)
    yield from _foreign_keys(pair)
    yield from _uniques(pair)
    yield from _checks(pair)


def _listed(columns: tuple[str, ...]) -> str:
    return f"({', '.join(columns)})"


def _folded(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column.lower() for column in columns)


def _of_kind(pair: Pair, kind: str) -> tuple[list[Constraint], list[Constraint]]:
    """The constraints of a kind that are declared, and those that are built."""
    ours = [each for each in pair.declared.constraints.values() if each.kind == kind]
    there = [each for each in pair.built.constraints.values() if each.kind == kind and not each.parent]
    return ours, there


def _primary_key(pair: Pair) -> Iterator[Difference]:
    ours, there = pair.declared.primary_key, pair.built.primary_key
    if ours is None:
        return
    words = f"the primary key of {pair.name}"
    if there is None:
        yield pair.unbuilt("key", "primary key", words, ours.origin)
    elif _folded(ours.columns) != _folded(there.columns):
        place = pair.place(ours.origin)
        yield pair.otherwise(
            "key", "primary key", words, place, there.origin, _listed(ours.columns), _listed(there.columns)
        )


# --- foreign keys -----------------------------------------------------------------------------


def _foreign_keys(pair: Pair) -> Iterator[Difference]:
    declared, built = _of_kind(pair, "foreign key")
    left = list(built)
    for ours in declared:
        same_columns = [each for each in left if _folded(each.columns) == _folded(ours.columns)]
        there = next((each for each in same_columns if _points_alike(pair, ours, each)), None)
        words = f"the foreign key {_listed(ours.columns)} of {pair.name}"
        if there is None and not same_columns:
            yield pair.unbuilt("key", ours.name, words, ours.origin)
            continue
        there = there or same_columns[0]
        left.remove(there)
        said, is_so = _target(pair, ours), _target(pair, there)
        if not _points_alike(pair, ours, there) or _actions_differ(ours, there):
            place = pair.place(ours.origin)
            names = (ours.name, there.name)
            yield pair.otherwise("key", ours.name, words, place, there.origin, said, is_so, names=names)
    if pair.speaks.keys:
        for there in left:
            words = f"the foreign key {_listed(there.columns)} of {pair.name}"
            yield pair.undeclared("key", there.name, words, there.origin)


def _points_alike(pair: Pair, ours: Constraint, there: Constraint) -> bool:
    if ours.references is None or there.references is None:
        return True
    names = [each.name.lower() for each in (ours.references, there.references)]
    return names[0] == names[1] and (
        not (ours.referenced_columns and there.referenced_columns)
        or _folded(ours.referenced_columns) == _folded(there.referenced_columns)
    )


def _actions_differ(ours: Constraint, there: Constraint) -> bool:
    """Whether what happens on DELETE or UPDATE is declared otherwise; RESTRICT differs from NO ACTION only in when."""

    def plain(action: str) -> str:
        return "restrict" if action == "no action" else action

    return plain(ours.on_delete) != plain(there.on_delete) or plain(ours.on_update) != plain(there.on_update)


def _target(pair: Pair, key: Constraint) -> str:
    name = key.references.name if key.references is not None else "?"
    text = f"to {name}{_listed(key.referenced_columns) if key.referenced_columns else ''}"
    for word, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        text += f" ON {word} {action.upper()}" if action != "no action" else ""
    return text


# --- unique constraints and checks ------------------------------------------------------------


def _uniques(pair: Pair) -> Iterator[Difference]:
    declared, built = _of_kind(pair, "unique")
    there = {frozenset(_folded(index.columns)) for index in _built_indexes(pair) if _is_unique(index)}
    for ours in declared:
        if frozenset(_folded(ours.columns)) not in there:
            words = f"a unique key {_listed(ours.columns)} of {pair.name}"
            yield pair.unbuilt("constraint", ours.name, words, ours.origin)
    if pair.speaks.uniques or pair.speaks.indexes:
        said = {
            frozenset(_folded(index.columns))
            for index in pair.declaration.indexes_of(pair.declared.name)
            if _is_unique(index)
        }
        for each in built:
            if frozenset(_folded(each.columns)) not in said:
                words = f"the unique constraint {each.name} of {pair.name}"
                yield pair.undeclared("constraint", each.name, words, each.origin)


def _is_unique(index: Index) -> bool:
    return index.definition.unique and index.definition.predicate is None


def _checks(pair: Pair) -> Iterator[Difference]:
    declared, built = _of_kind(pair, "check")
    left = list(built)
    unmet: list[Constraint] = []
    for ours in declared:
        there = next((each for each in left if same(ours.expression, each.expression)), None)
        if there is not None:
            left.remove(there)
        else:
            unmet.append(ours)
    called = {each.name.lower() for each in left}
    unmet.sort(key=lambda ours: not (ours.named and ours.name.lower() in called))  # by names before by columns
    for ours in unmet:
        there = next((each for each in left if ours.named and each.name.lower() == ours.name.lower()), None)
        there = there or next((each for each in left if set(each.columns) == set(ours.columns)), None)
        if there is None:
            words = f"the check on {_listed(ours.columns)} of {pair.name}"
            yield pair.unbuilt("constraint", ours.name, words, ours.origin)
            continue
        left.remove(there)
        if ours.expression is not None and there.expression is not None:
            words = f"the check {there.name}"
            place = pair.place(ours.origin)
            said, is_so = (f"({' '.join(each.text.split())})" for each in (ours.expression, there.expression))
            names = (ours.name, there.name)
            yield pair.otherwise("constraint", there.name, words, place, there.origin, said, is_so, names=names)
    if pair.speaks.checks:
        for there in left:
            yield pair.undeclared("constraint", there.name, f"the check {there.name} of {pair.name}", there.origin)


# --- indexes ----------------------------------------------------------------------------------


def indexes(pair: Pair) -> Iterator[Difference]:
    """The indexes that are declared as such; those behind constraints are the constraints' affair."""
    said = {index.name.lower(): index.node for index in pair.facts.indexes if index.name}
    asked = [column.said.get("index") for column in pair.facts.columns.values()]
    said |= {node.text.lower(): node for node in asked if node is not None and node.kind == "text"}
    built = _built_indexes(pair)
    doubtful = {index.name.lower() for index in pair.facts.indexes if index.broken}
    left = [
        index
        for index in built
        if not index.constraint and index.parent is None and index.name.name.lower() not in doubtful
    ]
    for ours in pair.declaration.indexes_of(pair.declared.name):
        if ours.constraint:
            continue
        node = said.get(ours.name.name.lower())
        there = next((each for each in built if node and each.name.name.lower() == ours.name.name.lower()), None)
        place = pair.place(ours.origin)
        if there is not None:
            if there in left:
                left.remove(there)
            if not _alike(ours, there, node):
                words = f"the index {ours.name.name}"
                names = (ours.name.name, there.name.name)
                text, is_so = (_definition(each, node) for each in (ours, there))
                yield pair.otherwise("index", ours.name.name, words, place, there.origin, text, is_so, names=names)
            continue
        there = next((each for each in (*left, *built) if _alike(ours, each, node)), None)
        if there is None:
            if not _retired(node):
                shown = ours.name.name if node else _definition(ours, node)
                yield pair.unbuilt("index", ours.name.name, f"the index {shown} of {pair.name}", ours.origin)
        elif there in left:
            left.remove(there)
            if node is not None:
                words = f"an index {_definition(ours, node)} of {pair.name}"
                names = (ours.name.name, there.name.name)
                text, is_so = (f"as {name}" for name in names)
                yield pair.otherwise("index", ours.name.name, words, place, there.origin, text, is_so, names=names)
    if pair.speaks.indexes and "" not in doubtful:
        declared = pair.declaration.indexes_of(pair.declared.name)
        for there in left:
            if not any(ours.constraint and _alike(ours, there, None) for ours in declared):
                words = f"the index {there.name.name} of {pair.name}"
                yield pair.undeclared("index", there.name.name, words, there.origin)


def _built_indexes(pair: Pair) -> list[Index]:
    return list(pair.schema.indexes_of(pair.built.name))


def _retired(node: Node | None) -> bool:
    retired = node.get("retired") if node is not None else None
    return retired is not None and retired.value not in (None, False, "")


def _alike(ours: Index, there: Index, node: Node | None) -> bool:
    """Whether a built index is as declared, in all that is said."""
    one, other = ours.definition, there.definition
    if len(one.keys) != len(other.keys) or one.unique != other.unique:
        return False
    if not all(map(key_alike, one.keys, other.keys)):
        return False
    filtered = node.get("filtered") if node is not None else None
    partial_elsewhere = filtered is not None and filtered.is_true and one.predicate is None
    if not partial_elsewhere and not same(one.predicate, other.predicate):
        return False
    method = node.get("type") or node.get("method") if node is not None else None
    if method is not None and one.method != other.method:
        return False
    return {column.lower() for column in one.include} == {column.lower() for column in other.include}


def key_alike(ours: IndexKey, there: IndexKey) -> bool:
    """An order or operator class that is not declared may be any."""
    if ours.expression is not None or there.expression is not None:
        if ours.expression is None or there.expression is None:
            return False
        if meaning(ours.expression.text) != meaning(there.expression.text):
            return False
    elif ours.column.lower() != there.column.lower():
        return False
    if ours.descending and not there.descending:
        return False
    return not ours.operator_class or ours.operator_class == there.operator_class


def _definition(index: Index, node: Node | None) -> str:
    """An index in words, with what tells it from others."""
    definition = index.definition
    keys = ", ".join(f"{key.text}{' DESC' if key.descending else ''}" for key in definition.keys)
    text = f"{'unique ' if definition.unique else ''}{definition.method + ' ' if _says_method(node) else ''}({keys})"
    if definition.include:
        text += f" INCLUDE {_listed(definition.include)}"
    if definition.predicate is not None:
        text += f" WHERE {' '.join(definition.predicate.text.split())}"
    return text


def _says_method(node: Node | None) -> bool:
    return node is not None and (node.get("type") or node.get("method")) is not None
