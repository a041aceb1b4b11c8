"""Expressions that follow a rename: the server keeps columns by number, we keep text."""

from msgspec.structs import replace

from dblint.lexer import RESERVED, normalise, tokens
from dblint.names import quote
from dblint.operations import Expression, IndexDefinition, IndexKey


def rename_column(expression: Expression | None, old: str, new: str) -> Expression | None:
    """The expression with column `old` called `new`; itself when it does not use the column."""
    if expression is None or all(use.name != old for use in expression.columns):
        return expression
    pieces: list[str] = []
    position = 0
    text = expression.text
    for token in tokens(text):
        written = text[token.start : token.end]
        is_column = (token.kind == "word" and written.lower() == old) or (
            token.kind == "quoted" and written[1:-1].replace('""', '"') == old
        )
        following = text[token.end :].lstrip()[:1]
        if is_column and following not in ("(", "."):
            pieces += (text[position : token.start], f'"{new}"' if new in RESERVED else quote(new))
            position = token.end
    text = "".join([*pieces, text[position:]])
    columns = tuple(replace(use, name=new) if use.name == old else use for use in expression.columns)
    not_null = frozenset(new if column == old else column for column in expression.not_null)
    return replace(expression, text=text, key=normalise(text), columns=columns, not_null=not_null)


def rename_in_keys(keys: tuple[IndexKey, ...], old: str, new: str) -> tuple[IndexKey, ...]:
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
    return expression is not None and any(use.name == column for use in expression.columns)


def index_uses(definition: IndexDefinition, column: str) -> bool:
    """Whether an index has the column as a key, in a key's expression, in INCLUDE or in its predicate."""
    return (
        column in definition.include
        or uses_column(definition.predicate, column)
        or any(key.column == column or uses_column(key.expression, column) for key in definition.keys)
    )
