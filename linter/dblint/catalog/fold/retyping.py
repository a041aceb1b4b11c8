"""What a column's new type does to the expressions on it: the server reads them again, and builds the indexes anew."""

from msgspec.structs import replace

from dblint.catalog.canonical import identifier
from dblint.catalog.catalog import Catalog
from dblint.catalog.expressions import index_uses
from dblint.catalog.fold.places import known_table, put
from dblint.catalog.fold.rewriting import rewritten, rewritten_index
from dblint.lexer import RESERVED, normalise, tokens
from dblint.names import Name
from dblint.operations import Expression, IndexDefinition, IndexKey, Type

_SPELLINGS = {
    "bigint": ("bigint", "int8"),
    "boolean": ("boolean", "bool"),
    "double precision": ("float8",),
    "integer": ("integer", "int", "int4"),
    "real": ("real", "float4"),
    "smallint": ("smallint", "int2"),
    "timestamp with time zone": ("timestamptz",),
    "timestamp without time zone": ("timestamp",),
}
"""How texts write the types whose names have several spellings."""


def reread(catalog: Catalog, table: Name, column: str, kind: Type) -> None:
    """Follow a column that is of `kind` by now: a cast of it to that type is no cast any more, and stays none."""
    spellings = _SPELLINGS.get(kind.text, (kind.text,))

    def change(expression: Expression) -> Expression:
        return _uncast(expression, column, spellings)

    found = known_table(catalog, table)
    if found is not None and (changed := rewritten(found, change)) != found:
        put(catalog, changed)
    for index in catalog.indexes_of(table):
        if index_uses(index.definition, column):
            put(catalog, replace(index, definition=_rebuilt(rewritten_index(index.definition, change))))


def _rebuilt(definition: IndexDefinition) -> IndexDefinition:
    """The definition with the names that the columns have now, and of what is a mere column by now, only that."""
    return replace(definition, keys=tuple(map(_key, definition.keys)), include_labels=())


def _key(key: IndexKey) -> IndexKey:
    made = key.expression
    if made is None:
        return replace(key, label="") if key.label else key
    columns = {use.name for use in made.columns}
    if len(columns) == 1 and key.label not in ("expr", *(call.name.name for call in made.functions)):
        key = replace(key, label=next(iter(columns)))  # a cast is called like the column
    found = [token for token in tokens(made.text) if made.text[token.start : token.end] not in "()"]
    if len(found) != 1 or found[0].kind not in ("word", "quoted") or not columns:
        return key
    return replace(key, expression=None, column=next(iter(columns)))


def _uncast(expression: Expression, column: str, spellings: tuple[str, ...]) -> Expression:
    """The expression without casts of the column to one of the types, however they are written."""
    if all(use.name != column for use in expression.columns):
        return expression
    text = expression.text
    found = [text[token.start : token.end] for token in tokens(text)]
    names = [identifier(word) for word in found]

    def at(place: int) -> str:
        return names[place] if 0 <= place < len(names) else ""

    for number in [number for number, name in enumerate(names) if name == column]:
        left, right = _grouped(names, number)
        called = at(left - 2) if at(left - 1) == "(" else ""
        if called in spellings and at(right + 1) == ")" and at(left - 3) not in (".", "::"):
            left, right = left - 2, right + 1
        elif at(right + 1) == "::" and at(right + 2) in spellings and at(right + 3) not in ("(", "[", "."):
            right += 2
        elif called == "cast" and at(right + 1) == "as" and at(right + 2) in spellings and at(right + 3) == ")":
            left, right = left - 2, right + 3
        else:
            continue
        found[left:number] = [""] * (number - left)
        found[number + 1 : right + 1] = [""] * (right - number)
    changed = " ".join(word for word in found if word)
    return (
        expression
        if normalise(changed) == normalise(text)
        else replace(expression, text=changed, key=normalise(changed))
    )


def _grouped(names: list[str], number: int) -> tuple[int, int]:
    """Where the parentheses around the word of the number begin and end that are no function's."""
    left = right = number
    while left > 0 and names[left - 1] == "(" and names[right + 1 : right + 2] == [")"]:
        if left > 1 and names[left - 2].isidentifier() and names[left - 2] not in RESERVED:
            break
        left, right = left - 1, right + 1
    return left, right
