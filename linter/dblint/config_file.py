"""Finds, reads and checks the configuration file; every error names its line and, where it can, the right word."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin

from msgspec import Struct, ValidationError, convert
from msgspec.structs import fields, replace

from dblint.config import KEYS, Config, Override, Reason, Root, with_preset
from dblint.errors import UsageError
from dblint.naming import Convention

NAMES = ("dblint.toml", "pyproject.toml")

S = TypeVar("S", bound=Struct)
Keys = tuple[str | int, ...]
"""The way to a value: keys of tables and numbers of array elements."""
Fail = Callable[[Keys, str], NoReturn]


def find(path: Path) -> Path | None:
    """The configuration file for a path: the nearest one upwards, within the repository that holds it.

    A `pyproject.toml` counts when it has a `[tool.dblint]` table; a `dblint.toml` beside it wins. The
    search ends at the first folder with a `.git`, so that every checkout gives the same result.
    """
    place = path.resolve()
    for folder in (place, *place.parents):
        for name in NAMES:
            file = folder / name
            if file.is_file() and (name == NAMES[0] or _has_table(file)):
                return file
        if (folder / ".git").exists():
            return None
    return None


def load(file: Path) -> Config:
    """Read a `dblint.toml` or `pyproject.toml`. Raises UsageError with path and line for whatever is wrong in it."""
    return _File(file).config()


def shown(path: Path) -> str:
    """The path as messages print it: relative to the working directory where it lies below it."""
    resolved, here = path.resolve(), Path.cwd()
    return (resolved.relative_to(here) if resolved.is_relative_to(here) else resolved).as_posix()


def closest(word: str, known: Iterable[object]) -> str:
    """`; did you mean 'x'?` for what `word` looks like a slip of, "" otherwise."""
    from difflib import get_close_matches

    found = get_close_matches(word, [str(each) for each in known], n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def key_lines(text: str) -> dict[Keys, int]:
    """The line (from 1) of each key and table header of a TOML text that is known to be well-formed."""
    lines: dict[Keys, int] = {}
    arrays: dict[Keys, int] = {}
    table: Keys = ()
    quoted = False

    def place(parts: list[str]) -> Keys:
        keys: Keys = ()
        for part in parts:
            keys = (*keys, part)
            keys = (*keys, arrays[keys]) if keys in arrays else keys
        return keys

    for number, line in enumerate(text.splitlines(), start=1):
        inside, quoted = quoted, quoted ^ bool((line.count('"""') + line.count("'''")) % 2)
        if inside:
            continue
        if header := re.match(_HEADER, line):
            parts = _parts(header[2])
            if header[1] == "[[":
                above = place(parts[:-1])
                arrays[(*above, parts[-1])] = arrays.get((*above, parts[-1]), -1) + 1
            table = place(parts)
            lines.setdefault(table, number)
        elif key := re.match(_KEY, line):
            keys = (*table, *_parts(key[1]))
            for length in range(len(table) + 1, len(keys) + 1):
                lines.setdefault(keys[:length], number)
    return lines


_WORD = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_HEADER = rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#|$)"
_KEY = rf"\s*({_DOTTED})\s*="


def _parts(dotted: str) -> list[str]:
    return [word.strip("\"'") for word in re.findall(_WORD, dotted)]


# --- the file ---------------------------------------------------------------------------------


def _has_table(file: Path) -> bool:
    text = _read(file)
    return "dblint" in text and _table(_parse(file, text)) is not None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=shown(file)) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"is not UTF-8 at byte {error.start}", path=shown(file)) from None


