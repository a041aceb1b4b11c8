"""What reporters are given besides the findings: the run in numbers, and the rules with their pages."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TextIO

from msgspec import Struct

from dblint.gate import CheckResult
from dblint.rule import Finding, Severity, Unread


class Summary(Struct, frozen=True, kw_only=True):
    """A run in numbers. `errors`, `warnings` and `infos` count the findings that are reported.

    `checked`: migrations under check; `folded`: those of the history before them; `skipped`: files that were
    not read as migrations. `statements`: of the checked migrations. `suppressed`: findings allowed by a
    comment. `baselined`: findings in the baseline; `outdated`: its entries that no longer occur. `histories`: per
    history, in one line, how it was understood (not in the text report: the command line says it before).
    `seconds`: wall time, which only the text report prints.
    `complete`: false when the run stopped early. `exit_code`: the gate's verdict, where it is already known. `gate`:
    the verdict on each check.
    """

    errors: int = 0
    warnings: int = 0
    infos: int = 0
    checked: int = 0
    folded: int = 0
    skipped: int = 0
    statements: int = 0
    unread: tuple[Unread, ...] = ()
    suppressed: int = 0
    baselined: int = 0
    outdated: int = 0
    histories: tuple[str, ...] = ()
    seconds: float | None = None
    complete: bool = True
    exit_code: int | None = None
    gate: tuple[CheckResult, ...] = ()

    @property
    def findings(self) -> int:
        return self.errors + self.warnings + self.infos

    @property
    def opaque(self) -> int:
        return sum(one.kind == "opaque" for one in self.unread)

    @property
    def unparsable(self) -> int:
        return sum(one.kind == "unparsable" for one in self.unread)


class Page(Struct, frozen=True, kw_only=True):
    """A rule's page. `summary`: one sentence; `instead`: the page's own line of what to do; `text`: Markdown."""

    summary: str
    text: str
    instead: str = ""
    url: str = ""
    covers: tuple[str, ...] = ()


class RuleInfo:
    """A rule as reports show it: graded by the configuration, its page read on first use."""

    __slots__ = ("_page", "_read", "enabled", "family", "name", "severity")

    def __init__(
        self, name: str, family: str, severity: Severity, read: Callable[[], Page], *, enabled: bool = True
    ) -> None:
        self.name = name
        self.family = family
        self.severity = severity
        self.enabled = enabled
        self._read = read
        self._page: Page | None = None

    def __repr__(self) -> str:
        return f"RuleInfo({self.name})"

    @property
    def page(self) -> Page:
        if self._page is None:
            self._page = self._read()
        return self._page


class Reporter(Protocol):
    """Writes a whole report; some take further keyword arguments, all with defaults."""

    def __call__(
        self, findings: Sequence[Finding], summary: Summary, rules: Sequence[RuleInfo], out: TextIO, /
    ) -> None: ...


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """By path, place, rule and message: the order of every report."""
    return sorted(findings, key=lambda each: (each.source.path, each.span, each.rule, each.message))


def is_absolute(path: str) -> bool:
    """Whether the path, with forward slashes, starts at a root or a drive."""
    return path.startswith("/") or path[1:3] == ":/"


def instead_of(finding: Finding, rules: dict[str, RuleInfo]) -> str:
    """What to do: the finding's own line, or its rule's."""
    if finding.instead or finding.rule not in rules:
        return finding.instead
    return rules[finding.rule].page.instead


def plural(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def counts(summary: Summary) -> str:
    """`2 errors, 1 warning`, without what there is none of; "no findings" when there is nothing."""
    parts = [
        plural(count, noun)
        for count, noun in ((summary.errors, "error"), (summary.warnings, "warning"), (summary.infos, "info"))
        if count
    ]
    return ", ".join(parts) or "no findings"


def left_out(summary: Summary) -> str:
    """`, 214 in the baseline, 2 allowed by comments`: what follows the counts; "" when nothing was left out."""
    parts = ((summary.baselined, "in the baseline"), (summary.suppressed, "allowed by comments"))
    return "".join(f", {count} {how}" for count, how in parts if count)


def gate_rows(summary: Summary) -> list[tuple[str, str, str, str]]:
    """The gate's table, without its heading: check, severity ("" where nothing was checked), result, findings."""
    return [
        (each.check, str(each.severity or ""), each.result, str(each.findings) if each.severity else "")
        for each in summary.gate
    ]


def gate_document(summary: Summary) -> list[dict[str, Any]]:
    """The gate's table; `severity` is None where nothing was checked."""
    return [
        {
            "check": each.check,
            "severity": str(each.severity) if each.severity else None,
            "result": each.result,
            "findings": each.findings,
        }
        for each in summary.gate
    ]
