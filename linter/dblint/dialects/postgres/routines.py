"""DO blocks and routines: what their bodies do, statement by statement."""

import re
from collections.abc import Callable
from functools import cache
from typing import Literal, cast

from msgspec import Raw, json

from dblint.dialects.postgres.bodies import lower_text
from dblint.dialects.postgres.clauses import GAP, IDENTIFIER, Phrases, Site
from dblint.dialects.postgres.mask import mask
from dblint.dialects.postgres.objects import object_name
from dblint.dialects.postgres.options import option_text
from dblint.dialects.postgres.parser import ParseError, parse_plpgsql_json
from dblint.dialects.postgres.plpgsql import Block
from dblint.dialects.postgres.session import setting
from dblint.dialects.postgres.strings import Given
from dblint.dialects.postgres.tree import DefElem, Node, Option, items, opened, qualified, words
from dblint.dialects.postgres.tree_objects import AlterFunctionStmt, CreateFunctionStmt, DoStmt, VariableSetStmt
from dblint.dialects.postgres.type_names import type_of
from dblint.names import Name, quote
from dblint.operations import AlterFunction, CreateFunction, Opaque, Operation, SessionCommand, Type, Unparsable
from dblint.source import Span

Volatility = Literal["volatile", "stable", "immutable"]

_ATOMIC = Phrases("BEGIN ATOMIC")
_RETURN = Phrases("RETURN")
INPUT = frozenset({"FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC"})


def _language(options: list[Option], otherwise: str) -> str:
    for item in options:
        if item.option.defname == "language":
            return option_text(item.option.arg).lower()
    return otherwise


def _body_option(options: list[Option]) -> tuple[DefElem, str] | None:
    """The AS option and the body's text; a C function's object file and symbol are no body."""
    for item in options:
        if item.option.defname == "as":
            texts = words(items(item.option.arg))
            return (item.option, texts[0]) if len(texts) == 1 else None
    return None


def _body_site(site: Site, option: DefElem, text: str) -> Site:
    for location in (option.arg_location, option.location):
        start = site.past_gap(site.offset(location)) if location > 0 else site.start
        if site.text[start : start + 1] in ("$", "'") or site.text[start : start + 2] in ("E'", "e'"):
            return site.quoted(start, text)
    return site.composed(text, site.whole)


# --- DO -----------------------------------------------------------------------------------------


def do_block(site: Site, node: DoStmt) -> list[Operation]:
    """The operations of the block, each with the conditions it stands under and the errors that are caught."""
    language = _language(node.args, "plpgsql")
    found = _body_option(node.args)
    if language != "plpgsql" or found is None:
        return [_opaque(site, f"DO block in {language}", "only PL/pgSQL blocks are read")]
    block = _walk(site, _body_site(site, *found), lambda: "DO ")
    if isinstance(block, str):
        return [_opaque(site, "DO block", f"its body does not parse: {block}")]
    if not block.operations:
        return [SessionCommand(statement=site.statement, span=site.whole, command="do")]
    return block.operations


def _opaque(site: Site, what: str, reason: str) -> Operation:
    return Opaque(statement=site.statement, span=site.whole, what=what, reason=reason)


def _walk(site: Site, body: Site, head: Callable[[], str], given: Given | None = None) -> Block | str:
    """The walk over a body; the parser's message where it refuses.

    libpg_query knows no types but the built-in ones. What it refuses for a type's sake, or for a placeholder's,
    is parsed again under `head` with simpler types.
    """
    try:
        function = _parse(site.text[site.start : site.end])
    except ParseError as error:
        masked = mask(body.text).text
        if len(masked) == len(body.text):
            body.text = masked
        for declared in (_declared(True), _declared(False)):
            text = _simplified(body.text, declared)
            try:
                function = _parse(f"{head()}{_TAG}{text}{_TAG}")
                break
            except ParseError:
                continue
        else:
            return str(error.args[0])
    block = Block(body, function, given)
    block.declarations()
    action = function.get("action")
    if action:
        block.walk([action])
    return block


_TAG = "$of_dblint$"
_DECLARATIONS = re.compile(r"\bdeclare\b.*?\bbegin\b", re.IGNORECASE | re.DOTALL)


