"""The lines at the end of a test run that say how much was compared with servers, and how much of it differs."""

from pytest import Item, TerminalReporter

LINES = {
    "impact": ("cases × majors", "differences"),
    "fold": ("histories", "objects compared", "differences"),
    "property": ("random scripts", "statements", "differences"),
    "pages": ("blocks executed", "statements compared", "differences"),
}
"""The lines in their order, each with what it counts."""


def count(item: Item, line: str, *numbers: int) -> None:
    """Add numbers, in the order of the line's counts, to those of the run; workers' too."""
    item.user_properties += [(f"{line}: {what}", number) for what, number in zip(LINES[line], numbers, strict=True)]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    totals: dict[str, int] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call":
                for key, number in report.user_properties:
                    totals[key] = totals.get(key, 0) + number
    for line, counts in LINES.items():
        found = [f"{totals[key]} {what}" for what in counts if (key := f"{line}: {what}") in totals]
        if found:
            terminalreporter.write_line(f"{line}: {', '.join(found)}")
