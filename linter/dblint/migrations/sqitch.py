"""Sqitch's layout: the plan alone gives the order; deploy and revert scripts bring their own transactions."""

import re

from dblint.migrations.files import Folder
from dblint.migrations.layout import Draft, Layout, Step
from dblint.migrations.model import Script, Transactions
from dblint.migrations.naming import dialect_of, words
from dblint.source import Source, Span

_LINE = r"(?m)^[ \t]*([+-]?)([^\s@%#+-]\S*|@\S+)([^\r\n]*)"
_NOTE = r"\s#\s*(.*)\Z"
_ENGINE = r"(?m)^[ \t]*engine[ \t]*=[ \t]*(\w+)"
_SETTING = r"(?m)^[ \t]*(top_dir|deploy_dir|revert_dir)[ \t]*=[ \t]*(\S+)[ \t]*\r?$"
_REASON = "sqitch: scripts bring their own BEGIN"


def _detect(folder: Folder) -> int:
    return 100 if "sqitch.plan" in folder.files else 0


class _Change:
    """An entry of the plan; `tags` are those between it and its next revision, if it was reworked."""

    __slots__ = ("name", "note", "reworked", "span", "tags")

    def __init__(self, name: str, note: str, span: Span) -> None:
        self.name = name
        self.note = note
        self.span = span
        self.tags: list[str] = []
        self.reworked = False


def planned(source: Source) -> list[_Change]:
    """The changes of a plan, in order."""
    changes: list[_Change] = []
    latest: dict[str, _Change] = {}
    for line in re.finditer(_LINE, source.text):
        sign, name, rest = line[1], line[2], line[3]
        if name.startswith("@"):
            for change in latest.values():
                change.tags.append(name)
        elif sign != "-":
            if name in latest:
                latest[name].reworked = True
            note = re.search(_NOTE, rest)
            change = _Change(name, note[1] if note else "", Span(line.start(2), line.end(2)))
            latest[name] = change
            changes.append(change)
    return changes


def _read(folder: Folder) -> Draft:
    draft = Draft(folder)
    if "sqitch.plan" not in folder.files:
        return draft
    settings: dict[str, str] = {}
    if "sqitch.conf" in folder.files:
        text = folder.source("sqitch.conf").text
        settings = dict(re.findall(_SETTING, text))
        engine = re.search(_ENGINE, text)
        draft.dialect = dialect_of(engine[1]) if engine else ""
    top = settings.get("top_dir", ".")
    deploy = _files(folder, settings.get("deploy_dir", f"{top}/deploy"))
    revert = _files(folder, settings.get("revert_dir", f"{top}/revert"))
    draft.claimed.update({"deploy", "revert", "verify"} & folder.folders.keys())
    for inside, name in _files(folder, f"{top}/verify").values():
        draft.skip(inside.show(name), "a verify script: it changes nothing")
    plan = folder.source("sqitch.plan")
    draft.lists.append(plan)
    used: set[str] = set()
    for place, change in enumerate(planned(plan)):
        file = _file(change, deploy)
        if file not in deploy:
            message = f"{change.name} cannot be deployed: deploy/{file} is not here"
            draft.remark("orphan", plan, message, change.span)
            continue
        used.add(file)
        inside, name = deploy[file]
        source = inside.source(name)
        undo = revert.get(file)
        draft.steps.append(
            Step(
                (place,),
                file[:-4],
                change.note or words(change.name),
                source,
                (Script.whole(source),),
                (Script.whole(undo[0].source(undo[1])),) if undo else (),
            )
        )
    for file, (inside, name) in deploy.items():
        if file not in used:
            draft.skip(inside.show(name), "not in sqitch.plan")
            draft.remark("orphan", inside.source(name), f"{file} is never deployed: sqitch.plan does not list it")
    for file, (inside, name) in revert.items():
        if file not in used:
            draft.skip(inside.show(name), "reverts nothing in sqitch.plan")
            draft.remark("missing up", inside.source(name), f"{file} reverts nothing: sqitch.plan does not list it")
    return draft


def _file(change: _Change, deploy: dict[str, tuple[Folder, str]]) -> str:
    """Where a change's script is: that of an earlier revision is `name@tag.sql`, of the first tag that has one."""
    if not change.reworked:
        return f"{change.name}.sql"
    files = [f"{change.name}{tag}.sql" for tag in change.tags]
    return next((file for file in files if file in deploy), files[0] if files else f"{change.name}.sql")


def _files(folder: Folder, place: str) -> dict[str, tuple[Folder, str]]:
    """The `.sql` files below a folder, by their path in it."""
    top: Folder | None = folder
    for part in place.split("/"):
        if part not in ("", ".") and top is not None:
            top = top.folders.get(part)
    found: dict[str, tuple[Folder, str]] = {}
    stack = [("", top)] if top else []
    while stack:
        prefix, inside = stack.pop()
        for name in inside.files:
            if name.endswith(".sql"):
                found[prefix + name] = (inside, name)
        stack.extend((f"{prefix}{name}/", sub) for name, sub in inside.folders.items())
    return found


LAYOUTS = (
    Layout(
        name="sqitch",
        names="sqitch.plan with deploy/ and revert/",
        detect=_detect,
        read=_read,
        transactions=Transactions.NONE,
        why=_REASON,
    ),
)
