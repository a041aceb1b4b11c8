"""The report as GitLab's Code Quality artifact: one flat array, which merge requests compare by fingerprint."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from posixpath import normpath
from typing import TextIO

from dblint.reports.display import printable
from dblint.reports.document import render
from dblint.reports.fingerprints import statement_fingerprints
from dblint.reports.model import RuleInfo, Summary, in_order
from dblint.rule import Finding, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    located: Callable[[str], str] = normpath,
) -> None:
    """Write the array, empty for a clean run. GitLab shows the first of entries with equal fingerprints only.

    `located`: makes of a finding's path the one from the repository's root.
    """
    ordered = in_order(findings)
    marked = zip(ordered, statement_fingerprints(ordered), strict=True)
    out.write(render([_issue(finding, mark, located(finding.source.path)) for finding, mark in marked]))


def _issue(finding: Finding, mark: str, path: str) -> dict[str, object]:
    source, span = finding.source, finding.span
    whole = f"{path}\0{mark}".encode("utf-8", "surrogatepass")
    return {
        "description": printable(" ".join(finding.message.split())),
        "check_name": finding.rule,
        "fingerprint": sha256(whole).hexdigest()[:32],
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": path,
            "lines": {
                "begin": source.position(span.start).line,
                "end": source.position(max(span.start, span.end - 1)).line,
            },
        },
    }
