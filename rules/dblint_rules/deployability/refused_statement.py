"""The server will reject the statement. See refused_statement.md."""

import re
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

_NEWER = re.compile(r"needs PostgreSQL (?P<version>\d+)\Z")
_PRESUMED = "version {} is presumed: nothing says which one is deployed to"
_INSTEAD = 'Do without it where an older server is deployed to; where none is, say postgres = "{}" in dblint.toml.'


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
    newer = _NEWER.search(reason)
    yield Problem(
        message=f"the deploy fails: {reason}",
        why=() if newer is None or before.config.reason("postgres") else (_PRESUMED.format(before.version),),
        instead=_INSTEAD.format(newer["version"]) if newer else "",
    )
