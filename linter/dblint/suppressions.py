"""Comments that allow a finding: `-- dblint: allow RULE[, RULE][ until=YYYY-MM-DD]: reason`.

`allow` speaks of its own line; alone on its line, of what follows it. `allow-file` speaks of the whole file. A
comment within the body of a routine or a DO block speaks of the lines of that body. In YAML, also in the fenced
blocks of Markdown, the comment begins with `#`.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from dblint.config_file import closest
from dblint.lexer import comments, first_significant, tokens
from dblint.rule import Finding, Rule
from dblint.source import Source, Span

SIGN = "dblint:"
"""What a file must contain for anything here to look at it."""
WORDS = {"allow": False, "allow-file": True}
"""The words after the sign, each with whether it speaks of the whole file."""
PLACEHOLDER = "<reason>"
"""What reports print where the reason belongs; it is none."""

_DIRECTIVE = re.compile(rf"(?:--+|/\*[*\s]*|#+)[ \t]*{SIGN}[ \t]*(?P<word>[\w-]*)")
_HASH = re.compile(rf"(?m)(?:^|(?<=[ \t]))#+[ \t]*{SIGN}[^\r\n]*")
_YAML_CODE = re.compile(r"(?m)^[ \t]*(?=[^\s#])")
_DOCUMENTS = (".yaml", ".yml", ".md")
_NAME = re.compile(r"[^\s,]+|,")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Allowance(Struct, frozen=True, kw_only=True):
    """What a comment allows: one rule or family. Rules hear of those in the files under check, after everything else.

    `span`: of the name in the comment; of the comment when it cannot be read. `lines`: those it speaks of,
    unless it speaks of the `whole_file`. `until`: the last day, as YYYY-MM-DD. `fault`: why it allows nothing.
    `used`: how many findings it allowed, or None where that says nothing about it: its rules did not all run.
    """

    source: Source
    span: Span
    name: str = ""
    reason: str = ""
    until: str = ""
    whole_file: bool = False
    lines: frozenset[int] = frozenset()
    fault: str = ""
    expired: bool = False
    used: int | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """A finding that is not reported: a comment allows it, or (`allowance` None) the baseline has it."""

    finding: Finding
    allowance: Allowance | None = None


class Allowances:
    """The allowances of one history's files, read when they are first asked for, and what they allowed.

    `rules`: all that there are, by name. `require_reason`: without one, a comment allows nothing.
    `today`: YYYY-MM-DD, this day if "".
    """

    def __init__(
        self, rules: Mapping[str, Rule], *, dialect: str = "postgres", require_reason: bool = False, today: str = ""
    ) -> None:
        self.rules = rules
        self.dialect = dialect
        self.require_reason = require_reason
        self.today = today
        self.accepted: list[Accepted] = []
        self._by_source: dict[Source, list[Allowance]] = {}
        self._used: Counter[tuple[Source, Span]] = Counter()

    def sift(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that nothing allows; the others are `accepted`."""
        return [finding for finding in findings if SIGN not in finding.source.text or not self._allows(finding)]

    def _allows(self, finding: Finding) -> bool:
        source = finding.source
        rule = self.rules.get(finding.rule)
        names = {finding.rule, finding.family, *(rule.formerly if rule else ())}
        lines = lines_of_finding(finding)
        found = [
            each
            for each in self.of(source)
            if each.name in names and not each.fault and not each.expired and (each.whole_file or each.lines & lines)
        ]
        self._used.update((source, each.span) for each in found)
        if found:
            self.accepted.append(Accepted(finding=finding, allowance=found[0]))
        return bool(found)

    def of(self, source: Source) -> list[Allowance]:
        """The allowances in a file, in order, not yet with what they were used for."""
        found = self._by_source.get(source)
        if found is None:
            spans = _comments(source) if SIGN in source.text else ()
            found = self._by_source[source] = [each for span in spans for each in self._read(source, span)]
        return found

    def used(self, sources: Iterable[Source], in_force: Callable[[str], Collection[str]]) -> Iterator[Allowance]:
        """The allowances in these files, with what they were used for. `in_force`: the names of the rules that ran
        on a file, by its path."""
        for source in sources:
            if SIGN in source.text:
                ran = in_force(source.path)
                for each in self.of(source):
                    yield replace(each, used=self._used[source, each.span] if self._ran(each, ran) else None)

    def _ran(self, allowance: Allowance, in_force: Collection[str]) -> bool:
        """Whether all that the name stands for ran; of a family, all that is on by default. Rules about
        allowances run too late to tell."""
        named = [
            rule
            for rule in map(self.rules.__getitem__, self._named(allowance.name))
            if not rule.dialects or self.dialect in rule.dialects
        ]
        if any(Allowance in rule.checks for rule in named):
            return False
        usual = [rule for rule in named if rule.recommended or rule.name == allowance.name]
        return any(rule.name in in_force for rule in named) and all(rule.name in in_force for rule in usual)

    def _named(self, name: str) -> list[str]:
        """The rules that a name stands for: a rule's own or former name, or a family."""
        if name in self.rules:
            return [name]
        return [rule.name for rule in self.rules.values() if name in rule.formerly or name == rule.family]

    # --- reading one comment ---

    def _read(self, source: Source, comment: Span) -> Iterator[Allowance]:
        text = source.slice(comment)
        start = _DIRECTIVE.match(text)
        if start is None:
            return
        head, colon, reason = text[start.end() :].removesuffix("*/" if text[0] == "/" else "").partition(":")
        reason = " ".join(reason.split())
        said = _said(head, comment.start + start.end())
        fault = self._fault(start["word"], said, reason, bool(colon))
        if fault:
            yield Allowance(source=source, span=comment, fault=fault)
            return
        whole_file = WORDS[start["word"]]
        lines: frozenset[int] = frozenset() if whole_file else lines_of_comment(source, comment)
        for name, span in said.names:
            if not self._named(name):
                former = (each for rule in self.rules.values() for each in rule.formerly)
                known = sorted({*self.rules, *former, *(rule.family for rule in self.rules.values())})
                fault = f"no rule or family is called {name!r}{closest(name, known)}"
            yield Allowance(
                source=source,
                span=span,
                name=name,
                reason=reason,
                until=said.until,
                whole_file=whole_file,
                lines=lines,
                fault=fault,
                expired=not fault and bool(said.until) and said.until < self._day(),
            )
            fault = ""

    def _fault(self, word: str, said: "_Said", reason: str, has_colon: bool) -> str:
        """Why a comment as a whole allows nothing, or ""."""
        if word not in WORDS:
            return f"{word!r} is nothing that dblint knows{closest(word, WORDS)}" if word else "it says nothing"
        if said.unparted:
            missing = "no comma" if has_colon else "neither a comma nor a colon"
            return f"between {said.unparted[0]!r} and {said.unparted[1]!r} there is {missing}"
        if not said.names:
            return "no rule is named"
        if said.until and not _is_date(said.until):
            return f"{said.until!r} is no date: it is not written YYYY-MM-DD, or there is no such day"
        if self.require_reason and reason in ("", PLACEHOLDER):
            return "no reason is given, and the configuration asks for one"
        return ""

    def _day(self) -> str:
        if not self.today:
            from datetime import date

            self.today = date.today().isoformat()
        return self.today


