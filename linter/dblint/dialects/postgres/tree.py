"""The parts of PostgreSQL's parse trees that lowering reads, as libpg_query spells them in JSON.

In that JSON a default (0, "", false) is absent, an enum is its C name, and a node in a list or in a
position of any type is wrapped: {"String": {"sval": "x"}}. What is typed `Raw` is an expression or a
query, decoded only when it is walked.
"""

from typing import Any

from msgspec import Raw, Struct, json

from dblint.names import Name

Node = dict[str, Any]
"""A wrapped node of any kind."""

NOTHING = Raw(b"")


def opened(raw: Raw) -> Node:
    """The wrapped node of an expression position, {} where there is none."""
    return json.decode(raw) if raw else {}


def unwrapped(node: Node) -> tuple[str, Any]:
    """The kind of a wrapped node and what it holds; ("", {}) for {}."""
    for kind, inner in node.items():
        return kind, inner
    return "", {}


def words(nodes: list[Node]) -> tuple[str, ...]:
    """The strings of a list of String nodes."""
    return tuple([node["String"].get("sval", "") for node in nodes if "String" in node]) if nodes else ()


def qualified(nodes: list[Node]) -> Name:
    """The name that a list of String nodes spells; a leading database name is dropped."""
    spelled = words(nodes)
    return Name(spelled[-1], spelled[-2] if len(spelled) > 1 else "") if spelled else Name("")


def items(node: Node) -> list[Node]:
    """The elements of a wrapped List, or the node itself where it stands alone."""
    found = node.get("List")
    return found.get("items", []) if found is not None else [node] if node else []


class RangeVar(Struct, frozen=True):
    relname: str = ""
    schemaname: str = ""
    inh: bool = False
    relpersistence: str = ""
    location: int = 0

    @property
    def name(self) -> Name:
        return Name(self.relname, self.schemaname)


NO_RELATION = RangeVar()


class WrappedRelation(Struct, frozen=True, rename={"relation": "RangeVar"}):
    relation: RangeVar = NO_RELATION


class RoleSpec(Struct, frozen=True):
    roletype: str = ""
    rolename: str = ""

    @property
    def name(self) -> str:
        return self.rolename or self.roletype.removeprefix("ROLESPEC_").lower()


class WrappedRole(Struct, frozen=True, rename={"role": "RoleSpec"}):
    role: RoleSpec = RoleSpec()


class DefElem(Struct, frozen=True):
    defname: str = ""
    defnamespace: str = ""
    arg: Node = {}
    defaction: str = ""
    location: int = 0
    arg_location: int = 0


class Option(Struct, frozen=True, rename={"option": "DefElem"}):
    option: DefElem = DefElem()


# --- tables -----------------------------------------------------------------------------------


class Constraint(Struct, frozen=True, rename={"exclusion_where": "where_clause", "method": "access_method"}):
    contype: str = ""
    conname: str = ""
    deferrable: bool = False
    initdeferred: bool = False
    is_enforced: bool = False
    skip_validation: bool = False
    is_no_inherit: bool = False
    raw_expr: Raw = NOTHING
    generated_when: str = ""
    generated_kind: str = ""
    options: list[Option] = []
    nulls_not_distinct: bool = False
    keys: list[Node] = []
    without_overlaps: bool = False
    including: list[Node] = []
    exclusions: list[Node] = []
    indexname: str = ""
    method: str = ""
    exclusion_where: Raw = NOTHING
    pktable: RangeVar | None = None
    fk_attrs: list[Node] = []
    pk_attrs: list[Node] = []
    fk_with_period: bool = False
    fk_matchtype: str = ""
    fk_upd_action: str = ""
    fk_del_action: str = ""
    fk_del_set_cols: list[Node] = []
    location: int = 0


class WrappedConstraint(Struct, frozen=True, rename={"constraint": "Constraint"}):
    constraint: Constraint


class CollateClause(Struct, frozen=True):
    collname: list[Node] = []
    location: int = 0


class ColumnDef(Struct, frozen=True, rename={"type": "typeName", "collation": "collClause"}):
    colname: str = ""
    type: Node | None = None
    collation: CollateClause | None = None
    constraints: list[WrappedConstraint] = []
    compression: str = ""
    storage_name: str = ""
    fdwoptions: list[Node] = []
    raw_default: Raw = NOTHING
    location: int = 0


class TableLikeClause(Struct, frozen=True):
    relation: RangeVar
    options: int = 0


class TableElement(
    Struct, frozen=True, rename={"column": "ColumnDef", "constraint": "Constraint", "like": "TableLikeClause"}
):
    column: ColumnDef | None = None
    constraint: Constraint | None = None
    like: TableLikeClause | None = None


class PartitionBoundSpec(Struct, frozen=True):
    strategy: str = ""
    is_default: bool = False
    modulus: int = 0
    remainder: int = 0
    listdatums: list[Node] = []
    lowerdatums: list[Node] = []
    upperdatums: list[Node] = []
    location: int = 0


class PartitionElem(Struct, frozen=True):
    name: str = ""
    expr: Raw = NOTHING
    collation: list[Node] = []
    opclass: list[Node] = []


class WrappedPartitionElem(Struct, frozen=True, rename={"element": "PartitionElem"}):
    element: PartitionElem


class PartitionSpec(Struct, frozen=True, rename={"keys": "partParams"}):
    strategy: str = ""
    keys: list[WrappedPartitionElem] = []
    location: int = 0


