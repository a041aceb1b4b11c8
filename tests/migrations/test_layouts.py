"""Each layout: which files are its migrations, in which order, with which down parts, modes and remarks."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from dblint.migrations.discover import discover
from dblint.migrations.model import History

SQL = "select 1;\n"


class Case(NamedTuple):
    """A tree (path to text), and what its one history must be."""

    tree: dict[str, str]
    layout: str
    up: list[str]
    """The path of each migration's file, in order."""
    versions: list[str] = []
    down: list[str] = []
    """The migrations (by path) that have a down part."""
    transactions: str = ""
    """The usual mode, where it is not the layout's of `USUAL`; `modes` holds the others, by path."""
    modes: dict[str, str] = {}
    remarks: list[tuple[str, str, int]] = []
    """Kind, path and line, in any order."""
    skipped: list[str] = []
    dialect: str = ""


def journal(*tags: str, when: list[int] | None = None) -> str:
    entries = [{"idx": at, "when": when[at] if when else at, "tag": tag} for at, tag in enumerate(tags)]
    return json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}, indent=2)


def goose(body: str = "") -> str:
    return f"-- +goose Up\ncreate table t ();\n{body}"


USUAL = {"flyway": "detected", "blueprint": "detected", "plain": "assumed", "versioned-folders": "none"}

