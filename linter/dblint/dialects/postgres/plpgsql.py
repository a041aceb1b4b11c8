"""PL/pgSQL: walks a block's statements in the order of the text, and lowers the SQL in them."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from dblint.dialects.postgres.bodies import find_text, lower_text, parsed_expression
from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.guards import guards_of
from dblint.dialects.postgres.handlers import caught, names_of
from dblint.dialects.postgres.loops import has_dynamic, integers, runs_through
from dblint.dialects.postgres.strings import Composed, Followed, Given, Variables, compose, elements, leading_word
from dblint.dialects.postgres.tree import Node
from dblint.operations import Guard, Opaque, Operation, SessionCommand
from dblint.source import Span

# What the statements hold, in the order of the text.
_PARTS: dict[str, tuple[str, ...]] = {
    "PLpgSQL_stmt_assign": ("expr",),
    "PLpgSQL_stmt_loop": ("body",),
    "PLpgSQL_stmt_exit": ("cond",),
    "PLpgSQL_stmt_return": ("expr",),
    "PLpgSQL_stmt_return_next": ("expr",),
    "PLpgSQL_stmt_return_query": ("query", "dynquery", "params"),
    "PLpgSQL_stmt_raise": ("params", "options"),
    "PLpgSQL_raise_option": ("expr",),
    "PLpgSQL_stmt_assert": ("cond", "message"),
    "PLpgSQL_stmt_execsql": ("sqlstmt",),
    "PLpgSQL_stmt_dynexecute": ("query", "params"),
    "PLpgSQL_stmt_open": ("argquery", "query", "dynquery", "params"),
    "PLpgSQL_stmt_fetch": ("expr",),
    "PLpgSQL_stmt_perform": ("expr",),
    "PLpgSQL_stmt_call": ("expr",),
}
# Parse modes of assignments to names of one, two and three parts start here (RawParseMode in raw_parser.h).
_ASSIGNMENT = 3
_LEAVES = frozenset(
    {
        "PLpgSQL_stmt_assign", "PLpgSQL_stmt_execsql", "PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_fetch",
        "PLpgSQL_stmt_getdiag", "PLpgSQL_stmt_return",
    }
)  # fmt: skip
"""What may give variables values, and holds no statements."""
_LOOPS = frozenset(
    {
        "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while", "PLpgSQL_stmt_fori", "PLpgSQL_stmt_fors", "PLpgSQL_stmt_forc",
        "PLpgSQL_stmt_dynfors", "PLpgSQL_stmt_foreach_a",
    }
)  # fmt: skip
_NO_SCHEMA_CHANGE = frozenset({"analyze", "comment", "delete", "grant", "insert", "notify", "revoke", "update"})
"""How SQL begins that leaves the schema as it is."""
_PERFORM = re.compile("perform", re.IGNORECASE)
_SUBQUERY = re.compile(r"\bselect\b", re.IGNORECASE)
_ASSIGNED = re.compile(r":?=")
_CASE_VARIABLE = re.compile(r'"__Case__Variable_\d+__" IN \((.*)\)\Z', re.DOTALL)


class Block:
    """The walk over one body. `operations` are what it does, `dynamic` the places of SQL that is put together."""

    def __init__(self, body: Site, function: Node, given: Given | None = None) -> None:
        self.body = body
        self.given = given
        self.ended = False
        """A RETURN has been reached for certain."""
        self.operations: list[Operation] = []
        self.dynamic: list[Span] = []
        self.function = function
        self.cursor = 0
        self.guards: tuple[Guard, ...] = ()
        self.tolerates: frozenset[str] = frozenset()
        self.attempts: tuple[int, ...] = ()
        self._attempted = 0
        self._lines = [0, *[match.end() for match in re.finditer("\n", body.text)]]

    @cached_property
    def variables(self) -> Variables:
        datums = self.function.get("datums", [])
        if self.given is None:
            return Variables(datums, self.function)
        return Followed(datums, self.function, self.given)

    def declarations(self) -> None:
        """Queries in the defaults of variables and of declared cursors, which stand before the statements."""
        for wrapped in self.function.get("datums", ()):
            datum = wrapped.get("PLpgSQL_var")
            if datum is None:
                continue
            if "default_val" in datum:
                default = datum["default_val"]["PLpgSQL_expr"].get("query", "")
                if _SUBQUERY.search(default):
                    self._sql("SELECT " + default, prefix=len("SELECT "), found=find_text(self.body.text, default, 0))
            if "cursor_explicit_expr" in datum:
                cursor = datum["cursor_explicit_expr"]["PLpgSQL_expr"].get("query", "")
                if cursor:
                    self._sql(cursor, found=find_text(self.body.text, cursor, 0))

    # --- places ---------------------------------------------------------------------------------

    def _at_line(self, node: Node) -> None:
        line = node.get("lineno", 0)
        if 0 < line <= len(self._lines):
            self.cursor = max(self.cursor, self._lines[line - 1])

    def _find(self, text: str) -> int:
        found = find_text(self.body.text, text, self.cursor)
        if found >= 0:
            self.cursor = found + len(text)
        return found

    def _span(self, found: int, text: str) -> Span:
        if found >= 0:
            return self.body.span(found, found + len(text))
        return self.body.span(self.cursor, self.cursor)

    # --- emission -------------------------------------------------------------------------------

    def _emit(self, operations: Iterable[Operation]) -> None:
        if not self.guards and not self.tolerates:
            self.operations.extend(operations)
            return
        for operation in operations:
            self.operations.append(
                replace(
                    operation,
                    guards=self.guards + operation.guards,
                    tolerates=self.tolerates | operation.tolerates,
                    attempts=self.attempts + operation.attempts,
                )
            )

    def _sql(self, text: str, *, prefix: int = 0, head: int = 0, found: int = -1) -> None:
        """Lowers SQL that stands in the body; what cannot be found there is anchored at its line."""
        if found < 0:
            place = self.body.span(self.cursor, self.cursor)
            self._emit(lower_text(self.body.composed(text, place), text, 0))
        else:
            self._emit(lower_text(self.body, text, found, prefix=prefix, head=head))

    def _expression(self, node: Node) -> None:
        """Queries in an expression are read when it is computed."""
        text = node.get("query", "")
        mode = node.get("parseMode", 0)
        if mode >= _ASSIGNMENT:
            assigned = _ASSIGNED.search(text)
            self._find(text[: assigned.end()] if assigned else "")
            text = text[assigned.end() :].strip() if assigned else text
        found = self._find(text)
        if _SUBQUERY.search(text):
            self._sql("SELECT " + text, prefix=len("SELECT "), found=found)

    # --- statements -----------------------------------------------------------------------------

    def walk(self, statements: list[Node]) -> None:
        guards = self.guards
        for wrapped in statements:
            if self.ended:
                break
            for kind, node in wrapped.items():
                self._at_line(node)
                if kind in _LOOPS:
                    self.variables.follow_maybe(node)
                visit = getattr(self, f"_{kind.removeprefix('PLpgSQL_')}", None)
                if visit is not None:
                    visit(node)
                else:
                    self._parts(kind, node)
                if self.given is not None and kind in _LEAVES:
                    self.variables.follow(wrapped)
                    self.ended = kind == "PLpgSQL_stmt_return" and not self.guards
        self.guards = guards

    def _parts(self, kind: str, node: Node) -> None:
        for part in _PARTS.get(kind, ()):
            self._part(node.get(part))

    def _part(self, value: Any) -> None:
        if isinstance(value, list):
            if value and "PLpgSQL_expr" in value[0]:
                for item in value:
                    self._expression(item["PLpgSQL_expr"])
            else:
                self.walk(value)
        elif isinstance(value, dict):
            self._expression(value["PLpgSQL_expr"])

    def _stmt_block(self, node: Node) -> None:
        handlers = node.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list", [])
        outer, attempts, first = self.tolerates, self.attempts, len(self.operations)
        if handlers:
            self.tolerates |= caught(handlers)
            self._attempted += 1
            self.attempts = (*attempts, self._attempted)
        self.walk(node.get("body", []))
        self.tolerates, self.attempts = outer, attempts
        if handlers and len(self.operations) == first + 1:
            # With nothing else in the block, there is nothing else to undo.
            self.operations[first] = replace(self.operations[first], attempts=attempts)
        for wrapped in handlers:
            handler = wrapped["PLpgSQL_exception"]
            names = " OR ".join(sorted(names_of(handler)))
            self._under((Guard(f"EXCEPTION WHEN {names}", self.body.span(self.cursor, self.cursor)),))
            self.walk(handler.get("action", []))
            self._leave(1)

    def _under(self, guards: tuple[Guard, ...]) -> None:
        self.guards += guards

    def _leave(self, count: int) -> None:
        self.guards = self.guards[: len(self.guards) - count]

    def _condition(self, node: Node) -> tuple[str, Span, Node]:
        text = node.get("query", "")
        switch = _CASE_VARIABLE.match(text)
        text = switch.group(1) if switch else text
        found = self._find(text)
        tree = {} if switch else parsed_expression(text)
        if _SUBQUERY.search(text) and all(guard.probe is None for guard in guards_of(tree, text, Span(0, 0))):
            self._sql("SELECT " + text, prefix=len("SELECT "), found=found)
        return text, self._span(found, text), tree

    def _branches(self, branches: list[tuple[Node, list[Node]]], otherwise: list[Node]) -> tuple[Guard, ...]:
        """Each branch under its own condition and the negation of those before; gives all of these."""
        before: tuple[Guard, ...] = ()
        for condition, statements in branches:
            self._at_line(condition)
            text, span, tree = self._condition(condition)
            if isinstance(self.variables, Followed):
                decided = self.variables.truth(tree)
                tree = self.variables.filled(tree)
                if decided is None and self.variables.assigns(statements):
                    decided = self._holds(guards_of(tree, text, span))
                if decided is False:
                    continue
                if decided is True:
                    otherwise = statements
                    break
            here = before + guards_of(tree, text, span)
            self._under(here)
            self.walk(statements)
            self._leave(len(here))
            self.variables.follow_maybe(statements)
            before += guards_of(tree, text, span, negated=True)
        if otherwise:
            self._under(before)
            self.walk(otherwise)
            self._leave(len(before))
            if before:
                self.variables.follow_maybe(otherwise)
        return before

    def _holds(self, guards: tuple[Guard, ...]) -> bool | None:
        """Whether a condition holds before the call, on which the values of variables hang."""
        answers = [self.given.holds(guard) for guard in guards] if self.given else [None]
        return False if False in answers else None if None in answers else True

    def _stmt_if(self, node: Node) -> None:
        branches = [(node["cond"]["PLpgSQL_expr"], node.get("then_body", []))]
        for wrapped in node.get("elsif_list", []):
            elsif = wrapped["PLpgSQL_if_elsif"]
            branches.append((elsif["cond"]["PLpgSQL_expr"], elsif.get("stmts", [])))
        negated = self._branches(branches, node.get("else_body", []))
        if len(branches) == 1 and branches[0][1] and "PLpgSQL_stmt_return" in branches[0][1][-1]:
            # What follows in this list only runs when the condition did not hold.
            self._under(negated)

    def _stmt_case(self, node: Node) -> None:
        if "t_expr" in node:
            self._part(node["t_expr"])
        branches = [
            (when["PLpgSQL_case_when"]["expr"]["PLpgSQL_expr"], when["PLpgSQL_case_when"].get("stmts", []))
            for when in node.get("case_when_list", [])
        ]
        self._branches(branches, node.get("else_stmts", []))

    def _stmt_while(self, node: Node) -> None:
        self._branches([(node["cond"]["PLpgSQL_expr"], node.get("body", []))], [])

    def _loop_over(self, head: str, node: Node, part: str) -> None:
        """The body runs once for each row, perhaps never."""
        query = node[part]["PLpgSQL_expr"]["query"] if part in node else ""
        found = find_text(self.body.text, query, self.cursor) if query else -1
        self._under((Guard(f"{head} {query}".strip(), self._span(found, query)),))
        if found >= 0:
            self.cursor = found + len(query)
        self.walk(node.get("body", []))
        self._leave(1)

    def _stmt_fors(self, node: Node) -> None:
        query = node["query"]["PLpgSQL_expr"]["query"]
        found = find_text(self.body.text, query, self.cursor)
        self._sql(query, found=found)
        self._loop_over("FOR EACH ROW OF", node, "query")

    def _stmt_forc(self, node: Node) -> None:
        self._loop_over("FOR EACH ROW OF A CURSOR", node, "argquery")

    def _stmt_dynfors(self, node: Node) -> None:
        self._dynamic(node["query"]["PLpgSQL_expr"]["query"])
        self._part(node.get("params"))
        self._under((Guard("FOR EACH ROW OF EXECUTE", self.body.span(self.cursor, self.cursor)),))
        self.walk(node.get("body", []))
        self._leave(1)

    def _stmt_foreach_a(self, node: Node) -> None:
        """A loop over a literal array is as many statements as the array has elements."""
        text = node["expr"]["PLpgSQL_expr"]["query"]
        found = self._find(text)
        values = elements(parsed_expression(text), self.variables)
        variable = self.variables.name(node.get("varno", -1))
        guard = Guard(f"FOREACH … IN ARRAY {text}", self._span(found, text))
        self._repeat(variable, values if variable else None, node.get("body", []), guard)

    def _stmt_fori(self, node: Node) -> None:
        """A loop over integers is as many statements, if its bounds are known and it puts statements together."""
        bounds = [node[part]["PLpgSQL_expr"] for part in ("lower", "upper", "step") if part in node]
        texts = [bound.get("query", "") for bound in bounds]
        for bound in bounds:
            self._expression(bound)
        guard = Guard(f"FOR … IN {' .. '.join(texts[:2])}", self._span(self.cursor - len(texts[-1]), texts[-1]))
        values = integers(texts, self.variables, reverse=node.get("reverse", False))
        body = node.get("body", [])
        if values and not has_dynamic(body):
            values = values[:1]
        self._repeat(node["var"]["PLpgSQL_var"]["refname"], values, body, guard)

    def _repeat(self, variable: str, values: list[str] | None, body: list[Node], guard: Guard) -> None:
        """The body once for each value of the variable; under the guard where the values are not known."""
        outer = self.variables.fixed(variable)
        if values is None or not runs_through(body):
            self.variables.fix(variable, None)
            self._under((guard,))
            self.walk(body)
            self._leave(1)
        else:
            start = self.cursor
            for value in values:
                self.cursor = start
                self.variables.fix(variable, value)
                self.walk(body)
        self.variables.fix(variable, outer)

    def _stmt_execsql(self, node: Node) -> None:
        text = node["sqlstmt"]["PLpgSQL_expr"]["query"]
        self._sql(text, found=self._find(text))

    def _stmt_call(self, node: Node) -> None:
        text = node["expr"]["PLpgSQL_expr"]["query"]
        self._sql(text, found=self._find(text))

    def _stmt_perform(self, node: Node) -> None:
        """PERFORM query is SELECT query, with the word replaced."""
        text = node["expr"]["PLpgSQL_expr"]["query"]
        rest = text[len("SELECT") :]
        found = find_text(self.body.text, rest, self.cursor)
        while found >= 0 and not _PERFORM.match(self.body.text, found - len("PERFORM")):
            found = find_text(self.body.text, rest, found + 1)
        if found >= 0:
            self.cursor = found + len(rest)
        self._sql(text, prefix=len("SELECT"), head=len("PERFORM"), found=found)

    def _stmt_return_query(self, node: Node) -> None:
        if "query" in node:
            text = node["query"]["PLpgSQL_expr"]["query"]
            self._sql(text, found=self._find(text))
        if "dynquery" in node:
            self._dynamic(node["dynquery"]["PLpgSQL_expr"]["query"])
        self._part(node.get("params"))

    def _stmt_open(self, node: Node) -> None:
        if "query" in node:
            text = node["query"]["PLpgSQL_expr"]["query"]
            self._sql(text, found=self._find(text))
        if "dynquery" in node:
            self._dynamic(node["dynquery"]["PLpgSQL_expr"]["query"])
        self._part(node.get("argquery"))
        self._part(node.get("params"))

    def _stmt_commit(self, node: Node) -> None:
        self._session("commit")

    def _stmt_rollback(self, node: Node) -> None:
        self._session("rollback")

    def _session(self, word: str) -> None:
        """COMMIT and ROLLBACK in a procedure, which go on in a new transaction at once."""
        match = re.compile(word, re.IGNORECASE).search(self.body.text, self.cursor)
        span = self.body.span(*match.span()) if match else self.body.span(self.cursor, self.cursor)
        self._emit([SessionCommand(statement=self.body.statement, span=span, command=word)])

    def _stmt_dynexecute(self, node: Node) -> None:
        self._dynamic(node["query"]["PLpgSQL_expr"]["query"])
        self._part(node.get("params"))

    def _dynamic(self, text: str) -> None:
        """EXECUTE: what can be put together from literals is lowered, the rest is a place of dynamic SQL."""
        found = self._find(text)
        place = self._span(found, text)
        composed = compose(parsed_expression(text), self.variables)
        if composed is None:
            self.dynamic.append(place)
            word = leading_word(parsed_expression(text), self.variables)
            self._emit_dynamic(place, word.upper() if word in _NO_SCHEMA_CHANGE else "SQL")
            return
        site = self._site_of(composed, found, place)
        self._emit(lower_text(site, composed.text, 0))

    def _site_of(self, composed: Composed, found: int, place: Span) -> Site:
        if composed.location is None or found < 0:
            return self.body.composed(composed.text, place)
        return self.body.quoted(found + composed.location - len("SELECT "), composed.text)

    def _emit_dynamic(self, place: Span, what: str) -> None:
        self._emit(
            [
                Opaque(
                    statement=self.body.statement,
                    span=place,
                    what=f"dynamic {what}",
                    reason="its text is put together when it runs",
                )
            ]
        )
