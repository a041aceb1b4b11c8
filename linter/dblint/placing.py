"""Edits placed by tokens, so that comments, case and layout around them stay as they are."""

from collections.abc import Iterator

from dblint.lexer import Token, tokens
from dblint.source import Edit, Source, Span, Statement


def words_of(source: Source, span: Span) -> Iterator[tuple[str, Token]]:
    """The tokens of a stretch with their texts; those of unquoted words in capitals."""
    for token in tokens(source.text, span.start, span.end):
        text = source.text[token.start : token.end]
        yield (text.upper() if token.kind == "word" else text), token


def sequence(source: Source, span: Span, *words: str) -> Span | None:
    """The first place in a stretch where these words (in capitals) come one after another, comments aside."""
    found: list[Token] = []
    for text, token in words_of(source, span):
        if text == words[len(found)]:
            found.append(token)
        else:
            found = [token] if text == words[0] else []
        if len(found) == len(words):
            return Span(found[0].start, found[-1].end)
    return None


def after(source: Source, span: Span, words: tuple[str, ...], text: str) -> Edit | None:
    """Insert `text`, in the case of the words, behind the first place where they come one after another."""
    place = sequence(source, span, *words)
    if place is None:
        return None
    return Edit(Span(place.end, place.end), f" {cased(source, place, text)}")


def cased(source: Source, like: Span, text: str) -> str:
    """The keywords in small letters where those at `like` are so."""
    return text.lower() if source.slice(like).islower() else text


def behind(source: Source, span: Span, text: str) -> Edit:
    """Insert `text` at the end of a clause, in the case of its first word."""
    first = next((token for word, token in words_of(source, span) if token.kind == "word"), None)
    like = Span(first.start, first.end) if first else span
    return Edit(Span(span.end, span.end), f" {cased(source, like, text)}")


def at_start(statement: Statement, text: str) -> Edit:
    """Insert lines before the line that the statement begins on, indented as it is; `text` has no line end."""
    source, start = statement.source, statement.span.start
    line = source.line_span(source.position(start).line)
    indent = source.text[line.start : start]
    if indent.strip():
        return Edit(Span(start, start), f"{text} ")
    joined = text.replace("\n", f"\n{indent}")
    return Edit(Span(start, start), f"{joined}\n{indent}")


def after_statement(statement: Statement, text: str) -> Edit:
    """Insert lines behind the statement and its semicolon, indented as it is; `text` has no line end.

    A missing semicolon is put in.
    """
    source = statement.source
    end, closed = _closed(statement)
    line = source.line_span(source.position(statement.span.start).line)
    lead = source.text[line.start : statement.span.start]
    indent = lead[: len(lead) - len(lead.lstrip())]
    joined = text.replace("\n", f"\n{indent}")
    return Edit(Span(end, end), f"{'' if closed else ';'}\n{indent}{joined}")


def at_end(source: Source, end: int, text: str) -> Edit:
    """Insert lines behind the last text before `end`; `text` has no line end."""
    stop = len(source.text[:end].rstrip())
    return Edit(Span(stop, stop), f"\n{text}")


def removal(statement: Statement) -> Edit:
    """Take out a statement with its semicolon, and the lines that hold nothing else."""
    source, text = statement.source, statement.source.text
    start = statement.span.start
    end, _ = _closed(statement)
    first, number = source.line_span(source.position(start).line), source.position(end).line
    if not text[first.start : start].strip() and not text[end : source.line_span(number).end].strip():
        start = first.start
        end = source.lines[number] if number < len(source.lines) else len(text)
    elif not text[first.start : start].strip():  # a comment follows: it stays, where the statement stood
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    return Edit(Span(start, end), "")


def comment_removal(source: Source, word: Span) -> Edit | None:
    """Take out the `--` comment that the word stands in, with the blanks before it, and its line if that is all.

    None where a comma stands beside the word, or where it is in another kind of comment.
    """
    text = source.text
    number = source.position(word.start).line
    line = source.line_span(number)
    start = text.rfind("--", line.start, word.start)
    if start < 0 or "," in text[start : word.start] or text[word.end : line.end].lstrip().startswith(","):
        return None
    code = len(text[line.start : start].rstrip())
    if code:
        return Edit(Span(line.start + code, line.end), "")
    return Edit(Span(line.start, source.lines[number] if number < len(source.lines) else line.end), "")


def clause_removal(statement: Statement, clause: Span) -> Edit | None:
    """Take one clause out of several that commas divide, with a comma that it had; None where it has none."""
    source = statement.source
    before = following = None
    for word, token in words_of(source, statement.span):
        if token.end <= clause.start:
            before = token if word == "," else None
        elif token.start >= clause.end:
            following = token if word == "," else None
            break
    if before is not None:
        return Edit(Span(before.start, clause.end), "")
    if following is not None:
        rest = source.text[following.end :]
        return Edit(Span(clause.start, following.end + len(rest) - len(rest.lstrip())), "")
    return None


def last_element(source: Source, span: Span) -> Span | None:
    """The last of the elements that the first parentheses of a CREATE TABLE hold; None where they hold none."""
    found = list(words_of(source, span))
    opened = next((at for at, (word, _) in enumerate(found) if word == "("), None)
    if opened is None or {"AS", "OF", "SELECT"} & {word for word, _ in found[:opened]}:
        return None
    depth, start = 0, opened + 1
    for at, (word, _) in enumerate(found[opened:], start=opened):
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 1:
            start = at + 1
        if depth == 0:
            return Span(found[start][1].start, found[at - 1][1].end) if at > start else None
    return None


def _closed(statement: Statement) -> tuple[int, bool]:
    """The offset behind the statement's semicolon, and whether it has one."""
    text, end = statement.source.text, statement.span.end
    for token in tokens(text, end):
        if text[token.start : token.end] == ";":
            return token.end, True
        break
    return end, text[end - 1 : end] == ";"
