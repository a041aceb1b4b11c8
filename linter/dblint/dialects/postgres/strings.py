"""Strings that a block puts together from literals, so that EXECUTE of them can be read."""

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from dblint.dialects.postgres.bodies import parsed_expression
from dblint.dialects.postgres.options import literal_text
from dblint.dialects.postgres.tree import Node, unwrapped, words
from dblint.names import quote
from dblint.operations import Guard

_DIRECTIVE = re.compile(r"%(?:(?P<position>\d+)\$)?(?:-?\d+)?(?P<kind>[sIL%])")


class Composed(Struct, frozen=True):
    """A string that is known, and the location of the one literal that it is, if it is just that."""

    text: str
    location: int | None = None


class Given(Struct, frozen=True):
    """A call: what is known of its arguments by the names of the parameters (None: not known), and of the database."""

    arguments: dict[str, str | None]
    holds: Callable[[Guard], bool | None]


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

    def follow(self, node: Node) -> None:
        """A statement has run, which may have given variables values; only where these are followed."""

    def follow_maybe(self, statements: Any) -> None:
        """Statements that may have run, any number of times."""

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


class Followed(Variables):
    """The variables of a call: some parameters have known values, and assignments are followed as they run."""

    def __init__(self, datums: list[Node], function: Node, given: "Given") -> None:
        super().__init__(datums, function)
        self._current: dict[str, str | None] = dict(given.arguments)
        for name, text in self._defaults.items():
            composed = compose(parsed_expression(text), self)
            self._current[name] = composed.text if composed else None

    def value(self, name: str) -> str | None:
        return self._current[name] if name in self._current and name not in self._fixed else super().value(name)

    def follow(self, node: Node) -> None:
        assignment = node.get("PLpgSQL_stmt_assign")
        if assignment is None:
            self.follow_maybe(node)
            return
        target, _, value = assignment["expr"]["PLpgSQL_expr"]["query"].partition("=")
        composed = compose(parsed_expression(value), self) if target.rstrip(": \t\r\n").isidentifier() else None
        self._current[self.name(assignment.get("varno", 0))] = composed.text if composed else None

    def follow_maybe(self, statements: Any) -> None:
        if isinstance(statements, list):
            for item in statements:
                self.follow_maybe(item)
        elif isinstance(statements, dict):
            if "PLpgSQL_stmt_assign" in statements:
                self._current[self.name(statements["PLpgSQL_stmt_assign"].get("varno", 0))] = None
            if "varno" in statements:
                self._current[self.name(statements["varno"])] = None
            for inner in statements.values():
                self.follow_maybe(inner)

    def assigns(self, statements: Any) -> bool:
        """Whether statements give variables values."""
        before, self._current = self._current, {}
        self.follow_maybe(statements)
        found, self._current = bool(self._current), before
        return found

    def truth(self, node: Node) -> bool | None:
        """What a condition on known values is, where it is one."""
        kind, inner = unwrapped(node)
        if kind == "BoolExpr":
            parts = [self.truth(part) for part in inner["args"]]
            if inner.get("boolop") == "NOT_EXPR":
                return None if parts[0] is None else not parts[0]
            decisive = inner.get("boolop") == "OR_EXPR"
            return decisive if decisive in parts else None if None in parts else not decisive
        if kind == "A_Expr" and inner.get("kind") == "AEXPR_OP" and words(inner["name"])[-1] in ("=", "<>"):
            left, right = compose(inner.get("lexpr", {}), self), compose(inner.get("rexpr", {}), self)
            return (
                None
                if left is None or right is None
                else (left.text == right.text) is (words(inner["name"])[-1] == "=")
            )
        if kind == "NullTest":
            known = compose(inner.get("arg", {}), self) is not None
            return inner.get("nulltesttype", "IS_NULL") != "IS_NULL" if known else None
        composed = compose(node, self)
        return {"true": True, "t": True, "false": False, "f": False}.get(composed.text) if composed else None

    def filled(self, node: Any) -> Any:
        """The tree with the values of known variables in their places."""
        if isinstance(node, list):
            return [self.filled(item) for item in node]
        if not isinstance(node, dict):
            return node
        fields = words(node["ColumnRef"]["fields"]) if "ColumnRef" in node else ()
        value = self.value(fields[0]) if len(fields) == 1 else None
        if value is not None:
            return {"A_Const": {"sval": {"sval": value}}}
        return {key: self.filled(inner) for key, inner in node.items()}


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


def leading_word(node: Node, variables: Variables) -> str:
    """The first word, in lower case, of a string that is not known as a whole; "" where that is not known either."""
    kind, inner = unwrapped(node)
    if kind == "A_Expr" and "lexpr" in inner:
        return leading_word(inner["lexpr"], variables)
    if kind == "FuncCall" and words(inner["funcname"])[-1] in ("concat", "format") and inner.get("args"):
        return leading_word(inner["args"][0], variables)
    composed = compose(node, variables)
    found = composed.text.split(maxsplit=1) if composed else []
    return found[0].lower() if found else ""


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
    if name in ("lower", "upper") and len(arguments) == 1:
        return Composed(arguments[0].lower() if name == "lower" else arguments[0].upper())
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
