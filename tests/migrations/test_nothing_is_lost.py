"""Whatever a folder holds: each SQL file is a migration's part or passed over with a reason, and nothing fails."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dblint.errors import UsageError
from dblint.migrations.discover import LAYOUTS, discover

STARTS = [
    "V1__",
    "V1.2__",
    "V2_20240101_",
    "U1__",
    "R__",
    "B1__",
    "v3__",
    "1_",
    "01-",
    "2.0_",
    "20240101000000_",
    "",
    "x_",
]
STARTS += ["upgrade-1.2-", "upgrade-pre-1.10.", "schema", "tables_"]
MIDDLES = ["a", "b", "rollback", "up", "down", "create_x"]
ENDS = [
    ".sql",
    ".up.sql",
    ".down.sql",
    "_down.sql",
    ".postgres.up.sql",
    "_mysql.sql",
    "_postgres.sql",
    ".SQL",
    ".sql.conf",
]
ENDS += [".go", ".sql.bak", ".autocommit.up.sql", ".undo.sql"]
FOLDERS = ["", "up/", "down/", "upgrade/", "v1.0/", "versioned/v2.0/", "1.5/", "20240101_x/", "2024-01-02-000000_y/"]
FOLDERS += ["meta/", "deploy/", "revert/", "mysql/", "postgres/", "supabase/migrations/", "3/"]
MARKERS = {
    "sqitch.plan": "%project=x\na 2021-01-01T00:00:00Z\n@t 2021-01-01T00:00:00Z\na [a@t] 2021-01-01T00:00:00Z\n",
    "meta/_journal.json": json.dumps({"entries": [{"tag": "1_a", "when": 2}, {"tag": "1_b", "when": 1}]}),
    "atlas.sum": "h1:x\n1_a.sql h1:y\n",
    "migration_lock.toml": 'provider = "postgresql"\n',
    "v1.0/manifest.json": json.dumps({"files": ["1_a.sql"]}),
    "20240101_x/migration.sql": "",
    "20240101_x/up.sql": "",
    "2024-01-02-000000_y/down.sql": "",
    "db.changelog-master.xml": '<include file="1_a.sql"/>',
}
LINES = [
    "select 1;",
    "-- +goose Up",
    "-- +goose Down",
    "-- +goose StatementBegin",
    "-- +goose StatementEnd",
    "-- +migrate Up",
]
LINES += [
    "-- migrate:up",
    "-- migrate:down",
    "--liquibase formatted sql",
    "--changeset a:1",
    "--changeset a:2 dbms:mysql",
]
LINES += [
    "--rollback x",
    "--> statement-breakpoint",
    "-- no-transaction",
    "-- atlas:txmode none",
    "",
    "-- morph:x",
    "-- flyway:y",
]

names = st.tuples(*map(st.sampled_from, (FOLDERS, STARTS, MIDDLES, ENDS))).map("".join)
texts = st.lists(st.sampled_from(LINES), max_size=6).map("\n".join)
trees = st.dictionaries(names, texts, min_size=1, max_size=8)
markers = st.sets(st.sampled_from(sorted(MARKERS)), max_size=2)
layouts = st.sampled_from(["", "", "", *(layout.name for layout in LAYOUTS)])


@settings(max_examples=300, deadline=None)
@given(trees, markers, layouts)
def test_each_file_is_accounted_for(tree: dict[str, str], marked: set[str], layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "outer" / "inner"
        for name, text in (tree | {name: MARKERS[name] for name in marked}).items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        files = {file.relative_to(root).as_posix() for file in root.rglob("*") if file.name.lower().endswith(".sql")}
        try:
            histories = discover(root, layout=layout, shown=lambda path: path.relative_to(root).as_posix())
        except UsageError as error:
            assert "migrations found" in str(error)
            return
        run = [step for history in histories for step in history.migrations]
        read = {script.source.path for step in run for script in (*step.up, *step.down)} | {step.path for step in run}
        passed = {path for history in histories for path, _ in history.skipped}
        assert files == (read | passed) & files
        for history in histories:
            assert [step.number for step in history.migrations] == list(range(len(history.migrations)))
            for step in history.migrations:
                for script in (*step.up, *step.down):
                    assert not script.bounded or len(script.bounded) == len(script.pieces)
                    assert all(0 <= piece.start <= piece.end <= len(script.source.text) for piece in script.pieces)
            for remark in history.remarks:
                assert 0 <= remark.span.start <= remark.span.end <= len(remark.source.text)
