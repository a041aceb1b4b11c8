"""What the files of a further migration are called, and how they say what their runner has to know."""

from pathlib import Path

import pytest

from dblint.migrations.discover import discover
from dblint.migrations.model import History
from dblint.migrations.next_step import NoStep, next_step, way_down

UP, DOWN = "CREATE INDEX CONCURRENTLY i ON t (a);", "DROP INDEX CONCURRENTLY i;"
TABLE = "CREATE TABLE t (a int);\n"
GOOSE = "-- +goose Up\nCREATE TABLE t (a int);\n-- +goose Down\nDROP TABLE t;\n"
DBMATE = "-- migrate:up\nCREATE TABLE t (a int);\n\n-- migrate:down\nDROP TABLE t;\n"
SQL_MIGRATE = "-- +migrate Up\nCREATE TABLE t (a int);\n\n-- +migrate Down\nDROP TABLE t;\n"

CASES = [
    ("flyway", {"V1__a.sql": TABLE, "V1.2__b.sql": TABLE}, {"V1.3__build_i.sql": UP}),
    (
        "flyway",
        {"V007__a.sql": TABLE, "U007__a.sql": "DROP TABLE t;\n", "R__views.sql": "SELECT 1;\n"},
        {"V008__build_i.sql": UP, "U008__build_i.sql": DOWN},
    ),
    (
        "blueprint",
        {"V1.0.0__a.sql": TABLE, "V1.0.0__rollback.sql": "DROP TABLE t;\n"},
        {"V1.0.1__build_i.sql": UP, "V1.0.1__rollback.sql": DOWN},
    ),
    ("blueprint", {"V1.4_20240131_AddThings.sql": TABLE}, {"V1.5_20240131_build_i.sql": UP}),
    (
        "golang-migrate",
        {"000009_a.up.sql": TABLE, "000009_a.down.sql": "DROP TABLE t;\n"},
        {"000010_build_i.up.sql": UP, "000010_build_i.down.sql": DOWN},
    ),
    (
        "goose",
        {"00001_a.sql": GOOSE},
        {"00002_build_i.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{UP}\n\n-- +goose Down\n{DOWN}\n"},
    ),
    (
        "dbmate",
        {"20240229235959_a.sql": DBMATE},
        {
            "20240301000000_build_i.sql": f"-- migrate:up transaction:false\n{UP}\n\n"
            f"-- migrate:down transaction:false\n{DOWN}\n"
        },
    ),
    (
        "sql-migrate",
        {"1_a.sql": SQL_MIGRATE},
        {"2_build_i.sql": f"-- +migrate Up notransaction\n{UP}\n\n-- +migrate Down notransaction\n{DOWN}\n"},
    ),
    (
        "sqlx",
        {"../Cargo.toml": "", "20240101000000_a.sql": TABLE},
        {"20240101000001_build_i.sql": f"-- no-transaction\n{UP}"},
    ),
    (
        "diesel",
        {"2024-01-31-235959_a/up.sql": TABLE, "2024-01-31-235959_a/down.sql": "DROP TABLE t;\n"},
        {
            "2024-02-01-000000_build_i/up.sql": UP,
            "2024-02-01-000000_build_i/down.sql": DOWN,
            "2024-02-01-000000_build_i/metadata.toml": "run_in_transaction = false",
        },
    ),
    ("prisma", {"20240131000000_a/migration.sql": TABLE}, {"20240131000001_build_i/migration.sql": UP}),
    (
        "pop",
        {"20240101000000_a.postgres.up.sql": TABLE, "20240101000000_a.postgres.down.sql": "DROP TABLE t;\n"},
        {
            "20240101000001_build_i.postgres.autocommit.up.sql": UP,
            "20240101000001_build_i.postgres.down.sql": DOWN,
        },
    ),
    ("plain", {"1.sql": TABLE}, {"2_build_i.sql": UP}),
    ("plain", {"001-add-thing.sql": TABLE}, {"002-build-i.sql": UP}),
]
"""The layout, the files of a history, and those of the migration after it."""


def history_of(folder: Path, files: dict[str, str]) -> History:
    for name, text in files.items():
        file = folder / "migrations" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (found,) = discover(Path("migrations"))
    return found


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("layout", "files", "expected"), CASES)
def test_names_and_texts(layout: str, files: dict[str, str], expected: dict[str, str], tmp_path: Path) -> None:
    history = history_of(tmp_path, files)
    assert history.layout == layout
    made = next_step(history, "build i", UP, DOWN, outside=True)
    texts = {each.path.removeprefix("migrations/"): each.text.strip() for each in made}
    assert texts == {name: text.strip() for name, text in expected.items()}


