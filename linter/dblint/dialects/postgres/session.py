"""Transactions, settings, maintenance, and what only concerns the session or the server."""

from collections.abc import Callable

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.options import is_on, literal_text
from dblint.dialects.postgres.tree import LockStmt, Node
from dblint.dialects.postgres.tree_objects import (
    ClusterStmt,
    ConstraintsSetStmt,
    RefreshMatViewStmt,
    TransactionStmt,
    VacuumStmt,
    VariableSetStmt,
)
from dblint.impact import Lock
from dblint.names import Name
from dblint.operations import (
    Analyze,
    Begin,
    Cluster,
    Commit,
    LockTable,
    Operation,
    RefreshMaterializedView,
    ReleaseSavepoint,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    ServerCommand,
    SessionCommand,
    SetConstraints,
    SetVariable,
    Vacuum,
)

_PLAIN: dict[str, type[Begin] | type[Commit] | type[Rollback]] = {
    "TRANS_STMT_BEGIN": Begin,
    "TRANS_STMT_START": Begin,
    "TRANS_STMT_COMMIT": Commit,
    "TRANS_STMT_ROLLBACK": Rollback,
    # PREPARE TRANSACTION ends the session's transaction; what it did takes effect with COMMIT PREPARED.
    "TRANS_STMT_PREPARE": Commit,
}
_SAVEPOINTS: dict[str, type[Savepoint] | type[ReleaseSavepoint] | type[RollbackToSavepoint]] = {
    "TRANS_STMT_SAVEPOINT": Savepoint,
    "TRANS_STMT_RELEASE": ReleaseSavepoint,
    "TRANS_STMT_ROLLBACK_TO": RollbackToSavepoint,
}


def transaction(site: Site, node: TransactionStmt) -> list[Operation]:
    plain = _PLAIN.get(node.kind)
    if plain is not None:
        ended: list[Operation] = [plain(statement=site.statement, span=site.whole)]
        # AND CHAIN opens the next transaction at once.
        return [*ended, Begin(statement=site.statement, span=site.whole)] if node.chain else ended
    savepoint = _SAVEPOINTS.get(node.kind)
    if savepoint is not None:
        return [savepoint(statement=site.statement, span=site.whole, name=node.savepoint_name)]
    # COMMIT PREPARED and ROLLBACK PREPARED, which no transaction block may hold.
    return [
        ServerCommand(
            statement=site.statement,
            span=site.whole,
            command=node.kind.removeprefix("TRANS_STMT_").replace("_", " ").lower(),
        )
    ]


def set_variable(site: Site, node: VariableSetStmt) -> list[Operation]:
    if node.kind == "VAR_SET_MULTI":
        # SET TRANSACTION and SET SESSION CHARACTERISTICS.
        return [SessionCommand(statement=site.statement, span=site.whole, command=node.name.lower())]
    name, value, values = setting(node)
    return [
        SetVariable(
            statement=site.statement, span=site.whole, name=name, value=value, values=values, local=node.is_local
        )
    ]


def setting(node: VariableSetStmt) -> tuple[str, str | None, tuple[str, ...]]:
    """Name, value (None for a reset) and the separate values of a SET or RESET."""
    if node.kind == "VAR_RESET_ALL":
        return "all", None, ()
    if node.kind == "VAR_SET_CURRENT":
        return node.name.lower(), "", ()
    if node.kind != "VAR_SET_VALUE":
        return node.name.lower(), None, ()
    values = tuple([literal_text(argument) for argument in node.args])
    return node.name.lower(), ", ".join(values), values


def set_constraints(site: Site, node: ConstraintsSetStmt) -> list[Operation]:
    return [SetConstraints(statement=site.statement, span=site.whole, deferred=node.deferred)]


def lock(site: Site, node: LockStmt) -> list[Operation]:
    mode = str(Lock(node.mode)).lower()
    operations: list[Operation] = []
    for item in node.relations:
        start = site.offset(item.relation.location)
        span = site.whole if len(node.relations) == 1 else site.span(start, site.name_end(start))
        operations.append(LockTable(statement=site.statement, span=span, table=item.relation.name, mode=mode))
    return operations


def vacuum(site: Site, node: VacuumStmt) -> list[Operation]:
    named = [item.target.relation.name for item in node.rels if item.target.relation is not None]
    names: list[Name | None] = [*named] if named else [None]
    if not node.is_vacuumcmd:
        return [Analyze(statement=site.statement, span=site.whole, name=name) for name in names]
    full = is_on(node.options, "full")
    return [Vacuum(statement=site.statement, span=site.whole, name=name, full=full) for name in names]


def cluster(site: Site, node: ClusterStmt) -> list[Operation]:
    name = node.relation.name if node.relation is not None else None
    return [Cluster(statement=site.statement, span=site.whole, name=name)]


def refresh(site: Site, node: RefreshMatViewStmt) -> list[Operation]:
    return [
        RefreshMaterializedView(
            statement=site.statement,
            span=site.whole,
            name=node.relation.name,
            online=node.concurrent,
            with_data=not node.skip_data,
        )
    ]


def session_command(command: str) -> Callable[[Site, Node], list[Operation]]:
    return lambda site, node: [SessionCommand(statement=site.statement, span=site.whole, command=command)]


def server_command(command: str, *, drops_database: bool = False) -> Callable[[Site, Node], list[Operation]]:
    return lambda site, node: [
        ServerCommand(statement=site.statement, span=site.whole, command=command, drops_database=drops_database)
    ]
