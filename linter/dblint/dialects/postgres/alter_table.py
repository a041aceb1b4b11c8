"""ALTER TABLE and its kin for views, indexes, sequences and types: each action an operation of its own."""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeVar

from msgspec import json

from dblint.dialects.postgres.clauses import Site, word
from dblint.dialects.postgres.columns import (
    IDENTITIES,
    collation,
    column_definition,
    constraint_definition,
    partition_bound,
)
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.objects import KINDS, existing
from dblint.dialects.postgres.options import option_text
from dblint.dialects.postgres.tree import (
    AlterTableCmd,
    AlterTableMoveAllStmt,
    AlterTableStmt,
    ColumnDef,
    Constraint,
    Node,
    PartitionCmd,
    RangeVar,
    ReplicaIdentityStmt,
    items,
    opened,
)
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddConstraint,
    AddIdentity,
    AddInheritance,
    AlterColumnType,
    AlterCompositeType,
    AlterConstraint,
    AlterIdentity,
    AlterObject,
    AttachIndex,
    AttachPartition,
    ChangeOwner,
    DetachPartition,
    DisableTrigger,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropInheritance,
    DropNotNull,
    EnableTrigger,
    Expression,
    ForceRowSecurity,
    Guard,
    Opaque,
    Operation,
    PartitionBound,
    SetAccessMethod,
    SetColumnParameter,
    SetDefault,
    SetExpression,
    SetIndexParameter,
    SetLogged,
    SetNotNull,
    SetReplicaIdentity,
    SetRowSecurity,
    SetTableParameter,
    SetTablespace,
    SetViewOptions,
    ValidateConstraint,
)

T = TypeVar("T")

_SET_DEFAULT = word("SET DEFAULT")
_USING = word("USING")
_BOUND = word("FOR VALUES", "DEFAULT")
_IDENTITIES: dict[str, Literal["default", "full", "nothing", "index"]] = {
    "d": "default",
    "f": "full",
    "n": "nothing",
    "i": "index",
}


class Action:
    """One action of an ALTER TABLE: its parse tree, and its clause in the text."""

    __slots__ = ("command", "common", "end", "kind", "site", "start", "table")

    def __init__(
        self,
        site: Site,
        table: Name,
        kind: str,
        command: AlterTableCmd,
        start: int,
        end: int,
        guards: tuple[Guard, ...],
    ) -> None:
        self.site = site
        self.table = table
        self.kind = kind
        self.command = command
        self.start = start
        self.end = end
        self.common: dict[str, Any] = {"statement": site.statement, "span": site.span(start, end)}
        if guards:
            self.common["guards"] = guards

    @property
    def cascade(self) -> bool:
        return self.command.behavior == "DROP_CASCADE"

    def definition(self, kind: type[T]) -> T:
        """What the action carries, unwrapped."""
        found: T = _decoder(kind).decode(self.command.definition)[kind.__name__]
        return found

    def expression(self, start: int) -> Expression:
        return expression(self.site, self.command.definition, start, self.end)

    def options(self) -> list[Node]:
        return [item["DefElem"] for item in items(opened(self.command.definition))]


@cache
def _decoder(kind: type[Any]) -> json.Decoder[Any]:
    return json.Decoder(dict[str, kind])


def alter_table(site: Site, node: AlterTableStmt) -> list[Operation]:
    start = site.offset(node.relation.location)
    name_end = site.past_gap(site.name_end(start))
    if site.text.startswith("*", name_end):
        name_end += 1
    places = site.parts(name_end, site.end)
    if len(places) != len(node.commands):
        places = [(site.start, site.end)] * len(node.commands)
    name = node.relation.name
    guards = existing(site, node.objtype, name, start) if node.missing_ok else ()
    table = _OF_KIND.get(node.objtype, {})
    operations: list[Operation] = []
    for wrapped, (begin, end) in zip(node.commands, places, strict=True):
        action = Action(site, name, node.objtype, wrapped.command, begin, end, guards)
        subtype = wrapped.command.subtype
        lower = table.get(subtype) or _ACTIONS.get(subtype)
        lowered = lower(action) if lower else _unknown(action)
        operations.extend(lowered if isinstance(lowered, list) else [lowered])
    return operations


