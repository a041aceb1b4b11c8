"""What the pages cannot show: remarks about files before the change, names in other capitals, names that hide."""

from pathlib import Path

import pytest

from dblint.config import Config, Dialect
from dblint.packs import load_rules
from dblint.rule import Finding
from dblint.run import run
from dblint.scope import Scope

RULES = load_rules()


def plant(files: dict[str, str]) -> None:
    for name, text in files.items():
        file = Path("migrations", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def findings(rule: str, since: str = "", dialect: Dialect | None = None) -> list[Finding]:
    config = Config(select=(rule,), dialect=dialect)
    return run(["migrations"], config, RULES, scope=Scope(since=since)).findings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_remarks_about_older_files_are_no_part_of_the_change() -> None:
    plant({f"{n}_t.up.sql": f"CREATE TABLE t{n} (id bigint PRIMARY KEY);\n" for n in range(1, 7)})
    plant({f"{n}_t.down.sql": f"DROP TABLE t{n};\n" for n in (1, 3, 5, 6)})
    assert [f.source.path for f in findings("missing-rollback")] == [
        "migrations/2_t.up.sql",
        "migrations/4_t.up.sql",
    ]
    assert [f.source.path for f in findings("missing-rollback", since="3")] == ["migrations/4_t.up.sql"]


def test_a_name_points_at_itself() -> None:
    plant({"V1__a.sql": 'CREATE TABLE "user" (\n    users int,\n    "end" int -- end\n);\n'})
    found = findings("reserved-word-name")
    assert [f.source.slice(f.span) for f in found] == ['"user"', '"end"']
    assert [f.object for f in found] == ["user", "user.end"]


def test_a_rename_in_the_change_is_of_the_change() -> None:
    plant({"V1__a.sql": "CREATE TABLE a (b int, c int);\n", "V2__b.sql": 'ALTER TABLE a RENAME b TO "order";\n'})
    (found,) = findings("reserved-word-name", since="1")
    assert (found.source.path, found.source.slice(found.span)) == ("migrations/V2__b.sql", '"order"')
    assert findings("reserved-word-name", since="2") == []


def test_capitals_are_those_of_the_clause_where_they_do_not_count() -> None:
    columns = ",\n".join(f"    Column{letter}Name int NULL" for letter in "ABCDEFGHIJK")
    plant(
        {
            "V1__a.sql": "SELECT columnAname FROM elsewhere;\nGO\n",
            "V2__b.sql": f"CREATE TABLE dbo.Things (\n{columns},\n    odd_one int NULL\n);\nGO\n",
        }
    )
    (found,) = findings("inconsistent-name", dialect="tsql")
    assert found.message == "Things.odd_one is named unlike the others: 11 of 12 columns are PascalCase"
