"""Actions of ALTER TABLE on columns and constraints."""

from collections.abc import Callable
from typing import Any

from dblint.dialects.postgres.alter_action import Action, Lower
from dblint.dialects.postgres.clauses import Phrases
from dblint.dialects.postgres.columns import (
    IDENTITIES,
    collation,
    column_definition,
    constraint_definition,
    sequence_of,
)
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.tree import ColumnDef, Constraint, opened
from dblint.dialects.postgres.type_names import type_of
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddIdentity,
    AlterColumnType,
    AlterConstraint,
    AlterIdentity,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropNotNull,
    Operation,
    SetColumnParameter,
    SetDefault,
    SetExpression,
    SetNotNull,
    ValidateConstraint,
)

_SET_DEFAULT = Phrases("SET DEFAULT")
_USING = Phrases("USING")

# --- columns ------------------------------------------------------------------------------------


def _add_column(action: Action) -> Operation:
    column = column_definition(action.site, action.definition(ColumnDef), action.end)
    return AddColumn(**action.common, table=action.table, column=column, if_not_exists=action.command.missing_ok)


def _drop_column(action: Action) -> Operation:
    command = action.command
    return DropColumn(
        **action.common,
        table=action.table,
        column=command.name,
        if_exists=command.missing_ok,
        cascade=action.cascade,
    )


def _alter_type(action: Action) -> Operation:
    node = action.definition(ColumnDef)
    using = None
    if node.raw_default:
        using = expression(
            action.site, node.raw_default, action.site.after(_USING, action.start, action.end), action.end
        )
    return AlterColumnType(
        **action.common,
        table=action.table,
        column=action.command.name,
        type=type_of(node.type or {}),
        using=using,
        collation=collation(node),
    )


def _column_default(action: Action) -> Operation:
    if not action.command.definition:
        return DropDefault(**action.common, table=action.table, column=action.command.name)
    default = action.expression(action.site.after(_SET_DEFAULT, action.start, action.end))
    return SetDefault(**action.common, table=action.table, column=action.command.name, default=default)


def _add_identity(action: Action) -> Operation:
    definition = action.definition(Constraint)
    return AddIdentity(
        **action.common,
        table=action.table,
        column=action.command.name,
        identity=IDENTITIES[definition.generated_when],
        sequence=sequence_of(definition),
    )


def _set_identity(action: Action) -> Operation:
    identity = ""
    for option in action.options():
        if option["defname"] == "generated":
            identity = IDENTITIES[chr(option["arg"]["Integer"]["ival"])]
    return AlterIdentity(
        **action.common,
        table=action.table,
        column=action.command.name,
        identity=identity,  # type: ignore[arg-type]
    )


def _set_expression(action: Action) -> Operation:
    inside = action.site.parenthesis(action.start, action.end) or (action.start, action.end)
    formula = expression(action.site, action.command.definition, *action.site.trimmed(*inside))
    return SetExpression(**action.common, table=action.table, column=action.command.name, expression=formula)


def _column(make: Callable[..., Operation], **extra: Any) -> Callable[[Action], Operation]:
    """An action that concerns a column and says no more."""
    return lambda action: make(**action.common, table=action.table, column=action.command.name, **extra)


def _droppable(make: Callable[..., Operation]) -> Callable[[Action], Operation]:
    return lambda action: make(
        **action.common, table=action.table, column=action.command.name, if_exists=action.command.missing_ok
    )


# --- constraints --------------------------------------------------------------------------------


def _add_constraint(action: Action) -> Operation:
    node = action.definition(Constraint)
    start = action.site.offset(node.location)
    constraint = constraint_definition(action.site, node, start, action.end)
    return AddConstraint(**action.common, table=action.table, constraint=constraint)


def _drop_constraint(action: Action) -> Operation:
    command = action.command
    return DropConstraint(
        **action.common,
        table=action.table,
        constraint=command.name,
        if_exists=command.missing_ok,
        cascade=action.cascade,
    )


def _validate_constraint(action: Action) -> Operation:
    return ValidateConstraint(**action.common, table=action.table, constraint=action.command.name)


def _alter_constraint(action: Action) -> Operation:
    node = opened(action.command.definition)["ATAlterConstraint"]
    deferrability = node.get("alterDeferrability", False)
    return AlterConstraint(
        **action.common,
        table=action.table,
        constraint=node["conname"],
        deferrable=node.get("deferrable", False) if deferrability else None,
        initially_deferred=node.get("initdeferred", False) if deferrability else None,
        enforced=node.get("is_enforced", False) if node.get("alterEnforceability") else None,
        no_inherit=node.get("noinherit", False) if node.get("alterInheritability") else None,
    )


COLUMN_ACTIONS: dict[str, Lower] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AlterColumnType": _alter_type,
    "AT_ColumnDefault": _column_default,
    "AT_CookedColumnDefault": _column_default,
    "AT_SetNotNull": _column(SetNotNull),
    "AT_DropNotNull": _column(DropNotNull),
    "AT_SetExpression": _set_expression,
    "AT_DropExpression": _droppable(DropExpression),
    "AT_AddIdentity": _add_identity,
    "AT_SetIdentity": _set_identity,
    "AT_DropIdentity": _droppable(DropIdentity),
    "AT_SetStatistics": _column(SetColumnParameter, parameter="statistics"),
    "AT_SetStorage": _column(SetColumnParameter, parameter="storage"),
    "AT_SetCompression": _column(SetColumnParameter, parameter="compression"),
    "AT_SetOptions": _column(SetColumnParameter, parameter="options"),
    "AT_ResetOptions": _column(SetColumnParameter, parameter="options"),
    "AT_AlterColumnGenericOptions": _column(SetColumnParameter, parameter="options"),
    "AT_AddConstraint": _add_constraint,
    "AT_AddIndexConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": _validate_constraint,
    "AT_AlterConstraint": _alter_constraint,
}
