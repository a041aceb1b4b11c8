"""The names that PostgreSQL gives what the author did not name (indexcmds.c, pg_constraint.c: described in
the manual only in part, so proved against servers in tests)."""

from collections.abc import Callable, Iterable

MAXIMUM_BYTES = 63
"""NAMEDATALEN - 1."""


def truncated(identifier: str) -> str:
    """The identifier as the server keeps it: at most 63 bytes, never half a character."""
    return _clip(identifier, MAXIMUM_BYTES)


def compose(table: str, column: str, label: str) -> str:
    """`table_column_label`, shortened to 63 bytes by cutting the longer of the first two parts."""
    first, second = table.encode(), column.encode()
    room = MAXIMUM_BYTES - len(label.encode()) - 1 - (1 if column else 0)
    length_1, length_2 = len(first), len(second)
    while length_1 + length_2 > room:
        if length_1 > length_2:
            length_1 -= 1
        else:
            length_2 -= 1
    parts = [_clip(table, length_1)]
    if column:
        parts.append(_clip(column, length_2))
    return "_".join([*parts, label])


def choose(table: str, column: str, label: str, taken: Callable[[str], bool]) -> str:
    """The first of `table_column_label`, `…label1`, `…label2` that is free."""
    name = compose(table, column, label)
    number = 0
    while taken(name):
        number += 1
        name = compose(table, column, f"{label}{number}")
    return name


def index_columns(labels: Iterable[str]) -> list[str]:
    """The column names of an index: repeated ones are numbered, cut to fit."""
    names: list[str] = []
    for label in labels:
        name, number = label, 0
        while name in names:
            number += 1
            suffix = str(number)
            name = _clip(label, MAXIMUM_BYTES - len(suffix)) + suffix
        names.append(name)
    return names


def addition(columns: Iterable[str]) -> str:
    """The columns' part of a generated name: joined by "_" until 64 bytes are passed."""
    joined = ""
    for column in columns:
        joined = f"{joined}_{column}" if joined else column
        if len(joined.encode()) > MAXIMUM_BYTES:
            break
    return joined


def _clip(text: str, size: int) -> str:
    raw = text.encode()
    return text if len(raw) <= size else raw[:size].decode("utf-8", "ignore")
