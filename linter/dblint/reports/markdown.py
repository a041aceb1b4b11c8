"""The report as Markdown for GitHub's job summary: verdict, counts, findings by file, and what was checked.

All that comes from the files under review is escaped, so that a name can neither lay out the page nor
mention a person. GitHub drops a summary of more than 1 MiB whole, so this one stops before, and says so.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from textwrap import dedent
from typing import TextIO

from msgspec.structs import replace

from dblint.reports.display import printable
from dblint.reports.model import RuleInfo, Summary, gate_rows, in_order, instead_of, plural
from dblint.reports.patch import Change, patch
from dblint.reports.replacements import applied, replacements
from dblint.reports.text import closing_line
from dblint.rule import Applicability, Finding, Fix, Severity, Unread
from dblint.source import Edit, Source

LIMIT = 900_000
"""Bytes of UTF-8 that a report has at most."""
CLAUSE_LIMIT = 1500
"""Characters of a finding's clause that are shown."""
PATCH_LIMIT = 20_000
"""Characters; of a longer patch only its title is shown."""
LISTED = 100
"""Lines that the lists of unread statements, and of histories, have at most."""
_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_FIX_NOTES = {
    Applicability.SAFE: "safe to apply",
    Applicability.UNSAFE: "changes transactions or timing: read before applying",
    Applicability.DISPLAY: "a recipe, to apply by hand",
}
_UNREAD = {"unparsable": "could not be read", "opaque": "is not modelled"}
_LANGUAGES = {"sql": "sql", "yaml": "yaml", "yml": "yaml", "json": "json", "md": "markdown"}
_NEWLINE = re.compile(r"\r\n|\r|\n")
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MENTION = re.compile(r"[@#](?=\w)")


def write(findings: Sequence[Finding], summary: Summary, rules: Sequence[RuleInfo], out: TextIO, /) -> None:
    """Write the report; where not all findings fit, the most severe are there, and how many are not is said."""
    by_name = {rule.name: rule for rule in rules}
    ordered = in_order(findings)
    head = [*_verdict(summary, len({finding.source.path for finding in ordered})), *_gate(summary), *_table(ordered)]
    tail = [*_unread(summary), *_checked(summary, rules)]
    room = LIMIT - sum(_size(block) for block in (*head, *tail)) - 1000  # the sentence about the rest
    shown = _fitting(ordered, by_name, room)
    lines = [*head, *_by_file(ordered, shown)]
    if len(shown) < len(ordered):
        rest = (finding for number, finding in enumerate(ordered) if number not in shown)
        lines.append(f"**{_rest(rest)}, not shown here: the summary of a job is limited in size.**")
    out.write("\n\n".join([*lines, *tail]) + "\n")


# --- the whole ---


def _verdict(summary: Summary, files: int) -> list[str]:
    """The headline, and the line of what was checked."""
    found, _, checked = closing_line(replace(summary, seconds=None), files).partition(": ")
    if summary.unread:
        found += f", {plural(len(summary.unread), 'statement')} not understood"
    if not summary.complete:
        found += ", stopped early"
    verdict = "" if summary.exit_code is None else " failed" if summary.exit_code else " passed"
    return [f"## dblint{verdict}: {found[0].lower()}{found[1:]}", f"{checked}."]


def _gate(summary: Summary) -> list[str]:
    """The verdict on each check."""
    rows = [f"| {' | '.join(row)} |" for row in gate_rows(summary)]
    return ["\n".join(["| check | severity | result | findings |", "|---|---|---|---:|", *rows])] if rows else []


def _table(ordered: Sequence[Finding]) -> list[str]:
    """Findings per rule, the most severe first, then the most frequent."""
    found = Counter((finding.severity, finding.family, finding.rule) for finding in ordered)
    if not found:
        return []
    rows = [
        f"| {severity} | {_escaped(family)} | {_escaped(rule)} | {count} |"
        for (severity, family, rule), count in sorted(
            found.items(), key=lambda each: (-each[0][0], -each[1], each[0][1:])
        )
    ]
    return ["\n".join(["| severity | family | rule | findings |", "|---|---|---|---:|", *rows])]


def _fitting(ordered: Sequence[Finding], rules: dict[str, RuleInfo], room: int) -> dict[int, str]:
    """What the findings look like, by their number, the severe ones first as long as there is room."""
    shown: dict[int, str] = {}
    files: set[str] = set()
    for number in sorted(range(len(ordered)), key=lambda each: -ordered[each].severity):
        finding = ordered[number]
        path = finding.source.path
        text = _finding(finding, instead_of(finding, rules))
        size = _size(text) + (0 if path in files else _size(_heading(path, len(ordered) + 1, len(ordered))))
        if size <= room:
            room -= size
            shown[number] = text
            files.add(path)
    return shown


def _by_file(ordered: Sequence[Finding], shown: dict[int, str]) -> Iterator[str]:
    for path, group in groupby(enumerate(ordered), key=lambda each: each[1].source.path):
        numbers = [number for number, _ in group]
        texts = [shown[number] for number in numbers if number in shown]
        if texts:
            yield _heading(path, len(numbers), len(texts))
            yield from texts


