"""Findings made by hand on sources made by hand, as the engine would report them."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from dblint.reports.model import Page, RuleInfo, Summary
from dblint.rule import Finding, Severity
from dblint.source import Source, Span

PAGE = "# Index builds block writes\n\nAn index build locks the table.\n"


def finding(source: Source, clause: str | Span, *, rule: str = "blocking-index-build", **more: Any) -> Finding:
    """A finding at the first occurrence of `clause`, in the statement that the text's semicolons bound."""
    if isinstance(clause, str):
        start = source.text.index(clause)
        span = Span(start, start + len(clause))
    else:
        span = clause
    begin = source.text.rfind(";", 0, span.start) + 1
    end = source.text.find(";", span.start) + 1 or len(source.text)
    given: dict[str, Any] = {
        "family": "availability",
        "severity": Severity.ERROR,
        "message": "writes to orders wait until the index is built",
        "object": "orders",
        "statement": source.text[begin:end].strip(),
    }
    return Finding(rule=rule, source=source, span=span, **{**given, **more})


def rule_info(name: str = "blocking-index-build", **more: Any) -> RuleInfo:
    def read() -> Page:
        return Page(
            summary="An index build keeps writers waiting",
            text=PAGE,
            instead="CREATE INDEX CONCURRENTLY, outside a transaction",
            url=f"https://example.org/rules/{name}",
        )

    given: dict[str, Any] = {"family": "availability", "severity": Severity.ERROR, "read": read}
    return RuleInfo(name, **{**given, **more})


def summary(**more: Any) -> Summary:
    return Summary(**{"checked": 2, "folded": 40, "statements": 7, **more})


def written(write: Callable[..., None], findings: Sequence[Finding], **more: Any) -> str:
    """What the reporter writes for the findings, with their counts in the summary unless one is given."""
    counted = summary(
        errors=sum(each.severity is Severity.ERROR for each in findings),
        warnings=sum(each.severity is Severity.WARNING for each in findings),
        infos=sum(each.severity is Severity.INFO for each in findings),
    )
    given = more.pop("summary", counted)
    rules = more.pop("rules", [])
    out = io.StringIO()
    write(findings, given, rules, out, **more)
    return out.getvalue()
