"""ALTER TABLE and its kin for views, indexes, sequences and types: each action an operation of its own."""

from collections.abc import Callable
from typing import Any, Literal

from dblint.dialects.postgres.alter_action import Action, Lower
from dblint.dialects.postgres.alter_columns import COLUMN_ACTIONS
from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.columns import partition_bound
from dblint.dialects.postgres.objects import KINDS, existing
from dblint.dialects.postgres.options import option_text
from dblint.dialects.postgres.tree import (
    AlterTableMoveAllStmt,
    AlterTableStmt,
    ColumnDef,
    PartitionCmd,
    RangeVar,
    ReplicaIdentityStmt,
)
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name
from dblint.operations import (
    AddColumn,
    AddInheritance,
    AlterColumnType,
    AlterCompositeType,
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
    ForceRowSecurity,
    Opaque,
    Operation,
    PartitionBound,
    SetAccessMethod,
    SetIndexParameter,
    SetLogged,
    SetReplicaIdentity,
    SetRowSecurity,
    SetTableParameter,
    SetTablespace,
    SetViewOptions,
)

_BOUND = Phrases("FOR VALUES", "DEFAULT")
_IDENTITIES: dict[str, Literal["default", "full", "nothing", "index"]] = {
    "d": "default",
    "f": "full",
    "n": "nothing",
    "i": "index",
}


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
        if not node.relation.inh and node.objtype in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            action.common["only"] = True
        subtype = wrapped.command.subtype
        lower = table.get(subtype) or _ACTIONS.get(subtype)
        lowered = lower(action) if lower else _unknown(action)
        operations.extend(lowered if isinstance(lowered, list) else [lowered])
    if len(operations) > 1:
        operations.sort(key=_pass)
    return operations


def _pass(operation: Operation) -> int:
    """When the server does it among the actions of one ALTER TABLE (AlterTablePass in tablecmds.c), whatever the order
    that they are written in: drops, then new types, then new columns, then the rest."""
    return _PASSES.get(type(operation), len(_PASSES))


_PASSES: dict[type[Operation], int] = {
    DropColumn: 0,
    DropConstraint: 0,
    DropDefault: 0,
    DropExpression: 0,
    DropIdentity: 0,
    DropNotNull: 0,
    AlterColumnType: 1,
    AddColumn: 2,
}


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
    text = action.site.slice(match.start, action.end) if match else ""
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


def _cluster_on(action: Action) -> Operation:
    return SetTableParameter(**action.common, table=action.table, parameter="cluster on", index=action.command.name)


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


_ACTIONS: dict[str, Lower] = {
    **COLUMN_ACTIONS,
    "AT_ChangeOwner": _owner,
    "AT_ClusterOn": _cluster_on,
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
