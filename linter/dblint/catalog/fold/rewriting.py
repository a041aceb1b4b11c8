"""Changes every expression that the catalog holds, where an object that any of them may name is called otherwise."""

from collections.abc import Callable
from typing import Literal

from dblint.catalog.canonical import Named, Renamed, is_nextval, respelled, sequence_named, written
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import put
from dblint.catalog.model import Constraint, Domain, Index, Relation, Table, replace
from dblint.lexer import normalise
from dblint.names import Name
from dblint.operations import Expression, IndexDefinition, IndexKey, TableUse

Change = Callable[[Expression], Expression]


def rename_in_expressions(
    catalog: Catalog, old: Name, new: Name, kind: Named | Literal["sequence"], arity: int | None = None
) -> None:
    """Let every expression call a function, type, table or sequence by its new full name; `kind` says what it is.

    `arity`: only the function with as many arguments; an expression that calls others of its name too stays.
    """
    before, after = written(catalog, old), written(catalog, new)
    changes: list[Renamed] = []
    if kind != "sequence":
        changes.append((before, after, kind))
        if kind == "table":
            changes.append((Name(before.name), Name(after.name), "qualifier"))

    def change(expression: Expression) -> Expression:
        names = _named(catalog, expression, kind)
        if old not in names:
            return expression
        if arity is not None and any(c.name == old and c.arguments != arity for c in expression.functions):
            return expression
        text = respelled(expression.text, changes)
        functions = expression.functions
        if kind == "function":
            functions = tuple(replace(call, name=new) if call.name == old else call for call in functions)
        elif kind == "sequence":
            for call in functions:
                if is_nextval(call) and sequence_named(catalog, call.literals[0]) == old:
                    text = text.replace(f"'{call.literals[0]}'", f"'{after.sql}'")
            functions = tuple(
                replace(call, literals=(after.sql, *call.literals[1:]))
                if is_nextval(call) and sequence_named(catalog, call.literals[0]) == old
                else call
                for call in functions
            )
        return replace(
            expression,
            text=text,
            key=normalise(text),
            columns=tuple(
                replace(use, qualifier=new.name) if kind == "table" and use.qualifier == old.name else use
                for use in expression.columns
            ),
            functions=functions,
            types=tuple(new if name == old and kind == "type" else name for name in expression.types),
            tables=tuple(
                TableUse(new, use.span, use.alias) if use.name == old and kind == "table" else use
                for use in expression.tables
            ),
        )

    rewrite(catalog, change)


def _named(catalog: Catalog, expression: Expression, kind: str) -> list[Name]:
    if kind == "function":
        return [call.name for call in expression.functions]
    if kind == "type":
        return list(expression.types)
    if kind == "table":
        return [use.name for use in expression.tables]
    return [sequence_named(catalog, call.literals[0]) for call in expression.functions if is_nextval(call)]


def rename_qualifier(expression: Expression, old: str, new: str) -> Expression:
    """The expression of a table's own with its columns qualified by the table's new name."""
    if all(use.qualifier != old for use in expression.columns):
        return expression
    text = respelled(expression.text, [(Name(old), Name(new), "qualifier")])
    columns = tuple(replace(use, qualifier=new) if use.qualifier == old else use for use in expression.columns)
    return replace(expression, text=text, key=normalise(text), columns=columns)


def rewrite(catalog: Catalog, change: Change) -> None:
    """Apply a change to every expression of tables, indexes and domains."""
    for relation in list(catalog.state.relations.values()):
        changed = rewritten(relation, change)
        if changed is not relation:
            put(catalog, changed)
    for name, made in list(catalog.state.types.items()):
        if isinstance(made, Domain):
            constraints = {key: _constraint(c, change) for key, c in made.constraints.items()}
            default = _maybe(made.default, change)
            if default is not made.default or any(c is not made.constraints[key] for key, c in constraints.items()):
                catalog.state.types[name] = replace(made, default=default, constraints=constraints)


def rewritten(relation: Relation, change: Change) -> Relation:
    """The relation with its expressions changed; itself when none is."""
    if isinstance(relation, Index):
        definition = rewritten_index(relation.definition, change)
        return relation if definition is relation.definition else replace(relation, definition=definition)
    if not isinstance(relation, Table):
        return relation
    columns = {}
    for key, column in relation.columns.items():
        default, generated = _maybe(column.default, change), _maybe(column.generated, change)
        if default is not column.default or generated is not column.generated:
            text = default.text if default is not None else column.default_text
            column = replace(column, default=default, default_text=text, generated=generated)
        columns[key] = column
    constraints = {key: _constraint(constraint, change) for key, constraint in relation.constraints.items()}
    policies = {
        key: replace(policy, using=_maybe(policy.using, change), check=_maybe(policy.check, change))
        for key, policy in relation.policies.items()
    }
    triggers = {key: replace(t, when=_maybe(t.when, change)) for key, t in relation.triggers.items()}
    return replace(relation, columns=columns, constraints=constraints, policies=policies, triggers=triggers)


def _maybe(expression: Expression | None, change: Change) -> Expression | None:
    return None if expression is None else change(expression)


def _constraint(constraint: Constraint, change: Change) -> Constraint:
    expression, keys = _maybe(constraint.expression, change), _keys(constraint.keys, change)
    if expression is constraint.expression and keys == constraint.keys:
        return constraint
    return replace(constraint, expression=expression, keys=keys)


def _keys(keys: tuple[IndexKey, ...], change: Change) -> tuple[IndexKey, ...]:
    return tuple(key if key.expression is None else replace(key, expression=change(key.expression)) for key in keys)


def rewritten_index(definition: IndexDefinition, change: Change) -> IndexDefinition:
    """The definition with its expressions changed; itself when none is."""
    keys, predicate = _keys(definition.keys, change), _maybe(definition.predicate, change)
    if keys == definition.keys and predicate is definition.predicate:
        return definition
    return replace(definition, keys=keys, predicate=predicate)
