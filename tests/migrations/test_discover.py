"""Finding migrations: trees with several histories, single files, text without a file, encodings, bad input."""

import errno
from pathlib import Path
from shutil import rmtree

import pytest

from dblint.errors import UsageError
from dblint.migrations.discover import LAYOUTS, discover, from_text, read_source
from dblint.migrations.files import shown_path
from dblint.migrations.model import History, Script, Transactions

SQL = "select 1;\n"
GOOSE = "-- +goose Up\ncreate table t ();\n-- +goose Down\ndrop table t;\n"


def plant(root: Path, *paths: str, **texts: str) -> Path:
    for name in paths:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts.get(name, SQL), encoding="utf-8")
    return root


def text_of(script: Script) -> list[str]:
    return [script.source.slice(piece).strip() for piece in script.pieces]


def summary(histories: list[History]) -> list[tuple[str, str, list[str]]]:
    return [(each.root, each.layout, [step.version for step in each.migrations]) for each in histories]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "outer" / "here"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


# ---------------------------------------------------------------- trees


def test_every_migration_folder_of_a_monorepo_is_a_history(here: Path) -> None:
    plant(
        here,
        "services/billing/db/migration/V1__a.sql",
        "services/billing/db/migration/V2__b.sql",
        "services/users/migrations/1_a.up.sql",
        "services/users/migrations/1_a.down.sql",
        "services/web/prisma/migrations/20230101000000_a/migration.sql",
        "tests/fixtures/rows.sql",
        "node_modules/x/migrations/0001_x.sql",
        ".git/0001_x.sql",
    )
    histories = discover(Path())
    assert summary(histories) == [
        ("services/billing/db/migration", "flyway", ["1", "2"]),
        ("services/users/migrations", "golang-migrate", ["1"]),
        ("services/web/prisma/migrations", "prisma", ["20230101000000"]),
    ]
    assert [path for each in histories for path, _ in each.skipped] == ["tests/fixtures/rows.sql"]


def test_modules_for_different_databases_do_not_mix(here: Path) -> None:
    plant(here, "mysql-store/db/migration/V1__a.sql", "postgres-store/db/migration/V1__a.sql")
    assert [(each.root, each.dialect) for each in discover(Path())] == [
        ("mysql-store/db/migration", "mysql"),
        ("postgres-store/db/migration", "postgres"),
    ]


def test_locations_for_different_databases_are_not_merged(here: Path) -> None:
    plant(here, "db/V1__a.sql", "db/mysql/V2__b.sql", "db/postgresql/V2__b.sql", "db/more/V3__c.sql")
    assert summary(discover(Path("db"))) == [
        ("db", "flyway", ["1", "3"]),
        ("db/mysql", "flyway", ["2"]),
        ("db/postgresql", "flyway", ["2"]),
    ]


def test_files_for_different_databases_are_a_history_each(here: Path) -> None:
    for version in ("1.0", "2.0"):
        for database in ("postgres", "mysql_innodb", "sqlServer"):
            plant(here, f"migrations/{version}/change_{database}.sql")
    plant(here, "migrations/3.0/both.sql")
    histories = discover(Path("migrations"))
    assert [each.dialect for each in histories] == ["mysql", "postgres", "tsql"]
    assert [step.path for step in histories[1].migrations] == [
        "migrations/1.0/change_postgres.sql",
        "migrations/2.0/change_postgres.sql",
        "migrations/3.0/both.sql",
    ]
    [history] = discover(Path("migrations"), dialect="tsql")
    assert (history.dialect, len(history.migrations), len(history.skipped)) == ("tsql", 3, 4)
    assert ("migrations/1.0/change_postgres.sql", "for postgres") in history.skipped


def test_a_database_in_two_descriptions_does_not_split_a_history(here: Path) -> None:
    plant(here, "0001_import_from_mysql.sql", "0002_move_to_postgres.sql", "0003_x.sql")
    assert summary(discover(Path())) == [(".", "plain", ["0001", "0002", "0003"])]


def test_pop_has_a_history_for_each_database_with_its_overrides(here: Path) -> None:
    plant(
        here,
        "20210101000000_a.up.sql",
        "20210102000000_b.mysql.up.sql",
        "20210102000000_b.postgres.up.sql",
        "20210102000000_b.up.sql",
    )
    assert {each.dialect: [step.path for step in each.migrations] for each in discover(Path())} == {
        "mysql": ["20210101000000_a.up.sql", "20210102000000_b.mysql.up.sql"],
        "postgres": ["20210101000000_a.up.sql", "20210102000000_b.postgres.up.sql"],
    }


