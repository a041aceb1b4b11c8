"""SELECT, INSERT, UPDATE, DELETE and MERGE of T-SQL: their clauses by tokens, what they read through sqlglot.

sqlglot is only ever given a SELECT (or MERGE): what stands before FROM and WHERE in an UPDATE or DELETE is
blanked out, character by character, so that offsets stay true and clauses sqlglot does not know do no harm.
"""

from collections.abc import Iterator

from msgspec import Struct

from dblint.dialects import _sqlglot
from dblint.dialects.tsql.cursor import Cursor, GrammarError, UnmodelledError
from dblint.dialects.tsql.expressions import PSEUDO_TABLES, key_of, read_expression
from dblint.names import Name
from dblint.operations import (
    Call,
    Copy,
    CreateTableAs,
    CreateView,
    Delete,
    Expression,
    Insert,
    Merge,
    Operation,
    Query,
    Select,
    SessionCommand,
    TableUse,
    Truncate,
    Unparsable,
    Update,
)
from dblint.source import Span, Statement

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE")


def read_query(cursor: Cursor) -> Query:
    """All that the cursor has left, as a query."""
    tree, text = _tree(cursor, cursor.text)
    return _sqlglot.query(tree, text, cursor.span())


def unread_query(cursor: Cursor) -> Query:
    """A query of which only the text is known."""
    return Query(cursor.text, cursor.span())


