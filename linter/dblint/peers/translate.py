"""Other tools' comments turned into dblint's own: what they accept is what dblint reports at that place.

A comment allows those findings whose rules answer to the concepts of the rules that it names. So a comment that
nothing answers to stays as it is, and is told of.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from msgspec import Struct

from dblint.lexer import first_significant
from dblint.peers.comments import Foreign, foreign_comments, regions
from dblint.rule import Finding
from dblint.source import Edit, Source, Span
from dblint.suppressions import lines_of_comment, lines_of_finding

Covers = Mapping[str, Iterable[str]]
"""By concept, the rules that answer to it."""


class Note(Struct, frozen=True, order=True):
    """What became of a comment. `kind`: "translated", "quiet" (nothing is found there), "unknown" (a name or a
    whole comment that means nothing here), "no counterpart" (a rule that dblint has none for)."""

    path: str
    line: int
    kind: str
    message: str


class Translation(Struct, frozen=True):
    """The edits of one file, separate and in order, and what there is to say."""

    source: Source
    edits: list[Edit]
    notes: list[Note]


def translate(source: Source, findings: Sequence[Finding], covers: Covers) -> Translation:
    """Translate the comments of a file. `findings`: what dblint reports in it."""
    found, others = foreign_comments(source)
    work = _Work(source, [each for each in findings if each.source.path == source.path], covers)
    for each in found:
        if each.reach in ("statement", "file"):
            work.single(each)
    for begin, end in regions(found):
        work.region(begin, end)
    for span in others:
        work.note(span, "unknown", "mentions another tool's word, but does not begin with it")
    return Translation(source, sorted(work.edits), sorted(set(work.notes)))


class _Work:
    """One file under translation."""

    def __init__(self, source: Source, findings: list[Finding], covers: Covers) -> None:
        self.source = source
        self.findings = findings
        self.covers = covers
        self.edits: list[Edit] = []
        self.notes: list[Note] = []

    def note(self, span: Span, kind: str, message: str) -> None:
        self.notes.append(Note(self.source.path, self.source.position(span.start).line, kind, message))

    def single(self, comment: Foreign) -> None:
        """A comment about a statement, a line or the file: replaced where it stands."""
        if comment.reach == "file":
            met = self._accepted(comment, self.findings)
        else:
            lines = lines_of_comment(self.source, comment.span)
            met = self._accepted(comment, (each for each in self.findings if lines_of_finding(each) & lines))
        if met:
            said = self._directive(comment, met, "allow-file" if comment.reach == "file" else "allow")
            self.edits.append(Edit(comment.span, said))

    def region(self, begin: Foreign, end: Foreign | None) -> None:
        """Comments around statements: each statement with a finding gets a comment of its own above it."""
        stop = end.span.start if end is not None else len(self.source.text)
        within = [each for each in self.findings if begin.span.end <= each.span.start < stop]
        met = self._accepted(begin, within)
        by_head: dict[int, list[Finding]] = {}
        for each in met:
            head = each.statement_span or each.span
            by_head.setdefault(first_significant(self.source.text, head.start, head.end), []).append(each)
        if not met:
            return
        for place, some in sorted(by_head.items()):
            if place == begin.target and begin.alone:
                self.edits.append(Edit(begin.span, self._directive(begin, some, "allow")))
            else:
                self.edits.append(self._above(place, self._directive(begin, some, "allow", line=True)))
        if not (begin.alone and begin.target in by_head):
            self.edits.append(self._without(begin))
        if end is not None:
            self.edits.append(self._without(end))

    def _accepted(self, comment: Foreign, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that the comment accepts, with a note for all that it accepts in vain."""
        reported = [each for each in findings if each.family != "gate"]
        if not comment.names:
            if not reported:
                self.note(comment.span, "quiet", f"{comment.words}: dblint finds nothing there")
            return reported
        answering: set[str] = set()
        for name in comment.names:
            concepts = concepts_of(comment.tool, name)
            if concepts is None:
                self.note(comment.span, "unknown", f"{name}: no rule of {comment.tool} that dblint knows of")
                continue
            rules = {rule for concept in concepts for rule in self.covers.get(concept, ())}
            met = {each.rule for each in reported if each.rule in rules}
            answering |= met
            if not rules:
                self.note(comment.span, "no counterpart", f"{name} of {comment.tool}: dblint has no rule about it")
            elif not met:
                listed = ", ".join(sorted(rules))
                self.note(comment.span, "quiet", f"{name} of {comment.tool}: dblint finds nothing there ({listed})")
        return [each for each in reported if each.rule in answering]

    def _directive(self, comment: Foreign, met: Iterable[Finding], word: str, *, line: bool = False) -> str:
        rules = ", ".join(sorted({each.rule for each in met}))
        reason = comment.reason or f"formerly {comment.words}"
        said = f"dblint: {word} {rules}: {reason}"
        self.note(comment.span, "translated", f"{comment.words}: {said}")
        block = not line and self.source.text.startswith("/*", comment.span.start)
        return f"/* {said} */" if block else f"-- {said}"

    def _above(self, place: int, directive: str) -> Edit:
        """The comment on a line of its own above the code at `place`, as far in as that."""
        text = self.source.text
        begin = self.source.lines[self.source.position(place).line - 1]
        indent = text[begin:place]
        newline = "\r\n" if "\r\n" in text else "\n"
        if indent.strip():  # other code stands on the line before it
            return Edit(Span(place, place), f"{newline}{directive}{newline}")
        return Edit(Span(begin, begin), f"{indent}{directive}{newline}")

    def _without(self, comment: Foreign) -> Edit:
        """Take a comment out, with its line if nothing else is on it."""
        source, text = self.source, self.source.text
        begin = source.lines[comment.line - 1]
        last = source.position(comment.span.end).line
        line_end = source.line_span(last).end
        rest = text[comment.span.end : line_end]
        if text[begin : comment.span.start].strip() or rest.strip():
            start = begin + len(text[begin : comment.span.start].rstrip())
            return Edit(Span(start if not rest.strip() else comment.span.start, comment.span.end), "")
        end = source.lines[last] if last < len(source.lines) else len(text)
        return Edit(Span(begin, end), "")


def concepts_of(tool: str, name: str) -> tuple[str, ...] | None:
    """What a tool's rule is about; None for a name that no rule of it has. `tool` may be several, as "a or b"."""
    tables = _tables()
    last = name.rpartition("/")[2].lower()
    return next((found for each in tool.split(" or ") if (found := tables.get(each, {}).get(last))), None)


@cache
def _tables() -> dict[str, dict[str, tuple[str, ...]]]:
    """By tool, and by each code and name of a rule in lower case, the concepts that it is about."""
    document = tomllib.loads(files("dblint.peers").joinpath("rules.toml").read_text(encoding="utf-8"))
    return {
        tool: {word.lower(): tuple(concepts) for names, concepts in table.items() for word in names.split()}
        for tool, table in document.items()
    }


def answers(covers: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """By concept, the rules whose pages name it; `covers` are the rules, each with its concepts."""
    found: dict[str, list[str]] = {}
    for rule, concepts in covers:
        for concept in concepts:
            found.setdefault(concept, []).append(rule)
    return found


def notes_of(translations: Iterable[Translation], kinds: Sequence[str]) -> Iterator[Note]:
    """The notes of these kinds, by place."""
    yield from sorted(note for each in translations for note in each.notes if note.kind in kinds)