def test_a_folder_of_scripts_without_numbers_is_read_in_natural_order(here: Path) -> None:
    plant(here, "step10.sql", "step2.sql", "notes.txt")
    [history] = discover(Path())
    assert [step.path for step in history.migrations] == ["step2.sql", "step10.sql"]
    assert history.migrations[0].transactions_reason == "assumed: no runner recognised"


def test_steps_in_a_subfolder_leave_the_scripts_above_aside(here: Path) -> None:
    plant(
        here,
        "create_catalog.sql",
        "core_schema.sql",
        "patches/016-a.sql",
        "patches/018-b.sql",
        "patches/audit/017-c.sql",
    )
    histories = discover(Path())
    assert summary(histories) == [("patches", "plain", ["016", "018"]), ("patches/audit", "plain", ["017"])]
    assert dict(histories[0].skipped) == {
        "core_schema.sql": "a final schema: the state that the migrations make",
        "create_catalog.sql": "its name is not that of a step, and it stands beside migrations",
    }


def test_an_upgrade_history_without_a_beginning_says_so(here: Path) -> None:
    plant(here, "schema.sql", "upgrade/upgrade-1.1.sql", "upgrade/upgrade-1.2.sql")
    [history] = discover(Path())
    assert "those stay unknown" in dict(history.skipped)["schema.sql"]
    plant(here, "apart/tables/tables.sql", "apart/migrations/1.0/a.sql", "apart/migrations/1.1/b.sql")
    [apart] = discover(Path("apart"))
    assert "those stay unknown" in dict(apart.skipped)["apart/tables/tables.sql"]
    rmtree(here / "apart")
    plant(here, "upgrade/upgrade-1.0-initial.sql")
    [history] = discover(Path())
    assert [step.version for step in history.migrations] == ["1.0", "1.1", "1.2"]
    assert "those stay unknown" not in dict(history.skipped)["schema.sql"]


@pytest.mark.parametrize(
    ("project", "layout", "mode"), [("Cargo.toml", "sqlx", "file"), ("go.mod", "golang-migrate", "string")]
)
def test_the_project_around_pairs_tells_their_runner(here: Path, project: str, layout: str, mode: str) -> None:
    plant(here, project, "migrations/20230101000000_a.up.sql", "migrations/20230101000000_a.down.sql")
    [history] = discover(Path("migrations"))
    assert (history.layout, history.migrations[0].transactions.value) == (layout, mode)


def test_symbolic_links_are_followed_once(here: Path) -> None:
    plant(here, "real/0001_a.sql", "shared/0002_b.sql", "linked/0001_x.sql")
    (here / "real" / "0002_b.sql").symlink_to(here / "shared" / "0002_b.sql")
    (here / "linked" / "loop").symlink_to(here / "linked")
    (here / "more").symlink_to(here / "shared", target_is_directory=True)
    histories = discover(Path("real"))
    assert [step.path for step in histories[0].migrations] == ["real/0001_a.sql", "real/0002_b.sql"]
    assert summary(discover(Path("linked"))) == [("linked", "plain", ["0001"])]
    assert [each.root for each in discover(Path("more"))] == ["more"]


# ---------------------------------------------------------------- what was asked for


def test_layout_and_mode_can_be_given(here: Path) -> None:
    plant(here, "1_a.up.sql", "1_a.down.sql")
    [history] = discover(Path(), layout="sqlx", transactions="none")
    assert history.layout == "sqlx"
    assert history.migrations[0].transactions is Transactions.NONE
    assert history.migrations[0].transactions_reason == "configured"


def test_a_given_mode_leaves_a_files_own_word(here: Path) -> None:
    plant(here, "1_a.sql", "2_b.sql", **{"1_a.sql": "-- +goose NO TRANSACTION\n" + GOOSE, "2_b.sql": GOOSE})
    [history] = discover(Path(), transactions="batch")
    assert [(step.transactions.value, step.transactions_reason) for step in history.migrations] == [
        ("none", "-- +goose NO TRANSACTION"),
        ("batch", "configured"),
    ]