@cache
def _declared(schema_only: bool) -> re.Pattern[str]:
    """A declaration's type, or only its schema; not of what is declared by a word of its own."""
    variable = rf"(?P<variable>(?:declare\b|;)(?>{GAP}*){IDENTIFIER}(?>{GAP}+)(?:constant\b(?>{GAP}+))?)"
    if schema_only:
        return re.compile(rf"{variable}(?P<type>{IDENTIFIER}\s*\.\s*)(?={IDENTIFIER})", re.IGNORECASE | re.DOTALL)
    return re.compile(
        rf"{variable}(?!(?:record|refcursor|cursor|no\s+scroll|scroll|alias|exception)\b)"
        rf"(?P<type>{IDENTIFIER}(?>(?:\.{IDENTIFIER})*)(?:%(?:row)?type)?)(?=\s*(?:;|:=|=|default\b|not\s+null\b))",
        re.IGNORECASE | re.DOTALL,
    )


def _simplified(text: str, declared: re.Pattern[str]) -> str:
    return _DECLARATIONS.sub(lambda section: declared.sub(_simpler, section.group()), text)


def _simpler(match: re.Match[str]) -> str:
    """A declaration without its type's schema, or of type text; as long as before."""
    written = match["type"]
    simple = "" if written.rstrip().endswith(".") else "text" if len(written) >= len("text") else written
    return match["variable"] + simple.ljust(len(written))


def _head(node: CreateFunctionStmt) -> str:
    """CREATE FUNCTION with the same parameters, all of types that need no schema."""
    parameters = []
    for item in node.parameters:
        mode = item.parameter.mode.removeprefix("FUNC_PARAM_")
        if mode != "TABLE":
            # libpg_query takes no array for VARIADIC.
            shown = "" if mode in ("DEFAULT", "VARIADIC") else mode
            parameters.append(f"{shown} {quote(item.parameter.name)} {_plain_type(item.parameter.type)}")
        else:
            parameters.append(f"OUT {quote(item.parameter.name)} {_plain_type(item.parameter.type)}")
    given = ", ".join(part.replace('""', "") for part in parameters)
    if node.is_procedure:
        return f"CREATE PROCEDURE f({given})"
    if any(item.parameter.mode == "FUNC_PARAM_TABLE" for item in node.parameters):
        return f"CREATE FUNCTION f({given}) RETURNS SETOF record"
    if node.returns is None:
        return f"CREATE FUNCTION f({given})"
    setof = "SETOF " if node.returns.get("setof") else ""
    return f"CREATE FUNCTION f({given}) RETURNS {setof}{_plain_type(node.returns)}"


def _plain_type(node: Node) -> str:
    kind = type_of(node)
    if kind.text.endswith("%TYPE"):
        return "text"
    return (quote(kind.name.name) + ("[]" if kind.array else "")) if kind.name.schema else kind.text


def _parse(text: str) -> Node:
    functions: list[Node] = json.decode(parse_plpgsql_json(text))
    return functions[0]["PLpgSQL_function"] if functions else {}


# --- CREATE FUNCTION ----------------------------------------------------------------------------


def create_function(site: Site, node: CreateFunctionStmt) -> list[Operation]:
    parameters = [item.parameter for item in node.parameters]
    language = _language(node.options, "sql")
    found = _body_option(node.options)
    body: list[Operation] = []
    dynamic: tuple[Span, ...] = ()
    text = found[1] if found else ""
    if node.sql_body:
        body, text = _sql_body(site, node)
    elif found is not None and language == "sql":
        inside = _body_site(site, *found)
        body = lower_text(inside, text, 0)
    elif found is not None and language == "plpgsql":
        block = _walk(site, _body_site(site, *found), lambda: f"{_head(node)} LANGUAGE plpgsql AS ")
        if isinstance(block, str):
            body = [Unparsable(statement=site.statement, span=site.whole, message=block)]
        else:
            body, dynamic = block.operations, tuple(block.dynamic)
    return [
        CreateFunction(
            statement=site.statement,
            span=site.whole,
            name=qualified(node.funcname),
            arguments=tuple([type_of(item.type) for item in parameters if (item.mode or "FUNC_PARAM_IN") in INPUT]),
            returns=_returned(node),
            returns_set=bool(node.returns and node.returns.get("setof"))
            or any(item.mode == "FUNC_PARAM_TABLE" for item in parameters),
            columns=_columns(node),
            language=language,
            volatility=_volatility(node.options) or "volatile",
            security_definer=_security(node.options) or False,
            settings={name: value or "" for name, value in _settings(node.options).items()},
            procedure=node.is_procedure,
            or_replace=node.replace,
            body=tuple(body),
            body_text=text,
            dynamic=dynamic,
        )
    ]


