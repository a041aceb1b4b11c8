"""The tracer against facts of PostgreSQL's manual: each measurement has to see what is known to be there."""

import pytest

from dblint.impact import Blocks, Lock
from dblint.names import Name
from tests.live.server import Server
from tests.live.tracer import Measured, trace

SCHEMA = """
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (
        id int PRIMARY KEY, parent_id int, code varchar(10) NOT NULL DEFAULT 'c', note text,
        at timestamp DEFAULT '2025-01-01'
    );
    CREATE INDEX child_code ON child (code);
    CREATE TABLE "Odd Name" (i int);
    CREATE MATERIALIZED VIEW seen AS SELECT id FROM parent;
    INSERT INTO parent VALUES (1);
    INSERT INTO child (id, parent_id, note) VALUES (1, 1, 'n');
"""


def named(*names: str) -> tuple[Name, ...]:
    return tuple(Name(name, "public") for name in names)


def locks(**modes: Lock) -> dict[Name, Lock]:
    return {Name(name, "public"): mode for name, mode in modes.items()}


def measure(server: Server, *statements: str, probe: bool = False) -> list[Measured]:
    with server.database(SCHEMA) as database:
        return trace(database, statements, probe=probe)


def test_a_rewrite_rebuilds_every_index(server: Server) -> None:
    (found,) = measure(server, "ALTER TABLE child ALTER COLUMN id TYPE bigint")
    assert found.rewrites == named("child")
    assert found.builds == named("child_code", "child_pkey")
    assert found.locks == locks(
        child=Lock.ACCESS_EXCLUSIVE, child_code=Lock.ACCESS_EXCLUSIVE, child_pkey=Lock.ACCESS_EXCLUSIVE
    )


def test_an_index_made_anew_on_its_old_file_is_not_built(server: Server) -> None:
    (found,) = measure(server, "ALTER TABLE child ALTER COLUMN code TYPE varchar(20)")
    assert (found.rewrites, found.builds, found.scans) == ((), (), ())


def test_truncation_is_not_a_rewrite(server: Server) -> None:
    plain, block, both = measure(
        server,
        "TRUNCATE child",
        "DO $$ BEGIN TRUNCATE child; END $$",
        "TRUNCATE parent; ALTER TABLE child ALTER COLUMN id TYPE bigint",
    )
    assert plain.truncates == block.truncates == named("child")
    assert (plain.rewrites, plain.builds) == (block.rewrites, block.builds) == ((), ())
    assert (both.truncates, both.rewrites) == (named("parent"), named("child"))


def test_a_validation_is_a_scan_that_the_server_announces(server: Server) -> None:
    (found,) = measure(server, "ALTER TABLE child ALTER COLUMN note SET NOT NULL")
    assert found.scans == found.verifies == named("child")
    assert 'verifying table "child"' in found.says


def test_a_foreign_key_locks_both_tables(server: Server) -> None:
    checked, unchecked = measure(
        server,
        "ALTER TABLE child ADD CONSTRAINT one FOREIGN KEY (parent_id) REFERENCES parent",
        "ALTER TABLE child ADD CONSTRAINT two FOREIGN KEY (parent_id) REFERENCES parent NOT VALID",
    )
    assert checked.locks == unchecked.locks == locks(child=Lock.SHARE_ROW_EXCLUSIVE, parent=Lock.SHARE_ROW_EXCLUSIVE)
    assert named("child")[0] in (checked.scans or ())
    assert unchecked.scans == ()


def test_timestamps_are_rewritten_outside_utc_only(server: Server) -> None:
    statement = "ALTER TABLE child ALTER COLUMN at TYPE timestamptz"
    (found,) = measure(server, statement)
    assert found.rewrites == named("child")
    with server.database(SCHEMA) as database:
        (found,) = trace(database, [statement], session=["SET timezone = 'UTC'"])
    assert found.rewrites == ()


@pytest.mark.parametrize(
    ("statement", "expected", "builds"),
    [
        ("CREATE INDEX CONCURRENTLY fresh ON child (note)", locks(child=Lock.SHARE_UPDATE_EXCLUSIVE), named("fresh")),
        (
            "DROP INDEX CONCURRENTLY child_code",
            locks(child=Lock.SHARE_UPDATE_EXCLUSIVE, child_code=Lock.ACCESS_EXCLUSIVE),
            (),
        ),
        (
            "REINDEX INDEX CONCURRENTLY child_code",
            locks(child=Lock.SHARE_UPDATE_EXCLUSIVE, child_code=Lock.ACCESS_EXCLUSIVE),
            named("child_code"),
        ),
        (
            "VACUUM FULL child",
            locks(child=Lock.ACCESS_EXCLUSIVE, child_code=Lock.ACCESS_EXCLUSIVE, child_pkey=Lock.ACCESS_EXCLUSIVE),
            named("child_code", "child_pkey"),
        ),
    ],
)
def test_what_cannot_run_in_a_transaction_is_watched_outside(
    server: Server, statement: str, expected: dict[Name, Lock], builds: tuple[Name, ...]
) -> None:
    (found,) = measure(server, statement)
    assert not found.in_transaction
    assert found.sampled
    assert found.error is None
    assert (found.locks, found.builds) == (expected, builds)
    assert found.rewrites == (named("child") if "FULL" in statement else ())


