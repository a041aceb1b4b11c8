"""Paths in reports: from the repository's root, of the file itself, also where links lead to it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from dblint.cli import cli
from dblint.reports.places import Places

BAD = "DROP TABLE a;\n"


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a folder below it, in which the run is."""
    found = tmp_path / "repository"
    for folder in (found / ".git", found / "shop" / "db", found / "shared" / "sql", tmp_path / "bare"):
        folder.mkdir(parents=True)
    (found / "shared" / "sql" / "V1__a.sql").write_text(BAD)
    (tmp_path / "bare" / "V2__b.sql").write_text(BAD)
    monkeypatch.chdir(found / "shop")
    return found


def test_plain_paths(top: Path) -> None:
    places = Places()
    assert places.from_root("db/V1__a.sql") == "shop/db/V1__a.sql"  # also of a file that is yet to be made
    assert places.from_root("./db/../V1.sql") == "shop/V1.sql"
    assert places.from_root("../shared/sql/V1__a.sql") == "shared/sql/V1__a.sql"
    assert places.from_root(str(top / "shared" / "sql" / "V1__a.sql")) == "shared/sql/V1__a.sql"
    assert places.from_here("../shared/sql/V1__a.sql") == "../shared/sql/V1__a.sql"


def test_the_working_directory_may_be_a_link(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "short").symlink_to(top / "shop")
    monkeypatch.chdir(tmp_path / "short")
    assert Places().from_root("db/V1.sql") == "shop/db/V1.sql"
    assert Places().from_here("db/V1.sql") == "db/V1.sql"


def test_files_outside(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare" / "V2__b.sql"
    assert Places().from_root("../../bare/V2__b.sql") == bare.as_posix()
    assert Places().from_here("../../bare/V2__b.sql") == "../../bare/V2__b.sql"
    (top / "shop" / "db" / "V2__b.sql").symlink_to(bare)
    assert Places().from_root("db/V2__b.sql") == "shop/db/V2__b.sql"
    assert Places().from_here("db/V2__b.sql") == "db/V2__b.sql"
    monkeypatch.chdir(tmp_path / "bare")
    assert Places().from_root("V2__b.sql") == "V2__b.sql"
    assert Places().from_root("../repository/shared/sql/V1__a.sql") == "shared/sql/V1__a.sql"
    monkeypatch.chdir(tmp_path)
    assert Places().from_root("repository/shared/sql/V1__a.sql") == "shared/sql/V1__a.sql"
    assert Places().from_root("bare/V2__b.sql") == "bare/V2__b.sql"


def named(form: str) -> set[str]:
    """The files that a report of the run names to the machine that reads it."""
    result = CliRunner().invoke(cli, ["db", "--new", "all", "--format", form])
    assert result.exit_code == 1, result.output
    patterns = {"sarif": r'"uri": "(.*?sql)"', "github": r"file=(.*?),", "junit": r' file="(.*?)"'}
    return set(re.findall(patterns.get(form, r'"path": "(.*?)"'), result.stdout))


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit", "rdjson"])
@pytest.mark.parametrize("linked", ["file", "folder"])
def test_links_are_followed(top: Path, form: str, linked: str) -> None:
    if linked == "file":
        (top / "shop" / "db" / "V1__a.sql").symlink_to("../../shared/sql/V1__a.sql")
    else:
        (top / "shop" / "db").rmdir()
        (top / "shop" / "db").symlink_to("../shared/sql")
    found = {"rdjson": "../shared/sql/V1__a.sql"}.get(form, "shared/sql/V1__a.sql")
    assert named(form) == {found}


def test_translated_comments_are_a_patch_of_the_file_itself(top: Path) -> None:
    (top / "shared" / "sql" / "V1__a.sql").write_text(f"-- squawk-ignore ban-drop-table\n{BAD}")
    (top / "shop" / "db" / "V1__a.sql").symlink_to("../../shared/sql/V1__a.sql")
    result = CliRunner().invoke(cli, ["migrate-ignores", "db"])
    assert "+++ b/shared/sql/V1__a.sql\n" in result.stdout


def test_what_a_fix_makes_is_named_alike(top: Path) -> None:
    """Editors apply the patch in a fix's properties from the root."""
    table = "CREATE TABLE a (id bigint PRIMARY KEY, b bigint);\n"
    (top / "shop" / "db" / "V1__a.sql").write_text(table)
    (top / "shop" / "db" / "V2__b.sql").write_text("ALTER TABLE a ADD CONSTRAINT f CHECK (b > 0);\n")
    result = CliRunner().invoke(cli, ["db", "--new", "db/V2__b.sql", "--format", "sarif"])
    fixes = [fix for each in json.loads(result.stdout)["runs"][0]["results"] for fix in each.get("fixes", ())]
    made = [fix for fix in fixes if "diff" in fix["properties"]]
    assert made
    for fix in made:
        uris = {change["artifactLocation"]["uri"] for change in fix["artifactChanges"]}
        assert set(re.findall(r"(?m)^\+\+\+ b/(.*)$", fix["properties"]["diff"])) == uris
        assert all(uri.startswith("shop/db/") for uri in uris)
