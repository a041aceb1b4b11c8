"""Finds the files of a component's blueprint around a history, or around a path that was named."""

# One listing of a folder per history, and most have no blueprint: this must cost nothing.
# ruff: noqa: PTH100, PTH118, PTH112, PTH113, PTH120, PTH208

import os
from pathlib import Path

from msgspec import Struct

DOCUMENTS = tuple(f"database-blueprint.{ending}" for ending in ("yaml", "yml", "json", "md"))
"""The names of the document itself, in the order in which they count."""
DOCUMENT = "document"
"""What reports call the layout of a blueprint without migrations."""
RULES = ("validation-rules.yaml", "validation-rules.yml")
TABLES, INDEXES, SEEDS = "schemas", "indexes", "seed"
_YAML = (".yaml", ".yml")
_FEW_LEVELS = 3


class Component(Struct, frozen=True, kw_only=True):
    """The paths of one component's files. `root`: its folder, or the one document that was named."""

    root: str
    documents: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()


def is_document(path: Path) -> bool:
    """Whether a path that was named is a blueprint to be checked by itself, and not SQL."""
    return path.suffix.lower() in (".yaml", ".yml", ".json", ".md") and path.is_file()


def has_blueprint(names: list[str]) -> bool:
    """Whether a folder that holds files of these names is a component's."""
    return any(name in names for name in DOCUMENTS)


def of_document(path: str) -> Component:
    """The component that is nothing but this document."""
    folder = os.path.dirname(os.path.abspath(path))
    return Component(root=path, documents=(path,), rules=_rules(folder))


def of_history(root: str) -> Component | None:
    """The component whose migrations stand at `root` (a folder or a file): the folder itself, or one not far above it
    as long as that is `migrations` or so; None where there is none."""
    folder = os.path.abspath(root)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    for _ in range(_FEW_LEVELS):
        try:
            names = os.listdir(folder)
        except OSError:
            return None
        if has_blueprint(names):
            return _component(folder, names)
        if ".git" in names or os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)
    return None


def _component(folder: str, names: list[str]) -> Component:
    return Component(
        root=folder,
        documents=tuple(os.path.join(folder, name) for name in DOCUMENTS if name in names),
        tables=_files(folder, TABLES, _YAML) if TABLES in names else (),
        indexes=_files(folder, INDEXES, _YAML) if INDEXES in names else (),
        rules=_rules(folder),
        seeds=_files(folder, SEEDS, (".sql",)) if SEEDS in names else (),
    )


def _files(folder: str, name: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    place = os.path.join(folder, name)
    try:
        found = sorted(os.listdir(place))
    except OSError:
        return ()
    return tuple(os.path.join(place, each) for each in found if each.lower().endswith(endings))


def _rules(folder: str) -> tuple[str, ...]:
    """The nearest file of graded rules: beside the document, or in the folder of all components."""
    for place in (folder, os.path.dirname(folder)):
        for name in RULES:
            if os.path.isfile(found := os.path.join(place, name)):
                return (found,)
    return ()
