"""Finds migrations below a path, recognises their layout, and returns them in the order they run."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.component import DOCUMENT, has_blueprint
from dblint.errors import UsageError
from dblint.migrations import drizzle, flyway, folders, liquibase, numbered, pairs, sections, sqitch, sqlx, upgrades
from dblint.migrations.files import Folder, Shown, join, overlaid, read_source, scan, shown_path
from dblint.migrations.layout import CERTAIN, Draft, Layout, Step, finish, is_code
from dblint.migrations.model import History, Remark, Script, Transactions
from dblint.migrations.naming import database_of_folder, database_suffix, described, number_of
from dblint.source import Source

__all__ = ["LAYOUTS", "discover", "from_text", "read_source"]

LAYOUTS: tuple[Layout, ...] = (
    *sqitch.LAYOUTS,
    *drizzle.LAYOUTS,
    *folders.LAYOUTS,
    *sections.LAYOUTS,
    *liquibase.LAYOUTS,
    *flyway.LAYOUTS,
    *upgrades.LAYOUTS,
    *sqlx.LAYOUTS,
    *pairs.LAYOUTS,
    *numbered.LAYOUTS,
)
"""Every layout dblint knows. The surest wins; of equally sure ones the first."""

_PLAIN = LAYOUTS[-1]
_STEP_FILES = frozenset({"up.sql", "down.sql", "migration.sql"})
_MARKERS = frozenset({"atlas.sum", "migration_lock.toml"})
_BESIDE = "its name is not that of a step, and it stands beside migrations"
_FINAL = "a final schema: the state that the migrations make"


class _Search(Struct, frozen=True):
    """What was asked for."""

    layout: Layout | None
    mode: Transactions | None
    dialect: str


def discover(
    path: Path, *, layout: str = "", transactions: str = "", dialect: str = "", shown: Shown = shown_path
) -> list[History]:
    """The histories below `path` (a file, a migration folder, or a folder with several of them), each in order.

    `layout` names the layout instead of recognising it; `transactions` is the mode of migrations that do not
    say their own; `dialect` picks among files that are for different databases. `shown` makes the paths of
    reports. A file gives a history of that one migration. UsageError when there is nothing, or when
    something cannot be read.
    """
    search = _Search(_layout(layout), _mode(transactions), dialect)
    if not path.is_dir():
        return [_file(path, search, shown)]
    top = scan(str(path), shown(path))
    loose: list[Folder] = []
    histories = _walk(top, search, loose)
    if any(map(_is_something, histories)):
        return _with_loose(histories, loose)
    if search.layout is None:
        for folder in loose:
            histories += _read(folder, _PLAIN, search)[0]
    if not any(history.migrations for history in histories):
        raise _nothing(top, search)
    return histories


def _is_something(history: History) -> bool:
    return bool(history.migrations) or history.layout == DOCUMENT


def again(folder: Folder, history: History) -> History | None:
    """What another state of a history's folder makes, read in the same way; None when that is no history."""
    layout = _layout(history.layout)
    if layout is None or not (layout.detect(folder) or _has_sql(folder)):
        return None
    found = _read(folder, layout, _Search(layout, None, history.dialect))[0]
    return next((each for each in found if each.dialect == history.dialect), found[0] if found else None)


def reread(
    history: History, texts: Mapping[str, Source], *, whole: bool, transactions: str = "", dialect: str = ""
) -> History | None:
    """What a history on disk becomes with these texts in the place of files, or as new ones, by the paths of reports.

    `whole`: the history is all that its folder holds. The others of its files are taken as they were read. None when
    it is no longer a history.
    """
    layout = _layout(history.layout)
    known = {each.path: each for each in history.lists}
    known |= {each.source.path: each.source for each in history.migrations}
    known |= {part.source.path: part.source for each in history.migrations for part in (*each.up, *each.down)}

    def keep(path: str) -> bool:
        return whole or path in known or not path.endswith(".sql")

    folder = overlaid(scan(history.root or ".", history.root), {**known, **texts}, keep)
    if layout is None or not (layout.detect(folder) or _has_sql(folder)):
        return None
    found = _read(folder, layout, _Search(layout, _mode(transactions), dialect or history.dialect))[0]
    return next((each for each in found if each.dialect == history.dialect), found[0] if found else None)


def from_text(
    text: str, name: str = "<stdin>", *, layout: str = "", transactions: str = "", dialect: str = ""
) -> History:
    """A history of text that is in no file; its directives, if it has any, say the layout."""
    search = _Search(_layout(layout), _mode(transactions), dialect)
    source = Source(name, text.removeprefix("\ufeff"), bom=text.startswith("\ufeff"))
    # A name that fits every layout of one file a step; its number is taken off again below.
    folder = Folder("", "", ["0_.sql"], {}, {"0_.sql": source})
    wanted = search.layout or _recognise(folder) or _PLAIN
    draft = wanted.read(folder)
    if not draft.steps:
        draft = _lone(folder)
    for step in draft.steps:
        step.version = "" if step.version == "0" else step.version
    return replace(finish(draft, wanted, search.mode, dialect), root=name)


