"""What functions, triggers and constraints promise of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dblint.catalog.canonical import type_named
from dblint.catalog.model import Constraint
from dblint.names import Name
from dblint.operations import FunctionCall, Type

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog


def volatility(catalog: Catalog, call: FunctionCall) -> str:
    """ "immutable", "stable" or "volatile": the worst that the call may mean."""
    own = catalog.functions(call.name)
    if own:
        same_arity = [f for f in own if len(f.arguments) == call.arguments] or own
        order = ("immutable", "stable", "volatile")
        return max((f.volatility for f in same_arity), key=order.index)
    if (found := catalog.of_extension(call.name)) is not None:
        return found[1]
    if call.name.schema in ("", "pg_catalog") and (known := catalog.builtin_volatility(call.name.name)):
        return known
    return "volatile"


def of_extension(catalog: Catalog, function: Name) -> tuple[Type, str] | None:
    """What a function that an extension of the history made gives, and its volatility."""
    if not catalog.state.extensions:
        return None
    full = catalog.resolve_function(function)
    for extension in catalog.state.extensions.values():
        made = catalog.results.extension(extension.name) if extension.home == full.schema else None
        if made is not None and (found := made.functions.get(full.name)) is not None:
            text, volatility = found
            bare = text.removesuffix("[]")
            kind = Type(text, Name(bare), array=text != bare)
            return (type_named(catalog, kind, Name(bare, full.schema)) if bare in made.types else kind), volatility
    return None


def fills(catalog: Catalog, table: Name, column: str) -> bool:
    """Whether a trigger may set the column before a row is inserted: its function's text names it."""
    found = catalog.table(table)
    if found is None or not found.triggers:
        return False
    word = re.compile(rf"\b{re.escape(column)}\b", re.IGNORECASE)
    return any(
        trigger.enabled
        and trigger.timing == "before"
        and "insert" in trigger.events
        and any(word.search(function.body_text) for function in catalog.functions(trigger.function))
        for trigger in found.triggers.values()
    )


def proves_not_null(catalog: Catalog, table: Name, column: str) -> Constraint | None:
    """The validated CHECK by which the column cannot be NULL, if there is one."""
    found = catalog.table(table)
    if found is None:
        return None
    for constraint in found.constraints.values():
        if (
            constraint.kind == "check"
            and constraint.validated
            and constraint.enforced
            and constraint.expression is not None
            and column in constraint.expression.not_null
        ):
            return constraint
    return None