@pytest.mark.parametrize(("layout", "files", "expected"), CASES)
def test_the_files_are_the_next_migration_and_run_outside_a_transaction(
    layout: str, files: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    from dblint.config import Config
    from dblint.packs import load_rules
    from dblint.run import run

    before = history_of(tmp_path, files)
    for each in next_step(before, "build i", UP, DOWN, outside=True):
        file = tmp_path / each.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(each.text)
    (after,) = discover(Path("migrations"))
    assert [m.path for m in after.migrations if not m.repeatable][-1].removeprefix("migrations/") in expected
    config = Config().only(("concurrently-in-transaction", "misnamed-file", "missing-rollback", "orphan-file"))
    assert not run(["migrations"], config, load_rules()).findings


def test_more_than_one_is_counted_on(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"V9__a.sql": TABLE})
    assert [next_step(history, "x", UP, ahead=n)[0].path for n in (0, 1)] == [
        "migrations/V10__x.sql",
        "migrations/V11__x.sql",
    ]


def test_the_line_ends_are_those_of_the_newest(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/V1__a.sql").write_bytes(b"CREATE TABLE t (a int);\r\n")
    (found,) = discover(Path("migrations"))
    assert next_step(found, "x", "SELECT 1;\nSELECT 2;")[0].text == "SELECT 1;\r\nSELECT 2;\r\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"sqitch.plan": "a\n", "deploy/a.sql": TABLE}, "plan"),
        (
            {"meta/_journal.json": '{"entries": [{"idx": 0, "tag": "0000_a", "when": 1}]}', "0000_a.sql": TABLE},
            "journal",
        ),
    ],
)
def test_layouts_with_a_list_have_no_place(files: dict[str, str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(NoStep, match=reason):
        next_step(history_of(tmp_path, files), "x", UP)


def test_a_runner_that_always_opens_a_transaction_has_no_place_for_what_refuses_one(tmp_path: Path) -> None:
    files = {f"{n}_{x}.up.sql": f"CREATE TABLE {x} (a int);\n" for n in range(1, 5) for x in "ab"}
    history = history_of(tmp_path, files)
    assert history.layout == "maragu-migrate"
    with pytest.raises(NoStep, match="no way to run"):
        next_step(history, "x", UP, outside=True)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"V1__a.sql": "", "U1__a.sql": "", "V2__b.sql": ""}, "U2__b.sql"),
        ({"V1__a.sql": "", "V1__rollback.sql": "", "V2__b.sql": ""}, "V2__rollback.sql"),
        ({"1_a.up.sql": "", "1_a.down.sql": "", "2_b.up.sql": ""}, "2_b.down.sql"),
        ({"1_a/up.sql": "", "1_a/down.sql": "", "2_b/up.sql": ""}, "2_b/down.sql"),
        ({"V1__a.sql": ""}, "U1__a.sql"),
        ({"V1__VAT.sql": ""}, "U1__VAT.sql"),
        ({"1_a.up.sql": ""}, "1_a.down.sql"),
        ({"2024-01-31-235959_a/up.sql": ""}, "2024-01-31-235959_a/down.sql"),
        ({"V1.0.0__a.sql": "", "V1.0.0__rollback.sql": "", "V1.0.1__b.sql": ""}, "V1.0.1__rollback.sql"),
    ],
)
def test_where_a_missing_down_part_goes(files: dict[str, str], expected: str, tmp_path: Path) -> None:
    history = history_of(tmp_path, files)
    assert way_down(history, history.migrations[-1]) == f"migrations/{expected}"


def test_what_commits_by_itself_needs_a_word_where_the_runner_goes_by_the_statement(tmp_path: Path) -> None:
    flyway = history_of(tmp_path, {"V1__a.sql": TABLE})
    made = next_step(flyway, "x", "DO $$ BEGIN COMMIT; END $$;", outside=True, commits=True)
    assert [(each.path, each.text) for each in made[1:]] == [
        ("migrations/V2__x.sql.conf", "executeInTransaction=false\n")
    ]


def test_what_commits_by_itself_has_no_place_where_the_runner_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(NoStep, match="nothing says"):
        next_step(history_of(tmp_path, {"1.sql": TABLE}), "x", UP, outside=True, commits=True)
