"""Conditions in blocks: which of them ask no more than whether an object exists."""

from typing import Literal

from msgspec import Struct

from dblint.dialects.postgres.mask import as_names
from dblint.dialects.postgres.options import literal_text
from dblint.dialects.postgres.tree import Node, unwrapped, words
from dblint.names import Name
from dblint.operations import Guard, Probe
from dblint.source import Span

ProbeKind = Literal[
    "table", "column", "constraint", "index", "type", "enum value", "function", "schema", "trigger", "policy", "view",
    "sequence", "extension", "role",
]  # fmt: skip


class _Question(Struct, frozen=True):
    """A catalog relation that is asked: which of its columns hold the object's name, its table and its schema.

    `owner` holds the table (for an enum's label: the type) that the object belongs to.
    """

    kind: ProbeKind
    name: str
    owner: str = ""
    schema: str = ""


_QUESTIONS: dict[str, _Question] = {
    "tables": _Question("table", "table_name", schema="table_schema"),
    "views": _Question("view", "table_name", schema="table_schema"),
    "columns": _Question("column", "column_name", "table_name", "table_schema"),
    "table_constraints": _Question("constraint", "constraint_name", "table_name", "table_schema"),
    "key_column_usage": _Question("constraint", "constraint_name", "table_name", "table_schema"),
    "constraint_column_usage": _Question("constraint", "constraint_name", "", "constraint_schema"),
    "referential_constraints": _Question("constraint", "constraint_name", "", "constraint_schema"),
    "check_constraints": _Question("constraint", "constraint_name", "", "constraint_schema"),
    "routines": _Question("function", "routine_name", schema="routine_schema"),
    "triggers": _Question("trigger", "trigger_name", "event_object_table", "event_object_schema"),
    "sequences": _Question("sequence", "sequence_name", schema="sequence_schema"),
    "schemata": _Question("schema", "schema_name"),
    "pg_class": _Question("table", "relname", schema="nspname"),
    "pg_tables": _Question("table", "tablename", schema="schemaname"),
    "pg_views": _Question("view", "viewname", schema="schemaname"),
    "pg_matviews": _Question("view", "matviewname", schema="schemaname"),
    "pg_indexes": _Question("index", "indexname", schema="schemaname"),
    "pg_sequences": _Question("sequence", "sequencename", schema="schemaname"),
    "pg_constraint": _Question("constraint", "conname", "conrelid", "nspname"),
    "pg_type": _Question("type", "typname", schema="nspname"),
    "pg_enum": _Question("enum value", "enumlabel", "enumtypid"),
    "pg_proc": _Question("function", "proname", schema="nspname"),
    "pg_roles": _Question("role", "rolname"),
    "pg_authid": _Question("role", "rolname"),
    "pg_user": _Question("role", "usename"),
    "pg_group": _Question("role", "groname"),
    "pg_policies": _Question("policy", "policyname", "tablename", "schemaname"),
    "pg_policy": _Question("policy", "polname", "polrelid"),
    "pg_trigger": _Question("trigger", "tgname", "tgrelid"),
    "pg_namespace": _Question("schema", "nspname"),
    "pg_extension": _Question("extension", "extname"),
    "pg_attribute": _Question("column", "attname", "attrelid", "nspname"),
}
# Where several are joined, the first of these is what is asked for.
_PRECEDENCE = (
    "pg_enum", "pg_constraint", "pg_trigger", "pg_policy", "pg_attribute", "pg_indexes", "pg_type", "pg_proc",
    "pg_class",
)  # fmt: skip
# Columns that the joined catalogs give instead of an object identifier.
_OWNER_BY_JOIN = {"pg_class": "relname", "pg_type": "typname"}
_RELATION_KINDS: dict[str, ProbeKind] = {
    "r": "table", "p": "table", "f": "table", "v": "view", "m": "view", "i": "index", "I": "index", "S": "sequence",
}  # fmt: skip
# Conditions on these columns do not make it another question.
_PASSED_OVER = frozenset(
    {
        "table_schema", "schemaname", "nspname", "constraint_type", "contype", "relkind", "relnamespace", "typtype",
        "typnamespace", "attisdropped", "attnum", "table_catalog", "connamespace", "pronamespace", "tgisinternal",
        "table_type", "constraint_schema", "routine_schema", "schema", "oid", "indrelid", "indexrelid",
    }
)  # fmt: skip
_TO_REG: dict[str, ProbeKind] = {
    "to_regclass": "table",
    "to_regtype": "type",
    "to_regproc": "function",
    "to_regprocedure": "function",
    "to_regnamespace": "schema",
    "to_regrole": "role",
}


