"""A statement takes its lock and changes nothing. See no_op_statement.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.model import Column
from dblint.evidence import because, in_use
from dblint.operations import (
    AlterColumnType,
    DropDefault,
    DropNotNull,
    ForceRowSecurity,
    SetDefault,
    SetLogged,
    SetNotNull,
    SetReplicaIdentity,
    SetRowSecurity,
    ValidateConstraint,
)
from dblint.remedies import fix, taken_out
from dblint.rule import Before, Fix, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.INFO, recommended=False)

Statement = (
    AlterColumnType
    | DropDefault
    | DropNotNull
    | ForceRowSecurity
    | SetDefault
    | SetLogged
    | SetNotNull
    | SetReplicaIdentity
    | SetRowSecurity
    | ValidateConstraint
)


@rule.check
def statement(operation: Statement, before: Before) -> Iterator[Problem]:
    if operation.guards or not in_use(before, operation.table) or before.schema.uncertain(operation.table):
        return
    already = of_table(operation, before)
    if already:
        yield Problem(
            message=f"the statement does nothing: {already}",
            why=because(before, operation.table),
            fix=partial(left_out, operation, before),
        )


def left_out(operation: Statement, before: Before) -> Fix | None:
    return fix("Leave it out", taken_out(operation, before), safe=True)


def of_table(operation: Statement, before: Before) -> str:
    """What is so already, or "" where the statement changes something or that is not known."""
    name, table = operation.table, before.schema.table(operation.table)
    if table is None:
        return ""
    match operation:
        case SetRowSecurity(enabled=enabled) if table.row_security is enabled:
            return f"row-level security of {name} is {'on' if enabled else 'off'} already"
        case ForceRowSecurity(forced=forced) if table.row_security_forced is forced:
            return f"row-level security of {name} is {'forced' if forced else 'not forced'} already"
        case SetLogged(logged=logged) if (table.persistence == "permanent") is logged:
            return f"{name} is {'logged' if logged else 'unlogged'} already"
        case SetReplicaIdentity(identity=identity) if identity != "index" and table.replica_identity == identity:
            return f"the replica identity of {name} is {identity} already"
        case ValidateConstraint(constraint=constraint):
            found = before.schema.constraint(name, constraint)
            return f"{constraint} on {name} is validated already" if found and found.validated else ""
        case AlterColumnType() | SetNotNull() | DropNotNull() | SetDefault() | DropDefault():
            column = before.schema.column(name, operation.column)
            return of_column(operation, column) if column and not before.schema.introduced(column.origin) else ""
    return ""


def of_column(operation: AlterColumnType | SetNotNull | DropNotNull | SetDefault | DropDefault, column: Column) -> str:
    place = f"{operation.table}.{column.name}"
    match operation:
        case AlterColumnType() if operation.type.text == column.type.text and operation.using is None:
            same = operation.collation == column.collation and operation.nullable in (None, not column.not_null)
            return f"{place} is {column.type} already" if same else ""
        case SetNotNull() if column.not_null:
            return f"{place} is NOT NULL already"
        case DropNotNull() if not column.not_null:
            return f"{place} takes NULL already"
        case DropDefault() if not column.default and not column.default_text and not column.generated:
            return f"{place} has no default"
        case SetDefault() if column.default is not None and column.default.key == operation.default.key:
            return f"the default of {place} is {column.default.text} already"
    return ""