class _Said(Struct, frozen=True):
    """What stands before the colon: names with their spans, the day, and two words with no comma between them."""

    names: list[tuple[str, Span]]
    until: str
    unparted: tuple[str, str] | None


def _said(head: str, offset: int) -> _Said:
    """Read what stands before the colon; `offset` is its place in the file."""
    names: list[tuple[str, Span]] = []
    until = ""
    separated = True
    for token in _NAME.finditer(head):
        word = token[0]
        if word == ",":
            separated = True
        elif word.startswith("until="):
            until = word.removeprefix("until=") or "until="
        elif not separated:
            return _Said(names, until, (names[-1][0], word))
        else:
            names.append((word, Span(offset + token.start(), offset + token.end())))
            separated = False
    return _Said(names, until, None)


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _comments(source: Source) -> Iterator[Span]:
    """The comments of a file with the sign, in order."""
    if source.path.endswith(_DOCUMENTS):
        return (Span(*found.span()) for found in _HASH.finditer(source.text))
    return _spoken(source.text)


def _spoken(text: str, offset: int = 0) -> Iterator[Span]:
    """The comments with the sign, in order, those in the bodies of routines and DO blocks too; not in other strings."""
    outside = [span for span in comments(text) if SIGN in text[span.start : span.end]]
    found = [Span(offset + span.start, offset + span.end) for span in outside]
    if text.count(SIGN) > sum(text.count(SIGN, span.start, span.end) for span in outside):
        before = last = ""
        for token in tokens(text):
            said = text[token.start : token.end]
            opens_body = last in ("as", "do", "execute") or before == "language"
            if token.kind == "dollar" and SIGN in said and opens_body:
                tag = said[: said.index("$", 1) + 1]
                found += _spoken(said[len(tag) :].removesuffix(tag), offset + token.start + len(tag))
            before, last = last, said.lower() if token.kind == "word" else ""
    return iter(sorted(found))


def lines_of_comment(source: Source, comment: Span) -> frozenset[int]:
    """The lines that a comment speaks of: its own, and if no code stands before it there, the next one and the next
    one with code."""
    text = source.text
    line = source.position(comment.start).line
    begin = source.lines[line - 1]
    if source.path.endswith(_DOCUMENTS):
        if text[begin : comment.start].strip():
            return frozenset((line,))
        following = _YAML_CODE.search(text, comment.end)
        return frozenset((line, source.position(following.end()).line)) if following else frozenset((line,))
    if first_significant(text, begin, comment.start) < comment.start:
        return frozenset((line,))
    code = first_significant(text, comment.end, len(text))
    return frozenset((line, source.position(comment.end).line + 1, source.position(code).line))


def lines_of_finding(finding: Finding) -> frozenset[int]:
    """Where a comment may stand that allows the finding: the first and the last line of its clause, and the first
    of its statement. What is said of a file as a whole is found at its first statement too."""
    source, span = finding.source, finding.span
    head = finding.statement_span or span
    places = [span.start, max(span.end - 1, span.start), head.start]
    if span.start == 0 and not finding.statement:
        places.append(first_significant(source.text, 0, len(source.text)))
    return frozenset(source.position(place).line for place in places)
