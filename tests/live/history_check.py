"""Runs a written history on a server and compares everything that the fold knows with the server's catalog."""

import re
import shutil
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.live import undocumented
from tests.live.foldcheck import Difference, compare, folded, report, understand
from tests.live.replay import Replay
from tests.live.server import Database
from tests.live.server_catalog import read_catalog

HISTORIES = Path(__file__).parent / "histories"
_NEEDS = re.compile(r"-- needs PostgreSQL (\d+)")


class Checked(Struct, frozen=True):
    """`objects`: how many of the server's objects and members of tables were compared; `report` is for people."""

    ran: Replay
    objects: int
    differences: list[Difference]
    report: str


def for_major(folder: Path, major: int, scratch: Path) -> Path:
    """A copy of the history without the files whose first line says that they need a later server."""
    for path in sorted(folder.glob("*.sql")):
        needs = _NEEDS.match(path.read_text())
        if needs is None or int(needs[1]) <= major:
            shutil.copy(path, scratch / path.name)
    return scratch


def check(folder: Path, database: Database) -> Checked:
    """Replays the history in an empty database and folds it."""
    (understood,) = understand([str(folder)], database.server.major)
    ran, found = compare(understood, database)
    with database.connect() as session:
        server = undocumented.lasting(undocumented.of_server(session))
        fold = undocumented.lasting(undocumented.of_fold(understood.catalog))
        objects = counted(read_catalog(session))
    found = [*found, *undocumented.compare(server, fold)]
    return Checked(ran, objects, found, report(ran, found, folded(understood)))


def counted(document: dict[str, Any]) -> int:
    """How many objects a catalog document holds, columns and other members of tables counted one by one."""
    kinds = [objects for kind, objects in document.items() if kind != "schema_version"]
    members = ("columns", "constraints", "indexes", "policies", "triggers")
    return sum(map(len, kinds)) + sum(len(table[part]) for table in document["tables"] for part in members)
