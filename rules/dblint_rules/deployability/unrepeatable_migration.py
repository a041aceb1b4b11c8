"""A migration that failed half way cannot be run again. See unrepeatable_migration.md."""

from collections.abc import Iterator, Sequence
from functools import partial

from dblint.catalog.model import Origin
from dblint.migrations.model import Transactions
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    Begin,
    Commit,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateIndex,
    CreateMaterializedView,
    CreatePolicy,
    CreateSchema,
    CreateSequence,
    CreateTable,
    CreateTrigger,
    CreateType,
    CreateView,
    Delete,
    DropColumn,
    DropConstraint,
    DropFunction,
    DropIndex,
    DropObject,
    DropPolicy,
    DropSchema,
    DropSequence,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Insert,
    MigrationEnd,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameObject,
    RenameTable,
    SessionCommand,
    SetVariable,
    Truncate,
)
from dblint.placing import cased, sequence
from dblint.remedies import fix
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span

rule = Rule(__name__, severity=Severity.WARNING, recommended=False)

CREATES = (
    *(AddColumn, AddConstraint, AddEnumValue, CreateCompositeType, CreateDomain, CreateEnum, CreateExtension),
    *(CreateFunction, CreateIndex, CreateMaterializedView, CreatePolicy, CreateSchema, CreateSequence, CreateTable),
    *(CreateTrigger, CreateType, CreateView),
)
DROPS = (
    *(DropColumn, DropConstraint, DropFunction, DropIndex, DropObject, DropPolicy, DropSchema, DropSequence),
    *(DropTable, DropTrigger, DropType, DropView),
)
RENAMES = (RenameColumn, RenameConstraint, RenameEnumValue, RenameIndex, RenameObject, RenameTable)
HARMLESS = (SetVariable, SessionCommand)
ALONE = (Transactions.NONE, Transactions.STATEMENT, Transactions.DETECTED, Transactions.ASSUMED)
"""Where the runner may put no transaction around the whole."""


@rule.check
def migration(end: MigrationEnd, before: Before) -> Iterator[Problem]:
    if before.migration.transactions not in ALONE or before.schema.transaction is not None:
        return
    units = list(committed(before.operations))
    earlier: list[Operation] = []
    for unit in units[:-1]:
        for operation in unit:
            if outcome := second_run(operation, earlier):
                yield Problem(
                    message=f"if a later statement fails, a second run {outcome}",
                    origin=Origin(operation.statement, operation.span, before.migration.number),
                    object=operation.subject,
                    why=(f"the migration commits in {len(units)} steps: no transaction is around it",),
                    fix=partial(forgiving, units[:-1]),
                )
                return
            earlier.append(operation)


def committed(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """The operations in the groups that are committed together."""
    unit: list[Operation] = []
    explicit = False
    for operation in operations:
        if isinstance(operation, Begin | Commit):
            explicit = isinstance(operation, Begin)
        elif not isinstance(operation, HARMLESS):
            if unit and not explicit and unit[-1].statement is not operation.statement:
                yield unit
                unit = []
            unit.append(operation)
            continue
        if unit:
            yield unit
            unit = []
    if unit:
        yield unit


def second_run(operation: Operation, earlier: Sequence[Operation]) -> str:
    """What becomes of a second run at an operation that is done already; "" if it goes through."""
    if operation.guards or operation.tolerates:
        return ""
    if isinstance(operation, CREATES):
        forgiving = getattr(operation, "if_not_exists", False) or getattr(operation, "or_replace", False)
        temporary = getattr(operation, "persistence", "") == "temporary" or getattr(operation, "temporary", False)
        cleared = any(isinstance(other, DROPS) and made(other) == made(operation) for other in earlier)
        if forgiving or temporary or cleared:
            return ""
        return f"stops here: {made(operation)[1]} exists already" if made(operation)[1] else "makes a second one"
    if isinstance(operation, DROPS):
        return "" if operation.if_exists else f"stops here: {made(operation)[1]} is gone"
    if isinstance(operation, RENAMES):
        return f"stops here: {made(operation)[1]} is gone"
    if isinstance(operation, Insert) and operation.rows and not operation.on_conflict:
        emptied = any(isinstance(other, Delete | Truncate) and other.table == operation.table for other in earlier)
        return "" if emptied else f"puts the same rows into {operation.table} again"
    return ""


def made(operation: Operation) -> tuple[str, str]:
    """The table that the thing belongs to, if the SQL says so, and its name."""
    table = str(getattr(operation, "table", "") or "")
    match operation:
        case AddColumn():
            return table, operation.column.name
        case DropColumn() | RenameColumn():
            return table, operation.column
        case AddConstraint():
            return table, operation.constraint.name
        case DropConstraint() | RenameConstraint():
            return table, operation.constraint
        case AddEnumValue() | RenameEnumValue():
            return str(operation.name), operation.value
        case CreateIndex() | DropIndex():
            return "", operation.name if isinstance(operation, CreateIndex) else operation.name.name
    return table, str(getattr(operation, "name", ""))


WORDS: dict[type[Operation], str] = {
    CreateTable: "TABLE",
    AddColumn: "COLUMN",
    CreateIndex: "INDEX",
    CreateSequence: "SEQUENCE",
    CreateSchema: "SCHEMA",
    CreateExtension: "EXTENSION",
    CreateMaterializedView: "VIEW",
    AddEnumValue: "VALUE",
    DropTable: "TABLE",
    DropColumn: "COLUMN",
    DropConstraint: "CONSTRAINT",
    DropIndex: "INDEX",
    DropView: "VIEW",
    DropSequence: "SEQUENCE",
    DropType: "TYPE",
    DropFunction: "FUNCTION",
    DropPolicy: "POLICY",
    DropTrigger: "TRIGGER",
    DropSchema: "SCHEMA",
}
"""The word behind which IF [NOT] EXISTS stands, where the statement knows it."""


def forgiving(units: Sequence[Sequence[Operation]]) -> Fix | None:
    """IF [NOT] EXISTS in every statement that would stop a second run; None if one of them does not know it."""
    edits: dict[Span, Edit | None] = {}
    earlier: list[Operation] = []
    for unit in units:
        for operation in unit:
            if second_run(operation, earlier):
                edit = forgiven(operation)
                edits[edit.span if edit else operation.span] = edit
            earlier.append(operation)
    return fix("Let it pass where that is done already", *edits.values())


def forgiven(operation: Operation) -> Edit | None:
    word = WORDS.get(type(operation))
    span = (
        operation.span if isinstance(operation, AddColumn | DropColumn | DropConstraint) else operation.statement.span
    )
    if word is None:
        return None
    source = operation.source
    place = sequence(source, span, word)
    if place is None and word == "COLUMN":
        place = sequence(source, span, "ADD" if isinstance(operation, AddColumn) else "DROP")
    if online := sequence(source, span, word, "CONCURRENTLY"):
        place = online
    if place is None:
        return None
    text = cased(source, place, "IF NOT EXISTS" if isinstance(operation, CREATES) else "IF EXISTS")
    return Edit(Span(place.end, place.end), f" {text}")
