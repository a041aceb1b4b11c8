"""What a SARIF log says of dblint itself: the tool, its rules with their pages, and what else it may tell."""

from collections.abc import Iterable
from typing import Any

import sarif_om

from dblint.reports.model import Page, RuleInfo
from dblint.reports.tool import Tool
from dblint.rule import Finding, Severity

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_TEXT_LIMIT = 1024
"""Characters of a description that GitHub keeps."""
NOTIFICATIONS = {
    "unparsable-statement": "A statement could not be read, so it was not checked",
    "opaque-statement": "What a statement does is not modelled, so the checks after it may miss something",
    "results-cut": "There are more findings than are listed",
    "results-allowed": "There are findings that are not reported, as comments or the baseline allow them",
}


def driver(tool: Tool, rules: Iterable[RuleInfo]) -> Any:
    """The tool with the descriptors of its rules, in the given order, and of its notifications."""
    return sarif_om.ToolComponent(
        name="dblint",
        full_name=f"dblint {tool.version}",
        version=tool.version,
        semantic_version=tool.version,
        information_uri=tool.home,
        rules=[_descriptor(rule) for rule in rules],
        notifications=[
            _texts(name, f"{text}.", f"{text}.", default_configuration=_configuration("warning"))
            for name, text in NOTIFICATIONS.items()
        ],
    )


def unregistered(finding: Finding) -> RuleInfo:
    """A descriptor's stand-in for a rule that no pack has."""
    words = finding.rule.replace("-", " ").capitalize()
    return RuleInfo(finding.rule, finding.family, finding.severity, lambda: Page(summary=words, text=words))


def _descriptor(rule: RuleInfo) -> Any:
    page = rule.page
    summary = sentence(page.summary or rule.name.replace("-", " ").capitalize())
    full = f"{summary} Instead: {sentence(page.instead)}" if page.instead else summary
    return _texts(
        rule.name,
        summary,
        full,
        markdown=page.text,
        help_uri=page.url or None,
        default_configuration=_configuration(LEVELS[rule.severity], enabled=rule.enabled),
        properties={
            "tags": list(dict.fromkeys(("database", "migrations", rule.family))),
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    )


def _texts(name: str, summary: str, full: str, markdown: str = "", **more: Any) -> Any:
    """A descriptor with the four texts that GitHub asks for; its `name` is its id in Pascal case, if that differs."""
    return sarif_om.ReportingDescriptor(
        id=name,
        name="".join(word.capitalize() for word in name.split("-")) if "-" in name else None,
        short_description=sarif_om.MultiformatMessageString(text=summary[:_TEXT_LIMIT]),
        full_description=sarif_om.MultiformatMessageString(text=full[:_TEXT_LIMIT]),
        help=sarif_om.MultiformatMessageString(text=full, markdown=markdown or full),
        **more,
    )


def _configuration(level: str, enabled: bool = True) -> Any:
    return sarif_om.ReportingConfiguration(level=level, enabled=enabled)


def sentence(text: str) -> str:
    """The text on one line, ended as a sentence."""
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