CASES = {
    "flyway orders dotted versions by number and merges subfolders": Case(
        tree={
            "V1.0.0.10__ten.sql": SQL,
            "V1.0.0.9__nine.sql": SQL,
            "2024/V2__two.sql": SQL,
            "2024/deep/V1_5__underscored.sql": SQL,
            "R__views.sql": SQL,
            "R__a functions.sql": SQL,
        },
        layout="flyway",
        up=[
            "V1.0.0.9__nine.sql",
            "V1.0.0.10__ten.sql",
            "2024/deep/V1_5__underscored.sql",
            "2024/V2__two.sql",
            "R__a functions.sql",
            "R__views.sql",
        ],
        versions=["1.0.0.9", "1.0.0.10", "1_5", "2", "", ""],
    ),
    "flyway undoes, configures, and reports what it will not run": Case(
        tree={
            "V1__one.sql": SQL,
            "U1__one.sql": SQL,
            "V2__two.sql": SQL,
            "V2__two.sql.conf": "executeInTransaction=false\n",
            "V3__three.sql": "-- flyway:executeInTransaction=false\n" + SQL,
            "V3.0__again.sql": SQL,
            "V4_four.sql": SQL,
            "v5__five.sql": SQL,
            "V6__six.SQL": SQL,
            "V7__seven.java": "class V7 {}\n",
            "V8__eight.sql": SQL + "-- flyway:executeOutsideTransaction=true\n",
            "U9__nine.sql": SQL,
            "afterMigrate.sql": SQL,
            "notes.sql": SQL,
        },
        layout="flyway",
        up=["V1__one.sql", "V2__two.sql", "V3.0__again.sql", "V3__three.sql", "V8__eight.sql"],
        versions=["1", "2", "3.0", "3", "8"],
        down=["V1__one.sql"],
        modes={"V2__two.sql": "none", "V3__three.sql": "none"},
        remarks=[
            ("duplicate version", "V3__three.sql", 1),
            ("misnamed", "V4_four.sql", 1),
            ("misnamed", "v5__five.sql", 1),
            ("misnamed", "V6__six.SQL", 1),
            ("code step", "V7__seven.java", 1),
            ("unknown directive", "V8__eight.sql", 2),
            ("missing up", "U9__nine.sql", 1),
        ],
        skipped=[
            "U9__nine.sql",
            "V4_four.sql",
            "V6__six.SQL",
            "V7__seven.java",
            "afterMigrate.sql",
            "notes.sql",
            "v5__five.sql",
        ],
    ),
    "flyway passes over a baseline of steps that are here": Case(
        tree={"V1__a.sql": SQL, "V2__b.sql": SQL, "B2__base.sql": SQL, "V3__c.sql": SQL},
        layout="flyway",
        up=["V1__a.sql", "V2__b.sql", "V3__c.sql"],
        skipped=["B2__base.sql"],
    ),
    "flyway begins at a baseline of steps that are not here": Case(
        tree={"B2__base.sql": SQL, "V3__c.sql": SQL},
        layout="flyway",
        up=["B2__base.sql", "V3__c.sql"],
        versions=["2", "3"],
    ),
    "flyway reads locations that are configured together": Case(
        tree={"db/pg/V1__a.sql": SQL, "db/pg/V3__c.sql": SQL, "db/pg_data/V2__b.sql": SQL},
        layout="flyway",
        up=["db/pg/V1__a.sql", "db/pg_data/V2__b.sql", "db/pg/V3__c.sql"],
        dialect="postgres",
    ),
    "blueprint with rollback twins": Case(
        tree={
            "V1.0.0__initial_schema.sql": SQL,
            "V1.1.0__add_items.sql": SQL,
            "V1.1.0__rollback.sql": SQL,
            "V1.10.0__late.sql": SQL,
            "V1.10.0__rollback.sql": SQL,
            "V1.2.0__add_rls.sql": SQL,
            "V1.2.0__rollback.sql": SQL,
            "V9.0.0__rollback.sql": SQL,
        },
        layout="blueprint",
        up=["V1.0.0__initial_schema.sql", "V1.1.0__add_items.sql", "V1.2.0__add_rls.sql", "V1.10.0__late.sql"],
        versions=["1.0.0", "1.1.0", "1.2.0", "1.10.0"],
        down=["V1.1.0__add_items.sql", "V1.2.0__add_rls.sql", "V1.10.0__late.sql"],
        remarks=[("missing down", "V1.0.0__initial_schema.sql", 1), ("missing up", "V9.0.0__rollback.sql", 1)],
        skipped=["V9.0.0__rollback.sql"],
    ),
    "blueprint with dates": Case(
        tree={
            "V002_20260330_AddTwo.sql": SQL,
            "V001_20260329_AddOne.sql": SQL,
            "V010_20260401_AddTen.sql": SQL,
            "V010_20260401_AddTen_rollback.sql": SQL,
        },
        layout="blueprint",
        up=["V001_20260329_AddOne.sql", "V002_20260330_AddTwo.sql", "V010_20260401_AddTen.sql"],
        versions=["001", "002", "010"],
        down=["V010_20260401_AddTen.sql"],
    ),
    "golang-migrate orders by number and pairs by it": Case(
        tree={
            "10_ten.up.sql": SQL,
            "10_ten.down.sql": SQL,
            "9_nine.up.sql": SQL,
            "9_other_title.down.sql": SQL,
            "8_eight.up.sql": SQL,
            "7_seven.down.sql": SQL,
            "11_eleven.sql": SQL,
            "nothing.up.sql": SQL,
            "12_code.up.go": "package x\n",
        },
        layout="golang-migrate",
        up=["8_eight.up.sql", "9_nine.up.sql", "10_ten.up.sql"],
        versions=["8", "9", "10"],
        down=["9_nine.up.sql", "10_ten.up.sql"],
        transactions="string",
        remarks=[
            ("missing down", "8_eight.up.sql", 1),
            ("missing up", "7_seven.down.sql", 1),
            ("misnamed", "11_eleven.sql", 1),
            ("misnamed", "nothing.up.sql", 1),
            ("code step", "12_code.up.go", 1),
        ],
        skipped=["11_eleven.sql", "12_code.up.go", "7_seven.down.sql", "nothing.up.sql"],
    ),
    "golang-migrate: one number twice, and one down file too many": Case(
        tree={
            "1_a.up.sql": SQL,
            "1_a.down.sql": SQL,
            "2_b.up.sql": SQL,
            "2_b.down.sql": SQL,
            "2_c.down.sql": SQL,
            "3_d.up.sql": SQL,
            "3_d.down.sql": SQL,
            "0003_e.up.sql": SQL,
            "0003_e.down.sql": SQL,
        },
        layout="golang-migrate",
        up=["1_a.up.sql", "2_b.up.sql", "0003_e.up.sql", "3_d.up.sql"],
        down=["1_a.up.sql", "2_b.up.sql", "0003_e.up.sql", "3_d.up.sql"],
        transactions="string",
        remarks=[("misnamed", "2_c.down.sql", 1), ("duplicate version", "3_d.up.sql", 1)],
        skipped=["2_c.down.sql"],
    ),
    "epochs: V0000.Name.up.sql": Case(
        tree={
            "V0000.Init.up.sql": SQL,
            "V0000.Init.down.sql": SQL,
            "V0001.Next.up.sql": SQL,
            "V0001.Next.down.sql": SQL,
        },
        layout="golang-migrate",
        up=["V0000.Init.up.sql", "V0001.Next.up.sql"],
        versions=["0000", "0001"],
        down=["V0000.Init.up.sql", "V0001.Next.up.sql"],
        transactions="string",
    ),
    "epochs: <n>/NN_x.up.sql": Case(
        tree={"10/01_c.up.sql": SQL, "2/02_b.up.sql": SQL, "2/01_a.up.sql": SQL, "2/01_a.down.sql": SQL},
        layout="golang-migrate",
        up=["2/01_a.up.sql", "2/02_b.up.sql", "10/01_c.up.sql"],
        versions=["2/01", "2/02", "10/01"],
        down=["2/01_a.up.sql"],
        transactions="string",
    ),
    "morph": Case(
        tree={"000001_a.up.sql": "-- morph:nontransactional\n" + SQL, "000002_b.up.sql": SQL},
        layout="morph",
        up=["000001_a.up.sql", "000002_b.up.sql"],
        modes={"000001_a.up.sql": "none"},
    ),
    "maragu: numbers that many files share; any character before up.sql": Case(
        tree={f"{number}_{name}.up.sql": SQL for number in ("0001", "0002", "0003") for name in "ba"}
        | {"0004_z_up.sql": SQL, "0004_z_down.sql": SQL},
        layout="maragu-migrate",
        up=[f"{number}_{name}.up.sql" for number in ("0001", "0002", "0003") for name in "ab"] + ["0004_z_up.sql"],
        down=["0004_z_up.sql"],
    ),
    "diesel orders by the folder's name without dashes": Case(
        tree={
            "00000000000000_setup/up.sql": SQL,
            "00000000000000_setup/down.sql": SQL,
            "2017-08-31-230457_b/up.sql": SQL,
            "2017-08-31-230457_b/down.sql": SQL,
            "20140924113530_a/up.sql": SQL,
            "20140924113530_a/down.sql": SQL,
            "20140924113530_a/metadata.toml": "run_in_transaction = false\n",
            "2018-01-01-000000_c/up.sql": SQL,
            "2018-01-02-000000_d/down.sql": SQL,
            "2018-01-03-000000_e/up.rs": "fn main() {}\n",
            "2018-01-04-000000_f/UP.sql": SQL,
            "stray.sql": SQL,
        },
        layout="diesel",
        up=[
            "00000000000000_setup/up.sql",
            "20140924113530_a/up.sql",
            "2017-08-31-230457_b/up.sql",
            "2018-01-01-000000_c/up.sql",
        ],
        versions=["00000000000000", "20140924113530", "20170831230457", "20180101000000"],
        down=["00000000000000_setup/up.sql", "20140924113530_a/up.sql", "2017-08-31-230457_b/up.sql"],
        modes={"20140924113530_a/up.sql": "none"},
        remarks=[
            ("missing down", "2018-01-01-000000_c/up.sql", 1),
            ("missing up", "2018-01-02-000000_d/down.sql", 1),
            ("code step", "2018-01-03-000000_e/up.rs", 1),
            ("misnamed", "2018-01-04-000000_f/UP.sql", 1),
        ],
        skipped=[
            "2018-01-02-000000_d/down.sql",
            "2018-01-03-000000_e/up.rs",
            "2018-01-04-000000_f/UP.sql",
            "stray.sql",
        ],
    ),
    "sqlx with single files": Case(
        tree={
            "20220101000000_a.sql": "-- no-transaction\n" + SQL,
            "20220102000000_b.sql": "-- comment\n-- no-transaction\n" + SQL,
            "20220103000000.sql": SQL,
        },
        layout="sqlx",
        up=["20220101000000_a.sql", "20220102000000_b.sql"],
        versions=["20220101000000", "20220102000000"],
        modes={"20220101000000_a.sql": "none"},
        remarks=[("unknown directive", "20220102000000_b.sql", 2), ("misnamed", "20220103000000.sql", 1)],
        skipped=["20220103000000.sql"],
    ),
    "prisma": Case(
        tree={
            "20230101000000_init/migration.sql": SQL,
            "20230202000000_next/migration.sql": SQL,
            "20230303000000_broken/migrate.sql": SQL,
            "migration_lock.toml": '# do not edit\nprovider = "mysql"\n',
        },
        layout="prisma",
        up=["20230101000000_init/migration.sql", "20230202000000_next/migration.sql"],
        versions=["20230101000000", "20230202000000"],
        transactions="string",
        remarks=[("misnamed", "20230303000000_broken/migrate.sql", 1)],
        skipped=["20230303000000_broken/migrate.sql"],
        dialect="mysql",
    ),
    "prisma compares names as text": Case(
        tree={"9_a/migration.sql": SQL, "10_b/migration.sql": SQL},
        layout="prisma",
        up=["10_b/migration.sql", "9_a/migration.sql"],
        transactions="string",
        remarks=[("out of order", "9_a/migration.sql", 1)],
    ),
    "drizzle follows its journal": Case(
        tree={
            "0000_a.sql": SQL,
            "0001_b.sql": SQL,
            "0002_orphan.sql": SQL,
            "0003_c.sql": SQL,
            "meta/_journal.json": journal("0000_a", "0003_c", "0001_b", "0009_gone", when=[1, 5, 3, 9]),
            "meta/0000_snapshot.json": "{}",
        },
        layout="drizzle",
        up=["0000_a.sql", "0003_c.sql", "0001_b.sql"],
        versions=["0000", "0003", "0001"],
        transactions="batch",
        remarks=[
            ("orphan", "0002_orphan.sql", 1),
            ("orphan", "meta/_journal.json", 23),
            ("out of order", "0001_b.sql", 1),
        ],
        skipped=["0002_orphan.sql"],
        dialect="postgres",
    ),
    "supabase": Case(
        tree={
            "supabase/migrations/20230102000000_b.sql": SQL,
            "supabase/migrations/20230101000000_a.sql": SQL,
            "supabase/migrations/fix.sql": SQL,
        },
        layout="supabase",
        up=["supabase/migrations/20230101000000_a.sql", "supabase/migrations/20230102000000_b.sql"],
        remarks=[("misnamed", "supabase/migrations/fix.sql", 1)],
        skipped=["supabase/migrations/fix.sql"],
        dialect="postgres",
    ),
    "goose": Case(
        tree={
            "00001_a.sql": goose("-- +goose Down\ndrop table t;\n"),
            "00010_c.sql": "-- +goose NO TRANSACTION\n" + goose("-- +goose Down\n"),
            "00002_b.sql": goose(),
            "00003_typo.sql": "-- +goose Upp\n" + SQL,
            "00004_code.go": "package m\n",
            "helper.sql": SQL,
        },
        layout="goose",
        up=["00001_a.sql", "00002_b.sql", "00003_typo.sql", "00010_c.sql"],
        versions=["00001", "00002", "00003", "00010"],
        down=["00001_a.sql", "00010_c.sql"],
        modes={"00010_c.sql": "none"},
        remarks=[
            ("unknown directive", "00003_typo.sql", 1),
            ("unknown directive", "00003_typo.sql", 1),
            ("code step", "00004_code.go", 1),
            ("misnamed", "helper.sql", 1),
        ],
        skipped=["00004_code.go", "helper.sql"],
    ),
    "sql-migrate": Case(
        tree={
            "1-a.sql": "-- +migrate Up notransaction\n" + SQL + "-- +migrate Down\n" + SQL,
            "2-b.sql": "-- +migrate Up\n" + SQL + "-- +migrate Down\n" + SQL,
        },
        layout="sql-migrate",
        up=["1-a.sql", "2-b.sql"],
        down=["1-a.sql", "2-b.sql"],
        modes={"1-a.sql": "none"},
    ),
    "dbmate": Case(
        tree={
            "20230101_a.sql": "-- migrate:up\n" + SQL + "-- migrate:down\n" + SQL,
            "20230102_b.sql": "-- migrate:up transaction:false\n" + SQL + "-- migrate:down\n" + SQL,
            "20230103_c.sql": "-- migrate:up transactions:false\n" + SQL + "-- migrate:downn\n",
        },
        layout="dbmate",
        up=["20230101_a.sql", "20230102_b.sql", "20230103_c.sql"],
        down=["20230101_a.sql", "20230102_b.sql"],
        modes={"20230102_b.sql": "none"},
        remarks=[
            ("unknown directive", "20230103_c.sql", 1),
            ("unknown directive", "20230103_c.sql", 3),
            ("missing down", "20230103_c.sql", 1),
        ],
    ),
    "liquibase": Case(
        tree={
            "10.sql": "--liquibase formatted sql\n--changeset ann:3\n" + SQL,
            "2.sql": (
                "--liquibase formatted sql\n"
                "--changeset ann:1 runInTransaction:false\n"
                "create index i on t (a);\n"
                "--rollback drop index i;\n"
                "--changeset ann:2 splitStatement:false\n" + SQL + "--rollback empty\n"
                "--changset ann:typo\n"
                "--changeset ann:1\n" + SQL
            ),
            "raw.sql": SQL,
        },
        layout="liquibase",
        up=["2.sql", "2.sql", "2.sql", "10.sql"],
        versions=["ann:1", "ann:2", "ann:1", "ann:3"],
        remarks=[
            ("unknown directive", "2.sql", 5),
            ("unknown directive", "2.sql", 8),
            ("duplicate version", "2.sql", 1),
            ("misnamed", "raw.sql", 1),
        ],
        skipped=["raw.sql"],
        down=["2.sql"],
        modes={"2.sql": "none"},
    ),
    "liquibase in the order of the changelog": Case(
        tree={
            "db.changelog-master.yaml": (
                "databaseChangeLog:\n"
                "  - include:\n      file: db/changes/b.sql\n"
                "  - include:\n      file: changes/a.sql\n"
            ),
            "changes/a.sql": "--liquibase formatted sql\n--changeset x:1\n" + SQL,
            "changes/b.sql": "--liquibase formatted sql\n--changeset x:1\n" + SQL,
            "changes/c.sql": "--liquibase formatted sql\n--changeset x:1\n" + SQL,
        },
        layout="liquibase",
        up=["changes/b.sql", "changes/a.sql"],
        remarks=[("orphan", "changes/c.sql", 1)],
        skipped=["changes/c.sql"],
    ),
    "sqitch follows its plan": Case(
        tree={
            "sqitch.conf": "[core]\n\tengine = pg\n",
            "sqitch.plan": (
                "%syntax-version=1.0.0\n%project=x\n\n"
                "schemas/main 2021-01-01T00:00:00Z A <a@x> # The schema\n"
                "f [schemas/main] 2021-01-01T00:00:00Z A <a@x> # A function\n"
                "@v1 2021-01-02T00:00:00Z A <a@x> # release\n"
                "@v2 2021-01-02T00:00:00Z A <a@x> # release\n"
                "f [f@v2] 2021-01-03T00:00:00Z A <a@x> # Better\n"
                "gone 2021-01-04T00:00:00Z A <a@x> # Not written\n"
            ),
            "deploy/schemas/main.sql": "begin;\ncommit;\n",
            "revert/schemas/main.sql": "begin;\ncommit;\n",
            "verify/schemas/main.sql": SQL,
            "deploy/f@v2.sql": SQL,
            "deploy/f.sql": SQL,
            "revert/f.sql": SQL,
            "deploy/unplanned.sql": SQL,
            "revert/unplanned.sql": SQL,
        },
        layout="sqitch",
        up=["deploy/schemas/main.sql", "deploy/f@v2.sql", "deploy/f.sql"],
        versions=["schemas/main", "f@v2", "f"],
        down=["deploy/schemas/main.sql", "deploy/f.sql"],
        transactions="none",
        remarks=[
            ("orphan", "sqitch.plan", 9),
            ("orphan", "deploy/unplanned.sql", 1),
            ("missing up", "revert/unplanned.sql", 1),
            ("missing down", "deploy/f@v2.sql", 1),
        ],
        skipped=["deploy/unplanned.sql", "revert/unplanned.sql", "verify/schemas/main.sql"],
        dialect="postgres",
    ),
    "hasura": Case(
        tree={
            "migrations/default/1600000000002_b/up.sql": SQL,
            "migrations/default/1600000000002_b/down.sql": SQL,
            "migrations/default/1600000000001_a/up.sql": SQL,
            "migrations/default/1600000000001_a/down.sql": SQL,
        },
        layout="hasura",
        up=["migrations/default/1600000000001_a/up.sql", "migrations/default/1600000000002_b/up.sql"],
        down=["migrations/default/1600000000001_a/up.sql", "migrations/default/1600000000002_b/up.sql"],
    ),
    "pop": Case(
        tree={
            "00_init.up.sql": SQL,
            "20210101_a.up.sql": SQL,
            "20210101_a.down.sql": SQL,
            "20210102_b.up.sql": SQL,
            "20210102_b.postgres.up.sql": SQL,
            "20210103_c.postgres.autocommit.up.sql": SQL,
        },
        layout="pop",
        up=[
            "00_init.up.sql",
            "20210101_a.up.sql",
            "20210102_b.postgres.up.sql",
            "20210103_c.postgres.autocommit.up.sql",
        ],
        versions=["00", "20210101", "20210102", "20210103"],
        down=["20210101_a.up.sql"],
        modes={"20210103_c.postgres.autocommit.up.sql": "none"},
        skipped=["20210102_b.up.sql"],
    ),
    "atlas": Case(
        tree={
            "atlas.sum": "h1:x=\n20230101_a.sql h1:a=\n20230102_b.sql h1:b=\n20230103_c.sql h1:c=\n9_gone.sql h1:d=\n",
            "20230101_a.sql": "-- atlas:txmode none\n\n" + SQL,
            "20230102_b.sql": "-- atlas:txmode none\n" + SQL,
            "20230103_c.sql": "-- atlas:checkpoint\n\n" + SQL,
            "20230104_d.sql": SQL + "-- atlas:txmode none\n",
            "20230105_e.sql": "-- atlas:txmood none\n-- atlas:txmode some\n\n" + SQL,
        },
        layout="atlas",
        up=["20230101_a.sql", "20230102_b.sql", "20230104_d.sql", "20230105_e.sql"],
        modes={"20230101_a.sql": "none"},
        remarks=[
            ("orphan", "20230104_d.sql", 1),
            ("orphan", "20230105_e.sql", 1),
            ("orphan", "atlas.sum", 5),
            ("unknown directive", "20230102_b.sql", 1),
            ("unknown directive", "20230104_d.sql", 2),
            ("unknown directive", "20230105_e.sql", 1),
            ("unknown directive", "20230105_e.sql", 2),
        ],
        skipped=["20230103_c.sql"],
    ),
    "upgrade scripts beside a final schema": Case(
        tree={
            "001-create-schema.sql": SQL,
            "002-create-admin.sql": SQL,
            "upgrade/upgrade-pre-0.9.9.sql": SQL,
            "upgrade/upgrade-pre-0.9.10.sql": SQL,
            "upgrade/upgrade-pre-1.0.0.sql": SQL,
        },
        layout="upgrade-scripts",
        up=["upgrade/upgrade-pre-0.9.9.sql", "upgrade/upgrade-pre-0.9.10.sql", "upgrade/upgrade-pre-1.0.0.sql"],
        versions=["0.9.9", "0.9.10", "1.0.0"],
        transactions="none",
        skipped=["001-create-schema.sql", "002-create-admin.sql"],
    ),
    "upgrade scripts in a folder for each version": Case(
        tree={
            "migrations/3.17/add_column_postgres.sql": SQL,
            "migrations/3.9/b_postgres.sql": SQL,
            "migrations/3.9/a_postgres.sql": SQL,
            "tables/tables_postgres.sql": SQL,
        },
        layout="upgrade-scripts",
        up=[
            "migrations/3.9/a_postgres.sql",
            "migrations/3.9/b_postgres.sql",
            "migrations/3.17/add_column_postgres.sql",
        ],
        versions=["3.9", "3.9", "3.17"],
        transactions="none",
        skipped=["tables/tables_postgres.sql"],
        dialect="postgres",
    ),
    "upgrade scripts: upgrade/<v>_schema and dates": Case(
        tree={
            "upgrade/10_schema/x.sql": SQL,
            "upgrade/9_schema/y.sql": SQL,
            "schema.sql": SQL,
        },
        layout="upgrade-scripts",
        up=["upgrade/9_schema/y.sql", "upgrade/10_schema/x.sql"],
        versions=["9", "10"],
        transactions="none",
        skipped=["schema.sql"],
    ),
    "versioned folders": Case(
        tree={
            "schema.sql": SQL,
            "database.sql": SQL,
            "versioned/v1.10/manifest.json": '{"CurrVersion": "1.10", "Files": ["z.sql", "a.sql"]}',
            "versioned/v1.10/a.sql": SQL,
            "versioned/v1.10/z.sql": SQL,
            "versioned/v1.9/manifest.json": '{"CurrVersion": "1.9", "Files": [\n"x.sql",\n"gone.sql"]}',
            "versioned/v1.9/x.sql": SQL,
            "versioned/v1.9/unlisted.sql": SQL,
        },
        layout="versioned-folders",
        up=["versioned/v1.9/x.sql", "versioned/v1.10/z.sql", "versioned/v1.10/a.sql"],
        versions=["1.9", "1.10", "1.10"],
        remarks=[
            ("orphan", "versioned/v1.9/manifest.json", 3),
            ("orphan", "versioned/v1.9/unlisted.sql", 1),
        ],
        skipped=["database.sql", "schema.sql", "versioned/v1.9/unlisted.sql"],
    ),
    "plain: numbers in natural order, a final schema and strangers passed over": Case(
        tree={
            "1-a.sql": SQL,
            "10-j.sql": SQL,
            "2-b.sql": SQL,
            "00003_c.sql": SQL,
            "3-again.sql": SQL,
            "schema.sql": SQL,
            "fix.sql": SQL,
            "4-code.ts": "export {}\n",
            "5-old.sql.bak": SQL,
        },
        layout="plain",
        up=["1-a.sql", "2-b.sql", "3-again.sql", "00003_c.sql", "10-j.sql"],
        versions=["1", "2", "3", "00003", "10"],
        remarks=[
            ("duplicate version", "00003_c.sql", 1),
            ("misnamed", "fix.sql", 1),
            ("code step", "4-code.ts", 1),
        ],
        skipped=["4-code.ts", "5-old.sql.bak", "fix.sql", "schema.sql"],
    ),
    "plain: down parts by suffix": Case(
        tree={
            "001_a.sql": SQL,
            "001_a_down.sql": SQL,
            "002_b.sql": SQL,
            "002_rollback.sql": SQL,
            "003_x_rollback.sql": SQL,
            "004.do.create.sql": SQL,
            "004.undo.create.sql": SQL,
        },
        layout="plain",
        up=["001_a.sql", "002_b.sql", "003_x_rollback.sql", "004.do.create.sql"],
        versions=["001", "002", "003", "004"],
        down=["001_a.sql", "002_b.sql", "004.do.create.sql"],
        remarks=[("missing down", "003_x_rollback.sql", 1)],
    ),
    "plain: down parts in a folder of their own": Case(
        tree={"up/1_a.sql": SQL, "up/2_b.sql": SQL, "down/1_a.sql": SQL, "down/2_b.sql": SQL, "down/3_c.sql": SQL},
        layout="plain",
        up=["up/1_a.sql", "up/2_b.sql"],
        down=["up/1_a.sql", "up/2_b.sql"],
        remarks=[("missing up", "down/3_c.sql", 1)],
        skipped=["down/3_c.sql"],
    ),
    "plain: days may be shared, times may not": Case(
        tree={"2024-01-05-a.sql": SQL, "2024-01-05-b.sql": SQL, "20240106.sql": SQL, "2024-02-01_c.sql": SQL},
        layout="plain",
        up=["2024-01-05-a.sql", "2024-01-05-b.sql", "2024-02-01_c.sql", "20240106.sql"],
    ),
    "plain: directives of other runners are heard by nobody": Case(
        tree={"1_a.sql": SQL + "-- no-transaction\n", "2_b.sql": SQL, "3_c.sql": SQL + "  -- +goose Down\r\n"},
        layout="plain",
        up=["1_a.sql", "2_b.sql", "3_c.sql"],
        remarks=[("unknown directive", "1_a.sql", 2), ("unknown directive", "3_c.sql", 2)],
    ),
    "plain: capitals, when all are": Case(
        tree={"1_A.SQL": SQL, "2_B.SQL": SQL}, layout="plain", up=["1_A.SQL", "2_B.SQL"], versions=["1", "2"]
    ),
}


