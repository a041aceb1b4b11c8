"""What the files of a further migration are called, and how they say what their runner has to know."""

import json
from pathlib import Path

import pytest

from dblint.migrations.atlas_sum import atlas_sum, line_edits
from dblint.migrations.discover import discover
from dblint.migrations.model import History
from dblint.migrations.next_step import NoStep, Written, entered, insertions, next_step, way_down
from dblint.proof import edited
from dblint.source import Source

UP, DOWN = "CREATE INDEX CONCURRENTLY i ON t (a);", "DROP INDEX CONCURRENTLY i;"
TABLE = "CREATE TABLE t (a int);\n"
GOOSE = "-- +goose Up\nCREATE TABLE t (a int);\n-- +goose Down\nDROP TABLE t;\n"
DBMATE = "-- migrate:up\nCREATE TABLE t (a int);\n\n-- migrate:down\nDROP TABLE t;\n"
SQL_MIGRATE = "-- +migrate Up\nCREATE TABLE t (a int);\n\n-- +migrate Down\nDROP TABLE t;\n"

PLAN = """%syntax-version=1.0.0
%project=p

a 2024-02-28T23:59:58Z Bob <bob@l.org>
@v1 2024-02-28T23:59:59Z Ada L <ada@l.org> # the first
"""
MANIFEST = """{
  "CurrVersion": "1.9",
  "MinCompatibleVersion": "1.0",
  "Description": "Adds a thing",
  "SchemaUpdateCqlFiles": [
    "a_thing.sql"
  ]
}
"""

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
    (
        "sqitch",
        {"sqitch.plan": PLAN, "deploy/a.sql": TABLE, "revert/a.sql": "DROP TABLE t;\n", "verify/a.sql": "SELECT 1;\n"},
        {
            "deploy/build_i.sql": f"-- Deploy p:build_i\n\n{UP}",
            "revert/build_i.sql": f"-- Revert p:build_i\n\n{DOWN}",
            "verify/build_i.sql": "-- Verify p:build_i\n\nBEGIN;\n\n"
            "-- Nothing more is to be seen: where this cannot be done, the deploy fails.\n\nROLLBACK;",
            "sqitch.plan": f"{PLAN.rstrip()}\nbuild_i 2024-02-29T00:00:00Z Ada L <ada@l.org> # Build i\n",
        },
    ),
    (
        "liquibase",
        {"a.sql": f"--liquibase formatted sql\n\n--changeset ada:1\n{TABLE}--rollback DROP TABLE t;\n"},
        {
            "a.sql": f"--liquibase formatted sql\n\n--changeset ada:1\n{TABLE}--rollback DROP TABLE t;\n\n"
            f"--changeset ada:2 runInTransaction:false\n{UP}\n--rollback {DOWN}\n"
        },
    ),
    (
        "liquibase",
        {
            f"db.changelog-{n}.sql": f"-- liquibase formatted sql\n\n-- changeset ada:{n}-{x} dbms:postgresql\n{text}"
            for n, x, text in ((1, "a", TABLE), (2, "b", "CREATE TABLE u ();\n"))
        }
        | {
            "db.changelog.yaml": "databaseChangeLog:\n  - include:\n      file: db.changelog-1.sql\n"
            "  - include:\n      file: db.changelog-2.sql\n"
        },
        {
            "db.changelog-2.sql": "-- liquibase formatted sql\n\n-- changeset ada:2-b dbms:postgresql\n"
            "CREATE TABLE u ();\n\n-- changeset ada:3-build-i dbms:postgresql runInTransaction:false\n" + UP
        },
    ),
    (
        "liquibase",
        {"a.sql": f'--liquibase formatted sql\n\n--changeset "Ada L":"make t" dbms:"postgresql,h2"\n{TABLE}'},
        {
            "a.sql": f'--liquibase formatted sql\n\n--changeset "Ada L":"make t" dbms:"postgresql,h2"\n{TABLE}\n'
            f'--changeset "Ada L":build_i dbms:"postgresql,h2" runInTransaction:false\n{UP}'
        },
    ),
    (
        "liquibase",
        {
            "changelog.xml": "<databaseChangeLog><includeAll path='.'/></databaseChangeLog>",
            **{
                f"00{n}_x.sql": f"--liquibase formatted sql\n\n--changeset ada:x{n}\nCREATE TABLE t{n} ();\n"
                for n in (1, 2)
            },
        },
        {"003_build_i.sql": f"--liquibase formatted sql\n\n--changeset ada:build_i runInTransaction:false\n{UP}"},
    ),
    (
        "versioned-folders",
        {
            "v1.8/manifest.json": '{"CurrVersion": "1.8", "SchemaUpdateCqlFiles": ["old.sql"]}',
            "v1.8/old.sql": TABLE,
            "v1.9/manifest.json": MANIFEST,
            "v1.9/a_thing.sql": "CREATE TABLE u ();\n",
        },
        {
            "v1.10/build_i.sql": UP,
            "v1.10/manifest.json": MANIFEST.replace('"1.9"', '"1.10"')
            .replace("Adds a thing", "Build i")
            .replace("a_thing.sql", "build_i.sql"),
        },
    ),
    ("upgrade-scripts", {f"upgrade_{n}.sql": TABLE for n in (8, 9, 10)}, {"upgrade_11.sql": UP}),
    ("upgrade-scripts", {f"upgrade-0{n}-a.sql": TABLE for n in (7, 8, 9)}, {"upgrade-10-build-i.sql": UP}),
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


