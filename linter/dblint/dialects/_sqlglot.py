"""What sqlglot's trees say of queries and expressions, in the glossary's terms; the trees go no further.

sqlglot is imported when the first query needs it. Its expressions know no extent, but its identifiers,
literals, functions and stars know their offset, which is all that is read here.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from dblint.names import Name
from dblint.operations import ColumnUse, Expression, FunctionCall, Output, Query, Star, TableUse
from dblint.source import Span

if TYPE_CHECKING:
    from sqlglot import exp

    Node = exp.Expr

_silenced = False


class UnreadableError(Exception):
    """sqlglot found an error; the message is its own, on one line."""


class Text(Struct, frozen=True):
    """Where the parsed text stands: what to add to an offset in it to get one in `code`."""

    code: str
    shift: int
    pseudo_tables: frozenset[str] = frozenset()
    """Relations that only exist while a statement runs (inserted, deleted), in lower case."""

    def span(self, *nodes: "Node") -> Span | None:
        """From the first of these positions to the last; None when there is none."""
        starts = [node.meta["start"] for node in nodes if "start" in node.meta]
        ends = [node.meta["end"] for node in nodes if "end" in node.meta]
        return Span(min(starts) + self.shift, max(ends) + 1 + self.shift) if starts and ends else None


def parse(sql: str, dialect: str) -> "Node | None":
    """The tree of the one statement in `sql`; None if sqlglot knows no structure for it (its Command)."""
    import sqlglot
    from sqlglot import exp

    global _silenced
    if not _silenced:
        # What it logs (falling back to a Command) is said by the caller, as an operation.
        logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
        _silenced = True
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except sqlglot.errors.ParseError as error:
        raise UnreadableError(_first_error(error)) from None
    except Exception as error:  # its tokenizer and builders also raise ValueError, RecursionError and the like
        raise UnreadableError(" ".join(str(error).split()) or type(error).__name__) from None
    if len(trees) != 1:
        raise UnreadableError("one statement was expected")
    return None if isinstance(trees[0], (exp.Command, exp.Alias)) else trees[0]


def parse_expression(sql: str, dialect: str) -> "tuple[Node, int] | None":
    """The tree of an expression, and the length of the text that stands before it; None if unreadable."""
    # As a WHERE, because a select list would read `a = b` as naming b.
    before = "SELECT 1 WHERE "
    try:
        tree = parse(before + sql, dialect)
    except UnreadableError:
        return None
    where = tree.args.get("where") if tree is not None else None
    return (where.this, len(before)) if where is not None else None


def expression(node: "Node", text: Text, span: Span, key: str) -> Expression:
    """The facts of the expression that spans `span`."""
    from sqlglot import exp

    functions = tuple(_functions(node, text))
    columns = _in_order(_columns(node, text))
    return Expression(
        text=text.code[span.start : span.end],
        span=span,
        key=key,
        columns=columns,
        functions=functions,
        tables=_in_order(_tables(node, text)),
        types=tuple(_types(node)),
        strings=tuple(literal.name for literal in node.find_all(exp.Literal) if literal.is_string),
        constant=not columns and not functions and node.find(exp.Query, exp.Parameter, exp.NextValueFor) is None,
        is_null=isinstance(node.unnest(), exp.Null),
        truth=_truth(node.unnest()),
        not_null=frozenset(_not_null(node)),
    )


def query(node: "Node", text: Text, span: Span) -> Query:
    """The facts of a whole SELECT, or of whatever part of a statement reads relations."""
    from sqlglot import exp

    hints = {str(hint.name).upper() for found in node.find_all(exp.WithTableHint) for hint in found.expressions}
    return Query(
        text=text.code[span.start : span.end],
        span=span,
        tables=_in_order(_tables(node, text)),
        columns=_in_order(_columns(node, text)),
        stars=_in_order(_stars(node, text)),
        functions=tuple(_functions(node, text)),
        types=tuple(_types(node)),
        outputs=tuple(_outputs(node, text)),
        locks_rows=bool(hints & {"UPDLOCK", "XLOCK", "HOLDLOCK", "TABLOCKX"}) or bool(node.args.get("locks")),
        limited=any(node.args.get(part) is not None for part in ("limit", "fetch", "offset")),
    )


def table_of(node: "Node | None") -> Name | None:
    """The name of a table reference; None for a variable, a function or a sub-query."""
    from sqlglot import exp

    if isinstance(node, exp.Schema):
        node = node.this
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        return None
    # sqlglot turns the signs of T-SQL's temporary tables into flags.
    flags = node.this.args
    sign = "##" if flags.get("global_") else "#" if flags.get("temporary") else ""
    return Name(sign + node.this.name.strip(" "), node.db.strip(" "))


def tables_of(node: "Node", text: Text) -> tuple[TableUse, ...]:
    return _in_order(_tables(node, text))


def table_behind(node: "Node", text: Text, name: str) -> Name | None:
    """The first table that the common table expression called `name` (in lower case) reads; None if there is none."""
    from sqlglot import exp

    for cte in node.find_all(exp.CTE):
        if cte.alias.lower() == name:
            use = next(_tables(cte.this, text), None)
            return use.name if use else None
    return None


def _first_error(error: Any) -> str:
    first = error.errors[0] if error.errors else {}
    description, found = first.get("description") or "syntax error", first.get("highlight") or ""
    if "<" in description:  # it talks of its own classes and tokens
        description = "syntax error"
    return " ".join(f'{description} at "{found}"'.split() if found else str(description).split())


Placed = TypeVar("Placed", ColumnUse, TableUse, Star)


def _in_order(found: Iterable[Placed]) -> tuple[Placed, ...]:
    """As they are written: a tree is not walked in that order."""
    return tuple(sorted(found, key=lambda use: use.span.start if use.span else 0))


def _columns(node: "Node", text: Text) -> Iterator[ColumnUse]:
    from sqlglot import exp

    for column in node.find_all(exp.Column, bfs=False):
        if isinstance(column.this, exp.Identifier):
            parts = [part for part in column.parts if isinstance(part, exp.Identifier)]
            yield ColumnUse(column.name.strip(" "), column.table.strip(" "), text.span(*parts))


def _functions(node: "Node", text: Text) -> Iterator[FunctionCall]:
    from sqlglot import exp

    for call in node.find_all(exp.Func, bfs=False):
        place = text.span(call)
        # The branches of CASE are functions to sqlglot, but stand nowhere.
        if isinstance(call, (exp.Cast, exp.Connector, exp.Exists, exp.Case)) or (
            place is None and isinstance(call, exp.If)
        ):
            continue
        # sqlglot renames what it knows (GETDATE becomes CurrentTimestamp): the name is where the call stands.
        written = text.code[place.start : place.end] if place else call.sql_name()
        schema = call.parent.this.name if isinstance(call.parent, exp.Dot) and call.arg_key == "expression" else ""
        arguments = list(call.iter_expressions())
        literals = tuple(found.name for found in arguments if isinstance(found, exp.Literal) and found.is_string)
        name = Name(written.strip('[]" '), schema) if schema else Name(written.strip('[]" ').lower())
        yield FunctionCall(name, len(arguments), literals)


def _tables(node: "Node", text: Text) -> Iterator[TableUse]:
    from sqlglot import exp

    own = {cte.alias.lower() for cte in node.find_all(exp.CTE)} | text.pseudo_tables
    for table in node.find_all(exp.Table, bfs=False):
        use = _table_use(table, text)
        if use is not None and (use.name.schema or use.name.name.lower() not in own):
            yield use


def _table_use(table: "Node | None", text: Text) -> TableUse | None:
    from sqlglot import exp

    name = table_of(table)
    if table is None or name is None or isinstance(table.parent, exp.Into):
        return None
    place = text.span(*[part for part in (table.this, table.args.get("db"), table.args.get("catalog")) if part])
    return TableUse(name, place, table.alias) if place else None


def _types(node: "Node") -> Iterator[Name]:
    from sqlglot import exp

    for cast in node.find_all(exp.Cast):
        target = cast.args.get("to")
        if isinstance(target, exp.DataType) and isinstance(target.this, exp.DType):
            yield Name(target.this.value.lower())


def _stars(node: "Node", text: Text) -> Iterator[Star]:
    from sqlglot import exp

    for star in node.find_all(exp.Star, bfs=False):
        item = star.parent if isinstance(star.parent, exp.Column) else star
        select = item.parent
        place = text.span(star)
        if place is None or not isinstance(select, exp.Select) or item.arg_key != "expressions":
            continue
        if isinstance(select.parent, exp.Exists):
            continue
        qualifier = item.table.strip(" ") if isinstance(item, exp.Column) else ""
        if isinstance(item, exp.Column):
            qualified = text.span(star, *[part for part in item.parts if isinstance(part, exp.Identifier)])
            place = qualified or place
        yield Star(place, qualifier, tuple(_sources(select, text)))


def _sources(select: "Node", text: Text) -> Iterator[TableUse]:
    """The relations of a SELECT's own FROM, in order."""
    from sqlglot import exp

    clause = select.args.get("from_")
    pending: list[Any] = [clause.this] if clause is not None else []
    pending += [join.this for join in select.args.get("joins") or ()]
    while pending:
        item = pending.pop(0)
        use = _table_use(item, text) if isinstance(item, exp.Table) else None
        if use is not None:
            yield use
        pending[:0] = [join.this for join in item.args.get("joins") or ()]


