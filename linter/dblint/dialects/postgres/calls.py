"""What a routine that puts SQL together does in a call with literals."""

from collections.abc import Callable

from msgspec import DecodeError, json

from dblint.dialects.postgres.lower import site_of
from dblint.dialects.postgres.parser import ParseError, parse_sql_json
from dblint.dialects.postgres.read import ParsedStatement, read
from dblint.dialects.postgres.routines import INPUT, body_of
from dblint.dialects.postgres.strings import Given, Variables, compose
from dblint.dialects.postgres.tree import Node, words
from dblint.dialects.postgres.tree_objects import CreateFunctionStmt
from dblint.migrations.model import Script
from dblint.operations import Guard, Operation
from dblint.source import Statement

_UNKNOWN = Variables([], {})


def in_call(
    created: Statement, name: str, call: str, holds: Callable[[Guard], bool | None]
) -> tuple[Operation, ...] | None:
    """The operations of the routine that `created` made, called by the text `call`; None where they cannot be told."""
    statements = read(Script(created.source, (created.span,)))
    parsed = statements[0] if len(statements) == 1 else None
    if not isinstance(parsed, ParsedStatement) or parsed.kind != "CreateFunctionStmt":
        return None
    node = json.decode(parsed.node, type=CreateFunctionStmt)
    arguments = _arguments(call, name)
    if arguments is None:
        return None
    known = _given(node, arguments)
    operations = body_of(site_of(parsed), node, Given(known, holds)) if known is not None else None
    return None if operations is None else tuple(operations)


def _arguments(call: str, name: str) -> list[Node] | None:
    """The arguments of the one call of the routine in a statement that calls it once, not for each row of a table."""
    first, _, rest = call.strip().partition(" ")
    try:
        statements = json.decode(parse_sql_json(f"SELECT {rest}" if first.lower() == "perform" else call))["stmts"]
    except (ParseError, UnicodeEncodeError, DecodeError):
        return None
    if len(statements) != 1:
        return None
    statement = statements[0]["stmt"]
    if "CallStmt" in statement:
        calls = [statement["CallStmt"]["funccall"]]
    else:
        select = statement.get("SelectStmt", {})
        if "fromClause" in select or "whereClause" in select:
            return None
        values = [target["ResTarget"].get("val", {}) for target in select.get("targetList", [])]
        calls = [value["FuncCall"] for value in values if "FuncCall" in value]
    found: list[list[Node]] = [each.get("args", []) for each in calls if words(each["funcname"])[-1] == name]
    return found[0] if len(found) == 1 else None


def _given(node: CreateFunctionStmt, arguments: list[Node]) -> dict[str, str | None] | None:
    """What is known of each parameter; those that are not given have their defaults. None if the call is another's."""
    parameters = [item.parameter for item in node.parameters if (item.parameter.mode or "FUNC_PARAM_IN") in INPUT]
    values = {parameter.name: parameter.default for parameter in parameters}
    for parameter, argument in zip(parameters, arguments, strict=False):
        if "NamedArgExpr" not in argument:
            values[parameter.name] = argument
    for argument in arguments:
        if "NamedArgExpr" in argument:
            values[argument["NamedArgExpr"].get("name", "")] = argument["NamedArgExpr"]["arg"]
    if len(arguments) > len(parameters) or not all(values.values()) or len(values) > len(parameters):
        return None
    known = {name: compose(value, _UNKNOWN) for name, value in values.items()}
    return {name: composed.text if composed else None for name, composed in known.items()}