def texts_of(history: History, made: list[Written]) -> dict[str, str]:
    """The new files, and those that are there already with what is inserted in them."""
    sources = {each.path: each.source for each in history.migrations} | {each.path: each for each in history.lists}
    new = {each.path: each.text for each in made if each.at is None}
    return new | {path: edited(sources[path], [edit]) for path, edit in insertions(made).items()}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("layout", "files", "expected"), CASES)
def test_names_and_texts(layout: str, files: dict[str, str], expected: dict[str, str], tmp_path: Path) -> None:
    history = history_of(tmp_path, files)
    assert history.layout == layout
    made = next_step(history, "build i", UP, DOWN, outside=True)
    texts = {path.removeprefix("migrations/"): text.strip() for path, text in texts_of(history, made).items()}
    assert texts == {name: text.strip() for name, text in expected.items()}


@pytest.mark.parametrize(("layout", "files", "expected"), CASES)
def test_the_files_are_the_next_migration_and_run_outside_a_transaction(
    layout: str, files: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    from dblint.config import Config
    from dblint.packs import load_rules
    from dblint.run import run

    before = history_of(tmp_path, files)
    for path, text in texts_of(before, next_step(before, "build i", UP, DOWN, outside=True)).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
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


JOURNAL = """{
  "version": "7",
  "entries": [
    {
      "idx": 0,
      "version": "7",
      "when": 1700000000005,
      "tag": "0000_a",
      "breakpoints": true
    },
    {
      "idx": 1,
      "version": "7",
      "when": 1700000000003,
      "tag": "0001_b",
      "breakpoints": true
    }
  ]
}
"""
DRIZZLE = {"0000_a.sql": TABLE, "0001_b.sql": "CREATE TABLE u ();\n"}


@pytest.mark.parametrize(
    "journal", [JOURNAL, JOURNAL.replace("\n", "\r\n"), JOURNAL.replace("\n", "").replace(" ", "")]
)
def test_drizzle_enters_what_comes_next_in_its_journal_as_that_is_written(journal: str, tmp_path: Path) -> None:
    history = history_of(tmp_path, DRIZZLE)
    (tmp_path / "migrations/meta").mkdir()
    (tmp_path / "migrations/meta/_journal.json").write_bytes(journal.encode())
    (history,) = discover(Path("migrations"))
    first = next_step(history, "add d", "ALTER TABLE t ADD d int;\nALTER TABLE u ADD e int;")
    second = next_step(history, "more", "SELECT 1;", ahead=1, made=first)
    texts = texts_of(history, [*first, *second])
    assert texts["migrations/0002_add_d.sql"] == (
        "ALTER TABLE t ADD d int;--> statement-breakpoint\nALTER TABLE u ADD e int;\n"
    )
    text = texts["migrations/meta/_journal.json"]
    old, new = json.loads(journal), json.loads(text)
    usual = {"version": "7", "breakpoints": True}
    assert new["entries"] == [
        *old["entries"],
        {"idx": 2, "when": 1700000000006, "tag": "0002_add_d", **usual},
        {"idx": 3, "when": 1700000000007, "tag": "0003_more", **usual},
    ]
    indent = 2 if "\n" in journal else None
    written = json.dumps(new, indent=indent, separators=None if indent else (",", ":")) + ("\n" if indent else "")
    assert text == (written.replace("\n", "\r\n") if "\r" in journal else written)


ATLAS = {"1_first.sql": "create table `tbl_1` (`col` int);\n", "2_second.sql": "create table `tbl_2` (`col` int);\n"}
ATLAS_LINES = (
    "1_first.sql h1:uJ2MyyeTqXx4rCqtRMQAvRrfsvdwmvsZ3LcadVvCdOc=\n"
    "2_second.sql h1:TLO00GtsqSi8o0ySoaofBqxemrElL8fHOs3IRnqYvB8=\n"
)
"""What Atlas itself has written for these two files."""


def test_the_checksums_of_atlas_are_those_that_atlas_writes() -> None:
    files = {name: text.encode() for name, text in ATLAS.items()}
    first, lines = atlas_sum(files).split("\n", 1)
    assert lines == ATLAS_LINES
    assert first == "h1:VNeql0k9mWrXep0/DN2bKaIk/iyFoamLXdUs4W+MKxw="
    later = {"3_third.sql": b"-- atlas:sum ignore\n\nselect 1;\n", "4_fourth.sql": b""}
    names = [line.split()[0] for line in atlas_sum(files | later).splitlines()[1:]]
    assert names == ["1_first.sql", "2_second.sql", "4_fourth.sql"]


def test_atlas_gets_new_checksums_of_what_is_new_and_what_is_edited(tmp_path: Path) -> None:
    sums = atlas_sum({name: text.encode() for name, text in ATLAS.items()})
    history = history_of(tmp_path, {**ATLAS, "atlas.sum": sums})
    assert not entered(history, {})
    made = {each.path: Source(each.path, each.text) for each in next_step(history, "x", "SELECT 1;", outside=True)}
    made["migrations/2_second.sql"] = Source("migrations/2_second.sql", "SELECT 2;\n")
    (found,) = entered(history, made)
    assert found.path == "migrations/atlas.sum"
    texts = {**ATLAS, "2_second.sql": "SELECT 2;\n", "3_x.sql": "-- atlas:txmode none\n\nSELECT 1;\n"}
    assert found.text == atlas_sum({name: text.encode() for name, text in texts.items()})
    edits = line_edits(history.lists[0], found)
    assert edited(history.lists[0], edits) == found.text
    assert len(edits) == 2  # the line of the first file stays


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"sqitch.plan": "a\n", "deploy/a.sql": TABLE}, "no line of sqitch.plan says who planned it"),
        ({"0002_c.sql": "SELECT 1;--> statement-breakpoint\nSELECT 2;\n"}, "its journal"),
        ({**ATLAS, "atlas.sum": "h1:x\n"}, "atlas.sum does not fit"),
        ({"upgrade-1.2.0.sql": TABLE, "upgrade-1.3.0.sql": ""}, "releases"),
    ],
)
def test_where_the_runner_s_list_cannot_be_kept_up_there_is_no_place(
    files: dict[str, str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(NoStep, match=reason):
        next_step(history_of(tmp_path, files), "x", UP)


def test_drizzle_has_no_place_for_what_refuses_a_transaction(tmp_path: Path) -> None:
    history = history_of(tmp_path, {**DRIZZLE, "meta/_journal.json": JOURNAL})
    with pytest.raises(NoStep, match="drizzle runs all pending migrations in one transaction"):
        next_step(history, "x", UP, outside=True)


def test_drizzle_s_transaction_is_ended_where_a_migration_ends_it_already(tmp_path: Path) -> None:
    ended = f"ALTER TABLE t ADD b int;--> statement-breakpoint\nCOMMIT;--> statement-breakpoint\n{UP}\n"
    history = history_of(tmp_path, {**DRIZZLE, "0001_b.sql": ended, "meta/_journal.json": JOURNAL})
    made = next_step(history, "x", UP, outside=True)
    assert made[0].text == f"COMMIT;--> statement-breakpoint\n{UP}\n"


@pytest.mark.parametrize("files", [case[1] for case in CASES if case[0] in ("sqitch", "liquibase")])
def test_names_are_given_once(files: dict[str, str], tmp_path: Path) -> None:
    history = history_of(tmp_path, files)
    first = next_step(history, "build i", UP)
    second = next_step(history, "build i", UP, ahead=1, made=first)
    for path, text in texts_of(history, [*first, *second]).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (after,) = discover(Path("migrations"))
    versions = [each.version for each in after.migrations]
    assert len(set(versions)) == len(versions) == len(history.migrations) + 2
    assert versions[: len(history.migrations)] == [each.version for each in history.migrations]


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
        (
            {"sqitch.plan": "x/a\nb\ny/c\n"}
            | {f"{way}/{name}.sql": "" for name in ("x/a", "b") for way in ("deploy", "revert")}
            | {"deploy/y/c.sql": ""},
            "revert/y/c.sql",
        ),
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
