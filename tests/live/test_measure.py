"""The measured table: cases do not disturb each other, and the file says what was measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.live import measure
from tests.live.installations import Installation
from tests.live.server import Server

SCHEMA = "CREATE ROLE clerk; CREATE TABLE t (i int); CREATE TABLE u (i int); CREATE INDEX u_i ON u (i)"
CASES: list[dict[str, Any]] = [
    {"id": "add", "sql": "ALTER TABLE t ADD j int"},
    {"id": "again", "sql": "ALTER TABLE t ADD j int"},
    {"id": "online", "sql": "CREATE INDEX CONCURRENTLY t_i ON t (i)"},
    {"id": "online again", "sql": "CREATE INDEX CONCURRENTLY t_i ON t (i)"},
    {
        "id": "prepared",
        "sql": "ALTER TABLE t VALIDATE CONSTRAINT c",
        "setup": ["ALTER TABLE t ADD CONSTRAINT c CHECK (i > 0) NOT VALID"],
    },
    {"id": "broken setup", "sql": "SELECT 1", "setup": ["ALTER TABLE missing ADD i int"]},
]


@pytest.fixture
def table(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> measure.Table:
    monkeypatch.setenv("DBLINT_PG_BIN", str(installation.bin))
    monkeypatch.setenv("DBLINT_PG_MAJORS", str(installation.major))
    (tmp_path / "schema.sql").write_text(SCHEMA)
    (tmp_path / "cases.json").write_text(json.dumps(CASES))
    output = tmp_path / "table.json"
    measure.main([str(tmp_path / "schema.sql"), str(tmp_path / "cases.json"), "--output", str(output)])
    return measure.read_table(output)


def test_the_table(table: measure.Table, installation: Installation) -> None:
    assert table.servers == {str(installation.major): installation.version}
    rows = {row.id: row.on(installation.major) for row in table.rows}
    assert [row.id for row in table.rows] == [case["id"] for case in CASES]
    assert rows["add"] == rows["again"] == measure.Group(majors=(installation.major,), locks={"t": "ACCESS EXCLUSIVE"})
    assert rows["online"] == rows["online again"]
    assert rows["online"] and rows["online"].builds == ("t_i",)
    assert rows["prepared"] and rows["prepared"].locks == {"t": "SHARE UPDATE EXCLUSIVE"}
    assert rows["broken setup"] and rows["broken setup"].error and rows["broken setup"].error.sqlstate == "42P01"


def test_majors_that_did_the_same_share_a_line(server: Server) -> None:
    (_, measured), *_ = measure.measure(server, SCHEMA, [measure.Case(id="add", sql="ALTER TABLE t ADD j int")])
    same, other = measure.group_of(15, measured), measure.group_of(18, measured)
    (merged,) = measure.merged([same, other])
    assert merged.majors == (15, 18)
    assert len(measure.merged([same, measure.Group(majors=(18,), rewrites=("t",))])) == 2


def test_a_table_is_a_list_of_cases(table: measure.Table, tmp_path: Path) -> None:
    (tmp_path / "again.json").write_text(measure.rendered(table))
    assert [case.sql for case in measure.read_cases(tmp_path / "again.json")] == [case["sql"] for case in CASES]