def _layout(name: str) -> Layout | None:
    if not name:
        return None
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise UsageError(f"no layout is called {name!r}: they are {', '.join(sorted(each.name for each in LAYOUTS))}")


def _mode(name: str) -> Transactions | None:
    try:
        return Transactions(name) if name else None
    except ValueError:
        known = ", ".join(mode.value for mode in Transactions)
        raise UsageError(f"no transaction mode is called {name!r}: they are {known}") from None


# ---------------------------------------------------------------- a tree


def _walk(folder: Folder, search: _Search, loose: list[Folder]) -> list[History]:
    """The histories of a tree; folders whose `.sql` files belong to none are added to `loose`."""
    histories: list[History] = []
    claimed: set[str] = set()
    layout = search.layout or _recognise(folder)
    sure = layout is not None and (search.layout is None or layout.detect(folder) > 0)
    if layout and (sure or _has_sql(folder)):
        histories, claimed = _read(folder, layout, search)
        if not sure and not any(history.migrations for history in histories):
            histories, claimed = [], set()
    if not any(history.migrations for history in histories) and _has_sql(folder):
        loose.append(folder)
    for name, inner in folder.folders.items():
        if name not in claimed:
            histories += _walk(inner, search, loose)
    if has_blueprint(folder.files) and not any(history.migrations for history in histories):
        return [History(root=folder.shown, layout=DOCUMENT, migrations=())]
    return histories


def _recognise(folder: Folder) -> Layout | None:
    best, surest = None, 0
    for layout in LAYOUTS:
        sure = layout.detect(folder)
        if sure > surest:
            best, surest = layout, sure
            if sure >= CERTAIN:
                break
    return best


def _has_sql(folder: Folder) -> bool:
    return any(name.lower().endswith(".sql") for name in folder.files)


def _read(folder: Folder, layout: Layout, search: _Search) -> tuple[list[History], set[str]]:
    """A folder's history (one for each database, where files are for several) and the subfolders it took."""
    draft = _account(layout.read(folder))
    views = dict(_by_database(folder, draft.claimed))
    if not views:
        history = finish(draft, layout, search.mode, search.dialect)
        return [history if history.dialect else replace(history, dialect=_database(history))], draft.claimed
    wanted = {search.dialect} if search.dialect in views else views.keys()
    histories: list[History] = []
    for dialect in sorted(wanted):
        one = _account(layout.read(views[dialect]))
        one.dialect = dialect
        for other in views.keys() - wanted:
            for path in _paths(folder, draft.claimed):
                if database_suffix(path)[0] == other:
                    one.skip(path, f"for {other}")
        histories.append(finish(one, layout, search.mode, dialect))
    return histories, draft.claimed


def _account(draft: Draft) -> Draft:
    """Says of each file in the reading's folders that was neither read nor passed over that it is no part of it."""
    known = {path for path, _ in draft.skipped}
    for step in draft.steps:
        known.update(script.source.path for script in (*step.up, *step.down))
        known.add(step.source.path)
    for path in _paths(draft.folder, draft.claimed):
        if path not in known:
            draft.skip(path, "no step of this layout")
    return draft


def _by_database(folder: Folder, claimed: set[str]) -> Iterator[tuple[str, Folder]]:
    """A view of the folder for each database, when files come in versions for several (`x_pg.sql`, `x_mysql.sql`)."""
    variants: dict[str, set[str]] = {}
    for path in _paths(folder, claimed):
        dialect, stem = database_suffix(path)
        if dialect:
            variants.setdefault(stem, set()).add(dialect)
    if any(len(dialects) > 1 for dialects in variants.values()):
        for dialect in set().union(*variants.values()):
            yield dialect, folder.only(partial(_is_for, dialect))


def _is_for(dialect: str, name: str) -> bool:
    return database_suffix(name)[0] in ("", dialect)


def _paths(folder: Folder, claimed: set[str] | None = None) -> Iterator[str]:
    yield from (folder.show(name) for name in folder.files if name.lower().endswith(".sql"))
    for name, inner in folder.folders.items():
        if claimed is None or name in claimed:
            yield from _paths(inner)


def _database(history: History) -> str:
    """The database that a history's file names, or else its folders, speak of."""
    named = Counter(database_suffix(migration.path)[0] for migration in history.migrations)
    dialect, count = next(iter(named.most_common(1)), ("", 0))
    if dialect and count * 2 > len(history.migrations):
        return dialect
    if dialect := database_of_folder(history.root):
        return dialect
    parents = {migration.path.rpartition("/")[0] for migration in history.migrations}
    within = {database_of_folder(parent) for parent in parents}
    return within.pop() if len(within) == 1 else ""


