"""What depends on what: the closure that DROP … CASCADE takes along, and what text bodies name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from dblint.catalog.canonical import is_nextval, sequence_named, written
from dblint.catalog.expressions import index_uses, reads_column, uses_column
from dblint.catalog.model import ColumnReference, Constraint, Domain, Function, Index, Sequence, Table, UserType, View
from dblint.names import Name, quote
from dblint.operations import Expression, FunctionCall

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog


class Dependent(Struct, frozen=True):
    """One thing that DROP refuses for, or that CASCADE drops.

    `kind` and `name` say what; `member` is the constraint, policy, trigger or column of `name`.
    `automatic`: goes with the object even without CASCADE (its own indexes, owned sequences …).
    """

    kind: str
    name: Name
    member: str = ""
    automatic: bool = False

    @property
    def text(self) -> str:
        if self.kind == "function":
            return f"function {self.name}({self.member})"
        if not self.member:
            return f"{self.kind} {self.name}"
        preposition = "of" if self.kind in ("default", "column", "attribute") else "on"
        return f"{self.kind} {quote(self.member)} {preposition} {self.name}"


def direct_dependents(catalog: Catalog, name: Name, column: str = "") -> list[Dependent]:
    """What stands in the way of dropping a relation, or one of its columns.

    Only what needs CASCADE; what goes along by itself is left out.
    """
    return list(dict.fromkeys(_direct(catalog, name, column)))


def closure(catalog: Catalog, dependents: Iterable[Dependent]) -> list[Dependent]:
    """These, and what CASCADE takes along with them, nearest first."""
    found = dict.fromkeys(dependents)
    pending = list(found)
    while pending:
        for dependent in _next(catalog, pending.pop(0)):
            if dependent not in found:
                found[dependent] = None
                pending.append(dependent)
    return list(found)


def exists(catalog: Catalog, dependent: Dependent) -> bool:
    """Whether there is such a thing, by its name."""
    if dependent.kind == "domain":
        return catalog.domain(dependent.name) is not None
    if dependent.kind == "function":
        return any(", ".join(each.arguments) == dependent.member for each in catalog.functions(dependent.name))
    if dependent.kind == "attribute":
        composite = catalog.user_type(dependent.name)
        return composite is not None and dependent.member in composite.attributes
    relation = catalog.state.relations.get(dependent.name)
    if not dependent.member or not isinstance(relation, Table):
        return relation is not None and not dependent.member
    column = relation.columns.get(dependent.member)
    members: dict[str, bool] = {
        "constraint": dependent.member in relation.constraints,
        "policy": dependent.member in relation.policies,
        "trigger": dependent.member in relation.triggers,
        "column": column is not None,
        "default": column is not None and bool(column.default_text),
    }
    return members.get(dependent.kind, False)


def _next(catalog: Catalog, dependent: Dependent) -> Iterable[Dependent]:
    if dependent.kind in ("view", "materialized view", "table"):
        return _direct(catalog, dependent.name, "")
    if dependent.kind == "column":
        return _direct(catalog, dependent.name, dependent.member)
    return users_of_type(catalog, dependent.name) if dependent.kind == "domain" else ()


def _direct(catalog: Catalog, name: Name, column: str) -> Iterator[Dependent]:
    relation = catalog.state.relations.get(name)
    if isinstance(relation, Table) and relation.partition_of is not None and not column:
        yield from _keys_to_whole(catalog, relation)
    for watcher in catalog.watchers_of(name):
        if isinstance(watcher, View):
            if _reads(watcher, name, column):
                yield Dependent("materialized view" if watcher.materialized else "view", watcher.name)
        elif isinstance(watcher, Table) and watcher.name != name:
            for constraint in watcher.constraints.values():
                if constraint.references == name and (
                    not column or _references_column(catalog, name, constraint, column)
                ):
                    yield Dependent("constraint", watcher.name, constraint.name)
            if not column and name in watcher.inherits:
                yield Dependent("table", watcher.name)
            for policy in watcher.policies.values():
                if reads_column(policy.using, name, column) or reads_column(policy.check, name, column):
                    yield Dependent("policy", watcher.name, policy.name)
    if not column and name in catalog.state.row_types:
        yield from users_of_type(catalog, name)
    if column and isinstance(relation, Table):
        yield from _within(catalog, relation, column)
    if isinstance(relation, Sequence):
        yield from _defaults_of(catalog, name)


def _keys_to_whole(catalog: Catalog, partition: Table) -> Iterator[Dependent]:
    """The foreign keys to the partitioned tables that the partition is a part of, which rest on it too."""
    whole: Table | None = partition
    while whole is not None and whole.partition_of is not None:
        for table, key in catalog.referencing(whole.partition_of):
            if table.name != partition.name and not key.parent:
                yield Dependent("constraint", table.name, key.name)
        whole = catalog.table(whole.partition_of)


def _within(catalog: Catalog, table: Table, column: str) -> Iterator[Dependent]:
    """What in the table itself refuses the drop of one of its columns."""
    for policy in table.policies.values():
        expressions = (policy.using, policy.check)
        if any(uses_column(each, column) or reads_column(each, table.name, column) for each in expressions):
            yield Dependent("policy", table.name, policy.name)
    for trigger in table.triggers.values():
        if column in trigger.columns or uses_column(trigger.when, column):
            yield Dependent("trigger", table.name, trigger.name)
    for other in table.columns.values():
        if other.name != column and uses_column(other.generated, column):
            yield Dependent("column", table.name, other.name)
    for constraint in table.constraints.values():
        if constraint.references != table.name or column in constraint.columns:
            continue
        if _references_column(catalog, table.name, constraint, column):
            yield Dependent("constraint", table.name, constraint.name)


def _references_column(catalog: Catalog, name: Name, constraint: Constraint, column: str) -> bool:
    columns = constraint.referenced_columns
    if not columns:
        table = catalog.table(name)
        key = table.primary_key if table else None
        columns = key.columns if key else ()
    return column in columns


def _reads(view: View, name: Name, column: str) -> bool:
    if column:
        return ColumnReference(name, column) in view.uses
    return any(reference.relation == name for reference in view.uses)


def _defaults_of(catalog: Catalog, sequence: Name) -> Iterator[Dependent]:
    for table in catalog.watchers_of(sequence):
        if isinstance(table, Table):
            for column in table.columns.values():
                if sequence in default_sequences(catalog, column.default):
                    yield Dependent("default", table.name, column.name)


def default_sequences(catalog: Catalog, default: Expression | None) -> list[Name]:
    """The sequences that a default takes values from."""
    if default is None:
        return []
    names = []
    for call in default.functions:
        if is_nextval(call):
            names.append(sequence_named(catalog, call.literals[0]))
    return names


def users_of_type(catalog: Catalog, name: Name) -> list[Dependent]:
    """What is of a type, or casts to it; a table's name stands for its row type."""
    found = [Dependent("column", table.name, column.name) for table, column in catalog.columns_of_type(name)]
    for other in catalog.state.types.values():
        if isinstance(other, Domain) and other.type.name == name:
            found.append(Dependent("domain", other.name))
        elif isinstance(other, UserType):
            found += [
                Dependent("attribute", other.name, key) for key, kind in other.attributes.items() if kind.name == name
            ]
    text = written(catalog, name).sql
    for function in catalog.all_functions():
        if any(bare == text for bare in map(_bare, (*function.arguments, function.returns))):
            found.append(Dependent("function", function.name, ", ".join(function.arguments)))
    for table in catalog.tables():
        if table.of_type == name:
            found.append(Dependent("table", table.name))
    if name in catalog.state.types:
        found += _users(catalog, lambda expression: name in expression.types)
        found += [_view(view) for view in catalog.views() if name in view.types]
    return found


