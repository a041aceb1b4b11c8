"""One line per finding, `path:line:col: severity: message [rule]`, as editors' error matchers read it."""

from collections.abc import Sequence
from typing import TextIO

from dblint.reports.display import printable
from dblint.reports.model import RuleInfo, Summary, counts, in_order, left_out
from dblint.rule import Finding


def write(findings: Sequence[Finding], summary: Summary, rules: Sequence[RuleInfo], out: TextIO, /) -> None:
    """Write a line per finding, columns from 1 in characters, and a last line with the counts."""
    lines = [line(finding) for finding in in_order(findings)]
    out.write("\n".join([*lines, counts(summary) + left_out(summary)]) + "\n")


def line(finding: Finding) -> str:
    place = finding.source.position(finding.span.start)
    message = printable(" ".join(finding.message.split()))
    path = printable(finding.source.path)
    return f"{path}:{place.line}:{place.column}: {finding.severity}: {message} [{finding.rule}]"
