"""Exception handlers of PL/pgSQL blocks: the conditions that they name, and those after which a block goes on."""

from dblint.dialects.postgres.tree import Node

_LEVEL_ERROR = 21
# Codes of conditions that handlers name by SQLSTATE (the manual's appendix "PostgreSQL Error Codes").
_CONDITIONS = {
    "23505": "unique_violation",
    "23503": "foreign_key_violation",
    "42701": "duplicate_column",
    "42703": "undefined_column",
    "42704": "undefined_object",
    "42710": "duplicate_object",
    "42723": "duplicate_function",
    "42883": "undefined_function",
    "42P01": "undefined_table",
    "42P06": "duplicate_schema",
    "42P07": "duplicate_table",
}


def names_of(handler: Node) -> set[str]:
    found = [item["PLpgSQL_condition"].get("condname", "") for item in handler.get("conditions", [])]
    return {_CONDITIONS.get(name, name) for name in found}


def caught(handlers: list[Node]) -> frozenset[str]:
    """The conditions after which the block goes on: those whose handler does not raise an error itself."""
    found: set[str] = set()
    for wrapped in handlers:
        handler = wrapped["PLpgSQL_exception"]
        raises = any(
            statement.get("PLpgSQL_stmt_raise", {}).get("elog_level") == _LEVEL_ERROR
            for statement in handler.get("action", [])
        )
        if not raises:
            found |= names_of(handler)
    return frozenset(found)
