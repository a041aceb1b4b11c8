"""Runs throw-away PostgreSQL servers: from nothing to the first query in about a tenth of a second."""

import atexit
import hashlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from tests.live.installations import Installation, temporary_folder

INITDB = ("--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=postgres")

SETTINGS = {
    # Nothing here outlives the process, so durability is paid for by nobody.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "listen_addresses": "",
    "log_min_messages": "warning",
    "jit": "off",
    # Workers would hold locks and count scans under other process ids.
    "max_parallel_maintenance_workers": "0",
    "max_parallel_workers_per_gather": "0",
    # One transaction may make a thousand partitions.
    "max_locks_per_transaction": "2000",
    # Not UTC: there, timestamp to timestamptz needs no rewrite.
    "TimeZone": "America/New_York",
}

_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 1 << 30

Connection = psycopg.Connection[tuple[Any, ...]]


class ServerError(Exception):
    """The server did not start; the message ends with its own words."""


class Database(NamedTuple):
    """A database of a running server."""

    server: "Server"
    name: str

    def connect(self, *, autocommit: bool = True) -> Connection:
        """A new session as the superuser."""
        return psycopg.connect(make_conninfo(self.server.dsn, dbname=self.name), autocommit=autocommit)


class Server:
    """A running server with an empty cluster; a context manager.

    `settings` override SETTINGS. The data are copied from a template that is made once per installation and
    kept in the temporary folder. Processes run as the current user or, for root, as nobody.
    """

    def __init__(self, installation: Installation, settings: Mapping[str, str] | None = None) -> None:
        self.installation = installation
        self._settings = {**SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._maintenance: Connection | None = None
        self._numbers = itertools.count(1)
        self._schemas: dict[str, str] = {}

    @property
    def major(self) -> int:
        return self.installation.major

    @property
    def dsn(self) -> str:
        """The connection string, without the database."""
        return make_conninfo(host=str(self._folder), user="postgres", connect_timeout=10)

    def __enter__(self) -> "Server":
        base = temporary_folder()
        sweep(base)
        account = _Account.find()
        binaries = _reachable(self.installation, account, base)
        template = _template(self.installation, binaries, account, base)
        # The socket's path must stay below 104 bytes, so it is in the run's folder, not in the data's.
        self._folder = folder = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=base))
        atexit.register(self.stop)
        try:
            account.give(folder)
            data = _data_folder(folder)
            data.mkdir(mode=0o700)
            account.give(data)
            account.run(["cp", "-a", f"{template}/.", str(data)])
            with (data / "postgresql.conf").open("a") as configuration:  # not options: ALTER SYSTEM can change these
                configuration.writelines(f"{name} = '{value}'\n" for name, value in self._settings.items())
            self._process = self._start(binaries, account, data)
            self._maintenance = self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, binaries: Path, account: "_Account", data: Path) -> subprocess.Popen[bytes]:
        assert self._folder
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", self._folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(binaries),
                start_new_session=True,  # Ctrl-C ends the tests, and they end the server
                **account.arguments,
            )

    def _wait(self, seconds: float = 30) -> Connection:
        """The first session, as soon as the server takes one."""
        assert self._process and self._folder
        deadline = time.monotonic() + seconds
        while True:
            try:
                return Database(self, "postgres").connect()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self._folder / "log").read_text(errors="replace")[-2000:]
                    raise ServerError(
                        f"PostgreSQL {self.installation.version} in {self.installation.bin}: {error}\n{log}"
                    ) from error
                time.sleep(0.01)

    def stop(self) -> None:
        """Ends the server at once and removes its files; does nothing when it has been stopped."""
        atexit.unregister(self.stop)
        if self._maintenance:
            self._maintenance.close()
        if self._process:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
        if self._folder:
            _remove(self._folder)
        self._maintenance = self._process = self._folder = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def maintenance(self) -> Connection:
        """A session in the database postgres, where nobody's CREATE INDEX CONCURRENTLY waits for it."""
        assert self._maintenance, "the server is not running"
        return self._maintenance

    @contextmanager
    def database(self, schema: str = "") -> Iterator[Database]:
        """A fresh database that holds what the SQL text `schema` makes; dropped afterwards.

        The text runs once per server and is cloned from then on. Roles, databases and tablespaces that
        appear while the database is in use are dropped with it.
        """
        template = self._schema(schema) if schema else "template1"
        before = self._globals()
        name = f"db{next(self._numbers)}"
        self._create(name, template)
        try:
            yield Database(self, name)
        finally:
            self.maintenance.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            for kind, appeared in sorted(self._globals() - before):
                self.maintenance.execute(SQL("DROP " + kind + " {}").format(Identifier(appeared)))

    def _schema(self, schema: str) -> str:
        if schema not in self._schemas:
            name = f"schema{len(self._schemas)}"
            self._create(name, "template1")
            try:
                with Database(self, name).connect() as session:
                    session.execute(schema.encode())
            except psycopg.Error:
                self.maintenance.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
                raise
            self._schemas[schema] = name
        return self._schemas[schema]

    def _create(self, name: str, template: str) -> None:
        # From 15, copying through the log is the default; copying files is faster when there is no fsync.
        strategy = SQL(" STRATEGY file_copy" if self.major >= 15 else "")
        self.maintenance.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)) + strategy
        )

    def _globals(self) -> set[tuple[str, str]]:
        """What belongs to the cluster rather than to a database: kinds and names, in the order they can be dropped."""
        rows = self.maintenance.execute(
            "SELECT 'DATABASE', datname FROM pg_database UNION ALL SELECT 'ROLE', rolname FROM pg_roles"
            " UNION ALL SELECT 'TABLESPACE', spcname FROM pg_tablespace"
        )
        return {(kind, name) for kind, name in rows}


