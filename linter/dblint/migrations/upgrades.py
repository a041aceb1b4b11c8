"""Layouts made of releases: upgrade scripts, and a folder for each version with or without a manifest."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from dblint.errors import UsageError
from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step, sql_files
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import natural, numbers, words
from dblint.source import Source, Span

_UPGRADE = re.compile(
    r"(?:[a-z]+[-_.])*?(?:upgrade|update|upgrading)[-_.](?:[a-z]+[-_.])*?v?(\d+(?:[._-]\d+)*)(?=[-_.]).*\.sql\Z",
    re.IGNORECASE,
)
_VERSION = re.compile(r"v?(\d+(?:[._]\d+)*)(?:[-_][a-z]\w*)?\Z", re.IGNORECASE)
_MANIFEST_VERSION = re.compile(r"v(\d+(?:\.\d+)*)\Z")
_UPGRADES = ("upgrade", "upgrades", "update", "updates", "upgrade-scripts", "upgrade_scripts")
_INITIAL = r"(?i)(?:.*[-_.])?(?:init|initial|create|baseline|install|bootstrap)(?:[-_.].*)?\Z"
_STEP_NAMES = ("up.sql", "down.sql", "migration.sql")
_FINAL = "a final schema: the state that the steps make"
_NO_START = f"{_FINAL}; none of them makes the first tables, so those stay unknown"


# ---------------------------------------------------------------- upgrade scripts


def _versions(folder: Folder) -> list[str]:
    """Its subfolders that are named for a version and hold scripts, which are not another layout's steps."""
    return [
        name
        for name, sub in folder.folders.items()
        if _VERSION.match(name)
        and any(file.endswith(".sql") for file in sub.files)
        and not any(file in _STEP_NAMES or file.endswith((".up.sql", ".down.sql")) for file in sub.files)
    ]


def _scripts(folder: Folder) -> bool:
    return any(_UPGRADE.match(name) for name in folder.files) or bool(_versions(folder))


def _detect(folder: Folder) -> int:
    if any(_scripts(folder.folders[name]) for name in _UPGRADES if name in folder.folders):
        return 65
    if any(_UPGRADE.match(name) for name in folder.files):
        return 60
    own = any(name.endswith(".sql") for name in folder.files)
    return 55 if len(_versions(folder)) > 1 and not own else 0


def _read(folder: Folder) -> Draft:
    """By version: of the script's name, or of its folder and then by name."""
    draft = Draft(folder)
    inner = [name for name in _UPGRADES if name in folder.folders and _scripts(folder.folders[name])]
    draft.claimed.update(inner)
    left: list[str] = []
    for place in (folder, *(folder.folders[name] for name in inner)):
        for name in sql_files(draft, place):
            found = _UPGRADE.match(name)
            if found is None:
                left.append(place.show(name))
                continue
            source = place.source(name)
            version = numbers(found[1])
            draft.steps.append(Step((version, natural(name)), found[1], words(name[:-4]), source, _whole(source)))
        for name in _versions(place):
            if place is folder:
                draft.claimed.add(name)
            _add_version(draft, place.folders[name], name)
    draft.steps.sort(key=lambda step: step.key)
    for path in left:
        draft.skip(path, why_no_step(draft.steps[0].source.path if draft.steps else ""))
    return draft


def _add_version(draft: Draft, inside: Folder, name: str) -> None:
    found = _VERSION.match(name)
    version = found[1] if found else name
    for file in sql_files(draft, inside):
        source = inside.source(file)
        key = (numbers(version), natural(file))
        draft.steps.append(Step(key, version, words(file[:-4]), source, _whole(source)))


def why_no_step(first: str) -> str:
    """Why a final schema is passed over, given the first script's path: its name tells if the database begins there."""
    begins = any(re.match(_INITIAL, part.removesuffix(".sql")) for part in first.split("/")[-2:])
    return _FINAL if begins else _NO_START


def _whole(source: Source) -> tuple[Script, ...]:
    return (Script.whole(source),)


# ---------------------------------------------------------------- a manifest for each version


def _manifests(folder: Folder) -> list[str]:
    return [
        name for name, sub in folder.folders.items() if _MANIFEST_VERSION.match(name) and "manifest.json" in sub.files
    ]


def _versioned(folder: Folder) -> Folder | None:
    """The folder with the versions: itself or its `versioned`."""
    if _manifests(folder):
        return folder
    inner = folder.folders.get("versioned")
    return inner if inner and _manifests(inner) else None


def _detect_versioned(folder: Folder) -> int:
    return 97 if _versioned(folder) else 0


def _read_versioned(folder: Folder) -> Draft:
    """By version, then in the order of the version's manifest."""
    draft = Draft(folder)
    place = _versioned(folder) or folder
    if place is not folder:
        draft.claimed.add("versioned")
        for name in sql_files(draft, folder):
            draft.skip(folder.show(name), _FINAL if "schema" in name else "not a version's script")
    for name in _manifests(place):
        if place is folder:
            draft.claimed.add(name)
        _add_manifest(draft, place.folders[name], name.removeprefix("v"))
    return draft


def _add_manifest(draft: Draft, inside: Folder, version: str) -> None:
    manifest = inside.source("manifest.json")
    draft.lists.append(manifest)
    listed = _listed(manifest)
    names = sql_files(draft, inside)
    for place, file in enumerate(listed):
        if file not in names:
            at = manifest.text.find(f'"{file}"') + 1
            message = f"version {version} fails: {file} is in its manifest but not here"
            draft.remark("orphan", manifest, message, Span(at, at + len(file)))
            continue
        source = inside.source(file)
        key = (numbers(version), place, file)
        draft.steps.append(Step(key, version, words(file[:-4]), source, _whole(source)))
    for file in names:
        if file not in listed:
            draft.skip(inside.show(file), "not in the manifest")
            draft.remark("orphan", inside.source(file), f"{file} never runs: the manifest does not list it")


def _listed(manifest: Source) -> list[str]:
    """The manifest's list of `.sql` files, whatever it calls it."""
    try:
        document: Any = msgspec.json.decode(manifest.text)
    except msgspec.DecodeError as error:
        raise UsageError(f"is not JSON: {error}", path=manifest.path) from None
    values = document.values() if isinstance(document, dict) else ()
    return next(_file_lists(values), [])


def _file_lists(values: Any) -> Iterator[list[str]]:
    for value in values:
        if isinstance(value, list) and value and all(isinstance(item, str) and item.endswith(".sql") for item in value):
            yield [item.rpartition("/")[2] for item in value]


LAYOUTS = (
    Layout(
        name="versioned-folders",
        names="versioned/v<version>/manifest.json",
        detect=_detect_versioned,
        read=_read_versioned,
        transactions=Transactions.NONE,
        why="versioned-folders: each statement is sent by itself",
    ),
    Layout(
        name="upgrade-scripts",
        names="upgrade-<version>.sql or <version>/*.sql",
        detect=_detect,
        read=_read,
        transactions=Transactions.NONE,
        why="upgrade-scripts: run by hand, each statement commits",
    ),
)
