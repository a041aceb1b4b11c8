"""Objects that the statement does not name are dropped too. See drop_cascade.md."""

from collections.abc import Iterable, Iterator

from dblint.catalog.dependencies import Dependent
from dblint.catalog.model import Origin, Table
from dblint.catalog.schema import Schema
from dblint.evidence import listed, shown
from dblint.operations import DropColumn, DropConstraint, DropFunction, DropSequence, DropTable, DropType, DropView
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",))

Drop = DropTable | DropView | DropSequence | DropColumn | DropConstraint | DropType | DropFunction


@rule.check
def drop_cascade(
    drop: DropTable | DropView | DropSequence | DropColumn | DropConstraint | DropType | DropFunction, before: Before
) -> Iterator[Problem]:
    if not drop.cascade:
        return
    schema = before.schema
    what = target(drop)
    direct = dependents(drop, schema)
    if direct is None:
        if not drop.if_exists:
            yield Problem(message=f"whatever depends on {what} is dropped along with it")
        return
    along = [each for each in schema.closure(direct) if not ours(schema, each)]
    along = [each for each in along if not named(drop, each, before)]
    if not along:
        return
    texts = [Dependent(each.kind, shown(schema, each.name), each.member).text for each in along]
    policies = [each.member for each in along if each.kind == "policy"]
    yield Problem(
        message=f"{listed(texts)} {'are' if len(texts) > 1 else 'is'} dropped along with {what}",
        why=(f"row-level security loses {listed(policies)}",) if policies else (),
        unless=lambda end: all(made_again(end, each) for each in along),
    )


def target(drop: Drop) -> str:
    match drop:
        case DropColumn():
            return f"{drop.table}.{drop.column}"
        case DropConstraint():
            return drop.constraint
        case _:
            return str(drop.name)


def dependents(drop: Drop, schema: Schema) -> Iterable[Dependent] | None:
    """What stands right in the way of the drop; None if the history does not know the object."""
    match drop:
        case DropTable() | DropView() | DropSequence():
            return schema.dependents(drop.name) if schema.relation(drop.name) else None
        case DropColumn():
            return schema.dependents(drop.table, drop.column) if schema.table(drop.table) else None
        case DropConstraint():
            key = schema.constraint(drop.table, drop.constraint)
            if key is None or not key.index:
                return () if schema.table(drop.table) else None
            return [
                Dependent("constraint", child.name, other.name)
                for child, other in schema.referencing(drop.table)
                if other.referenced_columns == key.columns
            ]
        case DropType():
            known = schema.enum(drop.name) or schema.domain(drop.name) or schema.user_type(drop.name)
            return schema.dependents_of_type(drop.name) if known else None
        case DropFunction():
            overloads = schema.functions(drop.name)
            if len(overloads) > 1 and drop.arguments is not None:
                return ()  # the users of one overload cannot be told from those of another
            return schema.dependents_of_function(drop.name) if overloads else None


def member(schema: Schema, dependent: Dependent) -> Origin | None:
    relation = schema.relation(dependent.name)
    if isinstance(relation, Table) and dependent.member:
        for members in (relation.constraints, relation.policies, relation.triggers, relation.columns):
            if dependent.member in members:
                return members[dependent.member].origin
    domain = schema.domain(dependent.name) if dependent.kind == "domain" else None
    return relation.origin if relation else domain.origin if domain else None


def ours(schema: Schema, dependent: Dependent) -> bool:
    """Whether the change itself made it, or the table that it belongs to."""
    origin = member(schema, dependent)
    return schema.is_new(dependent.name) or (origin is not None and schema.introduced(origin))


def named(drop: Drop, dependent: Dependent, before: Before) -> bool:
    """Whether the same statement drops it, or the table that it belongs to, by name."""
    return any(
        isinstance(other, DropTable | DropView)
        and other.statement is drop.statement
        and before.schema.resolve(other.name) == dependent.name
        for other in before.operations
    )


def made_again(end: Schema, dependent: Dependent) -> bool:
    """Whether it is there again, or the table that it belonged to is gone as well."""
    return end.has(dependent) or (bool(dependent.member) and end.relation(dependent.name) is None)
