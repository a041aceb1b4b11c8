"""The report in reviewdog's Diagnostic Format, which it turns into review comments with suggestions."""

from collections.abc import Callable, Sequence
from posixpath import normpath
from typing import Any, TextIO

from dblint.reports.display import printable
from dblint.reports.document import render
from dblint.reports.model import RuleInfo, Summary, in_order, instead_of
from dblint.reports.replacements import replacements
from dblint.rule import Applicability, Finding, Fix
from dblint.source import Source, Span

_BOM_BYTES = 3


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    located: Callable[[str], str] = normpath,
) -> None:
    """Write the result: lines from 1, columns from 1 in bytes of UTF-8 as the file has them, ends exclusive.

    `located`: makes of a finding's path the one that reviewdog reads: from the working directory, without links.
    """
    by_name = {rule.name: rule for rule in rules}
    diagnostics = [_diagnostic(finding, by_name, located) for finding in in_order(findings)]
    out.write(render({"source": {"name": "dblint"}, "diagnostics": diagnostics}))


def _diagnostic(finding: Finding, rules: dict[str, RuleInfo], located: Callable[[str], str]) -> dict[str, Any]:
    instead = instead_of(finding, rules)
    parts = [finding.message, *finding.why, *([f"Instead: {instead}"] if instead else [])]
    code = {"value": finding.rule}
    if finding.rule in rules and rules[finding.rule].page.url:
        code["url"] = rules[finding.rule].page.url
    document: dict[str, Any] = {
        "message": printable("\n".join(" ".join(part.split()) for part in parts)),
        "location": _location(finding.source, finding.span, located),
        "severity": finding.severity.name,
        "code": code,
    }
    suggestion = _suggestion(finding.source, finding.fix) if finding.fix is not None else None
    if suggestion is not None:
        document["suggestions"] = [suggestion]
    if finding.related:
        document["related_locations"] = [
            {"message": printable(each.message), "location": _location(each.source, each.span, located)}
            for each in finding.related
        ]
    return document


def _suggestion(source: Source, fix: Fix) -> dict[str, Any] | None:
    """A safe fix of this one file as one replacement: reviewers accept suggestions one by one, fixes hold whole."""
    if fix.applicability is not Applicability.SAFE or fix.files or fix.entries:
        return None
    edits = replacements(source, fix.edits)
    if not edits:
        return None
    span = edits[0].span.until(edits[-1].span)
    parts: list[str] = []
    done = span.start
    for edit in edits:
        parts += (source.text[done : edit.span.start], edit.text)
        done = edit.span.end
    return {"range": _range(source, span), "text": "".join(parts)}


def _location(source: Source, span: Span, located: Callable[[str], str]) -> dict[str, Any]:
    return {"path": located(source.path), "range": _range(source, span)}


def _range(source: Source, span: Span) -> dict[str, dict[str, int]]:
    return {"start": _position(source, span.start), "end": _position(source, span.end)}


def _position(source: Source, offset: int) -> dict[str, int]:
    line = source.position(offset).line
    before = source.text[source.lines[line - 1] : offset]
    mark = _BOM_BYTES if source.bom and line == 1 else 0
    return {"line": line, "column": mark + len(before.encode("utf-8", "surrogatepass")) + 1}
