"""Atlas's checksum file: what atlas.sum has to hold once files of its folder are others.

Derived from what Atlas documents and its releases write. A line for each file in the order of names, `NAME h1:HASH`:
the hash is that of all names and contents up to and with this file, since one SHA-256 runs on from file to file. Above
them `h1:HASH`, the SHA-256 of all names and hashes in turn. Hashes are in base64; a file whose first line is
`-- atlas:sum ignore` has no line, and counts with its name alone.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from dblint.migrations.files import join
from dblint.migrations.model import History
from dblint.source import Edit, Source, Span

_IGNORED = re.compile(rb"-- *atlas:sum +ignore\b")


def atlas_sum(files: Mapping[str, bytes]) -> str:
    """The text of atlas.sum for files by their names."""
    running, whole, lines = hashlib.sha256(), hashlib.sha256(), []
    for name, data in sorted(files.items()):
        running.update(name.encode())
        if _IGNORED.match(data):
            continue
        running.update(data)
        found = _base64(running.digest())
        whole.update(name.encode() + found.encode())
        lines.append(f"{name} h1:{found}\n")
    return f"h1:{_base64(whole.digest())}\n{''.join(lines)}"


def renewed(history: History, texts: Mapping[str, Source]) -> Source | None:
    """atlas.sum as these texts of files make it; None where it stays, or does not fit the files as they are."""
    if not texts or not fits(history):
        return None
    old = history.lists[0]
    files = _files(history)
    for path, source in texts.items():
        folder, _, name = path.rpartition("/")
        if name.endswith(".sql") and join(folder, name) == join(history.root, name):
            files[name] = _bytes(source)
    text = atlas_sum(files)
    return None if text == old.text else Source(old.path, text)


def fits(history: History) -> bool:
    """Whether atlas.sum says what the files hold now: otherwise Atlas refuses them, and a new sum would hide why."""
    return bool(history.lists) and history.lists[0].text == atlas_sum(_files(history))


def _files(history: History) -> dict[str, bytes]:
    """The bytes of the folder's SQL files: those that were read as steps, and those that were passed over."""
    files = {each.path.rpartition("/")[2]: _bytes(each.source) for each in history.migrations}
    for path, _ in history.skipped:
        folder, _, name = path.rpartition("/")
        if name.endswith(".sql") and join(folder, name) == join(history.root, name) and Path(path).is_file():
            files[name] = Path(path).read_bytes()
    return files


def line_edits(old: Source, new: Source) -> tuple[Edit, ...]:
    """The lines that differ, as edits."""
    before, after = (source.text.splitlines(keepends=True) for source in (old, new))
    starts = [*old.lines[: len(before)], len(old.text)]
    return tuple(
        Edit(Span(starts[a], starts[b]), "".join(after[c:d]))
        for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def _bytes(source: Source) -> bytes:
    return (b"\xef\xbb\xbf" if source.bom else b"") + source.text.encode()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
