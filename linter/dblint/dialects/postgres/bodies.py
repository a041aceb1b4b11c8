"""Text that is SQL: parsed apart from its statement, and lowered with the places that it has in the source."""

import re

from msgspec import DecodeError, Raw, Struct, json

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.mask import mask
from dblint.dialects.postgres.parser import ParseError, parse_sql_json
from dblint.dialects.postgres.tree import Node
from dblint.operations import Operation, Unparsable
from dblint.source import Source

_BLANKS = re.compile(r"\s{4,}")


class _Statement(Struct):
    stmt: dict[str, Raw]
    stmt_location: int = 0
    stmt_len: int = 0


class _Tree(Struct):
    stmts: list[_Statement]


_decode = json.Decoder(_Tree).decode


def lower_text(site: Site, sql: str, start: int, *, prefix: int = 0, head: int = 0) -> list[Operation]:
    """The operations of the statements in `sql`, which stands at `start` of the site's text.

    `prefix`: how many of its first characters were put before it to make it a statement; `head`: how many
    characters before `start` they stand for.
    """
    from dblint.dialects.postgres.lower import lower_node

    shift = start - prefix
    end = start + len(sql) - prefix
    try:
        tree = _parse(sql)
    except (ParseError, UnicodeEncodeError, RecursionError, DecodeError) as error:
        message = str(error.args[0]) if isinstance(error, ParseError) else "it cannot be read"
        return [Unparsable(statement=site.statement, span=site.span(start, end), message=message)]
    if sql.isascii():

        def offset(location: int) -> int:
            return location + shift
    else:
        characters = Source("", sql)

        def offset(location: int) -> int:
            return characters.offset_of_byte(location) + shift

    operations: list[Operation] = []
    for item in tree:
        begin = max(offset(item.stmt_location), start) - head
        stop = offset(item.stmt_location + item.stmt_len) if item.stmt_len else end
        within = site.within(*site.trimmed(begin, stop), offset)
        for kind, node in item.stmt.items():
            operations.extend(lower_node(within, kind, node))
    return operations


def _parse(sql: str) -> list[_Statement]:
    """The statements of a text, read with its placeholders masked if it cannot be read otherwise."""
    try:
        return _decode(parse_sql_json(sql)).stmts
    except ParseError:
        masked = mask(sql).text
        if masked == sql or len(masked) != len(sql):
            raise
        return _decode(parse_sql_json(masked)).stmts


def parsed_expression(text: str) -> Node:
    """The tree of an expression, its locations counted from seven characters before it; {} if it is none."""
    try:
        statements: list[Node] = json.decode(parse_sql_json("SELECT " + text))["stmts"]
    except (ParseError, UnicodeEncodeError, RecursionError, DecodeError):
        return {}
    targets = statements[0]["stmt"].get("SelectStmt", {}).get("targetList", []) if len(statements) == 1 else []
    return targets[0]["ResTarget"].get("val", {}) if len(targets) == 1 else {}


def find_text(text: str, query: str, start: int) -> int:
    """Where a query stands in a body at or after `start`, or -1; an INTO was blanked in the query."""
    found = text.find(query, start)
    if found >= 0 or not _BLANKS.search(query):
        return found
    pattern = ""
    position = 0
    for blanks in _BLANKS.finditer(query):
        pattern += re.escape(query[position : blanks.start()]) + f".{{{len(blanks.group())}}}"
        position = blanks.end()
    match = re.compile(pattern + re.escape(query[position:]), re.DOTALL).search(text, start)
    return match.start() if match else -1
