"""The SQL that takes a migration back, as far as its own text, or the schema before it, says how."""

from collections.abc import Callable, Iterator
from typing import Any

from dblint import operations as op
from dblint.catalog.schema import Schema
from dblint.dialects import load
from dblint.migrations.model import Migration
from dblint.names import Name
from dblint.operations import Operation
from dblint.remedies import sql
from dblint.source import Statement


def inverse(migration: Migration, dialect: str, schema: Schema) -> str:
    """The statements that undo a migration's, last first; a comment for each of which nothing says how to undo it.

    `schema`: as it is before the migration. What that has comes back as it was there, without what rows held.
    """
    lines: list[str] = []
    statements = [each for script in migration.up for each in load(dialect).read(script)]
    for statement, operations in reversed(statements):
        lines += _undone(statement, operations, schema)
    return "\n".join(lines or ["-- Nothing is to be undone."]) + "\n"


def _undone(statement: Statement, operations: list[Operation], schema: Schema) -> Iterator[str]:
    for operation in reversed(operations):
        if type(operation) in _NEEDLESS:
            continue
        made, restored = _INVERSES.get(type(operation)), _RESTORED.get(type(operation))
        text = made(operation) if made is not None and not operation.guards else ""
        if restored is not None and not operation.guards:
            text = restored(operation, schema)
        if text:
            yield f"{text};"
        else:
            words = " ".join(statement.source.slice(operation.span).split())
            yield f"-- Not undone: {words[:100]}{' …' if len(words) > 100 else ''}"


def _constraint(operation: op.AddConstraint) -> str:
    name = operation.constraint.name
    return f"{_table(operation)} DROP CONSTRAINT IF EXISTS {sql(name)}" if name else ""


def _index(operation: op.CreateIndex) -> str:
    if not operation.name:
        return ""
    online = "CONCURRENTLY " if operation.online else ""
    return f"DROP INDEX {online}IF EXISTS {sql(Name(operation.name, operation.table.schema))}"


def _table(operation: Any) -> str:
    return f"ALTER TABLE {sql(operation.table)}"


def _dropped(kind: str) -> Callable[[Any], str]:
    """Of what nothing stood there before: OR REPLACE may have replaced something."""
    return lambda each: "" if getattr(each, "or_replace", False) else f"DROP {kind} IF EXISTS {sql(each.name)}"


def _dropped_from_table(kind: str) -> Callable[[Any], str]:
    made = _dropped(kind)
    return lambda each: f"{text} ON {sql(each.table)}" if (text := made(each)) else ""


def _which(operation: op.EnableTrigger | op.DisableTrigger) -> str:
    return operation.trigger.upper() if operation.every else sql(operation.trigger)


_INVERSES: dict[type[Operation], Callable[[Any], str]] = {
    op.CreateSchema: _dropped("SCHEMA"),
    op.CreateTable: _dropped("TABLE"),
    op.CreateTableAs: _dropped("TABLE"),
    op.CreateSequence: _dropped("SEQUENCE"),
    op.CreateEnum: _dropped("TYPE"),
    op.CreateCompositeType: _dropped("TYPE"),
    op.CreateDomain: _dropped("DOMAIN"),
    op.CreateView: _dropped("VIEW"),
    op.CreateMaterializedView: _dropped("MATERIALIZED VIEW"),
    op.CreateExtension: _dropped("EXTENSION"),
    op.CreatePolicy: _dropped_from_table("POLICY"),
    op.CreateTrigger: _dropped_from_table("TRIGGER"),
    op.CreateIndex: _index,
    op.AddConstraint: _constraint,
    op.AddColumn: lambda each: f"{_table(each)} DROP COLUMN IF EXISTS {sql(each.column.name)}",
    op.RenameTable: lambda each: (
        f"ALTER TABLE {sql(Name(each.new_name, each.name.schema))} RENAME TO {sql(each.name.name)}"
    ),
    op.RenameColumn: lambda each: f"{_table(each)} RENAME COLUMN {sql(each.new_name)} TO {sql(each.column)}",
    op.RenameConstraint: lambda each: (
        f"{_table(each)} RENAME CONSTRAINT {sql(each.new_name)} TO {sql(each.constraint)}"
    ),
    op.SetNotNull: lambda each: f"{_table(each)} ALTER COLUMN {sql(each.column)} DROP NOT NULL",
    op.DropNotNull: lambda each: f"{_table(each)} ALTER COLUMN {sql(each.column)} SET NOT NULL",
    op.SetRowSecurity: lambda each: f"{_table(each)} {'DISABLE' if each.enabled else 'ENABLE'} ROW LEVEL SECURITY",
    op.ForceRowSecurity: lambda each: f"{_table(each)} {'NO ' if each.forced else ''}FORCE ROW LEVEL SECURITY",
    op.DisableTrigger: lambda each: f"{_table(each)} ENABLE TRIGGER {_which(each)}",
    op.EnableTrigger: lambda each: f"{_table(each)} DISABLE TRIGGER {_which(each)}",
}