def _outputs(node: "Node", text: Text) -> Iterator[Output]:
    from sqlglot import exp

    select: Any = node
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    stars = {star.span.end: star for star in _stars(select, text)}
    for item in select.expressions:
        inner = item.unalias()
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            place = text.span(inner if isinstance(inner, exp.Star) else inner.this)
            yield Output("*", star=stars.get(place.end) if place else None)
        elif isinstance(inner, exp.Column):
            use = next(_columns(inner, text), None)
            yield Output(item.alias_or_name.strip(" "), column=use)
        else:
            yield Output(item.alias_or_name if isinstance(item, exp.Alias) else "")


def _truth(node: "Node") -> bool | None:
    """What a constant condition such as `1 = 1` comes to."""
    from sqlglot import exp

    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, (exp.EQ, exp.NEQ)):
        sides = (node.this, node.expression)
        if all(isinstance(side, exp.Literal) and not side.is_string for side in sides):
            return (sides[0].this == sides[1].this) is isinstance(node, exp.EQ)
    return None


def _not_null(node: "Node") -> Iterator[str]:
    """Columns that cannot be null where the condition is true: compared, or said to be IS NOT NULL."""
    from sqlglot import exp

    for part in node.unnest().flatten() if isinstance(node.unnest(), exp.And) else (node,):
        part = part.unnest()
        if isinstance(part, exp.Not):
            inner = part.this.unnest()
            if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null) and _is_column(inner.this):
                yield inner.this.name.strip(" ")
        elif isinstance(part, (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Like)):
            sides = (part.this, part.args.get("expression"))
            yield from (side.name.strip(" ") for side in sides if side is not None and _is_column(side))


def _is_column(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier)