def body_of(site: Site, node: CreateFunctionStmt, given: Given) -> list[Operation] | None:
    """What a PL/pgSQL routine does in a call."""
    found = _body_option(node.options)
    if found is None or _language(node.options, "sql") != "plpgsql":
        return None
    block = _walk(site, _body_site(site, *found), lambda: f"{_head(node)} LANGUAGE plpgsql AS ", given)
    return None if isinstance(block, str) else block.operations


def _returned(node: CreateFunctionStmt) -> Type | None:
    """The type after RETURNS, or that of the OUT parameters: several are a record."""
    if node.returns is not None or node.is_procedure:
        return type_of(node.returns) if node.returns is not None else None
    out = [item.parameter for item in node.parameters if item.parameter.mode in ("FUNC_PARAM_OUT", "FUNC_PARAM_INOUT")]
    if len(out) == 1:
        return type_of(out[0].type)
    return Type("record", Name("record")) if out else None


def _columns(node: CreateFunctionStmt) -> tuple[tuple[str, Type], ...]:
    modes = ("FUNC_PARAM_OUT", "FUNC_PARAM_INOUT", "FUNC_PARAM_TABLE")
    out = [] if node.is_procedure else [each.parameter for each in node.parameters if each.parameter.mode in modes]
    return tuple([(each.name or f"column{n}", type_of(each.type)) for n, each in enumerate(out, start=1)])


def _sql_body(site: Site, node: CreateFunctionStmt) -> tuple[list[Operation], str]:
    """BEGIN ATOMIC … END and RETURN expression, which are part of the statement's own tree."""
    from dblint.dialects.postgres.lower import lower_node

    wrapped = opened(node.sql_body)
    if "ReturnStmt" in wrapped:
        start = site.after(_RETURN, site.start, site.end)
        value = {"targetList": [{"ResTarget": {"val": wrapped["ReturnStmt"].get("returnval", {})}}]}
        within = site.within(start, site.end)
        return lower_node(within, "SelectStmt", _raw(value)), site.slice(start, site.end)
    match = site.find(_ATOMIC, site.start, site.end)
    start = match.end if match else site.start
    operations: list[Operation] = []
    statements = [inner for outer in items(wrapped) for inner in items(outer)]
    places = site.parts(start, site.end, ";")
    for number, statement in enumerate(statements):
        place = places[number] if number < len(places) else (start, site.end)
        for kind, inner in statement.items():
            operations.extend(lower_node(site.within(*place), kind, _raw(inner)))
    return operations, site.slice(match.start if match else site.start, site.end)


def _raw(node: Node) -> Raw:
    return Raw(json.encode(node))


def _volatility(options: list[Option]) -> Volatility | None:
    for item in options:
        if item.option.defname == "volatility":
            return cast(Volatility, option_text(item.option.arg))
    return None


def _security(options: list[Option]) -> bool | None:
    for item in options:
        if item.option.defname == "security":
            return option_text(item.option.arg) == "true"
    return None


def _settings(options: list[Option]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for item in options:
        if item.option.defname == "set" and "VariableSetStmt" in item.option.arg:
            node = json.decode(json.encode(item.option.arg["VariableSetStmt"]), type=VariableSetStmt)
            name, value, _ = setting(node)
            found[name] = value
    return found


def alter_function(site: Site, node: AlterFunctionStmt) -> list[Operation]:
    name, arguments = object_name({"ObjectWithArgs": node.func})
    return [
        AlterFunction(
            statement=site.statement,
            span=site.whole,
            name=name,
            arguments=arguments,
            volatility=_volatility(node.actions),
            security_definer=_security(node.actions),
            settings=_settings(node.actions),
        )
    ]