def move_all(site: Site, node: AlterTableMoveAllStmt) -> list[Operation]:
    """ALTER TABLE ALL IN TABLESPACE: which relations move is for the server to say."""
    return [
        Opaque(
            statement=site.statement,
            span=site.whole,
            what="ALTER … ALL IN TABLESPACE",
            reason="it moves whatever the tablespace holds",
        )
    ]


def _unknown(action: Action) -> Operation:
    words_ = action.command.subtype.removeprefix("AT_")
    return Opaque(**action.common, what=f"ALTER TABLE action {words_}", reason="this action has no model")


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
    identity = IDENTITIES[action.definition(Constraint).generated_when]
    return AddIdentity(**action.common, table=action.table, column=action.command.name, identity=identity)


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
    )


# --- the table as a whole -----------------------------------------------------------------------


def _relation(make: Callable[..., Operation], **extra: Any) -> Callable[[Action], Operation]:
    """An action that concerns the table and says no more."""
    return lambda action: make(**action.common, table=action.table, **extra)


def _parent(make: Callable[..., Operation]) -> Callable[[Action], Operation]:
    return lambda action: make(**action.common, table=action.table, parent=action.definition(RangeVar).name)


def _trigger(make: Callable[..., Operation], every: str = "") -> Callable[[Action], Operation]:
    return lambda action: make(
        **action.common, table=action.table, trigger=every or action.command.name, every=bool(every)
    )


def _set_options(action: Action) -> list[Operation]:
    return [SetTableParameter(**action.common, table=action.table, parameter=name) for name in _option_names(action)]


def _option_names(action: Action) -> list[str]:
    return [
        f"{option['defnamespace']}.{option['defname']}".lower()
        if "defnamespace" in option
        else option["defname"].lower()
        for option in action.options()
    ]


def _table_rule(action: Action) -> Operation:
    return AlterObject(**action.common, kind="rule", name=Name(action.command.name), table=action.table)


def _replica_identity(action: Action) -> Operation:
    node = action.definition(ReplicaIdentityStmt)
    identity = _IDENTITIES[node.identity_type]
    return SetReplicaIdentity(**action.common, table=action.table, identity=identity, index=node.name)


def _tablespace(action: Action) -> Operation:
    return SetTablespace(**action.common, name=action.table, tablespace=action.command.name)


def _access_method(action: Action) -> Operation:
    # ALTER TABLE … SET ACCESS METHOD DEFAULT names none.
    return SetAccessMethod(**action.common, table=action.table, method=action.command.name or "default")


def _owner(action: Action) -> Operation:
    role = action.command.newowner
    kind = KINDS.get(action.kind, "table")
    return ChangeOwner(**action.common, kind=kind, name=action.table, owner=role.name if role else "")


def _attach(action: Action) -> Operation:
    node = action.definition(PartitionCmd)
    if node.bound is None:
        return AttachIndex(**action.common, name=action.table, child=node.name.name)
    match = action.site.find(_BOUND, action.site.offset(node.name.location), action.end)
    text = action.site.text[match.start() : action.end] if match else ""
    bound: PartitionBound = partition_bound(node.bound, text)
    return AttachPartition(**action.common, table=action.table, partition=node.name.name, bound=bound)


def _detach(action: Action) -> Operation:
    node = action.definition(PartitionCmd)
    return DetachPartition(
        **action.common,
        table=action.table,
        partition=node.name.name,
        online=node.concurrent,
        finalize=action.command.subtype == "AT_DetachPartitionFinalize",
    )


# --- other kinds --------------------------------------------------------------------------------


def _index_options(action: Action) -> list[Operation]:
    return [SetIndexParameter(**action.common, name=action.table, parameter=name) for name in _option_names(action)]


def _index_statistics(action: Action) -> Operation:
    return SetIndexParameter(**action.common, name=action.table, parameter="statistics")


def _view_options(action: Action) -> Operation:
    reset = action.command.subtype == "AT_ResetRelOptions"
    options: dict[str, str | None] = {
        option["defname"].lower(): None if reset else option_text(option.get("arg", {})) for option in action.options()
    }
    return SetViewOptions(**action.common, name=action.table, options=options)