def test_a_given_layout_is_looked_for_in_subfolders_too(here: Path) -> None:
    plant(here, "a/20230101_x/up.sql", "b/V1__x.sql")
    assert summary(discover(Path(), layout="diesel")) == [("a", "diesel", ["20230101"])]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "rails"}, "no layout is called 'rails': they are atlas, blueprint, dbmate"),
        ({"transactions": "often"}, "no transaction mode is called 'often': they are none, statement, file"),
        ({"layout": "goose"}, "no goose migrations found under .: looked for <n>_<name>.sql with"),
    ],
)
def test_what_cannot_be_given_is_said(here: Path, options: dict[str, str], message: str) -> None:
    plant(here, "V1__a.sql")
    with pytest.raises(UsageError) as error:
        discover(Path(), **options)
    assert str(error.value).startswith(message)


def test_layout_names_are_unique() -> None:
    names = [layout.name for layout in LAYOUTS]
    assert len(names) == len(set(names))


# ---------------------------------------------------------------- pieces


def test_goose_statements_are_bounded(here: Path) -> None:
    text = (
        "-- +goose Up\nselect 1;\nselect 2;\n-- +goose StatementBegin\ndo $$ begin; end $$;\n-- +goose StatementEnd\n"
        "select 3\n-- +goose Down\n-- +goose StatementBegin\ndrop table t\n-- +goose StatementEnd\n"
    )
    plant(here, "1_a.sql", **{"1_a.sql": text})
    [history] = discover(Path())
    [migration] = history.migrations
    assert text_of(migration.up[0]) == ["select 1;\nselect 2;", "do $$ begin; end $$;", "select 3"]
    assert migration.up[0].bounded == (False, True, False)
    assert text_of(migration.down[0]) == ["drop table t"]
    assert migration.down[0].bounded == (True,)
    assert history.remarks == ()


def test_goose_statements_that_do_not_pair_are_remarked(here: Path) -> None:
    text = "-- +goose StatementBegin\n-- +goose Up\nselect 1;\n-- +goose StatementEnd\n"
    plant(here, "1_a.sql", **{"1_a.sql": text})
    [history] = discover(Path())
    assert [remark.source.position(remark.span.start).line for remark in history.remarks] == [1, 4]
    assert history.remarks[1].source.slice(history.remarks[1].span) == "-- +goose StatementEnd"


def test_drizzle_pieces_stand_between_breakpoints(here: Path) -> None:
    text = "create table a ();\n--> statement-breakpoint\r\ncreate table b ();--> statement-breakpoint\n\n"
    plant(here, "0000_a.sql", **{"0000_a.sql": text})
    [history] = discover(Path())
    assert (history.layout, history.migrations[0].transactions.value) == ("drizzle", "batch")
    assert text_of(history.migrations[0].up[0]) == ["create table a ();", "create table b ();"]
    assert history.migrations[0].up[0].bounded == ()


def test_liquibase_rollbacks_keep_their_place(here: Path) -> None:
    text = (
        "--liquibase formatted sql\n"
        "--changeset a:1 splitStatements:false\n"
        "--comment A table\n"
        "create table t (id int);\n"
        "--rollback drop\n"
        "--rollback   table t;\n"
        "--changeset a:2 endDelimiter:/\n"
        "create x;\n/\ncreate y;\n/\n"
        "/* liquibase rollback\ndrop y;\n*/\n"
    )
    plant(here, "1.sql", **{"1.sql": text})
    [history] = discover(Path())
    first, second = history.migrations
    assert (first.version, first.description, first.up[0].bounded) == ("a:1", "A table", (True,))
    assert text_of(first.down[0])[0].split() == ["drop", "table", "t;"]
    piece = first.down[0].pieces[0]
    assert first.down[0].source.position(piece.start).line == 5
    assert len(first.down[0].source.text) == len(text)
    assert text_of(second.up[0])[:2] == ["create x;", "create y;"]
    assert second.up[0].bounded[:2] == (True, True)
    assert text_of(second.down[0]) == ["drop y;"]
    assert history.remarks == ()


