"""Workflow commands that GitHub Actions turns into annotations, and the whole list for the job's log.

GitHub keeps ten annotations of each level per step and drops the rest without a word, so at most ten are
written, errors first, and a last notice says how many findings have none. The log lists every finding; as
its text comes from the files under review, the runner is told not to read commands there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from posixpath import normpath
from typing import TextIO

from dblint.reports.concise import line
from dblint.reports.display import printable
from dblint.reports.model import RuleInfo, Summary, counts, in_order, instead_of, left_out, plural
from dblint.reports.text import unread_notes
from dblint.rule import Finding, Severity

PER_LEVEL = 10
MESSAGE_LIMIT = 4096
"""Characters that the runner keeps of a message."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    located: Callable[[str], str] = normpath,
) -> None:
    """Write the log's lines, the commands, and the counts. `located`: makes of a finding's path the one from the
    repository's root."""
    by_name = {rule.name: rule for rule in rules}
    ordered = in_order(findings)
    chosen = _chosen(ordered)
    lines = _unread_by_runner([*map(line, ordered), *unread_notes(summary)])
    lines += [_command(finding, instead_of(finding, by_name), located(finding.source.path)) for finding in chosen]
    if len(chosen) < len(ordered):
        lines.append(f"::notice::{_rest(ordered, chosen)} in the job's log")
    out.write("\n".join([*lines, counts(summary) + left_out(summary)]) + "\n")


def _chosen(ordered: list[Finding]) -> list[Finding]:
    """At most ten per level, one per line and rule; the notice about the others needs a place among ten."""
    first: dict[tuple[str, int, str], Finding] = {}
    for finding in ordered:
        start = finding.source.position(finding.span.start).line
        first.setdefault((finding.source.path, start, finding.rule), finding)
    by_level = {level: [each for each in first.values() if each.severity is level] for level in _LEVELS}
    chosen = [each for level in by_level.values() for each in level[:PER_LEVEL]]
    if len(chosen) < len(ordered) and len(by_level[Severity.INFO]) >= PER_LEVEL:
        del chosen[-1]
    return chosen


def _rest(ordered: list[Finding], chosen: list[Finding]) -> str:
    left = Counter(each.severity for each in ordered)
    left.subtract(each.severity for each in chosen)
    kinds = ", ".join(plural(left[level], str(level)) for level in _LEVELS if left[level])
    return f"{plural(left.total(), 'more finding')} ({kinds})"


def _unread_by_runner(lines: list[str]) -> list[str]:
    """The lines between stop-commands and its token, which nobody can foresee who writes a file."""
    if not lines:
        return []
    from hashlib import sha256

    token = sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
    return [f"::stop-commands::{token}", *lines, f"::{token}::"]


def _command(finding: Finding, instead: str, path: str) -> str:
    start, end = finding.source.position(finding.span.start), finding.source.position(finding.span.end)
    properties: dict[str, str | int] = {"file": path, "line": start.line}
    if start.line == end.line:  # the runner refuses columns on more than one line
        properties |= {"col": start.column, "endLine": end.line, "endColumn": end.column}
    else:
        properties["endLine"] = end.line
    properties["title"] = f"dblint: {finding.rule}"
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    parts = [finding.message, *finding.why, *([f"Instead: {instead}"] if instead else [])]
    message = printable("\n".join(parts))[:MESSAGE_LIMIT]
    return f"::{_LEVELS[finding.severity]} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
