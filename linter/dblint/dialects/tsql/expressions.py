"""T-SQL expressions and types: the common ones read from their tokens, the others through sqlglot."""

from collections.abc import Sequence

from dblint.dialects import _sqlglot
from dblint.dialects.tsql.cursor import Cursor, GrammarError, bare
from dblint.dialects.tsql.tokens import Token, words
from dblint.names import Name
from dblint.operations import Expression, FunctionCall, Type
from dblint.source import Span

PSEUDO_TABLES = words("inserted deleted")

_SYNONYMS = {
    "integer": "int",
    "dec": "decimal",
    "character": "char",
    "character varying": "varchar",
    "char varying": "varchar",
    "binary varying": "varbinary",
    "national character": "nchar",
    "national char": "nchar",
    "national character varying": "nvarchar",
    "national char varying": "nvarchar",
    "national text": "ntext",
    "double precision": "float",
    "rowversion": "timestamp",
}
"""Transact-SQL reference, "Data type synonyms". rowversion is the newer word, timestamp what the catalog says."""

BUILT_IN = words(
    """
    bigint binary bit char cursor date datetime datetime2 datetimeoffset decimal float geography geometry hierarchyid
    image int json money nchar ntext numeric nvarchar real smalldatetime smallint smallmoney sql_variant sysname table
    text time timestamp tinyint uniqueidentifier varbinary varchar vector xml
    """
)

_NULLARY = words("CURRENT_TIMESTAMP CURRENT_USER SESSION_USER SYSTEM_USER USER CURRENT_DATE")


def read_type(cursor: Cursor) -> Type:
    """A data type; a built-in one in lower case and by its own name, a user's as written. `max` is the modifier -1."""
    start = cursor.at
    while cursor.word in ("NATIONAL", "CHARACTER", "CHAR", "BINARY", "DOUBLE", "VARYING", "PRECISION"):
        cursor.step()
    if cursor.at > start and cursor.tokens[start].word == "NATIONAL" and cursor.word == "TEXT":
        cursor.step()
    if cursor.at > start:
        name = Name(" ".join(token.text for token in cursor.tokens[start : cursor.at]))
    else:
        name = cursor.name("a data type")
    plain = _SYNONYMS.get(name.name.lower(), name.name.lower())
    if name.schema.lower() in ("", "sys") and plain in BUILT_IN:
        name = Name(plain)
    modifiers: list[int] = []
    words: list[str] = []
    if cursor.word == "(":
        for item in cursor.group().items():
            token = item.token
            words.append(item.text.lower())
            modifiers.append(-1 if token.word == "MAX" else int(token.text) if token.text.isdigit() else 0)
    text = f"{name.schema}.{name.name}" if name.schema else name.name
    if words:
        text += f"({','.join(words)})"
    return Type(text, name, tuple(modifiers))


def read_expression(cursor: Cursor, *, strict: bool = False) -> Expression:
    """All that the cursor has left, as an expression.

    Of what sqlglot cannot read nothing but the text is known; with `strict` it is a fault.
    """
    if cursor.done:
        raise cursor.fault("an expression")
    tokens = cursor.remaining
    span = cursor.span()
    cursor.at = cursor.end
    return _simple(cursor.code, tokens, span) or _parsed(cursor.code, tokens, span, strict)


def key_of(tokens: Sequence[Token]) -> str:
    """What is the same for expressions that differ only in layout, quoting and case of words, or outer parentheses."""
    words = []
    for token in bare(tokens):
        words.append(token.text.lstrip("Nn") if token.kind == "string" else token.value.lower())
    return " ".join(words)


def _simple(code: str, tokens: Sequence[Token], span: Span) -> Expression | None:
    """A literal, or a call without arguments: nearly every default there is."""
    core = bare(tokens)
    text, key = code[span.start : span.end], key_of(tokens)
    if len(core) == 2 and core[0].word in ("-", "+") and core[1].kind == "number":
        return Expression(text, span, key, constant=True)
    if len(core) == 1:
        token = core[0]
        if token.kind == "number" or token.word == "NULL":
            return Expression(text, span, key, constant=True, is_null=token.word == "NULL")
        if token.kind == "string":
            return Expression(text, span, key, strings=(token.value,), constant=True)
        if token.word in _NULLARY:
            return Expression(text, span, key, functions=(FunctionCall(Name(token.word.lower())),))
    if len(core) == 3 and core[0].kind in ("word", "name") and core[1].word == "(" and core[2].word == ")":
        return Expression(text, span, key, functions=(FunctionCall(Name(core[0].value.lower())),))
    return None


def _parsed(code: str, tokens: Sequence[Token], span: Span, strict: bool) -> Expression:
    text, key = code[span.start : span.end], key_of(tokens)
    found = _sqlglot.parse_expression(text, "tsql")
    if found is None and strict:
        raise GrammarError(f'an expression was expected at "{tokens[0].text}"')
    if found is None:
        return Expression(text, span, key)
    node, before = found
    return _sqlglot.expression(node, _sqlglot.Text(code, span.start - before, PSEUDO_TABLES), span, key)