def _parse(file: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = str(error), text.count("\n") + 1
        if found := re.search(r" \((?:at line (\d+), column \d+|at end of document)\)$", message):
            message, line = message[: found.start()], int(found[1] or line)
        raise UsageError(message, path=shown(file), line=line) from None


def _table(data: Mapping[str, Any]) -> Any:
    tool = data.get("tool")
    return tool.get("dblint") if isinstance(tool, dict) else None


class _File:
    """One configuration file while it is read: its values, and where its keys stand."""

    def __init__(self, file: Path) -> None:
        self.path = shown(file)
        self.folder = file.resolve().parent
        text = _read(file)
        data = _parse(file, text)
        self.prefix: Keys = ("tool", "dblint") if file.name == "pyproject.toml" else ()
        self.data = _table(data) if self.prefix else data
        self.lines = key_lines(text)

    def line(self, keys: Keys) -> int:
        """The line of a value, or of the nearest table around it that has one."""
        whole = (*self.prefix, *keys)
        while whole and whole not in self.lines:
            whole = whole[:-1]
        return self.lines.get(whole, 1)

    def fail(self, keys: Keys, message: str) -> NoReturn:
        raise UsageError(message, path=self.path, line=self.line(keys))

    def config(self) -> Config:
        if self.data is None:
            raise UsageError("has no [tool.dblint] table", path=self.path)
        if not isinstance(self.data, dict):
            self.fail((), "tool.dblint must be a table")
        own = {key: value for key, value in self.data.items() if key not in ("roots", "overrides")}
        overrides = [self.override(number, each) for number, each in enumerate(self.tables("overrides"))]
        top = replace(self.decode(own, (), (*KEYS, "overrides", "roots")), overrides=tuple(overrides))
        roots = [self.root(top, own, number, each) for number, each in enumerate(self.tables("roots"))]
        return replace(top, roots=tuple(roots))

    def tables(self, key: str) -> list[dict[str, Any]]:
        """The tables of an array of them."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.fail((key,), f"{key} must be written as [[{key}]]")
        return found

    def override(self, number: int, data: Mapping[str, Any]) -> Override:
        at = ("overrides", number)
        known = ("files", "ignore", "severity")
        if not data.get("files"):
            self.fail(at, "each of [[overrides]] needs files: a list of globs")
        reasons = {key: Reason(self.path, self.line((*at, key))) for key in known[1:] if key in data}
        for name in data["severity"] if isinstance(data.get("severity"), dict) else ():
            reasons[f"severity.{name}"] = Reason(self.path, self.line((*at, "severity", name)))
        return replace(decode(Override, data, self.fail, at, known), folder=str(self.folder), reasons=reasons)

    def root(self, top: Config, below: Mapping[str, Any], number: int, data: Mapping[str, Any]) -> Root:
        """A root's configuration: the file's own keys, and over them the root's."""
        at = ("roots", number)
        path = data.get("path")
        if not isinstance(path, str):
            self.fail(at, "each of [[roots]] needs a path")
        folder = (self.folder / path).resolve()
        if not folder.exists():
            self.fail((*at, "path"), f"there is no {path!r} beside this file")
        own = {key: value for key, value in data.items() if key != "path"}
        alone = self.decode(own, at, (*KEYS, "path"))
        whole = self.decode(_merged(below, own), at, KEYS)
        return Root(str(folder), replace(whole, overrides=top.overrides, reasons=top.reasons | alone.reasons))

    def decode(self, data: Mapping[str, Any], at: Keys, known: Iterable[str]) -> Config:
        """Check and convert a table that stands at `at`."""
        if isinstance(preset := data.get("naming"), str):
            data = {**data, "naming": {"preset": preset}}
        texts = {key: _as_text(value) if key in ("postgres", "tsql", "mysql") else value for key, value in data.items()}
        config = decode(Config, texts, self.fail, at, known)
        reasons: dict[str, Reason] = {}
        for key, value in data.items():
            reasons[key] = Reason(self.path, self.line((*at, key)))
            for inner in value if isinstance(value, dict) else ():
                reasons[f"{key}.{inner}"] = Reason(self.path, self.line((*at, key, inner)))
        for key in ("allowed", "prohibited"):
            self.check_words(getattr(config.policy, key), (*at, "policy", key))
        return replace(config, file=self.path, reasons=reasons, naming=with_preset(config.naming))

    def check_words(self, words: tuple[str, ...], at: Keys) -> None:
        """Fail for a word of a policy that stands for no operation."""
        if not words:
            return
        from dblint.vocabulary import unknown

        for word, hint in unknown(words):
            self.fail(at, f"{'.'.join(map(str, at[-2:]))}: {word!r} is no operation{hint}")


def _as_text(version: object) -> object:
    """A version written as a number is as good as one written as text."""
    return str(version) if isinstance(version, int | float) and not isinstance(version, bool) else version


def _merged(below: Any, above: Any) -> Any:
    """Tables are merged key by key; of everything else, the upper one counts."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return above


# --- checking against a Struct ----------------------------------------------------------------


def decode(kind: type[S], data: Mapping[str, Any], fail: Fail, at: Keys = (), known: Iterable[str] = ()) -> S:
    """Convert a table to a Struct. `fail` is called for what does not fit; `known` narrows the keys it may have."""
    slots = {field.encode_name: field for field in fields(kind)}
    allowed = tuple(known) or tuple(slots)
    values = {}
    for key, value in data.items():
        if key not in allowed:
            fail((*at, key), f"unknown key {key!r}{closest(key, allowed) or '; known are ' + ', '.join(allowed)}")
        values[slots[key].name] = _value(slots[key].type, value, fail, (*at, key))
    return kind(**values)


def _value(kind: Any, value: Any, fail: Fail, at: Keys) -> Any:
    name = ".".join(str(key) for key in at if isinstance(key, str))
    if get_origin(kind) in (Union, UnionType) and len(rest := [k for k in get_args(kind) if k is not NoneType]) == 1:
        kind = rest[0]
    if kind is Convention:
        try:
            return Convention.parse(value) if isinstance(value, str) else fail(at, f"{name} must be a string")
        except ValueError as error:
            fail(at, f"{name}: {error}")
    table = isinstance(kind, type) and issubclass(kind, Struct)
    if table or get_origin(kind) is dict:
        if not isinstance(value, dict):
            fail(at, f"{name} must be a table")
        if table:
            return decode(kind, value, fail, at)
        return {key: _value(get_args(kind)[1], inner, fail, (*at, key)) for key, inner in value.items()}
    try:
        return convert(value, kind)
    except ValidationError as error:
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        if isinstance(kind, type) and issubclass(kind, Enum):
            choices = tuple(member.value for member in kind)
        if choices:
            hint = closest(str(value), choices)
            fail(at, f"{name} is {value!r}, but must be one of {', '.join(map(str, choices))}{hint}")
        fail(at, f"{name}: {str(error).partition(' - at ')[0][0].lower()}{str(error).partition(' - at ')[0][1:]}")
