"""Cron expressions and periods, as crontab(5) reads them."""

from datetime import timedelta

import pytest

from dblint.schedules import cron_fault, longest_gap, period

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("0 2 * * *", DAY),
        ("0 */6 * * *", 6 * HOUR),
        ("*/15 * * * *", timedelta(minutes=15)),
        ("0 8,20 * * *", 12 * HOUR),
        ("0 9-17 * * *", 16 * HOUR),
        ("0 2 * * 0", 7 * DAY),
        ("0 2 * * 7", 7 * DAY),
        ("0 2 * * mon-fri", 3 * DAY),
        ("0 2 1 * *", 31 * DAY),
        ("0 2 1 jan *", 372 * DAY),
        ("0 2 1,15 * mon", 7 * DAY),
        ("5/10 * * * *", timedelta(minutes=10)),
        ("@daily", DAY),
    ],
)
def test_the_longest_time_between_runs(text: str, gap: timedelta) -> None:
    assert cron_fault(text) == ""
    assert longest_gap(text) == gap


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it has 0 fields, not 5"),
        ("0 2 * *", "it has 4 fields, not 5"),
        ("60 2 * * *", "'60' is no minute (0 to 59)"),
        ("0 24 * * *", "'24' is no hour (0 to 23)"),
        ("0 2 0 * *", "'0' is no day of the month (1 to 31)"),
        ("0 2 * 13 *", "'13' is no month (1 to 12)"),
        ("0 2 * * 8", "'8' is no day of the week (0 to 7)"),
        ("*/0 2 * * *", "'*/0' is no minute (0 to 59)"),
        ("5-1 2 * * *", "'5-1' is no minute (0 to 59)"),
        ("\u00b2 2 * * *", "'\u00b2' is no minute (0 to 59)"),
        ("9999999999999999999999 2 * * *", "'9999999999999999999999' is no minute (0 to 59)"),
        ("0 2 * * sunday", "'sunday' is no day of the week (0 to 7)"),
    ],
)
def test_what_is_no_cron_expression(text: str, fault: str) -> None:
    assert cron_fault(text) == fault
    assert longest_gap(text) is None


PERIODS = {"35d": 35 * DAY, "7 d": 7 * DAY, "12h": 12 * HOUR, "2w": 14 * DAY, "1y": 365 * DAY}


@pytest.mark.parametrize("text", [*PERIODS, "d", "5 parsecs", "9" * 300 + "d"])
def test_periods(text: str) -> None:
    assert period(text) == PERIODS.get(text)
