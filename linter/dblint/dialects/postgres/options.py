"""The values of literals and options, as text."""

from dblint.dialects.postgres.tree import Node, Option, words


def literal_text(node: Node) -> str:
    """The value of a literal as text; a string without its quotes, MINVALUE and such as words."""
    if "TypeCast" in node:
        return literal_text(node["TypeCast"].get("arg", {}))
    if "ColumnRef" in node:
        return words(node["ColumnRef"]["fields"])[-1].upper()
    if "A_Expr" in node and "lexpr" not in node["A_Expr"]:
        return words(node["A_Expr"]["name"])[-1] + literal_text(node["A_Expr"]["rexpr"])
    constant = node.get("A_Const", {})
    if "sval" in constant:
        return str(constant["sval"].get("sval", ""))
    if "ival" in constant:
        return str(constant["ival"].get("ival", 0))
    if "fval" in constant:
        return str(constant["fval"].get("fval", ""))
    if "boolval" in constant:
        return "true" if constant["boolval"].get("boolval") else "false"
    return "NULL" if "isnull" in constant else ""


def option_text(argument: Node, absent: str = "true") -> str:
    """The value of an option; `absent` for one that is only named."""
    if not argument:
        return absent
    kind, node = next(iter(argument.items()))
    if kind == "TypeName":
        return words(node["names"])[-1]
    if kind == "Boolean":
        return "true" if node.get("boolval") else "false"
    if kind in _VALUES:
        field, empty = _VALUES[kind]
        return str(node.get(field, empty))
    return literal_text(argument)


_VALUES = {"String": ("sval", ""), "Integer": ("ival", "0"), "Float": ("fval", "0")}


def is_on(options: list[Option], name: str) -> bool:
    """Whether an option is written and not switched off."""
    for item in options:
        if item.option.defname == name:
            return option_text(item.option.arg).lower() in ("true", "on", "1")
    return False