def manipulate(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    """A statement that reads or writes rows, with its WITH, if it has one."""
    whole = cursor.rest()
    tables = Cursor(cursor.code, cursor.tokens, cursor.at, cursor.at)
    if cursor.take("WITH"):
        cursor.until(*VERBS)
        tables.end = cursor.at
    verb = cursor.word
    if verb in ("SELECT", ""):
        yield _select(whole, statement)
        return
    head = Cursor(cursor.code, cursor.tokens, cursor.at + 1, cursor.end)
    if head.word == "TOP":
        head.step()
        head.skip()
        head.take("PERCENT")
    head.take_any("INTO", "FROM")
    if head.kind == "variable":
        # A table variable lives as long as its batch; nothing of the database is written.
        yield SessionCommand(statement=statement, span=statement.span, command=verb)
    elif verb == "INSERT":
        yield from _insert(tables, head, statement)
    elif verb == "UPDATE":
        yield _update(tables, head, statement)
    elif verb == "DELETE":
        yield _delete(tables, head, statement)
    else:
        tree, text = _tree(whole, whole.text)
        table = head.name("a table")
        reads = tuple(use for use in _sqlglot.tables_of(tree, text) if use.name != table)
        yield Merge(statement=statement, span=statement.span, table=table, reads=reads)


def create_view(cursor: Cursor, statement: Statement, or_replace: bool) -> Iterator[Operation]:
    name = cursor.name("a view")
    columns = cursor.names() if cursor.word == "(" else ()
    options: dict[str, str] = {}
    if cursor.take("WITH"):
        options = {item.token.text.lower(): "true" for item in cursor.until("AS").items()}
    cursor.expect("AS")
    checked = [token.word for token in cursor.remaining[-3:]] == ["WITH", "CHECK", "OPTION"]
    body = Cursor(cursor.code, cursor.tokens, cursor.at, cursor.end - 3 if checked else cursor.end)
    fault = ""
    try:
        query = read_query(body)
    except (GrammarError, UnmodelledError) as error:
        fault = str(error)
        query = unread_query(body)
    yield CreateView(
        statement=statement,
        span=statement.span,
        name=name,
        query=query,
        columns=columns,
        options=options,
        check_option="cascaded" if checked else "",
        or_replace=or_replace,
    )
    if fault:
        yield Unparsable(statement=statement, span=query.span, message=fault)


def truncate(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    cursor.expect("TABLE")
    table = cursor.name("a table")
    yield Truncate(statement=statement, span=statement.span, table=table, together=(table,))


def bulk_insert(cursor: Cursor, statement: Statement) -> Iterator[Operation]:
    cursor.expect("INSERT")
    yield Copy(statement=statement, span=statement.span, table=cursor.name("a table"))


def _tree(cursor: Cursor, sql: str) -> "tuple[_sqlglot.Node, _sqlglot.Text]":
    """The tree of `sql`, which stands where the cursor's text does."""
    try:
        tree = _sqlglot.parse(sql, "tsql")
    except _sqlglot.UnreadableError as error:
        raise GrammarError(str(error)) from None
    if tree is None:
        raise UnmodelledError(cursor.token.text.upper(), "sqlglot has no structure for it")
    return tree, _sqlglot.Text(cursor.code, cursor.token.start, PSEUDO_TABLES)


def _as_select(tables: Cursor, clauses: Cursor) -> "tuple[_sqlglot.Node, _sqlglot.Text]":
    """The tree of the clauses from FROM or WHERE on, under a select list that asks for nothing.

    `tables`: the WITH before the statement, which stands at its own place; what is between is blanked.
    """
    before = tables.text
    start = tables.tokens[tables.at].start
    gap = clauses.span().start - start - len(before)
    sql = before + (" SELECT 1 " if before else "SELECT 1 ").ljust(gap) + clauses.text
    return _tree(Cursor(tables.code, tables.tokens, tables.at, clauses.end), sql)


def _select(whole: Cursor, statement: Statement) -> Operation:
    tree, text = _tree(whole, whole.text)
    query = _sqlglot.query(tree, text, whole.span())
    into = tree.args.get("into")
    made = _sqlglot.table_of(into.this) if into is not None else None
    if made is None:
        return Select(statement=statement, span=statement.span, query=query)
    return CreateTableAs(
        statement=statement,
        span=statement.span,
        name=made,
        query=query,
        persistence="temporary" if made.name.startswith("#") else "permanent",
    )


def _insert(tables: Cursor, head: Cursor, statement: Statement) -> Iterator[Operation]:
    table = head.name("a table")
    _skip_hints(head)
    columns: tuple[str, ...] = ()
    if head.word == "(" and head.ahead() not in ("SELECT", "("):
        columns = head.names()
    if head.word == "OUTPUT":
        head.until("VALUES", "SELECT", "EXEC", "EXECUTE", "DEFAULT")
    if head.take("DEFAULT", "VALUES"):
        yield Insert(statement=statement, span=statement.span, table=table, rows=1)
    elif head.take("VALUES"):
        yield _insert_values(head, statement, table, columns)
    elif head.take_any("EXEC", "EXECUTE"):
        yield Insert(statement=statement, span=statement.span, table=table, columns=columns)
        if head.kind in ("word", "name"):
            yield Call(statement=statement, span=head.span(), name=head.name())
    else:
        before = tables.text
        start = tables.tokens[tables.at].start
        sql = before.ljust(head.span().start - start) + head.text
        tree, text = _tree(Cursor(tables.code, tables.tokens, tables.at, head.end), sql)
        query = _sqlglot.query(tree, text, head.span())
        yield Insert(
            statement=statement, span=statement.span, table=table, columns=columns, query=query, reads=query.tables
        )


def _insert_values(head: Cursor, statement: Statement, table: Name, columns: tuple[str, ...]) -> Operation:
    """The rows are counted, and their strings noted, by tokens alone: seed scripts hold thousands."""
    rows = 0
    literals: list[tuple[str, str]] = []
    spans: list[Span] = []
    reads: list[TableUse] = []
    for row in head.rest().items():
        rows += 1
        for place, value in enumerate(row.group("(").items()):
            if value.end - value.at == 1 and value.kind == "string" and place < len(columns):
                literals.append((columns[place], value.token.value))
                spans.append(value.token.span)
            elif any(token.word == "SELECT" for token in value.remaining):
                reads += read_expression(value).tables
        if row.take("OPTION"):
            row.group()
        row.finish()
    return Insert(
        statement=statement,
        span=statement.span,
        table=table,
        columns=columns,
        rows=rows,
        literals=tuple(literals),
        literal_spans=tuple(spans),
        reads=tuple(reads),
    )


def _update(tables: Cursor, head: Cursor, statement: Statement) -> Operation:
    target = head.name("a table")
    _skip_hints(head)
    head.expect("SET")
    assignments: list[tuple[str, Expression]] = []
    for item in head.until("OUTPUT", "FROM", "WHERE", "OPTION").items():
        if item.kind == "variable" and item.ahead() == "=":
            # @v = column = value writes the column too; @v = value does not.
            item.at += 2
            if item.ahead() not in ("=", "."):
                continue
        column = item.name("a column").name
        if item.take_any("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|="):
            assignments.append((column, read_expression(item, strict=True)))
    clauses = _clauses(tables, head, target)
    return Update(
        statement=statement,
        span=statement.span,
        table=clauses.table,
        assignments=tuple(assignments),
        where=clauses.where,
        reads=clauses.reads + tuple(use for _, value in assignments for use in value.tables),
        joined=clauses.joined,
    )


def _delete(tables: Cursor, head: Cursor, statement: Statement) -> Operation:
    target = head.name("a table")
    _skip_hints(head)
    clauses = _clauses(tables, head, target)
    return Delete(
        statement=statement,
        span=statement.span,
        table=clauses.table,
        where=clauses.where,
        reads=clauses.reads,
        joined=clauses.joined,
    )


class _Clauses(Struct):
    """What follows an UPDATE's or DELETE's target: the table that the target is, and what FROM and WHERE say."""

    table: Name
    reads: tuple[TableUse, ...] = ()
    where: Expression | None = None
    joined: bool = False


def _clauses(tables: Cursor, head: Cursor, target: Name) -> _Clauses:
    if head.word == "OUTPUT":
        head.until("FROM", "WHERE", "OPTION")
    start = head.at
    joined = head.take("FROM")
    head.until("WHERE", "OPTION")
    condition = head.until("OPTION") if head.take("WHERE") else None
    clauses = Cursor(head.code, head.tokens, start, head.at)
    if head.take("OPTION"):
        head.group()
    head.finish()
    if clauses.done:
        return _Clauses(target)
    tree, text = _as_select(tables, clauses)
    uses = _sqlglot.tables_of(tree, text)
    table = target
    if not target.schema:
        # The target may be named by its alias in FROM, or be a common table expression over the table.
        called = target.name.lower()
        table = next((use.name for use in uses if use.alias.lower() == called), target)
        table = _sqlglot.table_behind(tree, text, called) or table
    where = tree.args.get("where")
    expression = None
    if condition is not None:
        expression = (
            read_expression(condition)
            if where is None
            else _sqlglot.expression(where.this, text, condition.span(), key_of(condition.remaining))
        )
    return _Clauses(table, tuple(use for use in uses if use.name not in (table, target)), expression, joined)


def _skip_hints(head: Cursor) -> None:
    if head.word == "WITH" and head.ahead() == "(":
        head.step()
        head.group()
