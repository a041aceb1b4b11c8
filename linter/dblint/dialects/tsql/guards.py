"""Conditions that migrations ask before they change something, and what those that look in the catalog look for."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from dblint.dialects.tsql.cursor import Cursor, GrammarError, bare, name_in
from dblint.dialects.tsql.tokens import Token
from dblint.names import Name
from dblint.operations import Guard, Probe
from dblint.source import Span

ProbeKind = Literal[
    "table", "column", "constraint", "index", "type", "function", "schema", "trigger", "view", "sequence"
]


class _View(Struct, frozen=True):
    """A catalog view: what a row of it is, and the columns that name that, its owner and its schema."""

    kind: ProbeKind | Literal[""]
    name: tuple[str, ...]
    owner: tuple[str, ...] = ()
    schema: tuple[str, ...] = ("schema_id",)
    settled: frozenset[str] = frozenset()
    """Columns whose value follows from the row's kind, so that a condition on them asks nothing more."""


_TYPE_CODE = frozenset({"type", "xtype", "type_desc"})
_OBJECTS = _View("", ("name", "object_id", "id"), (), ("schema_id", "uid"), frozenset({"is_ms_shipped"}))
_CONSTRAINTS = _View("constraint", ("name", "object_id"), ("parent_object_id",), settled=_TYPE_CODE)
_USAGE = _View(
    "constraint",
    ("constraint_name",),
    ("table_name",),
    ("table_schema", "constraint_schema"),
    frozenset({"constraint_type", "column_name"}),
)
_VIEWS = {
    "tables": _View("table", ("name", "object_id"), settled=_TYPE_CODE),
    "views": _View("view", ("name", "object_id"), settled=_TYPE_CODE),
    "procedures": _View("function", ("name", "object_id"), settled=_TYPE_CODE),
    "triggers": _View("trigger", ("name", "object_id"), ("parent_id",), settled=_TYPE_CODE),
    "sequences": _View("sequence", ("name", "object_id"), settled=_TYPE_CODE),
    "types": _View("type", ("name",)),
    "table_types": _View("type", ("name",)),
    "schemas": _View("schema", ("name", "schema_id"), (), ()),
    "columns": _View("column", ("name",), ("object_id",)),
    "syscolumns": _View("column", ("name",), ("id",)),
    "computed_columns": _View("column", ("name",), ("object_id",)),
    "indexes": _View("index", ("name",), ("object_id",)),
    "sysindexes": _View("index", ("name",), ("id",)),
    "objects": _OBJECTS,
    "sysobjects": _OBJECTS,
    "all_objects": _OBJECTS,
    "foreign_keys": _CONSTRAINTS,
    "check_constraints": _CONSTRAINTS,
    "default_constraints": _CONSTRAINTS,
    "key_constraints": _CONSTRAINTS,
    "information_schema.tables": _View("table", ("table_name",), (), ("table_schema",), frozenset({"table_type"})),
    "information_schema.views": _View("view", ("table_name",), (), ("table_schema",)),
    "information_schema.columns": _View("column", ("column_name",), ("table_name",), ("table_schema",)),
    "information_schema.routines": _View(
        "function", ("routine_name",), (), ("routine_schema",), frozenset({"routine_type"})
    ),
    "information_schema.schemata": _View("schema", ("schema_name",), (), ()),
    "information_schema.table_constraints": _USAGE,
    "information_schema.constraint_column_usage": _USAGE,
    "information_schema.constraint_table_usage": _USAGE,
    "information_schema.key_column_usage": _USAGE,
    "information_schema.referential_constraints": _View("constraint", ("constraint_name",), (), ("constraint_schema",)),
    "information_schema.check_constraints": _View("constraint", ("constraint_name",), (), ("constraint_schema",)),
}
"""Transact-SQL reference, "System catalog views" and "System information schema views"; sys. is left off."""

_KINDS_OF_CODE: dict[str, ProbeKind] = {
    **dict.fromkeys(("U", "USER_TABLE"), "table"),
    **dict.fromkeys(("V", "VIEW"), "view"),
    **dict.fromkeys(("P", "PC", "FN", "IF", "TF", "FS", "FT", "AF", "SQL_STORED_PROCEDURE"), "function"),
    **dict.fromkeys(("TR", "SQL_TRIGGER"), "trigger"),
    **dict.fromkeys(("F", "C", "D", "PK", "UQ"), "constraint"),
    **dict.fromkeys(("SO",), "sequence"),
}
"""Transact-SQL reference, sys.objects, column `type`."""