def test_liquibase_changesets_are_for_a_database(here: Path) -> None:
    text = (
        "--liquibase formatted sql\n"
        "--changeset a:1 dbms:postgresql\nselect 1;\n"
        "--changeset a:2 dbms:mysql,mariadb\nselect 1;\n"
        "--changeset a:3 dbms:!mysql\nselect 1;\n"
        "--changeset a:4\nselect 1;\n"
        '--changeset a:5 dbms:"postgresql, h2"\nselect 1;\n'
        "--changeset a:6 ignore:true\nselect 1;\n"
    )
    plant(here, "1.sql", **{"1.sql": text})
    versions = {
        dialect: [step.version for step in discover(Path(), dialect=dialect)[0].migrations]
        for dialect in ("", "postgres", "mysql")
    }
    assert versions == {
        "": ["a:1", "a:3", "a:4", "a:5"],
        "postgres": ["a:1", "a:3", "a:4", "a:5"],
        "mysql": ["a:2", "a:4"],
    }
    [history] = discover(Path())
    assert history.dialect == "postgres"
    assert [reason for _, reason in history.skipped] == ["changeset a:6: ignore:true", "version a:2 is for mysql"]


def test_an_atlas_delimiter_bounds_statements(here: Path) -> None:
    plant(
        here,
        "1_a.sql",
        "atlas.sum",
        **{"1_a.sql": "-- atlas:delimiter \\n\\n\\n\n\nselect 1;\nselect 2\n\n\nselect 3\n"},
    )
    [history] = discover(Path())
    script = history.migrations[0].up[0]
    assert text_of(script) == ["select 1;\nselect 2", "select 3"]
    assert script.bounded == (True, True)


def test_dbmate_ignores_what_stands_before_its_sections(here: Path) -> None:
    plant(here, "1_a.sql", **{"1_a.sql": "-- about\n-- migrate:up\nselect 1;\n-- migrate:down\n"})
    [history] = discover(Path())
    assert text_of(history.migrations[0].up[0]) == ["select 1;"]
    assert history.migrations[0].down[0].pieces == ()


# ---------------------------------------------------------------- one file, and none


def test_a_file_is_a_history_of_one_with_what_stands_beside_it(here: Path) -> None:
    plant(
        here,
        "m/V1__a.sql",
        "m/V2__b.sql",
        "m/U2__b.sql",
        "m/V2__b.sql.conf",
        **{"m/V2__b.sql.conf": "executeInTransaction=false\n"},
    )
    (here / "m" / "V3__broken.sql").write_bytes(b"\xff\xff\x00")
    [history] = discover(Path("m/V2__b.sql"))
    [migration] = history.migrations
    assert (history.layout, migration.path, migration.version, migration.number) == ("flyway", "m/V2__b.sql", "2", 0)
    assert migration.transactions is Transactions.NONE
    assert [script.source.path for script in migration.down] == ["m/U2__b.sql"]


@pytest.mark.parametrize(
    ("path", "others", "layout", "version"),
    [
        ("m/2023-01-02_b/up.sql", ["m/2023-01-02_b/down.sql", "m/2023-01-01_a/up.sql"], "diesel", "20230102"),
        ("m/20230101_a/migration.sql", ["m/migration_lock.toml"], "prisma", "20230101"),
        ("m/2_b.up.sql", ["m/1_a.up.sql", "m/2_b.down.sql"], "golang-migrate", "2"),
        ("deploy/schemas/x.sql", ["sqitch.plan"], "sqitch", "schemas/x"),
        ("query.sql", ["other.sql"], "plain", ""),
        ("V1_b.sql", ["V1__a.sql"], "flyway", "1"),
    ],
)  # fmt: skip
def test_a_file_is_read_as_its_folder_says(here: Path, path: str, others: list[str], layout: str, version: str) -> None:
    plant(here, path, *others, **{"sqitch.plan": "%project=x\nschemas/x 2021-01-01T00:00:00Z A <a@x>\n"})
    [history] = discover(Path(path))
    assert (history.layout, [step.path for step in history.migrations]) == (layout, [path])
    assert history.migrations[0].version == version


def test_a_file_the_runner_would_not_run_says_so_when_asked_for(here: Path) -> None:
    plant(here, "V1__a.sql", "V1_b.sql")
    [history] = discover(Path("V1_b.sql"))
    assert [(remark.kind, remark.source.path) for remark in history.remarks] == [("misnamed", "V1_b.sql")]


def test_a_down_file_alone_is_read_as_it_is(here: Path) -> None:
    plant(here, "1_a.up.sql", "1_a.down.sql")
    [history] = discover(Path("1_a.down.sql"))
    assert [step.path for step in history.migrations] == ["1_a.down.sql"]


def test_text_without_a_file() -> None:
    history = from_text("\ufeffselect 1;\r\n")
    [migration] = history.migrations
    assert (history.root, history.layout, migration.path, migration.version) == ("<stdin>", "plain", "<stdin>", "")
    assert migration.source.text == "select 1;\r\n"
    assert migration.source.bom
    assert history.remarks == ()


