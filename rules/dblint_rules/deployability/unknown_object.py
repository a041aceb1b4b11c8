"""A statement names what is not there. See unknown_object.md."""

from collections.abc import Iterable, Iterator

from dblint.catalog.model import Table
from dblint.evidence import shown
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddIdentity,
    AlterColumnType,
    AlterConstraint,
    ConstraintDefinition,
    CreateIndex,
    CreatePolicy,
    CreateTrigger,
    Delete,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIdentity,
    DropIndex,
    DropNotNull,
    DropTable,
    DropView,
    ForceRowSecurity,
    Insert,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetExpression,
    SetNotNull,
    SetRowSecurity,
    Truncate,
    Update,
    ValidateConstraint,
)
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, recommended=False, dialects=("postgres",))

OfColumn = (
    AddIdentity | AlterColumnType | DropColumn | DropDefault | DropIdentity | DropNotNull | RenameColumn | SetDefault
    | SetExpression | SetNotNull
)  # fmt: skip
OfConstraint = AlterConstraint | DropConstraint | RenameConstraint | ValidateConstraint
OfTable = AddColumn | CreatePolicy | CreateTrigger | Delete | ForceRowSecurity | SetRowSecurity | Truncate

NOT_NULL = "_not_null"
"""PostgreSQL 18 gives NOT NULL a name as well, which the catalog does not keep."""


@rule.check
def relation(
    operation: DropTable | DropView | DropIndex | RenameTable | RenameIndex, before: Before
) -> Iterator[Problem]:
    if not operation.if_exists and certain(before):
        yield from gone(operation.name, before)


@rule.check
def table(operation: OfTable, before: Before) -> Iterator[Problem]:
    if certain(before):
        yield from gone(operation.table, before)


@rule.check
def column(operation: OfColumn, before: Before) -> Iterator[Problem]:
    if certain(before) and not getattr(operation, "if_exists", False):
        yield from columns(operation.table, (operation.column,), before)


@rule.check
def constraint(operation: OfConstraint, before: Before) -> Iterator[Problem]:
    if not certain(before) or getattr(operation, "if_exists", False):
        return
    found = known(operation.table, before)
    if found is None:
        yield from gone(operation.table, before)
    elif operation.constraint not in found.constraints and not operation.constraint.endswith(NOT_NULL):
        yield Problem(
            message=f"the deploy fails: {shown(before.schema, found.name)} has no constraint {operation.constraint}",
            why=nearest(operation.constraint, found.constraints),
        )


@rule.check
def definition(operation: AddConstraint | CreateIndex, before: Before) -> Iterator[Problem]:
    if not certain(before):
        return
    if isinstance(operation, CreateIndex):
        names = [*(key.column for key in operation.index.keys if key.column), *operation.index.include]
        yield from columns(operation.table, names, before)
        return
    written: ConstraintDefinition = operation.constraint
    yield from columns(operation.table, written.columns, before)
    if written.references is not None:
        yield from columns(written.references, written.referenced_columns, before)


@rule.check
def rows(operation: Insert | Update, before: Before) -> Iterator[Problem]:
    if certain(before):
        names = operation.columns if isinstance(operation, Insert) else [name for name, _ in operation.assignments]
        yield from columns(operation.table, names, before)


def certain(before: Before) -> bool:
    """Whether the statement runs for certain, and its failure is no part of the plan."""
    return not (before.operation.guards or before.operation.tolerates)


def known(name: Name, before: Before) -> Table | None:
    """The table, if all that it holds is known."""
    found = before.schema.table(name)
    return found if found and not found.incomplete and before.schema.uncertain(name) is None else None


def gone(name: Name, before: Before) -> Iterator[Problem]:
    """A problem if the history had the relation and has it no more."""
    if before.schema.relation(name) is None and (taken := before.schema.gone(name)) is not None:
        yield Problem(
            message=f"the deploy fails: {name} is not there any more",
            why=(f"{name} was dropped or renamed by {taken}",),
            related=(Related.origin(taken, f"{name} was dropped or renamed here"),),
        )


def columns(name: Name, wanted: Iterable[str], before: Before) -> Iterator[Problem]:
    found = known(name, before)
    if found is None:
        yield from gone(name, before)
        return
    for each in wanted:
        if before.schema.column(name, each) is None:
            taken = before.schema.gone(name, each)
            why = (f"{each} was dropped or renamed by {taken}",) if taken else nearest(each, found.columns)
            yield Problem(
                message=f"the deploy fails: {shown(before.schema, found.name)} has no column {Name(each)}", why=why
            )


def nearest(wrong: str, names: Iterable[str]) -> tuple[str, ...]:
    from difflib import get_close_matches

    close = get_close_matches(wrong, list(names), n=1)
    return (f"the nearest name there is {close[0]}",) if close else ()