def _heading(path: str, count: int, shown: int) -> str:
    cut = f", {shown} shown" if shown < count else ""
    return f"### {_code(path)}\n\n{plural(count, 'finding')}{cut}"


def _rest(findings: Iterable[Finding]) -> str:
    left = Counter(finding.severity for finding in findings)
    kinds = ", ".join(plural(left[level], str(level)) for level in _LEVELS if left[level])
    return f"{left.total()} more ({kinds})"


def _unread(summary: Summary) -> list[str]:
    if not summary.unread:
        return []
    lines = [_unread_line(unread) for unread in summary.unread[:LISTED]]
    intro = "What these statements do is not known, so the checks after them do not reckon with it."
    return ["### Not understood", intro, "\n".join(lines + _left(len(summary.unread)))]


def _unread_line(unread: Unread) -> str:
    line = unread.source.position(unread.span.start).line
    return f"- {_code(unread.source.path)} line {line} {_UNREAD[unread.kind]}: {_escaped(unread.reason)}"


def _checked(summary: Summary, rules: Sequence[RuleInfo]) -> list[str]:
    """What the verdict rests on: the histories as they were understood, and the rules that ran."""
    lines = [_history(history) for history in summary.histories[:LISTED]] + _left(len(summary.histories))
    families = Counter(rule.family for rule in rules if rule.enabled)
    if families:
        parts = ", ".join(f"{_escaped(family)} {count}" for family, count in sorted(families.items()))
        lines.append(f"- {plural(families.total(), 'rule')}: {parts}")
    if summary.outdated:
        lines.append(f"- {plural(summary.outdated, 'entry', 'entries')} of the baseline no longer found")
    if summary.findings:
        lines.append("- a comment `-- dblint: allow RULE: reason`, on the line above a finding, accepts it")
    return ["### Checked", "\n".join(lines)] if lines else []


def _history(line: str) -> str:
    root, _, rest = line.partition(": ")
    return f"- {_code(root)}: {_escaped(rest)}"


def _left(count: int) -> list[str]:
    return [f"- {count - LISTED} more"] if count > LISTED else []


# --- a finding ---


def _finding(finding: Finding, instead: str) -> str:
    source = finding.source
    line = source.position(finding.span.start).line
    blocks = [f"**{finding.severity}** {_code(finding.rule)} line {line}: {_sentence(finding.message)}"]
    clause = _clause(finding)
    if clause:
        blocks.append(_fenced(clause, _LANGUAGES.get(source.path.rpartition(".")[2].lower(), "")))
    notes = [f"- why: {_escaped(why)}" for why in finding.why]
    notes += [f"- instead: {_escaped(instead)}"] if instead else []
    for each in finding.related:
        place = each.source.position(each.span.start).line
        notes.append(f"- see {_code(each.source.path)} line {place}: {_escaped(each.message)}")
    if notes:
        blocks.append("\n".join(notes))
    if finding.fix is not None:
        blocks.append(_fold(source, finding.fix))
    return "\n\n".join(blocks)


def _clause(finding: Finding) -> str:
    """The text at fault, without the indentation that its lines share."""
    source, span = finding.source, finding.span
    line = source.line_span(source.position(span.start).line)
    indent = source.text[line.start : span.start]
    text = source.slice(span)[: CLAUSE_LIMIT + 1]
    if len(text) > CLAUSE_LIMIT:
        text = text[:CLAUSE_LIMIT] + " …"
    return dedent(_NEWLINE.sub("\n", (indent if indent.isspace() else "") + text)).rstrip()


def _fold(source: Source, fix: Fix) -> str:
    """The fix as a patch, folded away behind its title."""
    changes = [_changed(source, fix.edits), *(_changed(entry.source, entry.edits) for entry in fix.entries)]
    text = patch([*changes, *(Change(file.path, file.before, file.text) for file in fix.files)])
    note = _FIX_NOTES[fix.applicability]
    if not text or len(text) > PATCH_LIMIT:
        return f"- fix: {_escaped(fix.title)} ({note})"
    title = _inert(escape(_one_line(fix.title)))  # HTML, where Markdown's escapes would be seen
    diff = _fenced(_NEWLINE.sub("\n", text), "diff")
    return f"<details><summary>fix: {title} ({note})</summary>\n\n{diff}\n\n</details>"


def _changed(source: Source, edits: Sequence[Edit]) -> Change:
    placed = replacements(source, edits)
    return Change(source.path, source.text, applied(source.text, sorted(edits) if placed is None else placed))


# --- text ---


def _size(block: str) -> int:
    return len(block.encode("utf-8", "surrogatepass")) + 2


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language}\n{printable(text.rstrip(chr(10)))}\n{fence}"


def _code(text: str) -> str:
    """The text as a code span, whatever backticks it has."""
    text = _one_line(text)
    ticks = "`" * (1 + _longest_run(text))
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escaped(text: str) -> str:
    """The text in one line, to be read as it is."""
    return _inert(_MARKUP.sub(r"\\\g<0>", _one_line(text)))


def _inert(text: str) -> str:
    """Without what GitHub looks for in text: mentions of people and issues, formulas."""
    return _MENTION.sub(r"\g<0>&#8203;", text).replace("$", "<span>$</span>")


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _sentence(text: str) -> str:
    text = _escaped(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
