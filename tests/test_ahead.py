"""A second process that reads part of a history changes nothing but the time."""

import os
from collections.abc import Iterable

import pytest

from dblint import reading as reading_module
from dblint.ahead import reading_ahead
from dblint.dialects import load
from dblint.migrations.model import History, Migration, Script, Transactions
from dblint.operations import Operation
from dblint.reading import Statements, reading
from dblint.source import Source, Statement

SQL = """CREATE TABLE t{0} (id bigint PRIMARY KEY, note text DEFAULT 'é', CHECK (id > 0));
CREATE INDEX i{0} ON t{0} (lower(note));
UPDATE t{0} SET note = 'ü' WHERE id BETWEEN 1 AND 9;
this is no SQL;
"""
EMPTY = "-- nothing yet\n"


def history(count: int) -> History:
    """Every fifth migration is empty."""
    migrations = []
    for number in range(count):
        source = Source(f"V{number}.sql", EMPTY if number % 5 == 4 else SQL.format(number))
        migrations.append(
            Migration(
                number=number,
                version=str(number),
                description="",
                source=source,
                up=(Script.whole(source),),
                transactions=Transactions.FILE,
            )
        )
    return History(root=".", layout="flyway", migrations=tuple(migrations))


def read(migration: Migration) -> Statements:
    return [each for script in migration.up for each in load("postgres").read(script)]


def shown(statements: Statements) -> list[tuple[str, list[str]]]:
    return [(repr(statement), [repr(operation) for operation in operations]) for statement, operations in statements]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were started, as they are."""
    fork, processes = os.fork, list[int]()

    def noted() -> int:
        process = fork()
        processes.append(process)
        return process

    if hasattr(os, "fork"):
        monkeypatch.setattr(os, "fork", noted)
    return processes


def has_ended(process: int) -> bool:
    """Whether the process has ended and has been waited for."""
    try:
        os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


forks = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="there are no memory files here")


@forks
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_what_the_other_process_reads_is_what_is_read_here(count: int, started: list[int]) -> None:
    past = history(count)
    with reading_ahead(past, read) as statements_of:
        for migration in past.migrations:
            found = statements_of(migration)
            assert shown(found) == shown(read(migration))
            for statement, operations in found:
                assert statement.source is migration.source
                assert all(operation.statement is statement for operation in operations)
    (process,) = started
    assert has_ended(process)


@forks
def test_each_migration_is_read_by_one_process_only() -> None:
    past, here = history(40), []

    def noted(migration: Migration) -> Statements:
        here.append(migration.number)
        return read(migration)

    with reading_ahead(past, noted) as statements_of:
        for migration in past.migrations:
            statements_of(migration)
    assert here == list(range(18))


@forks
def test_what_the_other_process_fails_at_is_read_here() -> None:
    past, own = history(40), os.getpid()

    def fails_elsewhere(migration: Migration) -> Statements:
        if migration.number == 30 and os.getpid() != own:
            raise MemoryError
        return read(migration)

    with reading_ahead(past, fails_elsewhere) as statements_of:
        assert [len(statements_of(migration)) for migration in past.migrations] == [4, 4, 4, 4, 0] * 8


@forks
def test_a_pass_that_fails_leaves_no_process_behind(started: list[int]) -> None:
    past = history(40)
    with pytest.raises(ZeroDivisionError), reading_ahead(past, read) as statements_of:
        statements_of(past.migrations[0])
        raise ZeroDivisionError
    (process,) = started
    assert has_ended(process)


@pytest.mark.parametrize(("processors", "long", "ahead"), [({0, 1}, 1, True), ({0}, 1, False), ({0, 1}, 10**6, False)])
@forks
def test_only_long_histories_where_there_are_two_processors(
    monkeypatch: pytest.MonkeyPatch, processors: set[int], long: int, ahead: bool
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: processors)
    monkeypatch.setattr(reading_module, "LONG", long)
    readers: set[int] = set()

    def noted(script: Script) -> Iterable[tuple[Statement, list[Operation]]]:
        readers.add(len(script.source.path))
        return load("postgres").read(script)

    past = history(20)
    with reading(past, noted) as statements_of:
        for migration in past.migrations:
            statements_of(migration)
    assert readers == ({len("V0.sql")} if ahead else {len("V0.sql"), len("V10.sql")})
