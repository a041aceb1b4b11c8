"""The line at the end of a test run that says how many statements of the rules' pages ran on servers."""

from pytest import Item, TerminalReporter

COUNTED = ("blocks executed", "statements compared", "differences")
_KEY = "pages: "


def count(item: Item, *numbers: int) -> None:
    """Add numbers, in the order of `COUNTED`, to those of the run; workers' too."""
    item.user_properties += [(_KEY + what, number) for what, number in zip(COUNTED, numbers, strict=True)]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    totals = dict.fromkeys(COUNTED, 0)
    seen = False
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for key, number in report.user_properties:
                if key.startswith(_KEY) and report.when == "call":
                    totals[key.removeprefix(_KEY)] += number
                    seen = True
    if seen:
        terminalreporter.write_line(_KEY + ", ".join(f"{number} {what}" for what, number in totals.items()))
