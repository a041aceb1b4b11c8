"""Strings that a block puts together from literals, so that EXECUTE of them can be read."""

import re
from typing import Any

from msgspec import Struct

from dblint.dialects.postgres.bodies import parsed_expression
from dblint.dialects.postgres.options import literal_text
from dblint.dialects.postgres.tree import Node, unwrapped, words
from dblint.names import quote

_DIRECTIVE = re.compile(r"%(?:(?P<position>\d+)\$)?(?:-?\d+)?(?P<kind>[sIL%])")


class Composed(Struct, frozen=True):
    """A string that is known, and the location of the one literal that it is, if it is just that."""

    text: str
    location: int | None = None


class Variables:
    """What is known of a block's variables: those that only ever hold one literal string."""

    def __init__(self, datums: list[Node], function: Node) -> None:
        self._names: list[str] = []
        self._defaults: dict[str, str] = {}
        for wrapped in datums:
            kind, datum = next(iter(wrapped.items()))
            name = datum.get("refname", "") if kind == "PLpgSQL_var" else ""
            if name and name in self._names:
                # Two of the same name in nested blocks: neither is known.
                self._defaults.pop(name, None)
                name = ""
            self._names.append(name)
            if name and "default_val" in datum:
                self._defaults[name] = datum["default_val"]["PLpgSQL_expr"]["query"]
        self._assigned: dict[str, list[str | None]] = {}
        self._collect(function.get("action", {}))
        self._fixed: dict[str, str] = {}
        self._open: set[str] = set()

    def _collect(self, value: Any) -> None:
        """Every place that gives a variable a value: its text for an assignment, None for any other."""
        if isinstance(value, list):
            for item in value:
                self._collect(item)
        elif isinstance(value, dict):
            assignment = value.get("PLpgSQL_stmt_assign")
            if assignment is not None:
                text = assignment["expr"]["PLpgSQL_expr"]["query"]
                name, _, rest = text.partition("=")
                plain = name.rstrip(": \t\r\n").isidentifier()
                self._note(assignment.get("varno", 0), rest if plain else None)
                return
            if "varno" in value:
                self._note(value["varno"], None)
            for inner in value.values():
                self._collect(inner)

    def _note(self, number: int, text: str | None) -> None:
        self._assigned.setdefault(self.name(number), []).append(text)

    def name(self, number: int) -> str:
        return self._names[number] if 0 <= number < len(self._names) else ""

    def fix(self, name: str, value: str | None) -> None:
        """The variable of a loop has this value for now; None where it is not known or the loop is over."""
        if value is None:
            self._fixed.pop(name, None)
        else:
            self._fixed[name] = value

    def fixed(self, name: str) -> str | None:
        return self._fixed.get(name)

    def value(self, name: str) -> str | None:
        """The one string that the variable can hold, or None."""
        if name in self._fixed:
            return self._fixed[name]
        given = [text for text in (self._defaults.get(name),) if text is not None]
        assigned = self._assigned.get(name, [])
        if name in self._open or name not in self._names or len(given) + len(assigned) != 1:
            return None
        text = (given or assigned)[0]
        self._open.add(name)
        composed = compose(parsed_expression(text), self) if text is not None else None
        self._open.discard(name)
        return composed.text if composed else None


def compose(node: Node, variables: Variables) -> Composed | None:
    """The string that an expression of literals, `||`, format(), quote_…() and known variables is."""
    kind, inner = unwrapped(node)
    if kind == "A_Const":
        if "isnull" in inner or not inner:
            return None
        return Composed(literal_text(node), inner.get("location", 0) if "sval" in inner else None)
    if kind == "TypeCast":
        found = compose(inner.get("arg", {}), variables)
        return Composed(found.text) if found else None
    if kind == "ColumnRef":
        fields = words(inner["fields"])
        value = variables.value(fields[0]) if len(fields) == 1 else None
        return Composed(value) if value is not None else None
    if kind == "A_Expr" and inner.get("kind") == "AEXPR_OP" and words(inner["name"]) == ("||",):
        left, right = compose(inner["lexpr"], variables), compose(inner["rexpr"], variables)
        return Composed(left.text + right.text) if left and right else None
    if kind == "FuncCall":
        return _call(inner, variables)
    return None


def _call(node: Node, variables: Variables) -> Composed | None:
    composed = [compose(argument, variables) for argument in node.get("args", ())]
    arguments = [item.text for item in composed if item is not None]
    if len(arguments) != len(composed) or not arguments or node.get("func_variadic"):
        return None
    name = words(node["funcname"])[-1]
    if name == "format":
        return _format(arguments)
    if name == "quote_ident":
        return Composed(quote(arguments[0]))
    if name in ("quote_literal", "quote_nullable"):
        return Composed(_literal(arguments[0]))
    if name == "concat":
        return Composed("".join(arguments))
    return None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _format(arguments: list[str]) -> Composed | None:
    """format() with its %s, %I and %L, also by position."""
    spent = 0
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal spent, missing
        kind = match["kind"]
        if kind == "%":
            return "%"
        spent = int(match["position"]) if match["position"] else spent + 1
        if spent >= len(arguments):
            missing = True
            return ""
        text = arguments[spent]
        return text if kind == "s" else quote(text) if kind == "I" else _literal(text)

    text = _DIRECTIVE.sub(fill, arguments[0])
    return None if missing else Composed(text)


def elements(node: Node, variables: Variables) -> list[str] | None:
    """The elements of an array that is written out, or None."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    if "A_ArrayExpr" in node:
        found = [compose(item, variables) for item in node["A_ArrayExpr"].get("elements", [])]
        known = [item.text for item in found if item is not None]
        return known if len(known) == len(found) else None
    return None
