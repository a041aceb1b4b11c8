"""When things are due: cron expressions, periods as `35d`, and intervals as words."""

import itertools
import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
INTERVALS = {
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "biweekly": timedelta(weeks=2),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
    "semiannually": timedelta(days=184),
    "semi-annually": timedelta(days=184),
    "half-yearly": timedelta(days=184),
    "yearly": timedelta(days=366),
    "annually": timedelta(days=366),
    "annual": timedelta(days=366),
}
"""Words for how often something happens, with the longest time between two of them."""
_PERIOD = re.compile(r"\s*([0-9]+)\s*([a-z]+)\s*\Z")
_DIGITS = 6
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "sun mon tue wed thu fri sat".split()
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def period(text: str) -> timedelta | None:
    """How long `35d`, `7 d` or `12h` is; None for what is no period."""
    found = _PERIOD.match(text.lower())
    if not found or found[2] not in _UNITS or len(found[1]) > _DIGITS:
        return None
    return int(found[1]) * _UNITS[found[2]]


def cron_fault(text: str) -> str:
    """What is wrong with a cron expression of five fields (minute, hour, day, month, weekday), in words; "" for one
    that is right. Facts: crontab(5)."""
    if text.startswith("@"):
        return "" if text in _MACROS else f"{text} is none of {', '.join(_MACROS)}"
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"it has {len(parts)} field{'s' if len(parts) != 1 else ''}, not {len(_FIELDS)}"
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        if _values(part, low, high, words) is None:
            return f"{part!r} is no {name} ({low} to {high})"
    return ""


def longest_gap(text: str) -> timedelta | None:
    """The longest time between two runs of a cron expression, on a calendar of equal months; None if it is none."""
    text = _MACROS.get(text, text)
    if cron_fault(text):
        return None
    parts = text.split()
    minutes, hours, days, months, weekdays = (
        _values(part, low, high, words) or set() for part, (_, low, high, words) in zip(parts, _FIELDS, strict=True)
    )
    any_day, any_weekday = parts[2] == "*", parts[4] == "*"
    times = sorted(60 * hour + minute for hour in hours for minute in minutes)
    weekdays = {day % 7 for day in weekdays}

    def runs_on(day: int) -> bool:
        month, of_month, of_week = (day // 31) % 12 + 1, day % 31 + 1, day % 7
        if month not in months:
            return False
        if any_day or any_weekday:
            return of_month in days and of_week in weekdays
        return of_month in days or of_week in weekdays

    run_days = [day for day in range(_CALENDAR) if runs_on(day)]
    if not run_days:
        return None
    inside = max((later - earlier for earlier, later in itertools.pairwise(times)), default=0)
    over_night = 1440 - times[-1] + times[0]
    skipped = (later - earlier - 1 for earlier, later in itertools.pairwise(run_days))
    between = max(skipped, default=_CALENDAR)
    return timedelta(minutes=max(inside, over_night + between * 1440))


_CALENDAR = 31 * 12 * 2


def _values(part: str, low: int, high: int, names: list[str]) -> set[int] | None:
    """The numbers that a field stands for; None for what is no such field."""
    first = 1 if names is _MONTHS else 0
    found: set[int] = set()
    for item in part.split(","):
        span, slash, step = item.partition("/")
        if slash and not (_is_number(step) and int(step) > 0):
            return None
        start, dash, end = span.partition("-")
        if span == "*":
            bounds = (low, high)
        else:
            one, other = _number(start, names, first), _number(end, names, first) if dash else None
            if one is None or (dash and other is None):
                return None
            bounds = (one, other if other is not None else high if slash else one)
        if not low <= bounds[0] <= bounds[1] <= high:
            return None
        found.update(range(bounds[0], bounds[1] + 1, int(step) if slash else 1))
    return found


def _number(text: str, names: list[str], first: int) -> int | None:
    if _is_number(text):
        return int(text)
    return names.index(text.lower()[:3]) + first if text.lower()[:3] in names and len(text) == 3 else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