def _other_object(action: Action) -> Operation:
    kind = KINDS.get(action.kind, "table")
    return AlterObject(**action.common, kind=kind, name=action.table, table=action.table)


def _attribute(action: Action) -> Operation:
    """ALTER TYPE of a composite type."""
    subtype = action.command.subtype
    if subtype == "AT_DropColumn":
        return AlterCompositeType(
            **action.common, name=action.table, action="drop", attribute=action.command.name, cascade=action.cascade
        )
    node = action.definition(ColumnDef)
    adds = subtype == "AT_AddColumn"
    return AlterCompositeType(
        **action.common,
        name=action.table,
        action="add" if adds else "alter",
        attribute=node.colname if adds else action.command.name,
        type=type_of(node.type or {}),
        cascade=action.cascade,
    )


Lower = Callable[[Action], Operation | list[Operation]]

_ACTIONS: dict[str, Lower] = {
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
    "AT_ChangeOwner": _owner,
    "AT_ClusterOn": _relation(SetTableParameter, parameter="cluster on"),
    "AT_DropCluster": _relation(SetTableParameter, parameter="without cluster"),
    "AT_DropOids": _relation(SetTableParameter, parameter="without oids"),
    "AT_SetLogged": _relation(SetLogged, logged=True),
    "AT_SetUnLogged": _relation(SetLogged, logged=False),
    "AT_SetAccessMethod": _access_method,
    "AT_SetTableSpace": _tablespace,
    "AT_SetRelOptions": _set_options,
    "AT_ResetRelOptions": _set_options,
    "AT_ReplaceRelOptions": _set_options,
    "AT_EnableTrig": _trigger(EnableTrigger),
    "AT_EnableAlwaysTrig": _trigger(EnableTrigger),
    "AT_EnableReplicaTrig": _trigger(EnableTrigger),
    "AT_DisableTrig": _trigger(DisableTrigger),
    "AT_EnableTrigAll": _trigger(EnableTrigger, "all"),
    "AT_DisableTrigAll": _trigger(DisableTrigger, "all"),
    "AT_EnableTrigUser": _trigger(EnableTrigger, "user"),
    "AT_DisableTrigUser": _trigger(DisableTrigger, "user"),
    "AT_EnableRule": _table_rule,
    "AT_EnableAlwaysRule": _table_rule,
    "AT_EnableReplicaRule": _table_rule,
    "AT_DisableRule": _table_rule,
    "AT_AddInherit": _parent(AddInheritance),
    "AT_DropInherit": _parent(DropInheritance),
    "AT_AddOf": _relation(SetTableParameter, parameter="of"),
    "AT_DropOf": _relation(SetTableParameter, parameter="not of"),
    "AT_ReplicaIdentity": _replica_identity,
    "AT_EnableRowSecurity": _relation(SetRowSecurity, enabled=True),
    "AT_DisableRowSecurity": _relation(SetRowSecurity, enabled=False),
    "AT_ForceRowSecurity": _relation(ForceRowSecurity, forced=True),
    "AT_NoForceRowSecurity": _relation(ForceRowSecurity, forced=False),
    "AT_GenericOptions": _relation(SetTableParameter, parameter="options"),
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
    "AT_DetachPartitionFinalize": _detach,
}
# What reads the same but means something else for another kind of relation.
_OF_KIND: dict[str, dict[str, Lower]] = {
    "OBJECT_INDEX": {
        "AT_SetRelOptions": _index_options,
        "AT_ResetRelOptions": _index_options,
        "AT_SetStatistics": _index_statistics,
    },
    "OBJECT_VIEW": {
        "AT_SetRelOptions": _view_options,
        "AT_ResetRelOptions": _view_options,
        "AT_ColumnDefault": _other_object,
    },
    "OBJECT_SEQUENCE": {"AT_SetLogged": _other_object, "AT_SetUnLogged": _other_object},
    "OBJECT_TYPE": {
        "AT_AddColumn": _attribute,
        "AT_DropColumn": _attribute,
        "AT_AlterColumnType": _attribute,
    },
}
