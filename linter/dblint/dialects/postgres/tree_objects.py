"""The parts of parse trees that lowering reads, of what is not a table: objects, roles, routines and the session."""

from msgspec import Raw, Struct

from dblint.dialects.postgres.tree import (
    NOTHING,
    Node,
    Option,
    RangeVar,
    RoleSpec,
    TableElement,
    WrappedConstraint,
    WrappedRole,
)

# --- what is done to objects of every kind ----------------------------------------------------


class DropStmt(Struct, frozen=True, rename={"kind": "removeType"}):
    objects: list[Node] = []
    kind: str = ""
    behavior: str = ""
    missing_ok: bool = False
    concurrent: bool = False


class RenameStmt(Struct, frozen=True, rename={"kind": "renameType", "relation_kind": "relationType"}):
    kind: str = ""
    relation_kind: str = ""
    relation: RangeVar | None = None
    object: Node = {}
    subname: str = ""
    newname: str = ""
    behavior: str = ""
    missing_ok: bool = False


class AlterObjectStmt(Struct, frozen=True, rename={"kind": "objectType"}):
    """AlterObjectSchemaStmt, AlterOwnerStmt and AlterObjectDependsStmt."""

    kind: str = ""
    relation: RangeVar | None = None
    object: Node = {}
    newschema: str = ""
    newowner: RoleSpec | None = None
    missing_ok: bool = False


class CommentStmt(Struct, frozen=True):
    objtype: str = ""
    object: Node = {}
    comment: str | None = None


# --- session ----------------------------------------------------------------------------------


class TransactionStmt(Struct, frozen=True):
    kind: str = ""
    savepoint_name: str = ""
    chain: bool = False


