"""Changes of files as a patch that `git apply` and GNU patch both take."""

import re
from collections.abc import Iterable

from msgspec import Struct

_QUOTED = re.compile(r'["\\\x00-\x1f\x7f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Change(Struct, frozen=True):
    """A file's text before and after; None where it does not exist."""

    path: str
    before: str | None
    after: str


def patch(changes: Iterable[Change]) -> str:
    """The patch, "" when nothing changes. Lines end at line feeds alone, as git sees them."""
    return "".join(_file(change) for change in changes if change.before != change.after)


def _file(change: Change) -> str:
    from difflib import unified_diff

    old, new = _name("a/" + change.path), _name("b/" + change.path)
    head = f"diff --git {old} {new}\n"
    if change.before is None:
        head += "new file mode 100644\n"
        if not change.after:
            return head
    tab = "\t" if " " in change.path else ""
    before = _lines(change.before or "")
    hunks = list(unified_diff(before, _lines(change.after), lineterm=""))[2:]
    source = "/dev/null" if change.before is None else old + tab
    return head + f"--- {source}\n+++ {new}{tab}\n" + "".join(map(_ended, hunks))


def _lines(text: str) -> list[str]:
    """The lines with their line feeds, so that a last line without one differs from the same line with one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _ended(line: str) -> str:
    if line.startswith("@@"):
        return line + "\n"
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def _name(path: str) -> str:
    if not _QUOTED.search(path):
        return path
    escaped = _QUOTED.sub(lambda match: _ESCAPES.get(match[0]) or f"\\{ord(match[0]):03o}", path)
    return f'"{escaped}"'
