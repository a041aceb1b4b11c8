"""`dblint init`: what it finds, what it writes, and that it writes over nothing."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint.cli import init as module
from dblint.config import Config
from dblint.config_file import load
from dblint.deployed import deployed
from dblint.reports import tool

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY);\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plant(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def dblint(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_what_is_found_is_written_and_said() -> None:
    plant(
        {
            "shop/db migrations/V1__a.sql": TABLE,
            "shop/db migrations/V2__b.sql": "SELECT 1;\n",
            "tests/sql/V1__a.sql": TABLE,
            "compose.yaml": "services:\n  db:\n    image: postgres:16.2-alpine\n",
            ".github/workflows/test.yml": "services: {db: {image: 'postgis/postgis:15-3.4'}}\n",
        }
    )
    result = dblint("init")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "shop/db migrations: flyway, 2 migrations, PostgreSQL 15 (.github/workflows/test.yml:1)",
        "tests/sql: left out: its path is that of tests or examples",
        "dblint.toml: written",
    ]
    assert Path("dblint.toml").read_text() == (
        "# What dblint is told; `dblint config` shows all that is in force, and why.\n\n"
        'postgres = "15"  # the oldest that you deploy to: .github/workflows/test.yml:1 names it\n'
        'fail-on = "error"\n\n'
        '[[roots]]\npath = "shop/db migrations"\nlayout = "flyway"\n'
        'dialect = "postgres"  # so it is deployed\n'
    )
    assert "shop/db migrations: flyway, 2 migrations" in dblint("check").stderr


def test_several_databases() -> None:
    plant(
        {
            "a/postgres/V1__a.sql": TABLE,
            "a/sqlserver/V1__a.sql": "CREATE TABLE [dbo].[orders] (id bigint);\nGO\n",
            "a/mysql/V1__a.sql": "CREATE TABLE `orders` (id bigint) ENGINE=InnoDB;\n",
            "docker-compose.yml": "image: mysql:8.0\nimage: 'timescale/timescaledb:latest-pg17'\n",
        }
    )
    result = dblint("init")
    assert result.exit_code == 0, result.output
    assert "a/mysql: left out: MySQL is not read by dblint" in result.stdout
    config = load(Path("dblint.toml"))
    assert config.postgres == "17"
    assert {(Path(root.path).name, root.config.dialect) for root in config.roots} == {
        ("postgres", "postgres"),
        ("sqlserver", "tsql"),
    }


def test_nothing_that_is_read() -> None:
    plant({"db/mysql/V1__a.sql": TABLE})
    result = dblint("init")
    assert result.exit_code == 2
    assert "there are no migrations to be checked (db/mysql: MySQL is not read by dblint)" in result.stderr


@pytest.mark.parametrize(
    ("sql", "dialect", "why"),
    [
        ("CREATE TABLE [dbo].[orders] (id int);\nGO\n", "tsql", "so its SQL is written"),
        (TABLE, "postgres", "presumed: nothing names another"),
    ],
)
def test_the_database_by_its_sql(sql: str, dialect: str, why: str) -> None:
    plant({"db/V1__a.sql": sql})
    assert dblint("init").exit_code == 0
    assert f'dialect = "{dialect}"  # {why}\n' in Path("dblint.toml").read_text()


def test_migrations_in_the_folder_itself() -> None:
    plant({"db/V1__a.sql": TABLE})
    assert dblint("init", "db").exit_code == 0
    config = load(Path("db/dblint.toml"))
    assert (config.roots, config.layout, config.dialect, config.postgres) == ((), "flyway", "postgres", "14")
    assert '# postgres = "14"' in Path("db/dblint.toml").read_text()


def test_only_examples() -> None:
    plant({"examples/db/V1__a.sql": TABLE})
    assert dblint("init").exit_code == 0
    assert [Path(root.path).name for root in load(Path("dblint.toml")).roots] == ["db"]


@pytest.mark.parametrize("name", ["dblint.toml", "../dblint.toml", "pyproject.toml"])
def test_nothing_is_written_over(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plant({"shop/db/V1__a.sql": TABLE})
    monkeypatch.chdir("shop")
    text = "[tool.dblint]\n" if name == "pyproject.toml" else "# mine\n"
    Path(name).write_text(text)
    result = dblint("init")
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert Path(name).read_text() == text


def test_nothing_to_find() -> None:
    Path("README").write_text("x")
    result = dblint("init")
    assert result.exit_code == 2
    assert result.stderr.startswith("dblint: error: ")
    assert not Path("dblint.toml").exists()


# --- the workflow ---


@pytest.mark.parametrize(
    ("home", "action", "said"),
    [
        ("https://github.com/acme/dblint", "acme/dblint@v1.2.3", ""),
        ("", "OWNER/dblint@v1.2.3", "put the repository that dblint is taken from in the place of OWNER"),
    ],
)
def test_the_workflow(monkeypatch: pytest.MonkeyPatch, home: str, action: str, said: str) -> None:
    monkeypatch.setattr(tool, "installed", lambda: tool.Tool("1.2.3", home))
    plant({"shop/db/V1__a.sql": TABLE})
    result = dblint("init", "shop", "--workflow")
    assert result.exit_code == 0, result.output
    file = Path(".github/workflows/dblint.yml")
    text = file.read_text()
    assert text.endswith(f'      - uses: {action}\n        with:\n          paths: "shop"\n')
    assert said in result.stderr
    assert f"{file}: written" in result.stdout
    tools = Path(sys.executable).parent
    checked = [tools / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", file]
    subprocess.run(checked, check=True, capture_output=True)
    subprocess.run([tools / "actionlint", file], check=True, capture_output=True)
    if home:
        pinned = Path("pinned.yml")
        pinned.write_text(text.replace(action, f"{action.partition('@')[0]}@{'0' * 40}"))
        done = subprocess.run([tools / "zizmor", "--offline", "--persona", "pedantic", pinned], capture_output=True)
        assert b"No findings to report" in done.stdout + done.stderr, done.stdout
    again = dblint("init", "--workflow")
    assert again.exit_code == 2
    assert file.read_text() == text
    assert not Path("dblint.toml").exists()


# --- versions ---


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("image: postgres:16", ("postgres", "16")),
        ("image: 'postgres:13.4-bullseye'", ("postgres", "13")),
        ("FROM docker.io/library/postgres:18-alpine AS db", ("postgres", "18")),
        ("image: pgvector/pgvector:pg17", ("postgres", "17")),
        ("image: timescale/timescaledb:2.14.2-pg15", ("postgres", "15")),
        ("image: supabase/postgres:15.1.0.117", ("postgres", "15")),
        ("image: bitnami/postgresql:14", ("postgres", "14")),
        ("postgres 16.2", ("postgres", "16")),
        ("image: mysql:8.4.2", ("mysql", "8.4")),
        ("image: mysql:9.1", ("mysql", "9.0")),
        ("image: mcr.microsoft.com/mssql/server:2022-latest", ("tsql", "2022")),
        ("image: postgres:9.6", None),
        ("image: postgres:latest", None),
        ("image: postgres-exporter:16", None),
        ("DATABASE_URL: postgres://u:p@host:5432/db", None),
        ("url: postgresql://localhost:5432/x", None),
        ("# image: postgres:12", None),
    ],
)
def test_versions_that_files_name(here: Path, line: str, found: tuple[str, str] | None) -> None:
    plant({"compose.yaml": f"services:\n{line}\n", ".tool-versions": ""})
    got = deployed(here, module._known())
    assert [(each.dialect, each.version, str(each)) for each in got] == ([(*found, "compose.yaml:2")] if found else [])


def test_the_oldest_comes_first(here: Path) -> None:
    plant({"compose.yaml": "image: postgres:18\nimage: postgres:14\n", "Dockerfile": "FROM postgres:16\n"})
    assert [each.version for each in deployed(here, module._known())] == ["14", "16", "18"]
    assert Config().postgres == "14"