def test_vacuum_is_stopped_at_its_lock(server: Server) -> None:
    (found,) = measure(server, "VACUUM child")
    assert found.locks[Name("child", "public")] == Lock.SHARE_UPDATE_EXCLUSIVE


def test_probes_find_whom_a_lock_keeps_waiting(server: Server) -> None:
    statements = {
        "CREATE INDEX ON child (note)": Blocks.WRITES,
        # SHARE on the table, but its readers need the index to plan.
        "REINDEX INDEX child_code": Blocks.READS,
        "COMMENT ON TABLE child IS 'c'": Blocks.SCHEMA_CHANGES,
        "UPDATE child SET note = 'm'": Blocks.NOBODY,
        "CREATE INDEX CONCURRENTLY ON child (note)": Blocks.SCHEMA_CHANGES,
    }
    found = measure(server, *statements, probe=True)
    assert [each.blocks for each in found] == [{Name("child", "public"): waits} for waits in statements.values()]


def test_probes_manage_names_that_need_quotes_and_views(server: Server) -> None:
    (found,) = measure(server, 'ALTER TABLE "Odd Name" ADD j int; REFRESH MATERIALIZED VIEW seen', probe=True)
    assert found.blocks == {Name("Odd Name", "public"): Blocks.READS, Name("seen", "public"): Blocks.READS}


def test_a_transaction_of_the_script_is_followed(server: Server) -> None:
    _, share, again, stronger, _, after = measure(
        server,
        "BEGIN",
        "LOCK TABLE child IN SHARE MODE",
        "LOCK TABLE child IN SHARE MODE",
        "ALTER TABLE child ADD extra int",
        "COMMIT",
        "ALTER TABLE child DROP extra",
    )
    assert (share.held, share.locks) == ({}, locks(child=Lock.SHARE))
    assert (again.held, again.locks) == (locks(child=Lock.SHARE), {})
    assert (stronger.held, stronger.locks) == (locks(child=Lock.SHARE), locks(child=Lock.ACCESS_EXCLUSIVE))
    assert (after.held, after.error) == ({}, None)


def test_what_the_transaction_made_itself_is_not_measured(server: Server) -> None:
    _, made, changed, _ = measure(
        server,
        "BEGIN",
        "CREATE TABLE fresh (i int); CREATE INDEX ON fresh (i)",
        "ALTER TABLE child ADD UNIQUE (note)",
        "COMMIT",
    )
    assert (made.locks, made.builds) == ({}, ())
    assert changed.builds == named("child_note_key")


def test_deferred_constraints_take_their_locks_before_they_are_read(server: Server) -> None:
    _, found = measure(
        server,
        "ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent DEFERRABLE INITIALLY DEFERRED",
        "INSERT INTO child (id, parent_id) VALUES (2, 1)",
    )
    assert found.locks[Name("parent", "public")] == Lock.ROW_SHARE


def test_an_error_is_told_and_the_next_statement_runs(server: Server) -> None:
    failed, concurrent, fine = measure(
        server,
        "ALTER TABLE missing ADD i int",
        "CREATE UNIQUE INDEX CONCURRENTLY twice ON child ((1 / (id - 1)))",
        "ALTER TABLE child ADD extra int",
    )
    assert failed.error and failed.error.sqlstate == "42P01"
    assert concurrent.error and concurrent.error.sqlstate == "22012"
    assert fine.error is None
    assert fine.locks == locks(child=Lock.ACCESS_EXCLUSIVE)


def test_concurrently_in_a_transaction_of_the_script_is_refused(server: Server) -> None:
    _, found, aborted, _ = measure(server, "BEGIN", "CREATE INDEX CONCURRENTLY ON child (note)", "SELECT 1", "ROLLBACK")
    assert not found.in_transaction
    assert found.error and found.error.sqlstate == "25001"
    assert aborted.error and aborted.error.sqlstate == "25P02"


def test_a_string_that_commits_cannot_be_measured(server: Server) -> None:
    with pytest.raises(ValueError, match="one by one"):
        measure(server, "ALTER TABLE child ADD extra int; COMMIT; BEGIN; SELECT 1")


def test_nothing_is_kept_when_it_is_not_to_be(server: Server) -> None:
    statement = "ALTER TABLE child ADD extra int"
    with server.database(SCHEMA) as database:
        first, second = trace(database, [statement, statement], keep=False)
    assert first == second
    assert first.error is None
