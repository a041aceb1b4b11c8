"""Folders and files of migrations: one scan, one read each, and the path that reports print."""

# Hundreds of files: making a Path for each would cost as much as reading it.
# ruff: noqa: PTH100, PTH114, PTH118, PTH119, PTH120, PTH123, PTH208

import codecs
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from dblint.errors import UsageError
from dblint.source import Source

Shown = Callable[[Path], str]
"""From a path to what reports print for it."""

PASSED_OVER = frozenset({"node_modules", "__pycache__", "vendor", "venv", "target"})
"""Folders never searched: other people's code and build output. Neither are names that start with a dot."""


def shown_path(path: Path) -> str:
    """`path` relative to the current directory, with forward slashes.

    It stays absolute where the way there would lead through the root of the file system or another drive.
    """
    absolute = os.path.abspath(path)
    try:
        here = os.path.abspath(os.curdir)
        shared = os.path.commonpath((absolute, here))
        if os.path.dirname(shared) != shared:
            absolute = os.path.relpath(absolute, here)
    except (ValueError, OSError):  # another drive; a current directory that is gone
        pass
    return absolute.replace(os.sep, "/")


class Folder:
    """A folder as it was scanned: names of its files, its folders, and the sources read so far.

    `path` is what the system needs, `shown` what reports print, both without a slash at the end.
    """

    __slots__ = ("_names", "_sources", "files", "folders", "path", "shown")

    def __init__(
        self,
        path: str,
        shown: str,
        files: list[str],
        folders: dict[str, "Folder"],
        sources: dict[str, Source] | None = None,
    ) -> None:
        self.path = path
        self.shown = shown
        self.files = files
        self.folders = folders
        self._names: frozenset[str] | None = None
        self._sources: dict[str, Source] = {} if sources is None else sources

    def __repr__(self) -> str:
        return f"Folder({self.shown!r})"

    @property
    def name(self) -> str:
        return os.path.basename(os.path.abspath(self.path)) if self.path else ""

    def show(self, name: str) -> str:
        return join(self.shown, name)

    def has(self, name: str) -> bool:
        """Whether one of its files is called so; for many questions, which `files` would be searched through for."""
        if self._names is None:
            self._names = frozenset(self.files)
        return name in self._names

    def source(self, name: str) -> Source:
        """The text of one of its files. UsageError when it cannot be read or decoded."""
        known = self._sources.get(name)
        if known is None:
            known = self._sources[name] = _read(os.path.join(self.path, name), join(self.shown, name))
        return known

    def only(self, keep: Callable[[str], bool]) -> "Folder":
        """The same tree with just those files whose name `keep` accepts; what was read is shared."""
        folders = {name: folder.only(keep) for name, folder in self.folders.items()}
        return Folder(self.path, self.shown, [name for name in self.files if keep(name)], folders, self._sources)

    def nearby(self) -> set[str]:
        """The names in its parent and the parent's parent, where a project's own files stand."""
        if not self.path:
            return set()
        parent = os.path.dirname(os.path.abspath(self.path))
        names: set[str] = set()
        for place in (parent, os.path.dirname(parent)):
            try:
                names.update(os.listdir(place))
            except OSError:
                continue
        return names


def scan(path: str, shown: str, *, deep: bool = True) -> Folder:
    """The tree of folders and file names at `path`, names sorted. `deep=False` leaves its folders out."""
    return _scan(path, shown, (os.path.realpath(path),), deep)


