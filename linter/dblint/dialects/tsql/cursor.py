"""A place in a statement's tokens, and the small moves that reading its syntax is made of."""

import re
from collections.abc import Iterator, Sequence

from dblint.dialects.tsql.tokens import Token, tokenize, words
from dblint.names import Name
from dblint.source import Span

_QUOTE_PAIR = re.compile("''")

RESERVED = words(
    """
    ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE CASE CHECK CHECKPOINT
    CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS CONTAINSTABLE CONTINUE CONVERT CREATE
    CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DBCC DEALLOCATE DECLARE
    DEFAULT DELETE DENY DESC DISTINCT DISTRIBUTED DOUBLE DROP ELSE END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT
    EXTERNAL FETCH FILLFACTOR FOR FOREIGN FREETEXT FREETEXTTABLE FROM FULL FUNCTION GOTO GRANT GROUP HAVING HOLDLOCK
    IDENTITY IDENTITYCOL IDENTITY_INSERT IF IN INDEX INNER INSERT INTERSECT INTO IS JOIN KEY KILL LEFT LIKE LINENO
    MERGE NATIONAL NOCHECK NONCLUSTERED NOT NULL NULLIF OF OFF OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET
    OPENXML OPTION OR ORDER OUTER OVER PERCENT PIVOT PLAN PRIMARY PRINT PROC PROCEDURE RAISERROR READ READTEXT
    RECONFIGURE REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK ROWCOUNT ROWGUIDCOL RULE
    SAVE SCHEMA SELECT SESSION_USER SET SETUSER SHUTDOWN SOME STATISTICS SYSTEM_USER TABLE TABLESAMPLE TEXTSIZE THEN
    TO TOP TRAN TRANSACTION TRIGGER TRUNCATE TRY_CONVERT TSEQUAL UNION UNIQUE UNPIVOT UPDATE UPDATETEXT USE USER
    VALUES VARYING VIEW WAITFOR WHEN WHERE WHILE WITH WRITETEXT
    """
)
"""Transact-SQL reference, "Reserved keywords": never a name unless quoted."""


class GrammarError(Exception):
    """The statement does not follow the grammar; the message says where."""


class UnmodelledError(Exception):
    """The statement is known, but not what it does to the catalog: what it is, and why not."""

    def __init__(self, what: str, reason: str = "the catalog holds no such thing") -> None:
        super().__init__(what)
        self.what = what
        self.reason = reason