class VariableSetStmt(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    args: list[Node] = []
    is_local: bool = False


class VacuumRelation(Struct, frozen=True):
    relation: RangeVar | None = None


class WrappedVacuumRelation(Struct, frozen=True, rename={"target": "VacuumRelation"}):
    target: VacuumRelation = VacuumRelation()


class VacuumStmt(Struct, frozen=True):
    options: list[Option] = []
    rels: list[WrappedVacuumRelation] = []
    is_vacuumcmd: bool = False


class ClusterStmt(Struct, frozen=True):
    relation: RangeVar | None = None


class RefreshMatViewStmt(Struct, frozen=True, rename={"skip_data": "skipData"}):
    relation: RangeVar
    concurrent: bool = False
    skip_data: bool = False


class ConstraintsSetStmt(Struct, frozen=True):
    deferred: bool = False


class ExplainStmt(Struct, frozen=True):
    query: Raw = NOTHING
    options: list[Option] = []


class PrepareStmt(Struct, frozen=True):
    """PREPARE and DECLARE CURSOR."""

    query: Raw = NOTHING


# --- privileges -------------------------------------------------------------------------------


class GrantStmt(Struct, frozen=True):
    is_grant: bool = False
    targtype: str = ""
    objtype: str = ""
    objects: list[Node] = []
    privileges: list[Node] = []
    grantees: list[WrappedRole] = []
    grant_option: bool = False


class AlterDefaultPrivilegesStmt(Struct, frozen=True):
    action: GrantStmt
    options: list[Option] = []


class GrantRoleStmt(Struct, frozen=True, rename={"granted": "granted_roles", "grantees": "grantee_roles"}):
    granted: list[Node] = []
    grantees: list[WrappedRole] = []
    is_grant: bool = False
    opt: list[Option] = []


class RoleStmt(Struct, frozen=True):
    """CREATE ROLE (its role is a string), ALTER ROLE and ALTER ROLE … SET."""

    role: str | RoleSpec = ""
    options: list[Option] = []
    stmt_type: str = ""
    setstmt: VariableSetStmt | None = None


class RolesStmt(Struct, frozen=True):
    """DROP ROLE, DROP OWNED and REASSIGN OWNED."""

    roles: list[WrappedRole] = []
    newrole: RoleSpec | None = None


# --- policies, triggers, rules ----------------------------------------------------------------


class PolicyStmt(Struct, frozen=True):
    """CREATE and ALTER POLICY."""

    table: RangeVar
    policy_name: str = ""
    cmd_name: str = "all"
    permissive: bool = False
    roles: list[WrappedRole] = []
    qual: Raw = NOTHING
    with_check: Raw = NOTHING


class CreateTrigStmt(Struct, frozen=True, rename={"when": "whenClause"}):
    relation: RangeVar
    trigname: str = ""
    funcname: list[Node] = []
    row: bool = False
    timing: int = 0
    events: int = 0
    columns: list[Node] = []
    when: Raw = NOTHING
    isconstraint: bool = False
    replace: bool = False


class RuleStmt(Struct, frozen=True):
    relation: RangeVar
    rulename: str = ""
    event: str = ""
    replace: bool = False


# --- views, sequences, types ------------------------------------------------------------------


class ViewStmt(Struct, frozen=True, rename={"check_option": "withCheckOption"}):
    view: RangeVar
    aliases: list[Node] = []
    query: Raw = NOTHING
    replace: bool = False
    options: list[Option] = []
    check_option: str = ""


class SequenceStmt(Struct, frozen=True):
    """CREATE and ALTER SEQUENCE."""

    sequence: RangeVar
    options: list[Option] = []
    if_not_exists: bool = False
    missing_ok: bool = False


class CreateEnumStmt(Struct, frozen=True, rename={"name": "typeName"}):
    name: list[Node] = []
    vals: list[Node] = []


class AlterEnumStmt(
    Struct,
    frozen=True,
    rename={
        "name": "typeName",
        "old": "oldVal",
        "new": "newVal",
        "neighbour": "newValNeighbor",
        "is_after": "newValIsAfter",
        "if_not_exists": "skipIfNewValExists",
    },
):
    name: list[Node] = []
    old: str | None = None
    new: str = ""
    neighbour: str = ""
    is_after: bool = False
    if_not_exists: bool = False


class CreateDomainStmt(Struct, frozen=True, rename={"type": "typeName"}):
    domainname: list[Node] = []
    type: Node = {}
    constraints: list[WrappedConstraint] = []


class AlterDomainStmt(Struct, frozen=True, rename={"domain": "typeName", "definition": "def"}):
    subtype: str = ""
    domain: list[Node] = []
    name: str = ""
    definition: Raw = NOTHING
    missing_ok: bool = False


class CompositeTypeStmt(Struct, frozen=True, rename={"columns": "coldeflist"}):
    typevar: RangeVar
    columns: list[TableElement] = []


class TypeNamed(Struct, frozen=True, rename={"name": "typeName"}):
    """CREATE TYPE … AS RANGE and ALTER TYPE … SET."""

    name: list[Node] = []


class DefineStmt(Struct, frozen=True):
    kind: str = ""
    defnames: list[Node] = []
    definition: list[Node] = []
    if_not_exists: bool = False


# --- schemas, extensions, routines ------------------------------------------------------------


class CreateSchemaStmt(Struct, frozen=True, rename={"elements": "schemaElts"}):
    schemaname: str = ""
    authrole: RoleSpec | None = None
    elements: list[dict[str, Raw]] = []
    if_not_exists: bool = False


class CreateExtensionStmt(Struct, frozen=True):
    extname: str = ""
    options: list[Option] = []
    if_not_exists: bool = False


class FunctionParameter(Struct, frozen=True, rename={"type": "argType", "default": "defexpr"}):
    name: str = ""
    type: Node = {}
    mode: str = ""
    default: Node = {}


class WrappedParameter(Struct, frozen=True, rename={"parameter": "FunctionParameter"}):
    parameter: FunctionParameter


class CreateFunctionStmt(Struct, frozen=True, rename={"returns": "returnType"}):
    funcname: list[Node] = []
    parameters: list[WrappedParameter] = []
    returns: Node | None = None
    options: list[Option] = []
    sql_body: Raw = NOTHING
    is_procedure: bool = False
    replace: bool = False


class AlterFunctionStmt(Struct, frozen=True):
    objtype: str = ""
    func: Node = {}
    actions: list[Option] = []


class DoStmt(Struct, frozen=True):
    args: list[Option] = []
