"""The server will reject the statement. See refused_statement.md."""

from collections.abc import Iterator

from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    AttachPartition,
    CreateIndex,
    CreateMaterializedView,
    CreateTable,
    CreateView,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropSchema,
    DropTable,
    DropType,
    DropView,
    Merge,
    RefreshMaterializedView,
    SetExpression,
    SetLogged,
    Truncate,
    ValidateConstraint,
)
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def statement(
    operation: AddColumn
    | AddConstraint
    | AlterColumnType
    | AttachPartition
    | CreateIndex
    | CreateMaterializedView
    | CreateTable
    | CreateView
    | DetachPartition
    | DropColumn
    | DropConstraint
    | DropIndex
    | DropSchema
    | DropTable
    | DropType
    | DropView
    | Merge
    | RefreshMaterializedView
    | SetExpression
    | SetLogged
    | Truncate
    | ValidateConstraint,
    before: Before,
) -> Iterator[Problem]:
    reason = before.impact.refused
    if reason is None or operation.guards or operation.tolerates:
        return
    subject = operation.subject
    if subject is not None and before.schema.uncertain(subject) is not None:
        return
    yield Problem(message=f"the deploy fails: {reason}")