class Cursor:
    """Reads `tokens[at:end]`; offsets are the source's, texts are `code`'s (of which the source is one)."""

    __slots__ = ("at", "code", "end", "tokens")

    def __init__(self, code: str, tokens: Sequence[Token], at: int = 0, end: int | None = None) -> None:
        self.code = code
        self.tokens = tokens
        self.at = at
        self.end = len(tokens) if end is None else end

    @property
    def done(self) -> bool:
        return self.at >= self.end

    @property
    def word(self) -> str:
        """The current token's word; "" at the end, and at a name, literal or variable."""
        return self.tokens[self.at].word if self.at < self.end else ""

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind if self.at < self.end else ""

    @property
    def token(self) -> Token:
        if self.at >= self.end:
            raise self.fault("more")
        return self.tokens[self.at]

    def ahead(self, distance: int = 1) -> str:
        """The word `distance` tokens further on."""
        place = self.at + distance
        return self.tokens[place].word if place < self.end else ""

    def step(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def take(self, *words: str) -> bool:
        """Move past these words if they come next."""
        place = self.at
        if place + len(words) > self.end:
            return False
        for word in words:
            if self.tokens[place].word != word:
                return False
            place += 1
        self.at = place
        return True

    def take_any(self, *words: str) -> str:
        """Move past whichever of these words comes next, and say which; "" for none."""
        word = self.word
        if word and word in words:
            self.at += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            raise self.fault(" ".join(words))

    def fault(self, wanted: str) -> GrammarError:
        found = f'"{self.tokens[self.at].text}"' if self.at < self.end else "the end"
        return GrammarError(f"expected {wanted} at {found}")

    def identifier(self, what: str = "a name") -> str:
        """One name, in the case it is written in."""
        token = self.token
        if token.kind == "name" or (token.kind == "word" and token.word not in RESERVED):
            self.at += 1
            return token.value
        raise self.fault(what)

    def name(self, what: str = "a name") -> Name:
        """A name of up to four parts (server.database.schema.object), of which the last two are kept."""
        parts = self.parts(what)
        return Name(parts[-1], parts[-2] if len(parts) > 1 else "")

    def parts(self, what: str = "a name") -> list[str]:
        """The parts of a dotted name; one may be left out between two dots, and is "" then."""
        parts = [self.identifier(what)]
        while self.take("."):
            parts.append("" if self.word == "." else self.identifier(what))
        return parts

    def group(self, what: str = "(") -> "Cursor":
        """A cursor over what the parentheses that open here hold; this one moves past them."""
        if self.word != "(":
            raise self.fault(what)
        start = self.at + 1
        self.skip()
        return Cursor(self.code, self.tokens, start, self.at - 1)

    def skip(self) -> None:
        """Move past one token, or past a whole pair of parentheses."""
        if self.word != "(":
            self.step()
            return
        depth = 0
        while self.at < self.end:
            word = self.tokens[self.at].word
            self.at += 1
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if not depth:
                    return
        raise self.fault(")")

    def until(self, *words: str) -> "Cursor":
        """A cursor over what stands before the first of these words outside parentheses; moves up to it."""
        start = self.at
        while self.at < self.end and self.word not in words:
            self.skip()
        return Cursor(self.code, self.tokens, start, self.at)

    def items(self) -> Iterator["Cursor"]:
        """The parts between commas outside parentheses."""
        while not self.done:
            yield self.until(",")
            if not self.take(","):
                return
            if self.done:
                raise self.fault("more after the comma")

    def finish(self) -> None:
        """Nothing may be left."""
        if not self.done:
            raise GrammarError(f'"{self.token.text}" was not expected here')

    def names(self, what: str = "a column") -> tuple[str, ...]:
        """The names in the parentheses that open here."""
        inside = self.group()
        found: list[str] = []
        for item in inside.items():
            found.append(item.identifier(what))
            item.take_any("ASC", "DESC")
            item.finish()
        return tuple(found)

    def rest(self) -> "Cursor":
        return Cursor(self.code, self.tokens, self.at, self.end)

    def span(self, start: int | None = None) -> Span:
        """From the token numbered `start` (the first by default, then to the end) up to where this stands."""
        if start is None:
            if self.done:
                raise self.fault("more")
            return Span(self.tokens[self.at].start, self.tokens[self.end - 1].end)
        return Span(self.tokens[start].start, self.tokens[max(self.at - 1, start)].end)

    @property
    def text(self) -> str:
        """What is left, as written."""
        if self.done:
            return ""
        span = self.span()
        return self.code[span.start : span.end]

    @property
    def remaining(self) -> Sequence[Token]:
        return self.tokens[self.at : self.end]


def option_on(options: Cursor, name: str) -> bool:
    """Whether a list of options says `name = ON`."""
    items = options.rest().items()
    return any(item.word == name and item.ahead() == "=" and item.ahead(2) == "ON" for item in items)


def bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without parentheses around the whole."""
    while len(tokens) > 2 and tokens[0].word == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    """Which token closes the parenthesis that the first one opens; -1 if none does."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if not depth:
            return place
    return -1


def parts_of(text: str) -> list[str]:
    """The parts of the name in a string such as 'dbo.[Orders].Total'; the whole string where it is no name."""
    cursor = Cursor(text, list(tokenize(text, 0, len(text))))
    try:
        parts = cursor.parts()
        cursor.finish()
    except GrammarError:
        return [text]
    return parts


def name_in(text: str) -> Name:
    """The object that a string names."""
    parts = parts_of(text)
    return Name(parts[-1], parts[-2] if len(parts) > 1 else "")


def unquoted(text: Cursor) -> tuple[str, int]:
    """A text as long as the source up to there, blank but for what the strings hold, at its own place.

    Two quotes, which stand for one, become a quote and a blank, the blank outside of what they enclose.
    """
    pieces_of_code: list[str] = []
    position = 0
    for token in text.remaining:
        if token.kind == "string":
            start = token.start + token.text.index("'") + 1
            opening = False

            def one_quote(_: re.Match[str]) -> str:
                nonlocal opening
                opening = not opening
                return " '" if opening else "' "

            inner = _QUOTE_PAIR.sub(one_quote, text.code[start : token.end - 1])
            pieces_of_code += (" " * (start - position), inner)
            position = token.end - 1
    return "".join(pieces_of_code), position