class CreateStmt(
    Struct,
    frozen=True,
    rename={
        "elements": "tableElts",
        "inherits": "inhRelations",
        "bound": "partbound",
        "of_type": "ofTypename",
        "on_commit": "oncommit",
    },
):
    relation: RangeVar
    elements: list[TableElement] = []
    inherits: list[WrappedRelation] = []
    bound: PartitionBoundSpec | None = None
    partspec: PartitionSpec | None = None
    of_type: Node | None = None
    if_not_exists: bool = False
    on_commit: str = ""


class CreateForeignTableStmt(Struct, frozen=True):
    base: CreateStmt
    servername: str = ""


class IntoClause(
    Struct,
    frozen=True,
    rename={"relation": "rel", "columns": "colNames", "skip_data": "skipData", "on_commit": "onCommit"},
):
    relation: RangeVar = NO_RELATION
    columns: list[Node] = []
    skip_data: bool = False
    on_commit: str = ""


class CreateTableAsStmt(Struct, frozen=True):
    into: IntoClause
    query: Raw = NOTHING
    objtype: str = ""
    if_not_exists: bool = False


class ReplicaIdentityStmt(Struct, frozen=True):
    identity_type: str = ""
    name: str = ""


class PartitionCmd(Struct, frozen=True):
    name: RangeVar
    bound: PartitionBoundSpec | None = None
    concurrent: bool = False


class AlterTableCmd(Struct, frozen=True, rename={"definition": "def"}):
    subtype: str = ""
    name: str = ""
    num: int = 0
    newowner: RoleSpec | None = None
    definition: Raw = NOTHING
    behavior: str = ""
    missing_ok: bool = False


class WrappedCommand(Struct, frozen=True, rename={"command": "AlterTableCmd"}):
    command: AlterTableCmd


class AlterTableStmt(Struct, frozen=True, rename={"commands": "cmds"}):
    relation: RangeVar
    commands: list[WrappedCommand] = []
    objtype: str = ""
    missing_ok: bool = False


class AlterTableMoveAllStmt(Struct, frozen=True):
    objtype: str = ""
    new_tablespacename: str = ""


# --- indexes and statistics -------------------------------------------------------------------


class IndexElem(Struct, frozen=True):
    name: str = ""
    expr: Raw = NOTHING
    collation: list[Node] = []
    opclass: list[Node] = []
    ordering: str = ""
    nulls_ordering: str = ""


class WrappedIndexElem(Struct, frozen=True, rename={"element": "IndexElem"}):
    element: IndexElem


class IndexStmt(
    Struct,
    frozen=True,
    rename={
        "name": "idxname",
        "method": "accessMethod",
        "keys": "indexParams",
        "including": "indexIncludingParams",
        "predicate": "whereClause",
    },
):
    relation: RangeVar
    name: str = ""
    method: str = "btree"
    keys: list[WrappedIndexElem] = []
    including: list[WrappedIndexElem] = []
    predicate: Raw = NOTHING
    unique: bool = False
    nulls_not_distinct: bool = False
    concurrent: bool = False
    if_not_exists: bool = False


class CreateStatsStmt(Struct, frozen=True):
    defnames: list[Node] = []
    exprs: list[Node] = []
    relations: list[Node] = []
    if_not_exists: bool = False


class ReindexStmt(Struct, frozen=True):
    kind: str = ""
    relation: RangeVar | None = None
    name: str = ""
    params: list[Option] = []


# --- data -------------------------------------------------------------------------------------


class SelectStmt(Struct, frozen=True, rename={"into": "intoClause"}):
    into: IntoClause | None = None


class OnConflictClause(Struct, frozen=True, rename={"targets": "targetList", "where": "whereClause"}):
    action: str = ""
    targets: Raw = NOTHING
    where: Raw = NOTHING


class InsertStmt(
    Struct,
    frozen=True,
    rename={"query": "selectStmt", "on_conflict": "onConflictClause", "with_clause": "withClause"},
):
    relation: RangeVar
    cols: list[Node] = []
    query: Raw = NOTHING
    on_conflict: OnConflictClause | None = None
    with_clause: Raw = NOTHING


class UpdateStmt(
    Struct,
    frozen=True,
    rename={"targets": "targetList", "where": "whereClause", "sources": "fromClause", "with_clause": "withClause"},
):
    relation: RangeVar
    targets: list[Node] = []
    where: Raw = NOTHING
    sources: Raw = NOTHING
    with_clause: Raw = NOTHING


class DeleteStmt(
    Struct, frozen=True, rename={"where": "whereClause", "sources": "usingClause", "with_clause": "withClause"}
):
    relation: RangeVar
    where: Raw = NOTHING
    sources: Raw = NOTHING
    with_clause: Raw = NOTHING


class MergeStmt(
    Struct,
    frozen=True,
    rename={
        "source": "sourceRelation",
        "condition": "joinCondition",
        "branches": "mergeWhenClauses",
        "with_clause": "withClause",
    },
):
    relation: RangeVar
    source: Raw = NOTHING
    condition: Raw = NOTHING
    branches: Raw = NOTHING
    with_clause: Raw = NOTHING


class TruncateStmt(Struct, frozen=True):
    relations: list[WrappedRelation] = []
    behavior: str = ""


class CopyStmt(Struct, frozen=True):
    relation: RangeVar | None = None
    query: Raw = NOTHING
    is_from: bool = False


class LockStmt(Struct, frozen=True):
    relations: list[WrappedRelation] = []
    mode: int = 0


class CallStmt(Struct, frozen=True):
    funccall: Node = {}