def test_text_without_a_file_is_read_by_its_directives() -> None:
    goose = from_text("-- +goose NO TRANSACTION\n" + GOOSE, "change")
    assert (goose.layout, goose.migrations[0].path) == ("goose", "change")
    assert text_of(goose.migrations[0].up[0]) == ["create table t ();"]
    assert goose.migrations[0].transactions is Transactions.NONE
    flyway = from_text(SQL, layout="flyway", transactions="none")
    assert (flyway.layout, flyway.migrations[0].transactions_reason) == ("flyway", "configured")


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("data", "bom"),
    [
        ("sélect\r\n".encode(), False),
        ("sélect\r\n".encode("utf-8-sig"), True),
        (b"\xff\xfe" + "sélect\r\n".encode("utf-16-le"), True),
        (b"\xfe\xff" + "sélect\r\n".encode("utf-16-be"), True),
    ],
)
def test_encodings(here: Path, data: bytes, bom: bool) -> None:
    (here / "a b.sql").write_bytes(data)
    source = read_source(Path("a b.sql"))
    assert (source.path, source.text, source.bom) == ("a b.sql", "sélect\r\n", bom)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"one\ntwo \x92\n", "x.sql:2: cannot be read as UTF-8: byte 0x92 at offset 8"),
        (b"\xff\xfea\x00\x00\xd8", "x.sql:1: cannot be read as UTF-16-LE: byte 0x00 at offset 4"),
        ("one\ntwo".encode("utf-16-le"), "x.sql:1: is not a text file: a NUL character at offset 1"),
    ],
)
def test_what_is_not_text_is_said_with_its_place(here: Path, data: bytes, message: str) -> None:
    (here / "x.sql").write_bytes(data)
    for read in (lambda: read_source(Path("x.sql")), lambda: discover(Path())):
        with pytest.raises(UsageError) as error:
            read()
        assert str(error.value).startswith(message)


def test_what_cannot_be_opened_is_said(here: Path) -> None:
    plant(here, "m/1_a.sql", "empty/readme.txt")
    (here / "m" / "2_b.sql").symlink_to(here / "gone.sql")
    (here / "loop.sql").symlink_to(here / "loop.sql")
    cases = {
        "m": "m/2_b.sql: is a symbolic link to nothing",
        "nowhere": "nowhere: no such file or folder",
        "loop.sql": "loop.sql: cannot be read: ",
        "empty": "no migrations found under empty: looked for ",
    }
    for path, message in cases.items():
        with pytest.raises(UsageError) as error:
            discover(Path(path))
        assert str(error.value).startswith(message)
    with pytest.raises(UsageError, match="m: is a folder, not a file"):
        read_source(Path("m"))


def test_what_may_not_be_read_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(here, "1_a.sql")

    def refuse(path: str, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UsageError, match=r"1_a\.sql: cannot be read: permission denied"):
        discover(Path())


def test_migrations_in_code_alone_are_named(here: Path) -> None:
    plant(here, "migrations/0001_initial.py", "migrations/__init__.py")
    with pytest.raises(UsageError, match=r"migrations/0001_initial\.py is a step in code, and only SQL is read"):
        discover(Path())


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("meta/_journal.json", '{"entries": 1}', "meta/_journal.json: is not a journal of Drizzle"),
        ("v1.0/manifest.json", "{", "v1.0/manifest.json: is not JSON"),
    ],
)
def test_broken_marker_files_are_said(here: Path, path: str, text: str, message: str) -> None:
    plant(here, "0001_a.sql", path, "v1.0/a.sql", **{path: text})
    with pytest.raises(UsageError, match=message):
        discover(Path())


def test_shown_paths(here: Path) -> None:
    assert shown_path(here / "a" / "b.sql") == "a/b.sql"
    assert shown_path(Path("a/../b.sql")) == "b.sql"
    assert shown_path(here.parent / "beside" / "b.sql") == "../beside/b.sql"
    assert shown_path(Path("/proc/b.sql")) == "/proc/b.sql"


def test_paths_of_reports_can_be_made_otherwise(here: Path) -> None:
    plant(here, "m/1_a.sql")
    [history] = discover(Path("m"), shown=lambda path: f"repo/{path.name}")
    assert (history.root, history.migrations[0].path) == ("repo/m", "repo/m/1_a.sql")
