"""Where T-SQL statements begin and end, though nothing need stand between them, and what they are nested in."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from dblint.dialects.tsql.guards import guards_of, negated
from dblint.dialects.tsql.tokens import Token, words
from dblint.operations import Guard
from dblint.source import Span

STARTS = words(
    """
    ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY DROP
    EXEC EXECUTE FETCH GOTO GRANT IF INSERT KILL MERGE OPEN PRINT RAISERROR RECONFIGURE RESTORE RETURN REVERT REVOKE
    ROLLBACK SAVE SELECT SET TRUNCATE UPDATE USE WAITFOR WHILE
    """
)
"""Reserved words that begin a statement; unquoted they mean nothing else, but for the continuations below."""

ROUTINES = words("PROC PROCEDURE FUNCTION TRIGGER")
_OBJECTS = ROUTINES | words(
    """
    TABLE INDEX VIEW SCHEMA TYPE SEQUENCE SYNONYM RULE DEFAULT DATABASE USER LOGIN ROLE STATISTICS SECURITY PARTITION
    FULLTEXT XML ASSEMBLY CERTIFICATE SYMMETRIC ASYMMETRIC MASTER EXTERNAL SERVICE QUEUE
    """
)
_CONTINUED_AFTER = {
    "SELECT": frozenset({"UNION", "EXCEPT", "INTERSECT", "FOR", "AS", "RETURN"}),
    "INSERT": frozenset({"BULK", "AFTER", "BEFORE", "FOR"}),
    "UPDATE": frozenset({"FOR", "AFTER", "BEFORE"}),
    "DELETE": frozenset({"FOR", "AFTER", "BEFORE"}),
    "SET": frozenset({"DELETE", "UPDATE"}),
    "ALTER": frozenset({"OR"}),
    "FETCH": frozenset({"ROW", "ROWS"}),
    "MERGE": frozenset({"INNER", "LEFT", "RIGHT", "FULL"}),
    "ROLLBACK": frozenset({"WITH"}),
    "GRANT": frozenset({"WITH", "REVOKE"}),
    "EXEC": frozenset({"WITH"}),
    "EXECUTE": frozenset({"WITH"}),
}
"""Words that begin no statement when they come after these."""

_PERMISSIONS = ("GRANT", "REVOKE", "DENY")
_INSIDE = words(", . = + ::")
_ENDS_A_CONDITION = STARTS | {"WITH", "THROW", "DISABLE", "ENABLE", ";", "END", "ELSE"}


class Piece(Struct):
    """The tokens of one statement and the conditions it stands under; `fault` when the nesting is broken there."""

    tokens: list[Token]
    guards: tuple[Guard, ...] = ()
    fault: str = ""


def pieces(code: str, batch: list[Token]) -> Iterator[Piece]:
    """The statements of one batch, in order. IF, WHILE, BEGIN … END and TRY are not statements but guards of theirs."""
    return _Splitter(code, batch).run()


class _Splitter:
    def __init__(self, code: str, tokens: list[Token]) -> None:
        self.code = code
        self.tokens = tokens
        self.at = 0
        self.left: tuple[Guard, ...] = ()
        """The conditions under which an earlier RETURN has not left the batch."""

    def word(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place].word if 0 <= place < len(self.tokens) else ""

    def run(self) -> Iterator[Piece]:
        while self.at < len(self.tokens):
            yield from self.block(())
            if self.at < len(self.tokens):
                yield Piece([self.tokens[self.at]], fault="END without a BEGIN before it")
                self.at += 1

    def block(self, guards: tuple[Guard, ...]) -> Iterator[Piece]:
        """Statements up to the END of the block, or to the end of the batch."""
        while self.at < len(self.tokens) and self.word() != "END":
            yield from self.statement(guards)

    def statement(self, guards: tuple[Guard, ...]) -> Iterator[Piece]:
        word, following = self.word(), self.word(1)
        if word == ";":
            self.at += 1
        elif word == "IF":
            yield from self.conditional(guards)
        elif word == "WHILE":
            condition = self.condition()
            yield from self.body(guards + guards_of(self.code, condition, ()), self.tokens[self.at - 1])
        elif word == "BEGIN" and following not in ("TRAN", "TRANSACTION", "DISTRIBUTED", "DIALOG", "CONVERSATION"):
            yield from self.compound(guards)
        elif word == "ELSE":
            yield Piece([self.tokens[self.at]], guards, fault="ELSE without an IF before it")
            self.at += 1
        else:
            start = self.at
            self.at = self.end_of_statement()
            tokens = self.tokens[start : self.at]
            yield Piece(tokens, self.left + guards)
            if word == "RETURN":
                self.leave(guards, tokens)

    def conditional(self, guards: tuple[Guard, ...]) -> Iterator[Piece]:
        keyword = self.tokens[self.at]
        condition = self.condition()
        holds = guards_of(self.code, condition, self.tokens[self.at : self.at + 12])
        yield from self.body(guards + holds, keyword)
        if self.word() == ";" and self.word(1) == "ELSE":
            self.at += 1
        if self.word() == "ELSE":
            keyword = self.tokens[self.at]
            self.at += 1
            yield from self.body(guards + negated(self.code, holds), keyword)

    def body(self, guards: tuple[Guard, ...], keyword: Token) -> Iterator[Piece]:
        """The one statement or block that a condition governs."""
        if self.at < len(self.tokens) and self.word() not in (";", "END", "ELSE"):
            yield from self.statement(guards)
        else:
            yield Piece([keyword], guards, fault=f"{keyword.word or 'a condition'} governs no statement")

    def compound(self, guards: tuple[Guard, ...]) -> Iterator[Piece]:
        """BEGIN … END, BEGIN TRY … END TRY, BEGIN CATCH … END CATCH."""
        opener = self.tokens[self.at]
        self.at += 1
        section = self.word() if self.word() in ("TRY", "CATCH", "ATOMIC") else ""
        if section:
            self.at += 1
        if section == "CATCH":
            # What it does runs only when something has failed.
            place = Span(opener.start, self.tokens[self.at - 1].end)
            guards = (*guards, Guard(self.code[place.start : place.end], place))
        inside = list(self.block(guards))
        if self.at >= len(self.tokens):
            yield Piece([opener], guards, fault="BEGIN without an END after it")
        yield from inside
        self.at += 1
        if section in ("TRY", "CATCH") and self.word() == section:
            self.at += 1

    def condition(self) -> list[Token]:
        """The tokens between IF or WHILE and the statement it governs; moves up to that."""
        start = self.at + 1
        self.at = start
        depth = cases = 0
        while self.at < len(self.tokens):
            word = self.word()
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            elif depth == 0:
                if word == "CASE":
                    cases += 1
                elif word == "END" and cases:
                    cases -= 1
                # UPDATE(c) asks, in a trigger, whether a column was written.
                elif not cases and word in _ENDS_A_CONDITION and not (word == "UPDATE" and self.word(1) == "("):
                    break
            self.at += 1
        return self.tokens[start : self.at]

    def leave(self, guards: tuple[Guard, ...], tokens: Sequence[Token]) -> None:
        """After a RETURN the rest of the batch runs only where its conditions did not hold.

        A RETURN on @@ERROR leaves a migration that has failed, and says nothing of one that has not.
        """
        if any("@@ERROR" in guard.text.upper() or guard.text.upper() == "BEGIN CATCH" for guard in guards):
            return
        if guards:
            self.left += negated(self.code, guards)
        else:
            place = tokens[0].span
            self.left += (Guard("after RETURN", place),)

    def end_of_statement(self) -> int:
        tokens, start, end = self.tokens, self.at, len(self.tokens)
        lead = tokens[start].word
        if start + 1 < end and tokens[start + 1].word == ":":
            return start + 2
        if tokens[start].kind in ("tool", "broken"):
            return start + 1
        if lead in ("CREATE", "ALTER"):
            made = tokens[start + 3 if self.word(1) == "OR" else start + 1].word if start + 3 < end else ""
            if made in ROUTINES:
                return end
            if made == "VIEW":
                return self._semicolon(start)
        seen: set[str] = set()
        depth = cases = 0
        for place in range(start + 1, end):
            word = tokens[place].word
            if not word:
                if tokens[place].kind == "tool":
                    return place
                continue
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            elif depth <= 0:
                if word == ";":
                    return place
                if word == "CASE":
                    cases += 1
                elif word == "END" and cases:
                    cases -= 1
                elif (word == "END" or word == "ELSE") and not cases:
                    return place
                elif lead == "MERGE":
                    continue
                elif lead == "WITH" and word in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"):
                    lead = word
                    seen.clear()
                    continue
                elif word in STARTS and not self._continues(place, lead, seen):
                    return place
                seen.add(word)
        return end

    def _semicolon(self, start: int) -> int:
        return next((at for at in range(start, len(self.tokens)) if self.tokens[at].word == ";"), len(self.tokens))

    def _continues(self, place: int, lead: str, seen: set[str]) -> bool:
        """Whether the word at `place`, which could begin a statement, belongs to the one led by `lead`."""
        tokens = self.tokens
        word, before = tokens[place].word, tokens[place - 1].word
        after = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if before in _INSIDE or before in _CONTINUED_AFTER.get(word, ()):
            return True
        if before == "ON" and word in ("UPDATE", "DELETE"):
            # Of a foreign key; a setting may be turned ON just before another statement.
            return after in ("CASCADE", "NO", "SET")
        if before == "ALL" and word == "SELECT":
            return tokens[place - 2].word == "UNION"
        if lead in _PERMISSIONS:
            return not seen & {"TO", "FROM"}
        if lead == "INSERT" and word in ("SELECT", "EXEC", "EXECUTE"):
            return not seen & {"SELECT", "VALUES", "EXEC", "EXECUTE"}
        if word == "IF":
            # DROP … IF EXISTS name; IF EXISTS (…) begins another statement.
            return after == "EXISTS" and place + 2 < len(tokens) and tokens[place + 2].word != "("
        if word == "SET":
            if lead == "ALTER":
                return after == "(" or ("DATABASE" in seen and "SET" not in seen)
            return lead == "UPDATE" and not seen & {"SET", "STATISTICS"}
        if lead == "ALTER":
            if word == "DROP":
                return after not in _OBJECTS
            return word == "ALTER" and after in ("COLUMN", "FILTER", "BLOCK")
        return word == "MERGE" and after == "JOIN"