class _Account(NamedTuple):
    """Who runs the server's processes; PostgreSQL refuses to run as root."""

    entry: pwd.struct_passwd | None

    @classmethod
    def find(cls) -> "_Account":
        return cls(pwd.getpwnam("nobody") if os.geteuid() == 0 else None)

    @property
    def arguments(self) -> dict[str, Any]:
        """For subprocess.Popen."""
        if not self.entry:
            return {}
        return {"user": self.entry.pw_uid, "group": self.entry.pw_gid, "extra_groups": []}

    def give(self, folder: Path) -> None:
        if self.entry:
            os.chown(folder, self.entry.pw_uid, self.entry.pw_gid)

    def run(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", cwd="/", env=environment, **self.arguments
        )
        if done.returncode:
            raise ServerError(f"{command[0]}: {done.stderr.strip()[-2000:]}")


def _environment(binaries: Path) -> dict[str, str]:
    """Nothing of ours reaches the server. Some builds look for their libraries in the wrong folder."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": str(binaries.parent / "lib")}


def _key(installation: Installation) -> str:
    parts = (installation.version, str(installation.bin), *INITDB)
    return f"{installation.major}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


def _reachable(installation: Installation, account: _Account, base: Path) -> Path:
    """The bin folder, or a copy of it where the account may not read it (a virtual environment in root's home)."""
    try:
        account.run([str(installation.bin / "postgres"), "--version"], _environment(installation.bin))
        return installation.bin
    except (PermissionError, ServerError):
        copy = base / f"binaries-{_key(installation)}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=base))
        shutil.copytree(installation.home, draft / "home", symlinks=True)
        (draft / "home").chmod(0o755)
        _publish(draft / "home", copy)
        draft.rmdir()
    return copy / installation.bin.name


def _template(installation: Installation, binaries: Path, account: _Account, base: Path) -> Path:
    """The folder of a cluster that was made and never started, owned by the account."""
    template = base / f"template-{_key(installation)}"
    if not template.exists():
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=base))
        account.give(draft)
        account.run([str(binaries / "initdb"), "-D", str(draft / "data"), *INITDB], _environment(binaries))
        _publish(draft / "data", template)
        draft.rmdir()
    return template


def _publish(draft: Path, place: Path) -> None:
    """Moves a finished folder into place in one step; another process may have been first."""
    try:
        draft.rename(place)
    except OSError:
        if not place.exists():
            raise
        shutil.rmtree(draft)


def _data_folder(run: Path) -> Path:
    """In memory where there is enough of it, else beside the run's other files."""
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_NEEDED:
            return _memory_folder(run)
    return run / "data"


def _memory_folder(run: Path) -> Path:
    return _MEMORY / f"{run.parent.name}-{run.name}"


def _remove(run: Path) -> None:
    shutil.rmtree(_memory_folder(run), ignore_errors=True)
    shutil.rmtree(run, ignore_errors=True)


def serves(process: int, data: Path) -> bool:
    """Whether the process is a server on that data folder, and not another one that got its number."""
    command = Path(f"/proc/{process}/cmdline")
    if Path("/proc/self").exists():
        return command.exists() and str(data) in command.read_text()
    shown = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return str(data) in shown.stdout


def sweep(base: Path) -> None:
    """Ends the servers and removes the files of processes that were killed before they could do it."""
    for run in base.glob("run-*"):
        owner = int(run.name.split("-")[1])
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            for data in (run / "data", _memory_folder(run)):
                with suppress(OSError, ValueError, IndexError):
                    server = int((data / "postmaster.pid").read_text().splitlines()[0])
                    if serves(server, data):
                        os.kill(server, signal.SIGQUIT)
            _remove(run)