def _scan(path: str, shown: str, above: tuple[str, ...], deep: bool) -> Folder:
    files: list[str] = []
    found: list[tuple[str, tuple[str, ...]]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith(".") or name in PASSED_OVER:
                    continue
                if entry.is_dir():
                    if not entry.is_symlink():
                        found.append((name, above))
                    elif (real := os.path.realpath(entry.path)) not in above and not _holds(real, above[0]):
                        found.append((name, (*above, real)))
                elif entry.is_file() or entry.is_symlink():
                    files.append(name)
    except OSError as error:
        raise _unreadable(error, path, shown) from None
    files.sort()
    folders: dict[str, Folder] = {}
    if deep:
        for name, links in sorted(found):
            folders[name] = _scan(os.path.join(path, name), join(shown, name), links, deep)
    return Folder(path, shown, files, folders)


def assemble(path: str, shown: str, files: Mapping[str, Source | None]) -> Folder:
    """The tree that `scan` would make if these were the files below `path`; None: the text is read from disk."""
    texts: dict[str, Source] = {}
    known = {"": (Folder(path, shown, [], {}, texts), texts)}
    for file in sorted(files, key=lambda name: name.split("/")):
        *places, name = file.split("/")
        if name.startswith(".") or any(place.startswith(".") or place in PASSED_OVER for place in places):
            continue
        at = ""
        for place in places:
            inside, at = known[at][0], join(at, place)
            if at not in known:
                texts = {}
                known[at] = Folder(os.path.join(inside.path, place), join(inside.shown, place), [], {}, texts), texts
                inside.folders[place] = known[at][0]
        folder, texts = known[at]
        folder.files.append(name)
        if source := files[file]:
            texts[name] = source
    return known[""][0]


def overlaid(folder: Folder, texts: Mapping[str, Source], keep: Callable[[str], bool] = lambda path: True) -> Folder:
    """A scanned tree as it would be with these files: by their paths as reports print them, new ones among them.

    Of the files that were there before, only those whose printed path `keep` accepts are left.
    """
    within = {path: source for path, source in texts.items() if _holds(folder.shown, path) or folder.shown in ("", ".")}
    known: dict[str, Source] = {}
    names = [name for name in folder.files if keep(join(folder.shown, name))]
    folders = dict(folder.folders)
    inner: dict[str, dict[str, Source]] = {}
    for path, source in within.items():
        place = path.removeprefix(f"{folder.shown}/") if folder.shown not in ("", ".") else path
        first, slash, _ = place.partition("/")
        if slash:
            inner.setdefault(first, {})[path] = source
        else:
            known[first] = source
            names.append(first)
    for name in inner:
        if name not in folders:
            folders[name] = Folder(os.path.join(folder.path, name), join(folder.shown, name), [], {})
    for name, sub in folders.items():
        folders[name] = overlaid(sub, inner.get(name, {}), keep)
    sources = {**folder._sources, **known}
    return Folder(folder.path, folder.shown, sorted(dict.fromkeys(names)), dict(sorted(folders.items())), sources)


def join(folder: str, name: str) -> str:
    if folder in ("", "."):
        return name
    return folder + name if folder.endswith("/") else f"{folder}/{name}"


def _holds(folder: str, inner: str) -> bool:
    return inner == folder or inner.startswith(folder.rstrip(os.sep) + os.sep)


def read_source(path: Path, shown: Shown = shown_path) -> Source:
    """The text of one file, with its line ends as they are and without its byte order mark.

    The encoding is that of the byte order mark (UTF-8, UTF-16), else UTF-8. UsageError, with the path,
    when there is no such file, when it is a folder, cannot be read, or is encoded otherwise.
    """
    return _read(str(path), shown(path))


def _read(path: str, shown: str) -> Source:
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.read()
    except OSError as error:
        raise _unreadable(error, path, shown) from None
    return decode(data, shown)


def decode(data: bytes, shown: str) -> Source:
    """The source of a file's bytes; `shown` is its path."""
    encoding, mark = _encoding(data)
    try:
        text = data[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        at = mark + error.start
        raise UsageError(
            f"cannot be read as {encoding.upper()}: byte 0x{data[at]:02x} at offset {at}",
            path=shown,
            line=data.count(b"\n", 0, at) + 1,
        ) from None
    if "\0" in text:
        at = text.index("\0")
        raise UsageError(
            f"is not a text file: a NUL character at offset {at} (UTF-16 needs a byte order mark)",
            path=shown,
            line=text.count("\n", 0, at) + 1,
        )
    return Source(shown, text, bom=mark > 0)


def encode(text: str, like: bytes) -> bytes:
    """The text as bytes, with the encoding and the byte order mark of a file's bytes."""
    encoding, mark = _encoding(like)
    return like[:mark] + text.encode(encoding)


def _encoding(data: bytes) -> tuple[str, int]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    return "utf-8", 0


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # what PowerShell's `>` writes
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _unreadable(error: OSError, path: str, shown: str) -> UsageError:
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):
            return UsageError("is a symbolic link to nothing", path=shown)
        return UsageError("no such file or folder", path=shown)
    if isinstance(error, IsADirectoryError):
        return UsageError("is a folder, not a file", path=shown)
    return UsageError(f"cannot be read: {(error.strerror or str(error)).lower()}", path=shown)
