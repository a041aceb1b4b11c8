"""Expressions that follow a rename: the server keeps columns by number, we keep text."""

from collections.abc import Callable

from msgspec.structs import replace

from dblint.lexer import RESERVED, normalise, tokens
from dblint.names import Name, quote
from dblint.operations import Expression, IndexDefinition, IndexKey


def _any(qualifier: str) -> bool:
    return True


def rename_column(
    expression: Expression | None, old: str, new: str, meant: Callable[[str], bool] = _any
) -> Expression | None:
    """The expression with column `old` called `new`; itself when it does not use the column.

    `meant`: whether the column is that of the table in question, by its qualifier ("" for none).
    """
    if expression is None or not any(use.name == old and meant(use.qualifier) for use in expression.columns):
        return expression
    pieces: list[str] = []
    position = 0
    text = expression.text
    words: list[str] = []
    for token in tokens(text):
        written = text[token.start : token.end]
        words.append(written)
        qualifier = words[-3].strip('"') if words[-2:-1] == ["."] and len(words) > 2 else ""
        is_column = (token.kind == "word" and written.lower() == old) or (
            token.kind == "quoted" and written[1:-1].replace('""', '"') == old
        )
        following = text[token.end :].lstrip()[:1]
        if is_column and following not in ("(", ".") and meant(qualifier):
            pieces += (text[position : token.start], f'"{new}"' if new in RESERVED else quote(new))
            position = token.end
    text = "".join([*pieces, text[position:]])
    columns = tuple(
        replace(use, name=new) if use.name == old and meant(use.qualifier) else use for use in expression.columns
    )
    not_null = frozenset(new if column == old else column for column in expression.not_null)
    return replace(expression, text=text, key=normalise(text), columns=columns, not_null=not_null)


def rename_in_keys(keys: tuple[IndexKey, ...], old: str, new: str) -> tuple[IndexKey, ...]:
    """The keys with the column called `new`; the index's own column, after which copies are named, stays `old`."""
    return tuple(
        replace(
            key,
            column=new if key.column == old else key.column,
            expression=rename_column(key.expression, old, new),
            label=key.label or old if key.column == old else key.label,
        )
        for key in keys
    )


def rename_in_index(definition: IndexDefinition, old: str, new: str) -> IndexDefinition:
    return replace(
        definition,
        keys=rename_in_keys(definition.keys, old, new),
        include=tuple(new if column == old else column for column in definition.include),
        include_labels=definition.include_labels or definition.include,
        predicate=rename_column(definition.predicate, old, new),
    )


def uses_column(expression: Expression | None, column: str) -> bool:
    """Whether the expression uses a column of its own table, not one that its sub-queries have by a qualifier."""
    if expression is None or all(use.name != column for use in expression.columns):
        return False
    others = {use.alias or use.name.name for use in expression.tables}
    return any(use.name == column and use.qualifier not in others for use in expression.columns)


def reads_column(expression: Expression | None, table: Name, column: str) -> bool:
    """Whether a sub-query in the expression reads a table, or ("" for any) a column of it."""
    names = called(expression, table)
    if expression is None or not names:
        return False
    return not column or any(use.name == column and use.qualifier in (*names, "") for use in expression.columns)


def called(expression: Expression | None, table: Name) -> set[str]:
    """What the sub-queries in an expression call a table."""
    return {use.alias or use.name.name for use in expression.tables if use.name == table} if expression else set()


def index_uses(definition: IndexDefinition, column: str) -> bool:
    """Whether an index has the column as a key, in a key's expression, in INCLUDE or in its predicate."""
    return (
        column in definition.include
        or uses_column(definition.predicate, column)
        or any(key.column == column or uses_column(key.expression, column) for key in definition.keys)
    )
