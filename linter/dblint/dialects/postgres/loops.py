"""Loops of PL/pgSQL blocks that run a number of times that the text tells."""

from collections.abc import Callable
from typing import Any

from dblint.dialects.postgres.bodies import parsed_expression
from dblint.dialects.postgres.strings import Variables, compose
from dblint.dialects.postgres.tree import Node

MOST = 100
"""Loops that run more often are not followed."""

_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery")
_LEAVES = ("PLpgSQL_stmt_exit", "PLpgSQL_stmt_return")


def integers(texts: list[str], variables: Variables, *, reverse: bool) -> list[str] | None:
    """The values of FOR … IN lower..upper BY step, in their order, or None where they are not known or many."""
    numbers = []
    for text in texts:
        found = compose(parsed_expression(text), variables)
        if found is None or not found.text.isdecimal():
            return None
        numbers.append(int(found.text))
    first, last, step = numbers if len(numbers) == len(("lower", "upper", "step")) else (*numbers, 1)
    if step == 0:
        return None  # an error
    values = range(first, last - 1, -step) if reverse else range(first, last + 1, step)
    return [str(value) for value in values] if len(values) <= MOST else None


def has_dynamic(body: list[Node]) -> bool:
    """Whether statements are put together in it."""
    return _any(body, lambda kind: kind in _DYNAMIC)


def runs_through(body: list[Node]) -> bool:
    """Whether nothing in it ends the loop, or a round of it, early."""
    return not _any(body, lambda kind: kind in _LEAVES)


def _any(value: Any, wanted: Callable[[str], bool]) -> bool:
    if isinstance(value, list):
        return any(_any(item, wanted) for item in value)
    return isinstance(value, dict) and any(wanted(kind) or _any(inner, wanted) for kind, inner in value.items())