def _column(each: op.DropColumn, schema: Schema) -> str:
    """The column, empty; nothing where it must not be."""
    from dblint.reports.ddl import column_definition, default_of

    column = schema.column(each.table, each.column)
    if column is None or each.cascade or column.serial or (column.not_null and not default_of(column)):
        return ""
    return f"{_table(each)} ADD COLUMN {column_definition(column)}"


def _type(each: op.AlterColumnType, schema: Schema) -> str:
    column = schema.column(each.table, each.column)
    if column is None or each.using is not None:
        return ""
    using = f" USING {sql(each.column)}::{column.type.text}" if column.type.name != each.type.name else ""
    return f"{_table(each)} ALTER COLUMN {sql(each.column)} TYPE {column.type.text}{using}"


def _default(each: op.SetDefault | op.DropDefault, schema: Schema) -> str:
    from dblint.reports.ddl import default_of

    column = schema.column(each.table, each.column)
    if column is None:
        return ""
    default = default_of(column)
    return f"{_table(each)} ALTER COLUMN {sql(each.column)} {f'SET DEFAULT {default}' if default else 'DROP DEFAULT'}"


def _dropped_constraint(each: op.DropConstraint, schema: Schema) -> str:
    from dblint.reports.ddl import constraint_definition

    constraint = schema.constraint(each.table, each.constraint)
    if constraint is None or each.cascade or constraint.inherited:
        return ""
    definition = constraint_definition(constraint, schema.resolve(each.table).schema)
    return f"{_table(each)} ADD CONSTRAINT {sql(each.constraint)} {definition}"


def _dropped_index(each: op.DropIndex, schema: Schema) -> str:
    from dblint.reports.ddl import create_index

    index = schema.index(each.name)
    if index is None or each.cascade or index.parent is not None:
        return ""
    text = create_index(index, "public")
    return text.replace(" INDEX ", " INDEX CONCURRENTLY ", 1) if each.online else text


def _dropped_policy(each: op.DropPolicy, schema: Schema) -> str:
    from dblint.reports.ddl import create_policy

    table = schema.table(each.table)
    policy = table.policies.get(each.name) if table is not None else None
    return create_policy(policy, sql(each.table)) if policy is not None else ""


_RESTORED: dict[type[Operation], Callable[[Any, Schema], str]] = {
    op.DropColumn: _column,
    op.AlterColumnType: _type,
    op.SetDefault: _default,
    op.DropDefault: _default,
    op.DropConstraint: _dropped_constraint,
    op.DropIndex: _dropped_index,
    op.DropPolicy: _dropped_policy,
}
"""What only the schema before the migration knows. PostgreSQL's words; other databases get no fixes."""

_NEEDLESS = frozenset({op.Begin, op.Commit, op.SetVariable, op.SessionCommand, op.ValidateConstraint})
"""What leaves nothing behind that its inverse would take away."""