def guards_of(node: Node, text: str, span: Span, *, negated: bool = False) -> tuple[Guard, ...]:
    """A condition as guards: one for each of the questions that AND joins, otherwise one."""
    both = node.get("BoolExpr", {})
    joins = "OR_EXPR" if negated else "AND_EXPR"
    if both.get("boolop") == joins:
        found = [probe_of(argument) for argument in both["args"]]
        if all(probe is not None for probe in found):
            return tuple(Guard(text, span, probe[0], probe[1] != negated) for probe in found if probe is not None)
    everything = () if negated else _counted_all(node)
    if everything:
        return tuple(Guard(text, span, probe) for probe in everything)
    asked = probe_of(node)
    if asked is None:
        return (Guard(f"NOT ({text})" if negated else text, span),)
    return (Guard(f"NOT ({text})" if negated else text, span, asked[0], asked[1] != negated),)


def probe_of(node: Node) -> tuple[Probe, bool] | None:
    """The question that a condition asks, and whether it is true where there is no such object."""
    kind, inner = unwrapped(node)
    if kind == "BoolExpr" and inner.get("boolop") == "NOT_EXPR":
        asked = probe_of(inner["args"][0]) if not _is_selected(inner["args"][0]) else None
        return (asked[0], not asked[1]) if asked else None
    if kind == "SubLink" and inner.get("subLinkType") == "EXISTS_SUBLINK":
        probe = _catalog_probe(inner["subselect"].get("SelectStmt", {}))
        return (probe, False) if probe else None
    if kind == "SubLink" and inner.get("subLinkType") == "EXPR_SUBLINK":
        return _selected_true(inner["subselect"].get("SelectStmt", {}))
    if kind == "NullTest":
        return _null_test(inner)
    if kind == "A_Expr" and inner.get("kind") == "AEXPR_OP":
        return _counted(inner)
    return None


def _is_selected(node: Node) -> bool:
    return "SubLink" in node and node["SubLink"].get("subLinkType") == "EXPR_SUBLINK"


def _selected_true(select: Node) -> tuple[Probe, bool] | None:
    """(SELECT true FROM …), which is NULL where there is no such object: a condition that does not hold."""
    targets = select.get("targetList", [])
    value = targets[0]["ResTarget"].get("val", {}) if len(targets) == 1 else {}
    probe = _catalog_probe(select) if literal_text(value) == "true" else None
    return (probe, False) if probe else None


def _null_test(node: Node) -> tuple[Probe, bool] | None:
    argument = node.get("arg", {})
    absent = node.get("nulltesttype", "IS_NULL") == "IS_NULL"
    while "TypeCast" in argument:
        argument = argument["TypeCast"]["arg"]
    call = argument.get("FuncCall")
    if call is not None:
        kind = _TO_REG.get(words(call["funcname"])[-1])
        given = _text(call.get("args", [{}])[0])
        return (Probe(kind, _spelled(given.partition("(")[0])), absent) if kind and given else None
    subselect = argument.get("SubLink", {}).get("subselect", {})
    probe = _catalog_probe(subselect.get("SelectStmt", {})) if subselect else None
    return (probe, absent) if probe else None