def plant(root: Path, tree: dict[str, str | bytes]) -> Path:
    for name, text in tree.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def one(root: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.chdir(root)
    [history] = discover(Path())
    return history


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_layout(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two folders deep, so that nothing around the temporary folder looks like a project's file.
    history = one(plant(tmp_path / "outer" / "inner", dict(case.tree)), monkeypatch)
    assert history.layout == case.layout
    assert [each.path for each in history.migrations] == case.up
    assert [each.number for each in history.migrations] == list(range(len(case.up)))
    if case.versions:
        assert [each.version for each in history.migrations] == case.versions
    assert {each.path for each in history.migrations if each.down} == set(case.down)
    modes = {each.path: each.transactions.value for each in reversed(history.migrations)}
    usual = case.transactions or USUAL.get(case.layout, "file")
    assert modes == {path: case.modes.get(path, usual) for path in case.up}
    assert all(each.transactions_reason for each in history.migrations)
    remarks = [(each.kind, each.source.path, each.source.position(each.span.start).line) for each in history.remarks]
    assert sorted(remarks) == sorted(case.remarks)
    assert sorted(path for path, _ in history.skipped) == sorted(case.skipped)
    assert all(reason for _, reason in history.skipped)
    assert history.dialect == case.dialect


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_line_ends_and_byte_order_marks_change_nothing(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encodings = ("utf-8-sig", "utf-16")
    plain = one(plant(tmp_path / "a" / "plain", dict(case.tree)), monkeypatch)
    other: dict[str, str | bytes] = {}
    for at, (name, text) in enumerate(case.tree.items()):
        windows = text.replace("\r\n", "\n").replace("\n", "\r\n")
        other[name] = windows.encode(encodings[at % 2])
    marked = one(plant(tmp_path / "b" / "with spaces", other), monkeypatch)
    assert [_essence(each) for each in plain.migrations] == [_essence(each) for each in marked.migrations]
    assert [(each.kind, each.message) for each in plain.remarks] == [
        (each.kind, each.message) for each in marked.remarks
    ]
    assert plain.skipped == marked.skipped
    assert all(each.source.bom for each in marked.migrations)


def _essence(migration: object) -> tuple[object, ...]:
    from dblint.migrations.model import Migration

    assert isinstance(migration, Migration)
    pieces = [
        [script.source.slice(piece).split() for piece in script.pieces] for script in (*migration.up, *migration.down)
    ]
    return (migration.path, migration.version, migration.description, migration.transactions, pieces)
