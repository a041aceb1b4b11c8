"""The report for people: each finding with its source underlined, why it holds, and how to allow it.

Findings stand in the order of files and places. What does not differ between findings is not repeated for
ever: within a file, the same advice and the line that allows a rule are printed with that rule's first three
findings; later ones show the message, the source and what is particular to them. Nothing is left out.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from dblint.reports.display import printable, underlined, wrap
from dblint.reports.model import RuleInfo, Summary, counts, gate_rows, in_order, instead_of, left_out, plural
from dblint.rule import Applicability, Finding, Unread

IN_FULL = 3
"""How many findings of a rule in a file carry the advice and the line that allows it."""
_PLACES = 5
_NOT_SQL = (".yaml", ".yml", ".json", ".md")
_YAML = (".yaml", ".yml")
_PLAIN = {"bold": "", "error": "", "warning": "", "info": "", "frame": "", "end": ""}
_COLOURS = {
    "bold": "\x1b[1m",
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "frame": "\x1b[34m",
    "end": "\x1b[0m",
}
_FIX_NOTES = {
    Applicability.SAFE: "applied by --fix",
    Applicability.UNSAFE: "applied by --fix --unsafe-fixes",
    Applicability.DISPLAY: "by hand",
}


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    color: bool = False,
    columns: int = 80,
) -> None:
    """Write the report, wrapped at `columns`, with ANSI colours only when `color` is asked for."""
    paint = _COLOURS if color else _PLAIN
    by_name = {rule.name: rule for rule in rules}
    ordered = in_order(findings)
    per_file = Counter(finding.source.path for finding in ordered)
    seen: Counter[tuple[str, str]] = Counter()
    path = ""
    lines: list[str] = []
    for finding in ordered:
        if finding.source.path != path:
            path = finding.source.path
            seen.clear()
            if len(per_file) > 1:
                title = f"{printable(path)}: {plural(per_file[path], 'finding')}"
                lines += [f"{paint['bold']}{title}{paint['end']}", ""]
        lines += _finding(finding, instead_of(finding, by_name), seen, paint, columns)
        lines.append("")
    lines += _gate(summary, paint)
    lines += _closing(summary, len(per_file), columns)
    out.write("\n".join(lines) + "\n")


def _finding(
    finding: Finding, instead: str, seen: Counter[tuple[str, str]], paint: dict[str, str], columns: int
) -> list[str]:
    source, severity = finding.source, str(finding.severity)
    head, *more = wrap(finding.message, f"{severity}[{finding.rule}]: ", columns, hang=4)
    label = len(f"{severity}[{finding.rule}]")
    frame, bold, end = paint["frame"], paint["bold"], paint["end"]
    lines = [f"{paint[severity]}{head[:label]}{end}{bold}{head[label:]}{end}"]
    lines += [f"{bold}{line}{end}" for line in more]

    place = source.position(finding.span.start)
    last = source.position(finding.span.end).line
    gutter = len(str(last)) + 1
    blank = " " * gutter
    lines.append(f"{blank}{frame}-->{end} {printable(source.path)}:{place.line}:{place.column}")
    lines.append(f"{blank} {frame}|{end}")
    for line in underlined(source, finding.span, columns - gutter - 3):
        if not line.number:
            lines.append(f"{frame}{'...':<{gutter}}{end}")
            continue
        lines.append(f"{frame}{line.number:>{gutter}} |{end} {line.text}".rstrip())
        if line.end > line.start:
            carets = "^" * (line.end - line.start)
            lines.append(f"{blank} {frame}|{end} {' ' * line.start}{paint[severity]}{carets}{end}")
    for related in finding.related:
        spot = related.source.position(related.span.start)
        lines.append(
            f"{blank}{frame}:::{end} {printable(related.source.path)}:{spot.line}: {printable(related.message)}"
        )
    notes = [("why", why) for why in finding.why]
    if finding.fix is not None:
        notes.append(("fix", f"{finding.fix.title} ({_FIX_NOTES[finding.fix.applicability]})"))
    if instead and _still(seen, (finding.rule, instead)):
        notes.append(("instead", instead))
    for word, text in notes:
        lines += _painted(wrap(text, f"{blank} = {word}: ", columns), len(blank), frame, end)
    allow = _allow(finding)
    if allow and _still(seen, (finding.rule, "")):
        lines += _painted([f"{blank} = allow: {allow}"], len(blank), frame, end)
    return lines


def _painted(lines: list[str], gutter: int, frame: str, end: str) -> list[str]:
    if frame:
        lines[0] = f"{lines[0][:gutter]} {frame}={end}{lines[0][gutter + 2 :]}"
    return lines


def _still(seen: Counter[tuple[str, str]], key: tuple[str, str]) -> bool:
    seen[key] += 1
    return seen[key] <= IN_FULL


def _allow(finding: Finding) -> str:
    """The comment that allows the finding; "" where the file cannot hold one."""
    if finding.source.path.endswith(_YAML):
        return f"# dblint: allow {finding.rule}: <reason>"
    if finding.source.path.endswith(_NOT_SQL):
        return ""
    return f"-- dblint: allow {finding.rule}: <reason>"


def _gate(summary: Summary, paint: dict[str, str]) -> list[str]:
    """The verdict on each check, as a table that stands before the last line; nothing to say without findings, unless
    a blueprint asks for it."""
    wanted = summary.findings or any(each.declared for each in summary.gate)
    if not wanted or not summary.gate:
        return []
    rows = [("check", "severity", "result", "findings"), *gate_rows(summary)]
    width = max(len(row[0]) for row in rows)
    lines = []
    for check, severity, result, findings in rows:
        colour = paint.get(severity, "") if result == "failed" else ""
        line = f"{check:{width}}  {severity:8}  {result:11}  {findings:>8}".rstrip()
        lines.append(f"{colour}{line}{paint['end']}" if colour else line)
    return [*lines, ""]


def _closing(summary: Summary, files: int, columns: int) -> list[str]:
    lines = [line for note in unread_notes(summary) for line in wrap(note, "note: ", columns)]
    if summary.outdated:
        said = f"{plural(summary.outdated, 'entry', 'entries')} of the baseline no longer found"
        lines += wrap(f"{said}: `dblint baseline --prune` takes them out", "note: ", columns)
    if not summary.complete:
        lines.append("note: the run stopped early, so there may be more")
    return [*lines, *wrap(closing_line(summary, files), "", columns)]


def unread_notes(summary: Summary) -> list[str]:
    """What could not be read or is not modelled, a sentence for each kind, with the first places."""
    notes: list[str] = []
    for kind, one, many in (
        ("unparsable", "could not be read", "could not be read"),
        ("opaque", "is not modelled, so what it does is not known", "are not modelled, so what they do is not known"),
    ):
        places = [_place(unread) for unread in summary.unread if unread.kind == kind]
        if places:
            rest = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
            said = one if len(places) == 1 else many
            notes.append(f"{plural(len(places), 'statement')} {said}: {', '.join(places[:_PLACES])}{rest}")
    return notes


def _place(unread: Unread) -> str:
    return f"{unread.source.path}:{unread.source.position(unread.span.start).line} ({unread.reason})"


def closing_line(summary: Summary, files: int) -> str:
    """The counts by severity, the files they are in, and what was checked, in one line."""
    found = counts(summary)
    if summary.findings:
        found += f" in {plural(files, 'file')}"
    found += left_out(summary)
    checked = f"{plural(summary.statements, 'statement')} of {plural(summary.checked, 'migration')} checked"
    if summary.folded:
        checked += f" on top of {plural(summary.folded, 'earlier one')}"
    if summary.skipped:
        checked += f", {plural(summary.skipped, 'other file')} passed over"
    if summary.seconds is not None:
        checked += f", in {summary.seconds:.2f} s"
    return f"{found}: {checked}" if summary.findings else f"{found.capitalize()}: {checked}"
