"""The report as a JSON document; `report.schema.json` in `dblint_schemas` says what each member means."""

from collections.abc import Sequence
from typing import Any, TextIO

from dblint.reports.document import render
from dblint.reports.model import RuleInfo, Summary, gate_document, in_order, instead_of
from dblint.rule import Finding, Fix
from dblint.source import Source, Span

VERSION = 1
STATEMENT_LIMIT = 2000
"""Characters of a statement's text that are given; a longer text is cut and ends in "…"."""


def write(findings: Sequence[Finding], summary: Summary, rules: Sequence[RuleInfo], out: TextIO, /) -> None:
    """Write the document: the same bytes for the same input, with neither times nor absolute paths."""
    by_name = {rule.name: rule for rule in rules}
    found = [_finding(finding, by_name) for finding in in_order(findings)]
    out.write(render({"report_version": VERSION, "findings": found, "summary": _summary(summary)}))


def _finding(finding: Finding, rules: dict[str, RuleInfo]) -> dict[str, Any]:
    statement = finding.statement
    covers = rules[finding.rule].page.covers if not finding.covers and finding.rule in rules else finding.covers
    document: dict[str, Any] = {
        "rule": finding.rule,
        "family": finding.family,
        "severity": str(finding.severity),
        "path": finding.source.path,
        **_range(finding.source, finding.span),
        "message": finding.message,
        "object": finding.object,
        "statement": statement if len(statement) <= STATEMENT_LIMIT else statement[:STATEMENT_LIMIT] + "…",
        "covers": covers,
        "why": finding.why,
        "instead": instead_of(finding, rules),
        "related": [
            {"path": each.source.path, **_range(each.source, each.span), "message": each.message}
            for each in finding.related
        ],
    }
    if finding.fix is not None:
        document["fix"] = _fix(finding.source, finding.fix)
    return document


def _fix(source: Source, fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "applicability": fix.applicability.value,
        "edits": [{**_range(source, edit.span), "text": edit.text} for edit in sorted(fix.edits)],
        "files": [{"path": file.path, "text": file.text} for file in fix.files],
        "entries": [
            {
                "path": entry.source.path,
                "edits": [{**_range(entry.source, edit.span), "text": edit.text} for edit in sorted(entry.edits)],
            }
            for entry in fix.entries
        ],
    }


def _range(source: Source, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.infos,
        "suppressed": summary.suppressed,
        "baselined": summary.baselined,
        "outdated": summary.outdated,
        "checked": summary.checked,
        "folded": summary.folded,
        "skipped": summary.skipped,
        "statements": summary.statements,
        "unparsable": summary.unparsable,
        "opaque": summary.opaque,
        "unread": [
            {
                "kind": each.kind,
                "path": each.source.path,
                "line": each.source.position(each.span.start).line,
                "reason": each.reason,
            }
            for each in summary.unread
        ],
        "histories": summary.histories,
        "gate": gate_document(summary),
        "complete": summary.complete,
    }