def _with_loose(histories: list[History], loose: list[Folder]) -> list[History]:
    """Says of each file that no history took why it was passed over, in the history nearest to it."""
    passed: dict[int, list[tuple[str, str]]] = {}
    for folder in loose:
        place = folder.shown.split("/")
        nearest = max(range(len(histories)), key=lambda at: _shared(histories[at].root.split("/"), place))
        for name in folder.files:
            if name.lower().endswith(".sql"):
                reason = _why_final(histories[nearest]) if numbered.is_final(name) else _BESIDE
                passed.setdefault(nearest, []).append((folder.show(name), reason))
    for at, skipped in passed.items():
        known = {path for path, _ in histories[at].skipped}
        fresh = tuple(entry for entry in skipped if entry[0] not in known)
        histories[at] = replace(histories[at], skipped=histories[at].skipped + fresh)
    return histories


def _why_final(history: History) -> str:
    if history.layout == "upgrade-scripts" and history.migrations:
        return upgrades.why_no_step(history.migrations[0].path)
    return _FINAL


def _shared(one: list[str], other: list[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _nothing(top: Folder, search: _Search) -> UsageError:
    sought = [search.layout] if search.layout else LAYOUTS
    names = "; ".join(f"{layout.names} ({layout.name})" for layout in sought)
    kind = f"{search.layout.name} migrations" if search.layout else "migrations"
    code = next(_code(top), "")
    seen = f"; {code} is a step in code, and only SQL is read" if code else ""
    return UsageError(f"no {kind} found under {top.shown}: looked for {names}{seen}")


def _code(folder: Folder) -> Iterator[str]:
    yield from (folder.show(name) for name in folder.files if is_code(name))
    for inner in folder.folders.values():
        yield from _code(inner)


# ---------------------------------------------------------------- one file


def _file(path: Path, search: _Search, shown: Shown) -> History:
    """A file's history of one. Markers and files of the same number beside it tell the layout and the down part."""
    source = read_source(path, shown)
    place = str(path.parent)
    planned = _planned(path, shown)
    folder = planned or scan(place, shown(path.parent), deep=False)
    if planned is None:
        number = _number(path.name)
        folder = folder.only(lambda name: name == path.name or _relates(name, path.name, number))
        if path.name in _STEP_FILES:
            above = path.absolute().parent.parent
            outer = scan(str(above), shown(above), deep=False)
            files = [name for name in outer.files if name in _MARKERS]
            folder = Folder(str(above), outer.shown, files, {path.absolute().parent.name: folder})
        elif (meta := path.parent / "meta").is_dir():
            folder.folders["meta"] = scan(str(meta), join(folder.shown, "meta"), deep=False)
    layout = search.layout or _recognise(folder)
    said: tuple[Remark, ...] = ()
    if layout:
        for history in _read(folder, layout, search)[0]:
            own = [each for each in history.migrations if any(part.source.path == source.path for part in each.up)]
            if own:
                parts = {script.source.path for each in own for script in (*each.up, *each.down)}
                return replace(
                    history,
                    migrations=tuple(replace(each, number=at) for at, each in enumerate(own)),
                    remarks=tuple(remark for remark in history.remarks if remark.source.path in parts),
                    skipped=(),
                )
            said += tuple(remark for remark in history.remarks if remark.source.path == source.path)
    draft = _lone(Folder(place, shown(path.parent), [path.name], {}, {path.name: source}))
    draft.remarks += (remark for remark in said if remark.kind == "misnamed")
    return finish(draft, layout or _PLAIN, search.mode, search.dialect)


def _planned(path: Path, shown: Shown) -> Folder | None:
    """The folder of the Sqitch plan that a deploy script stands under."""
    above = path.absolute().parents
    for at, folder in enumerate(above[:6]):
        if folder.name == "deploy" and (above[at + 1] / "sqitch.plan").is_file():
            return scan(str(above[at + 1]), shown(above[at + 1]))
    return None


def _number(name: str) -> str:
    return number_of(name[1:] if name[:1] in "UB" else name)


def _relates(name: str, to: str, number: str) -> bool:
    if name.endswith(".sql"):
        return name in _STEP_FILES or bool(number and _number(name) == number)
    return name in _MARKERS or name == f"{to}.conf" or name == "metadata.toml"


def _lone(folder: Folder) -> Draft:
    """A reading of the folder's one file as a step, whatever its name."""
    [name] = folder.files
    draft = Draft(folder)
    source = folder.source(name)
    number = _number(name)
    stem = name.removesuffix(".sql")
    draft.steps.append(Step((), number, described(stem, number), source, (Script.whole(source),)))
    return draft
