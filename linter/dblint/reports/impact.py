"""What each statement costs the others, as a table for people or a JSON document."""

from collections.abc import Callable, Iterable
from typing import Any, TextIO

from dblint.engine import StatementImpact
from dblint.errors import UsageError
from dblint.impact import Blocks, Lock
from dblint.reports.display import printable, width, wrap
from dblint.reports.document import render

VERSION = 1
_WAITS = {
    Blocks.NOBODY: "nobody",
    Blocks.SCHEMA_CHANGES: "schema changes",
    Blocks.WRITES: "writes",
    Blocks.READS: "reads",
}
_TITLES = ("relation", "lock", "waits", "work")
_GAP = "  "


def writer(name: str) -> Callable[[Iterable[StatementImpact], TextIO], None]:
    """The function that writes the format "text" or "json"; `UsageError` for another name."""
    if name not in FORMATS:
        raise UsageError(f"there is no impact format {name!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def write_json(statements: Iterable[StatementImpact], out: TextIO) -> None:
    """Write the document that `impact.schema.json` in `dblint_schemas` describes, statements in the given order."""
    out.write(render({"impact_version": VERSION, "statements": [_document(each) for each in statements]}))


def _document(priced: StatementImpact) -> dict[str, Any]:
    statement, impact = priced.statement, priced.impact
    last = statement.source.position(max(statement.span.start, statement.span.end - 1)).line
    return {
        "path": statement.source.path,
        "line": statement.line,
        "end_line": last,
        "statement": _first_line(statement.text),
        "locks": [{"relation": name.sql, "mode": str(impact.locks[name])} for name in sorted(impact.locks)],
        "blocks": _WAITS[impact.blocks],
        "rewrites": [name.sql for name in impact.rewrites],
        "scans": [name.sql for name in impact.scans],
        "builds": [name.sql for name in impact.builds],
        "in_transaction": impact.in_transaction,
        "refused": impact.refused,
        "uncertain": priced.uncertain or None,
    }


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].rstrip() if text.strip() else ""


def write_text(statements: Iterable[StatementImpact], out: TextIO, *, columns: int = 80) -> None:
    """Write per statement its place, its first line, who waits for it, and what takes time, at most `columns` wide.

    Only a name that is longer than that is wider. Indexes that are built stand in rows of their own.
    """
    blocks = ["\n".join(_lines(each, columns)) for each in statements]
    out.write("\n\n".join(blocks or ["No statements."]) + "\n")


def _lines(priced: StatementImpact, columns: int) -> list[str]:
    statement, impact = priced.statement, priced.impact
    lines = [f"{printable(statement.source.path)}:{statement.line}", _cut("  " + _first_line(statement.text), columns)]
    rows = _rows(priced)
    lines += _table(rows, columns) if rows else ["  locks nothing that others wait for"]
    if not impact.in_transaction:
        lines.append("  does not run inside a transaction")
    for word, text in (("refused", impact.refused), ("uncertain", priced.uncertain)):
        if text:
            lines += wrap(text, f"  {word}: ", columns)
    return lines


def _rows(priced: StatementImpact) -> list[tuple[str, str, str, str]]:
    """Relation, lock, who waits, and work: a row per relation that is locked or worked on."""
    impact = priced.impact
    rows = []
    for name in sorted({*impact.locks, *impact.rewrites, *impact.scans, *impact.builds}):
        lock = impact.lock_on(name)
        work = [
            word
            for word, names in (("rewrite", impact.rewrites), ("scan", impact.scans), ("index build", impact.builds))
            if name in names
        ]
        waits = "reads, writes" if lock.blocks is Blocks.READS else _WAITS[lock.blocks]
        held = (str(lock), waits) if lock is not Lock.NONE else ("", "")
        rows.append((printable(str(name)), *held, ", ".join(work)))
    return rows


def _table(rows: list[tuple[str, str, str, str]], columns: int) -> list[str]:
    """The rows under their titles; a name that would push the others past the margin has a line to itself."""
    others = [max(len(title), *(len(row[place]) for row in rows)) for place, title in enumerate(_TITLES) if place]
    room = max(len(_TITLES[0]), columns - sum(others) - len(_GAP) * len(_TITLES))
    first = max(len(_TITLES[0]), *(size for row in rows if (size := width(row[0])) <= room), 0)
    lines = []
    for row in (tuple(title.upper() for title in _TITLES), *rows):
        name, rest = row[0], [cell.ljust(size) for cell, size in zip(row[1:], others, strict=True)]
        if width(name) > first:
            lines.append(f"{_GAP}{name}")
            name = ""
        padded = name + " " * (first - width(name))
        lines.append((_GAP + _GAP.join([padded, *rest])).rstrip())
    return lines


def _cut(line: str, columns: int) -> str:
    line = printable(line.replace("\t", " "))
    if width(line) <= columns:
        return line
    while width(line) > columns - 1:
        line = line[: max(1, len(line) - (width(line) - columns + 2) // 2)]
    return line + "…"


FORMATS: dict[str, Callable[[Iterable[StatementImpact], TextIO], None]] = {"text": write_text, "json": write_json}
