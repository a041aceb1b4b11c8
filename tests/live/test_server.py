"""The servers themselves: they come up, they are clean, and nothing of them is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.live.installations import Installation, ServersMissingError, installations, temporary_folder
from tests.live.server import Database, Server, serves, sweep

_ROOT = Path(__file__).parents[2]

_RUN_ONE = """
import signal, sys, time
from pathlib import Path
from tests.live.installations import Installation
from tests.live.server import Server
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
with Server(Installation(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))) as server:
    print(server.maintenance.execute("SHOW data_directory").fetchone()[0], flush=True)
    time.sleep(60)
"""


def _one(database: Database, query: str) -> object:
    with database.connect() as session:
        row = session.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_it_is_the_major_asked_for(database: Database, installation: Installation) -> None:
    assert int(str(_one(database, "SHOW server_version_num"))) // 10000 == installation.major


def test_its_time_zone_is_not_utc(database: Database) -> None:
    assert _one(database, "SELECT now()::timestamp = now() AT TIME ZONE 'UTC'") is False


def test_a_database_is_a_clone_of_its_schema_and_of_nothing_else(server: Server) -> None:
    schema = "CREATE TABLE t (i int); INSERT INTO t VALUES (1)"
    for _ in range(2):
        with server.database(schema) as database:
            assert _one(database, "INSERT INTO t VALUES (2) RETURNING (SELECT count(*) FROM t)") == 1


def test_a_database_and_the_roles_made_in_it_are_dropped(server: Server) -> None:
    with server.database() as database, database.connect() as session:
        session.execute("CREATE ROLE guest")
        session.execute("CREATE TABLE t (i int)")
        session.execute("GRANT SELECT ON t TO guest")
    query = (
        "SELECT rolname FROM pg_roles WHERE rolname = 'guest' UNION SELECT datname FROM pg_database WHERE datname = %s"
    )
    assert server.maintenance.execute(query, (database.name,)).fetchall() == []


def test_a_schema_that_fails_leaves_nothing(server: Server) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), server.database("SELECT * FROM missing"):
        pass
    with server.database("SELECT 1") as database:
        assert _one(database, "SELECT 2") == 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_was_ended(installation: Installation, how: signal.Signals) -> None:
    command = [sys.executable, "-c", _RUN_ONE, str(installation.major), installation.version, str(installation.bin)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "linter"), *sys.path])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=_ROOT, env=environment
    ) as run:
        assert run.stdout
        data = Path(run.stdout.readline().strip())
        process = int((data / "postmaster.pid").read_text().split()[0])
        assert serves(process, data)
        run.send_signal(how)
        run.wait()
    sweep(temporary_folder())
    deadline = time.monotonic() + 10
    while serves(process, data) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not serves(process, data)
    assert not data.exists()
    assert not list(temporary_folder().glob(f"run-{run.pid}-*"))


def test_a_folder_named_in_the_environment_must_hold_a_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBLINT_PG_BIN", str(tmp_path))
    with pytest.raises(ServersMissingError, match="holds no postgres"):
        installations()


def test_a_major_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBLINT_PG_MAJORS", "7")
    with pytest.raises(ServersMissingError, match=r"\[7\]"):
        installations()


def test_the_environment_chooses_majors(monkeypatch: pytest.MonkeyPatch, installation: Installation) -> None:
    monkeypatch.setenv("DBLINT_PG_MAJORS", str(installation.major))
    monkeypatch.setenv("DBLINT_PG_BIN", str(installation.bin))
    assert installations() == {installation.major: installation}
