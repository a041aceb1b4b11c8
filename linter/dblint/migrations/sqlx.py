"""sqlx's layout: one file a step, or an up and a down file, by version."""

import re

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, sql_files
from dblint.migrations.model import Transactions
from dblint.migrations.pairs import Half, Pairs, halves
from dblint.source import Span

_NAME = re.compile(r"(\d+)_(.*?)(?:\.(up|down))?\.sql\Z")
_DIRECTIVE = "-- no-transaction"
_MEANT = r"(?mi)^[ \t]*(--[ \t]*no[-_ ]?transaction)\b"
_PROJECT = frozenset({"Cargo.toml", ".sqlx", "sqlx-data.json", "sqlx.toml"})


def _detect(folder: Folder) -> int:
    """By a Rust project around it, or by its directive."""
    names = [name for name in folder.files if _NAME.match(name)]
    if not names:
        return 0
    if not folder.nearby().isdisjoint(_PROJECT):
        return 73
    singles = not halves(folder)
    return 73 if singles and any(folder.source(name).text.startswith(_DIRECTIVE) for name in names) else 0


def _read(folder: Folder) -> Draft:
    draft = Draft(folder)
    pairs = Pairs()
    for name in sql_files(draft, folder):
        match = _NAME.match(name)
        if match is None:
            draft.misnamed(folder.source(name), f"{name} is not run: sqlx looks for <version>_<description>.sql")
        else:
            pairs.add(int(match[1]), Half(folder, name, match[1], match[2]), match[3] or "up")
    pairs.assemble(draft, lambda half: (int(half.number), half.name))
    for step in draft.steps:
        text = step.source.text
        if text.startswith(_DIRECTIVE):
            step.transactions, step.reason = Transactions.NONE, _DIRECTIVE
        elif meant := re.search(_MEANT, text):
            message = f"{meant[1]!r} has no effect: sqlx reads {_DIRECTIVE!r} at the very start of a file"
            draft.remark("unknown directive", step.source, message, Span(meant.start(1), meant.end(1)))
    return draft


LAYOUTS = (
    Layout(
        name="sqlx",
        names="<version>_<description>.sql in a Rust project",
        detect=_detect,
        read=_read,
        transactions=Transactions.FILE,
    ),
)
