"""What a blueprint says of severities, server, tenants and names, and what dblint's configuration says beside it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint.packs import load_rules, resolve

DOCUMENT = """\
schema:
  name: orders
  engine: postgresql
  version: 16
  naming: postgres-blueprint
multiTenant:
  strategy: shared-schema-with-rls
  tenantColumn: shop_id
  excludedTables: [shops]
schemaValidation:
  rules:
    - {rule: all-tables-must-have-created-at, severity: warning}
    - {rule: varchar-must-have-max-length, severity: High}
    - {rule: missing-primary-key, severity: off}
"""
RULES = """\
rules:
  - {rule: all-tables-must-have-created-at, severity: error}
  - {rule: all-tables-must-have-updated-at, severity: info}
"""
SQL = """\
CREATE TABLE shops (created_at date, updated_at date);
CREATE TABLE "Order" (shop_id int, name varchar);
CREATE INDEX n ON "Order" (name);
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "db" / "migrations" / "V1__a.sql").write_text(SQL)
    (tmp_path / "db" / "database-blueprint.yaml").write_text(DOCUMENT)
    (tmp_path / "validation-rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def dblint(*args: str) -> Result:
    return CliRunner().invoke(cli, args, prog_name="dblint")


def settings() -> dict[str, tuple[str, str]]:
    """What `dblint config` prints: each setting's value and reason."""
    lines = dblint("config", "db").stdout.partition("\n# rules in force")[0].splitlines()[1:]
    found = {}
    for line in lines:
        setting, _, reason = line.partition("#")
        key, _, value = setting.partition(" = ")
        found[key] = value.strip(), reason.strip()
    return found


def test_the_nearest_word_counts_and_config_says_whose_it_is(here: Path) -> None:
    (here / "dblint.toml").write_text('[severity]\nmissing-created-at = "info"\nmissing-soft-delete-column = "info"\n')
    found = settings()
    document, rules = "db/database-blueprint.yaml", "validation-rules.yaml"
    assert found["dialect"] == ('"postgres"', f"{document}:3")
    assert found["postgres"] == ('"16"', f"{document}:4")
    assert found["naming.preset"] == ('"postgres-blueprint"', f"{document}:5")
    assert found["tenancy.column"] == ('"shop_id"', f"{document}:8")
    assert found["tenancy.exclude"] == ('["shops"]', f"{document}:9")
    assert found["severity.missing-created-at"] == ('"warning"', f"{document}:12")
    assert found["severity.varchar-without-length"] == ('"error"', f"{document}:13")
    assert found["severity.missing-primary-key"] == ('"off"', f"{document}:14")
    assert found["severity.missing-updated-at"] == ('"info"', f"{rules}:3")
    assert found["severity.missing-soft-delete-column"] == ('"info"', "dblint.toml:3")


def test_what_dblints_configuration_says_of_server_names_and_tenants_stands(here: Path) -> None:
    (here / "dblint.toml").write_text('postgres = "15"\nnaming = "sqlserver-blueprint"\n[tenancy]\ncolumn = "tenant"\n')
    found = settings()
    assert found["postgres"] == ('"15"', "dblint.toml:1")
    assert found["naming.preset"] == ('"sqlserver-blueprint"', "dblint.toml:2")
    assert found["tenancy.column"] == ('"tenant"', "dblint.toml:4")
    assert "tenancy.exclude" not in found


def test_the_rules_run_as_they_are_graded(here: Path) -> None:
    lines = dblint("db", "--format", "concise").stdout.splitlines()
    found = {(line.rpartition("[")[2].rstrip("]"), line.split(": ")[1]) for line in lines if line.endswith("]")}
    assert {
        ("missing-created-at", "warning"),
        ("missing-updated-at", "info"),
        ("varchar-without-length", "error"),
        ("unconventional-index-name", "warning"),
        ("unconventional-table-name", "warning"),
    } <= found
    assert "missing-primary-key" not in dict(found)
    assert "missing-tenant-column" not in dict(found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("varchar-must-have-max-length", "varchar-must-have-max-lenght", "did you mean 'varchar-must-have-max-length'"),
        ("version: 16", "version: 42", "version is '42', and dblint knows 13, 14"),
        ("naming: postgres-blueprint", "naming: postgres", "naming is 'postgres', and dblint knows postgres-blueprint"),
        ("severity: High", "severity: grave", "severity is 'grave', and must be one of error"),
    ],
)
def test_what_nobody_knows_is_a_finding_at_its_place(here: Path, old: str, new: str, said: str) -> None:
    line = DOCUMENT[: DOCUMENT.index(old)].count("\n") + 1
    (here / "db" / "database-blueprint.yaml").write_text(DOCUMENT.replace(old, new))
    lines = dblint("db", "--format", "concise").stdout.splitlines()
    (found,) = (each for each in lines if each.endswith("[invalid-value]"))
    assert found.startswith(f"db/database-blueprint.yaml:{line}:")
    assert said in found


SPECIFIED = {
    "all-tables-must-have-primary-key": "missing-primary-key",
    "all-foreign-keys-must-have-index": "unindexed-foreign-key",
    "no-nullable-foreign-keys": "nullable-foreign-key",
    "all-tables-must-have-created-at": "missing-created-at",
    "all-tables-must-have-updated-at": "missing-updated-at",
    "varchar-must-have-max-length": "varchar-without-length",
    "decimal-must-have-precision": "numeric-without-precision",
    "tenant-column-required-for-business-tables": "missing-tenant-column",
    "soft-delete-column-required": "missing-soft-delete-column",
}


@pytest.mark.parametrize(("theirs", "ours"), SPECIFIED.items())
def test_the_names_of_the_specification_name_rules(here: Path, theirs: str, ours: str) -> None:
    assert resolve(theirs, load_rules()) == {ours}
    sql = here / "db" / "migrations" / "V1__a.sql"
    sql.write_text(f"-- dblint: allow-file {theirs}: it is so\n{SQL}")
    assert f"[{ours}]" not in dblint("db", "--select", theirs).stdout


def test_sql_server_is_read_where_the_document_says_so(here: Path) -> None:
    (here / "validation-rules.yaml").unlink()
    (here / "db" / "database-blueprint.yaml").write_text("schema: {name: a, engine: sqlserver, version: '2019'}\n")
    (here / "db" / "migrations" / "V1__a.sql").write_text("CREATE TABLE [dbo].[A] ([Id] INT NOT NULL PRIMARY KEY);\n")
    result = dblint("db")
    assert "SQL Server 2019" in result.stderr
    assert result.exit_code == 0