_CODE_OF_PROPERTY = {
    **dict.fromkeys(("isusertable", "istable"), "U"),
    **dict.fromkeys(("isprocedure", "isscalarfunction", "istablefunction", "isinlinefunction"), "P"),
    **dict.fromkeys(("isforeignkey", "isprimarykey", "isuniquecnst", "ischeckcnst", "isdefaultcnst"), "C"),
    "isconstraint": "C",
    "isview": "V",
    "istrigger": "TR",
}
"""Transact-SQL reference, OBJECTPROPERTY."""

_KINDS_OF_WORD: dict[str, ProbeKind] = {
    **dict.fromkeys(("PROC", "PROCEDURE", "FUNCTION"), "function"),
    "VIEW": "view",
    "TRIGGER": "trigger",
    "SEQUENCE": "sequence",
}


def guards_of(code: str, condition: Sequence[Token], body: Sequence[Token]) -> tuple[Guard, ...]:
    """The guards that a condition makes, one for each part that must hold. `body`: how what it governs begins."""
    if not condition:
        return ()
    return tuple(_guard(code, part, body) for part in _conjuncts(condition))


def negated(code: str, guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """The guard of the other branch: where not all of these hold."""
    if not guards:
        return ()
    span = guards[0].span.until(guards[-1].span)
    text = f"NOT ({code[span.start : span.end]})"
    if len(guards) == 1 and guards[0].probe is not None:
        return (Guard(text, span, guards[0].probe, not guards[0].negated),)
    return (Guard(text, span),)


def _conjuncts(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The parts between ANDs; the whole where there is an OR, or a BETWEEN, whose AND joins nothing."""
    tokens = bare(tokens)
    parts: list[Sequence[Token]] = []
    depth = start = 0
    for place, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth and token.word in ("OR", "BETWEEN", "CASE"):
            return [tokens]
        if not depth and token.word == "AND":
            parts.append(tokens[start:place])
            start = place + 1
    return [part for part in (*parts, tokens[start:]) if part]


def _guard(code: str, tokens: Sequence[Token], body: Sequence[Token]) -> Guard:
    span = Span(tokens[0].start, tokens[-1].end)
    inner, denied = bare(tokens), False
    while inner[0].word == "NOT" and len(inner) > 1:
        inner, denied = bare(inner[1:]), not denied
    cursor = Cursor(code, inner)
    try:
        if cursor.take("EXISTS"):
            probe, absent = _selected(cursor.group(), body), False
        else:
            probe, absent = _called(cursor, body)
        cursor.finish()
    except GrammarError:
        # The condition is no look into the catalog that is known here: only its text can be kept.
        return Guard(code[span.start : span.end], span)
    return Guard(code[span.start : span.end], span, probe, probe is not None and denied != absent)


def _called(cursor: Cursor, body: Sequence[Token]) -> tuple[Probe | None, bool]:
    """OBJECT_ID('x') IS NULL and its kin; whether it asks for absence."""
    function = cursor.word
    arguments = [_literal(item) for item in _step_into(cursor)]
    cursor.expect("IS")
    absent = not cursor.take("NOT")
    cursor.expect("NULL")
    first = name_in(arguments[0]) if arguments else Name("")
    second = arguments[1] if len(arguments) > 1 else ""
    if function == "OBJECT_ID":
        code = second.strip().upper()
        kind = _KINDS_OF_CODE.get(code) if code else _kind_by(body, first)
        return (_probe(kind, first, None, body) if kind else None), absent
    if function in ("COL_LENGTH", "COLUMNPROPERTY") and second:
        return Probe("column", first, second), absent
    if function == "INDEXPROPERTY" and second:
        return Probe("index", Name(second, first.schema)), absent
    if function == "SCHEMA_ID" and arguments:
        return Probe("schema", Name(first.name)), absent
    if function == "TYPE_ID" and arguments:
        return Probe("type", first), absent
    return None, absent


def _step_into(cursor: Cursor) -> list[Cursor]:
    """The arguments of the call that stands here; at least one."""
    cursor.step()
    arguments = list(cursor.group().items())
    if not arguments:
        raise cursor.fault("an argument")
    return arguments


def _literal(cursor: Cursor) -> str:
    """A string, or the string in OBJECT_ID('…') and SCHEMA_ID('…')."""
    if cursor.word in ("OBJECT_ID", "SCHEMA_ID"):
        return _literal(_step_into(cursor)[0])
    if cursor.kind != "string":
        raise cursor.fault("a string")
    value = cursor.step().value
    cursor.finish()
    return value


def _selected(query: Cursor, body: Sequence[Token]) -> Probe | None:
    """SELECT … FROM one catalog view WHERE its columns equal literals; None when it asks anything else."""
    query.expect("SELECT")
    query.until("FROM")
    query.expect("FROM")
    parts = [query.identifier()]
    while query.take("."):
        parts.append(query.identifier())
    name = ".".join(part.lower() for part in parts[-2:])
    view = _VIEWS.get(name.removeprefix("sys.").removeprefix("dbo."))
    if view is None or (parts[0].lower() == parts[-1].lower() and not parts[0].lower().startswith("sys")):
        return None
    query.take("AS")
    if query.kind in ("word", "name") and query.word not in ("WHERE", "WITH"):
        query.identifier()
    if query.take("WITH") or query.word == "(":
        query.group()
    query.expect("WHERE")
    facts: dict[str, str] = {}
    for part in _conjuncts(query.remaining):
        if not _fact(Cursor(query.code, part), view, facts):
            return None
    kind = view.kind
    if not kind:
        code = facts.get("type") or facts.get("xtype") or facts.get("type_desc")
        found = _KINDS_OF_CODE.get(code.strip().upper()) if code else None
        if code and not found:
            return None
        kind = found or ""
    named = next((facts[column] for column in view.name if column in facts), "")
    owner = next((facts[column] for column in view.owner if column in facts), "")
    schema = next((facts[column] for column in view.schema if column in facts), "")
    if not named and owner and kind == "column":
        # A relation without columns there is none, so that this asks for the relation.
        kind, named, owner = "table", owner, ""
        view = replace(view, name=view.owner)
    if not named:
        return None
    # A name column holds one bare name; what OBJECT_ID was given may be qualified and quoted.
    whole = Name(named) if view.name[0] in facts else name_in(named)
    if schema:
        whole = Name(whole.name, schema)
    holder = name_in(owner) if owner else None
    if holder and schema:
        holder = Name(holder.name, schema)
    return _probe(kind or _kind_by(body, whole), whole, holder, body)


def _fact(cursor: Cursor, view: _View, facts: dict[str, str]) -> bool:
    """Note one comparison of the WHERE; whether it is understood."""
    function = cursor.word
    if function == "OBJECTPROPERTY":
        code = _CODE_OF_PROPERTY.get(_step_into(cursor)[-1].token.value.lower())
        cursor.expect("=")
        if code is None or cursor.step().text != "1":
            return False
        facts["type"] = code
        return True
    if function in ("SCHEMA_NAME", "OBJECT_NAME"):
        column = _step_into(cursor)[0].identifier().lower()
    else:
        column = cursor.name().name.lower()
    if cursor.take("IN"):
        value = _literal(cursor.group().until(","))
    else:
        cursor.expect("=")
        value = _literal(cursor.rest())
    if column in view.settled:
        return True
    known = (*view.name, *view.owner, *view.schema)
    if column not in known and not (not view.kind and column in _TYPE_CODE):
        return False
    facts[column] = value
    return True


def _probe(kind: ProbeKind | Literal[""], name: Name, owner: Name | None, body: Sequence[Token]) -> Probe | None:
    if kind in ("column", "constraint", "trigger"):
        holder = owner or _altered_table(body) or Name("", name.schema)
        return Probe(kind, holder, name.name)
    if kind == "index":
        return Probe(kind, Name(name.name, owner.schema if owner else ""))
    return Probe(kind, name) if kind else None


def _kind_by(body: Sequence[Token], name: Name) -> ProbeKind:
    """What OBJECT_ID without a type code is meant to find, by what is then done with it."""
    words = [token.word for token in body if token.word not in ("BEGIN", "OR")]
    if words[:2] == ["ALTER", "TABLE"] and _altered_table(body) != name:
        return "constraint"
    if words[:1] == ["DROP"] or words[:1] == ["CREATE"] or words[:1] == ["ALTER"]:
        return next((_KINDS_OF_WORD[word] for word in words[1:3] if word in _KINDS_OF_WORD), "table")
    return "function" if words[:1] in (["EXEC"], ["EXECUTE"]) else "table"


def _altered_table(body: Sequence[Token]) -> Name | None:
    cursor = Cursor("", [token for token in body if token.word != "BEGIN"])
    try:
        return cursor.name() if cursor.take("ALTER", "TABLE") else None
    except GrammarError:
        return None