def _counted(node: Node) -> tuple[Probe, bool] | None:
    """(SELECT count(*) …) = 0 and the like."""
    subselect = node.get("lexpr", {}).get("SubLink", {}).get("subselect", {}).get("SelectStmt", {})
    targets = subselect.get("targetList", [])
    if len(targets) != 1 or "FuncCall" not in targets[0]["ResTarget"].get("val", {}):
        return None
    if words(targets[0]["ResTarget"]["val"]["FuncCall"]["funcname"])[-1] != "count":
        return None
    compared = words(node["name"])[-1] + literal_text(node.get("rexpr", {}))
    absent = {"=0": True, "<1": True, ">0": False, ">=1": False, "<>0": False, "!=0": False, "=1": False}.get(compared)
    probe = _catalog_probe(subselect)
    return (probe, absent) if probe is not None and absent is not None else None


def _counted_all(node: Node) -> tuple[Probe, ...]:
    """(SELECT count(*) = 2 FROM … WHERE name IN ('a', 'b')) and (SELECT count(*) …) = 2: each has to be there."""
    select = node.get("SubLink", {}).get("subselect", {}).get("SelectStmt", {})
    targets = select.get("targetList", [])
    compared = targets[0]["ResTarget"].get("val", {}) if len(targets) == 1 else node
    comparison = compared.get("A_Expr", {})
    if comparison.get("kind") != "AEXPR_OP" or words(comparison["name"]) != ("=",):
        return ()
    counted = comparison.get("lexpr", {})
    if not select:
        select = counted.get("SubLink", {}).get("subselect", {}).get("SelectStmt", {})
        targets = select.get("targetList", [])
        counted = targets[0]["ResTarget"].get("val", {}) if len(targets) == 1 else {}
    call = counted.get("FuncCall", {})
    if not call.get("agg_star") or words(call["funcname"])[-1] != "count":
        return ()
    each = [_catalog_probe({**select, "whereClause": one}) for one in _one_by_one(select.get("whereClause", {}))]
    probes = tuple(probe for probe in each if probe is not None)
    wanted = literal_text(comparison.get("rexpr", {}))
    return probes if len(probes) == len(each) > 1 and wanted == str(len(each)) else ()


def _one_by_one(condition: Node) -> list[Node]:
    """A condition with `column IN ('a', 'b', …)` once for each item of the list."""
    inner = condition.get("A_Expr", {})
    if inner.get("kind") == "AEXPR_IN":
        found = inner.get("rexpr", {}).get("List", {}).get("items", [])
        return [{"A_Expr": {**inner, "rexpr": {"List": {"items": [item]}}}} for item in found]
    both = condition.get("BoolExpr", {})
    if both.get("boolop") == "AND_EXPR":
        for place, argument in enumerate(both["args"]):
            if len(parts := _one_by_one(argument)) > 1:
                rest = both["args"]
                return [{"BoolExpr": {**both, "args": [*rest[:place], one, *rest[place + 1 :]]}} for one in parts]
    return [condition]


def _catalog_probe(select: Node) -> Probe | None:
    relations: list[str] = []
    values: dict[str, str] = {}
    for source in select.get("fromClause", ()):
        if not _sources(source, relations, values):
            return None
    if not _conditions(select.get("whereClause", {}), values):
        return None
    asked = next((name for name in _PRECEDENCE if name in relations), relations[0] if relations else "")
    question = _QUESTIONS.get(asked)
    if question is None or question.name not in values:
        return None
    kind = question.kind
    if asked == "pg_class":
        kind = _RELATION_KINDS.get(values.get("relkind", "r"), "table")
    used = {question.name, question.owner, question.schema, "relkind"}
    owner = values.get(question.owner, "")
    for relation, column in _OWNER_BY_JOIN.items():
        if question.owner and relation in relations and column in values:
            owner = owner or values[column]
            used.add(column)
    if values.keys() - used - _PASSED_OVER:
        return None
    schema = values.get(question.schema, "")
    member = values[question.name]
    if question.owner or kind in ("constraint", "column", "trigger", "policy", "enum value"):
        table = _spelled(owner) if question.owner.endswith("id") else Name(owner)
        return Probe(kind, table.within(schema) if owner else Name(""), member)
    return Probe(kind, Name(member, schema))


