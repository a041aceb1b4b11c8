"""The fold of a history that uses a bit of everything equals the catalog of a server that ran it."""

import copy
from pathlib import Path

import pytest

from dblint.run import Understood
from tests.live.foldcheck import compare, differences, folded, report, understand
from tests.live.replay import Replay, replay
from tests.live.server import Database, Server
from tests.live.server_catalog import read_catalog

HISTORY = Path(__file__).parent / "history"


def understood(folder: Path, server: Server) -> Understood:
    (found,) = understand([str(folder)], server.major)
    return found


def test_the_fold_equals_the_server(server: Server, database: Database) -> None:
    fold = understood(HISTORY, server)
    ran, found = compare(fold, database)
    assert ran.supplied == {"role clerk"}
    assert ran.failures == []
    assert found == [], report(ran, found, folded(fold))


def test_every_kind_of_object_is_compared(server: Server, database: Database) -> None:
    """The catalog read is not empty anywhere, and without the fold's part of it, each object is missed."""
    replay(understood(HISTORY, server).history, database)
    with database.connect() as session:
        document = read_catalog(session)
        for kind, objects in document.items():
            if kind not in ("schema_version", "extensions"):
                assert objects
                assert len(differences(document, {**document, kind: []}, session)) == len(objects)
        for part in ("columns", "constraints", "indexes", "policies", "triggers"):
            tables = [{**each, part: []} for each in document["tables"]]
            assert len(differences(document, {**document, "tables": tables}, session)) == sum(
                len(each[part]) for each in document["tables"]
            )


@pytest.mark.parametrize(
    ("text", "same"),
    [("CHECK (quantity >= 1 AND quantity <= 1000)", True), ("CHECK (quantity between 1 and 1001)", False)],
)
def test_a_server_tells_spellings_from_meanings(server: Server, database: Database, text: str, same: bool) -> None:
    replay(understood(HISTORY, server).history, database)
    with database.connect() as session:
        document = read_catalog(session)
        fold = copy.deepcopy(document)
        orders = next(each for each in fold["tables"] if each["name"] == "orders")
        check = next(each for each in orders["constraints"] if each["kind"] == "check")
        check["definition"] = f"{text} NOT VALID"
        assert (differences(document, fold, session) == []) is same


@pytest.fixture
def ran(server: Server, database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Replay:
    for number, text in enumerate(request.param, start=1):
        (tmp_path / f"{number:03}_step.up.sql").write_text(text)
    return replay(understood(tmp_path, server).history, database)


@pytest.mark.parametrize("ran", [["CREATE TABLE t (i int);", "ALTER TABLE missing ADD i int;"]], indirect=True)
def test_what_fails_is_reported_and_the_rest_runs(ran: Replay) -> None:
    assert [words for _, words in ran.failures] == ['42P01 relation "missing" does not exist']
    assert ran.made["public.t"].endswith("001_step.up.sql")
    assert ran.made["public.t.i"].endswith("001_step.up.sql")


@pytest.mark.parametrize(
    "ran",
    [["CREATE TABLE ${place}.t (i int); DO $$ BEGIN ALTER TABLE ${place}.t OWNER TO clerk; END $$;"]],
    indirect=True,
)
def test_what_the_history_presumes_is_supplied(ran: Replay) -> None:
    assert ran.failures == []
    assert ran.supplied == {"schema _place", "role clerk"}


@pytest.mark.parametrize("ran", [['CREATE EXTENSION IF NOT EXISTS "nowhere"; CREATE TABLE t (i int);']], indirect=True)
def test_an_extension_that_the_server_lacks_is_left_out_and_named(ran: Replay) -> None:
    assert ran.failures == []
    assert ran.lacking == {"nowhere"}


@pytest.mark.parametrize(
    "ran",
    [["CREATE TABLE t (i int);", "ALTER TABLE t ADD j int; CREATE INDEX CONCURRENTLY ON t (j);"]],
    indirect=True,
)
def test_what_the_runner_could_not_have_done_in_one_string_runs_by_statement(ran: Replay) -> None:
    assert ran.failures == []
    assert len(ran.outside) == 1
    assert "public.t.t_j_idx" in ran.made