def _bare(kind: str) -> str:
    return kind.removeprefix("SETOF ").removesuffix("[]")


def _view(view: View) -> Dependent:
    return Dependent("materialized view" if view.materialized else "view", view.name)


def users_of_function(catalog: Catalog, name: Name, arity: int | None = None) -> list[Dependent]:
    """Triggers, policies, defaults, checks, indexes and views that call a function, with so many arguments."""

    def calls(function: FunctionCall) -> bool:
        return function.name == name and arity in (None, function.arguments)

    found = [
        Dependent("trigger", table.name, trigger.name)
        for table in catalog.tables()
        for trigger in table.triggers.values()
        if trigger.function == name and not arity
    ]
    found += _users(catalog, lambda expression: any(map(calls, expression.functions)))
    for view in catalog.views():
        if name in view.functions and (
            arity is None
            or any(each.name.name == name.name and each.arguments == arity for each in view.query.functions)
        ):
            found.append(_view(view))
    return found


def _users(catalog: Catalog, uses: Callable[[Expression], bool]) -> list[Dependent]:
    """Whatever has an expression of which that is true."""
    found: list[Dependent] = []

    def using(*expressions: Expression | None) -> bool:
        return any(expression is not None and uses(expression) for expression in expressions)

    for relation in catalog.state.relations.values():
        if isinstance(relation, Table):
            for policy in relation.policies.values():
                if using(policy.using, policy.check):
                    found.append(Dependent("policy", relation.name, policy.name))
            for column in relation.columns.values():
                if using(column.generated):
                    found.append(Dependent("column", relation.name, column.name))
                elif using(column.default):
                    found.append(Dependent("default", relation.name, column.name))
            for constraint in relation.constraints.values():
                if using(constraint.expression):
                    found.append(Dependent("constraint", relation.name, constraint.name))
            for trigger in relation.triggers.values():
                if using(trigger.when):
                    found.append(Dependent("trigger", relation.name, trigger.name))
        elif isinstance(relation, Index):
            definition = relation.definition
            if using(definition.predicate, *(key.expression for key in definition.keys)):
                found.append(Dependent("index", relation.name))
    for made in catalog.state.types.values():
        for constraint in made.constraints.values() if isinstance(made, Domain) else ():
            if using(constraint.expression):
                found.append(Dependent("domain constraint", made.name, constraint.name))
    return found


def routines_naming(catalog: Catalog, name: Name, column: str) -> list[Function]:
    """Functions whose body names the relation, or this column of it (unqualified columns count when the
    relation is named too)."""
    found = []
    for function in catalog.all_functions():
        for reference in function.uses:
            if reference.relation == name and (not column or reference.column == column):
                found.append(function)
                break
    return found


def indexes_using(catalog: Catalog, table: Name, column: str) -> list[Index]:
    return [index for index in catalog.indexes_of(table) if index_uses(index.definition, column)]