def _sources(node: Node, relations: list[str], values: dict[str, str]) -> bool:
    """Notes the relations of FROM and the values that join conditions ask for; False if it is no plain join."""
    if "RangeVar" in node:
        relations.append(node["RangeVar"]["relname"])
        return True
    join = node.get("JoinExpr")
    if join is None:
        return False
    inner = _sources(join["larg"], relations, values) and _sources(join["rarg"], relations, values)
    return inner and _conditions(join.get("quals", {}), values)


def _conditions(node: Node, values: dict[str, str]) -> bool:
    """Notes `column = 'value'` of all conditions joined by AND; False if there is a condition of another kind."""
    if not node:
        return True
    kind, inner = next(iter(node.items()))
    if kind == "BoolExpr" and inner.get("boolop") == "AND_EXPR":
        return all(_conditions(argument, values) for argument in inner["args"])
    if kind == "BoolExpr" and inner.get("boolop") == "NOT_EXPR":
        return _column_name(inner["args"][0]) in _PASSED_OVER
    if kind == "ColumnRef":
        return _column_name(node) in _PASSED_OVER
    if kind != "A_Expr":
        return False
    left, right = inner.get("lexpr", {}), inner.get("rexpr", {})
    column = _column_name(left) or _column_name(right)
    if not column:
        return False
    if column in _PASSED_OVER and column not in ("table_schema", "schemaname", "nspname", "relkind"):
        return True
    if _column_name(left) and _column_name(right):
        # A join condition, such as t.oid = e.enumtypid.
        return True
    if inner.get("kind") not in ("AEXPR_OP", "AEXPR_IN"):
        return column in _PASSED_OVER
    operator = words(inner["name"])[-1]
    value = _text(right if _column_name(left) else left)
    if operator != "=" or not value:
        return column in _PASSED_OVER
    values[column] = value
    return True


def _column_name(node: Node) -> str:
    """The column that an operand is, perhaps behind casts, lower() or a collation."""
    while True:
        if "TypeCast" in node:
            node = node["TypeCast"]["arg"]
        elif "CollateClause" in node:
            node = node["CollateClause"]["arg"]
        elif "FuncCall" in node and words(node["FuncCall"]["funcname"])[-1] in ("lower", "upper"):
            node = node["FuncCall"].get("args", [{}])[0]
        else:
            break
    fields = words(node.get("ColumnRef", {}).get("fields", []))
    return fields[-1] if fields else ""


def _text(node: Node) -> str:
    """The string that an operand is: a literal behind casts, a list of one, or the name in a look-up by name."""
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    if "List" in node and len(node["List"].get("items", ())) == 1:
        return _text(node["List"]["items"][0])
    call = node.get("FuncCall")
    if call is not None and words(call["funcname"])[-1] in (*_TO_REG, "lower"):
        return _text(call.get("args", [{}])[0])
    subselect = node.get("SubLink", {}).get("subselect", {}).get("SelectStmt")
    if subselect is not None:
        probe = _catalog_probe(subselect)
        return str(probe.name) if probe is not None and not probe.member else ""
    return as_names(literal_text(node)) if "A_Const" in node else ""


def _spelled(text: str) -> Name:
    """A name in a string, as a cast to regclass reads it."""
    parts: list[str] = []
    for part in text.split("."):
        part = part.strip()
        parts.append(part[1:-1].replace('""', '"') if part.startswith('"') else part.lower())
    return Name(parts[-1], parts[-2] if len(parts) > 1 else "")
