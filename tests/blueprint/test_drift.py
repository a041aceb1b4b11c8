"""The declared schema beside the built one: the example, and what its owner may change."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from dblint.cli import cli
from dblint_schemas import load as load_schema

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-service"
DRIFT = ("declared-not-built", "built-not-declared", "built-otherwise")
INDEXES = "indexes/orders_indexes.yaml"
INDEX_LINES = [
    line.strip() for line in (EXAMPLE / INDEXES).read_text(encoding="utf-8").splitlines() if "columns" in line
]


def dblint(*args: str) -> Result:
    return CliRunner().invoke(cli, args, prog_name="dblint")


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    shutil.copytree(EXAMPLE, tmp_path / "orders")
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "orders"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def drift() -> list[tuple[str, str, int, list[tuple[str, int]]]]:
    """The drift findings of a check: rule, path, line and the places that belong to it."""
    found = json.loads(dblint("orders", "--format", "json").stdout)["findings"]
    return [
        (each["rule"], each["path"], each["line"], [(other["path"], other["line"]) for other in each["related"]])
        for each in found
        if each["rule"] in DRIFT
    ]


def test_the_example_is_built_as_it_is_declared(example: Path) -> None:
    assert drift() == []
    result = dblint("diff", "orders")
    assert (result.exit_code, result.stdout) == (0, "The blueprint and the migrations agree.\n")


@pytest.mark.parametrize("line", INDEX_LINES)
def test_an_index_less_in_the_blueprint_is_one_finding_with_both_places(example: Path, line: str) -> None:
    file = example / INDEXES
    text = file.read_text(encoding="utf-8")
    table = re.findall(r"(?m)^  (\w+):", text.partition(line)[0])[-1]
    listed = text.splitlines().index(f"  {table}:") + 1
    change(file, f"    {line}\n", "")
    ((rule, path, number, related),) = drift()
    assert (rule, related) == ("built-not-declared", [("orders/indexes/orders_indexes.yaml", listed)])
    name = line.partition("name: ")[2].partition(",")[0]
    assert f" {name}" in Path(path).read_text(encoding="utf-8").splitlines()[number - 1]


def test_an_index_more_in_the_blueprint_is_one_finding_with_both_places(example: Path) -> None:
    change(example / INDEXES, "  order_lines:\n", "    - {name: ix_orders_note, columns: [status]}\n  order_lines:\n")
    built = [("orders/migrations/V1.1.0__create_orders.sql", 3)]
    assert drift() == [("declared-not-built", "orders/indexes/orders_indexes.yaml", 6, built)]


def test_the_severity_of_a_check_decides_the_exit_code(example: Path) -> None:
    assert dblint("orders").exit_code == 1
    before = "- name: zero-downtime-compliance\n      severity: "
    change(example / "database-blueprint.yaml", f"{before}error", f"{before}warning")
    assert dblint("orders").exit_code == 0


CHANGES = [
    ("orders", "order_number, type: varchar(50)", "order_number, type: varchar(60)", "type is varchar(60) here"),
    ("orders", "type: text, nullable: true", "type: text, nullable: false", "NOT NULL, and built nullable"),
    ("orders", "default: pending", "default: confirmed", "'confirmed', and built 'pending'"),
    ("orders", "table: customers", "table: tenants", "to tenants(id), and built to customers(id)"),
    ("orders", "(status_reason) <= 500", "(status_reason) <= 50", "<= 50), and built"),
    ("order_lines", "onDelete: CASCADE", "onDelete: RESTRICT", "RESTRICT, and built to orders(id) ON DELETE CASCADE"),
    ("order_lines", "forced: true", "forced: false", "the owner of order_lines is declared off, and built on"),
    ("customers", "columns: [tenant_id, email]", "columns: [tenant_id, full_name]", "(tenant_id, full_name) of cust"),
    (
        "customers",
        "name: customers_of_tenant",
        "name: customers_seen",
        "the policy customers_seen of customers is declared",
    ),
    ("tenants", "name: tenants", "name: shops", "shops is declared, and no migration makes it"),
    ("tenants", "name: created_at", "name: made_at", "tenants.created_at is built, and the blueprint does not"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), CHANGES)
def test_each_kind_of_difference_is_said(example: Path, file: str, old: str, new: str, said: str) -> None:
    change(example / "schemas" / f"{file}.yaml", old, new)
    assert said in " ".join(dblint("orders").stdout.split())


def test_comments_allow_drift_on_either_side(example: Path) -> None:
    line = "    - {name: ix_order_lines_tenant_id, columns: [tenant_id], purpose: Row-level security}\n"
    change(example / INDEXES, line, "")
    change(
        example / "migrations" / "V1.1.0__create_orders.sql",
        "CREATE INDEX ix_order_lines_tenant_id",
        "-- dblint: allow built-not-declared: the DBA's own\nCREATE INDEX ix_order_lines_tenant_id",
    )
    change(
        example / "schemas" / "orders.yaml",
        "  - {name: status_reason,",
        "  # dblint: allow declared-not-built: with 3.3\n  - {name: colour, type: text}\n  - {name: status_reason,",
    )
    unused = "name: tenants  # dblint: allow duplicate-key: there is none\n"
    change(example / "schemas" / "tenants.yaml", "name: tenants\n", unused)
    assert drift() == []
    findings = json.loads(dblint("orders", "--format", "json").stdout)["findings"]
    assert [(each["path"], each["line"]) for each in findings if each["rule"] == "unused-allowance"] == [
        ("orders/schemas/tenants.yaml", 1)
    ]


def test_diff_writes_text_json_and_diagrams(example: Path) -> None:
    change(
        example / "schemas" / "orders.yaml",
        'total_amount, type: "decimal(18,2)"',
        'total_amount, type: "decimal(12,2)"',
    )
    change(example / "database-blueprint.md", "numeric(18,2)", "numeric(12,2)")
    line = "  - {name: full_name, type: varchar(200), nullable: false, sensitive: true}\n"
    change(example / "schemas" / "customers.yaml", line, "")
    text = dblint("diff", "orders")
    assert text.exit_code == 1
    at = (example / "database-blueprint.md").read_text(encoding="utf-8").partition("total_amount")[0].count("\n") + 1
    parts = re.split(r"\n\n", text.stdout)
    assert sorted(parts[:2]) == [
        "customers\n"
        "  + customers.full_name is built, and the blueprint does not declare it\n"
        "      declared: no (orders/schemas/customers.yaml:1 declares customers)\n"
        "      built:    orders/migrations/V1.0.0__create_tenants_and_customers.sql:14",
        "orders\n"
        "  ~ orders.total_amount is declared numeric(12,2), and built numeric(18,2)\n"
        f"      declared: orders/database-blueprint.md:{at}\n"
        "      built:    orders/migrations/V1.1.0__create_orders.sql:9",
    ]
    assert parts[2] == "2 differences\n"
    document = json.loads(dblint("diff", "orders", "--format", "json").stdout)
    Draft202012Validator(load_schema("diff")).validate(document)
    assert sorted((each["kind"], each["name"], each["built"]) for each in document["differences"]) == [
        ("built-not-declared", "full_name", None),
        ("built-otherwise", "total_amount", "numeric(18,2)"),
    ]
    diagram = dblint("diff", "orders", "--format", "mermaid").stdout
    assert diagram.startswith("erDiagram\n")
    assert '    customers {\n        column full_name "built, not declared"\n    }\n' in diagram
    assert '        column total_amount "declared numeric(12,2), built numeric(18,2)"\n' in diagram


def test_diff_needs_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("V1__a.sql").write_text("SELECT 1;\n")
    result = dblint("diff", ".")
    assert result.exit_code == 2
    assert "there is nothing to compare" in result.stderr
    result = dblint("diff", "V1__a.sql")
    assert (result.exit_code, result.stderr) == (
        2,
        "dblint: error: V1__a.sql: is one file, and a blueprint is compared with a whole history\n",
    )


def test_one_migration_alone_is_not_held_against_the_whole_blueprint(example: Path) -> None:
    result = dblint("orders/migrations/V1.0.0__create_tenants_and_customers.sql", "--format", "concise")
    assert (result.exit_code, result.stdout) == (0, "no findings\n")


def test_an_index_that_no_migration_makes_any_more_is_offered_as_a_new_migration(example: Path) -> None:
    made = example / "migrations" / "V1.1.0__create_orders.sql"
    change(made, "CREATE INDEX ix_order_lines_tenant_id ON order_lines (tenant_id);\n", "")
    assert [rule for rule, *_ in drift()] == ["declared-not-built"]
    dblint("orders", "--fix", "--unsafe-fixes", "--select", "declared-not-built")
    new = example / "migrations" / "V3.2.1__create_index_ix_order_lines_tenant_id.sql"
    assert new.read_text() == "CREATE INDEX CONCURRENTLY ix_order_lines_tenant_id ON order_lines (tenant_id);\n"
    back = example / "migrations" / "V3.2.1__rollback.sql"
    assert back.read_text() == "DROP INDEX CONCURRENTLY IF EXISTS ix_order_lines_tenant_id;\n"
    assert drift() == []


def test_a_policy_that_no_migration_makes_any_more_is_offered_as_a_new_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("database-blueprint.yaml").write_text(
        "tables:\n  - name: orders\n    columns: [{name: id, type: bigint}]\n"
        "    rowLevelSecurity: {enabled: true, forced: true, policies: [{name: own, using: id > 0}]}\n"
        "  - name: ghosts\n    columns: [{name: id, type: no_such_type}]\n"
    )
    Path("V1__orders.sql").write_text("CREATE TABLE orders (id bigint);\n")
    Path("U1__orders.sql").write_text("DROP TABLE orders;\n")
    dblint(".", "--fix", "--unsafe-fixes", "--select", "declared-not-built,built-otherwise")
    (new,) = Path().glob("V2*")  # none for the table of a type that nobody makes
    assert new.read_text() == (
        "CREATE POLICY own ON orders USING (id > 0);\n"
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n"
        "ALTER TABLE orders FORCE ROW LEVEL SECURITY;\n"
    )
    (back,) = Path().glob("U2*")
    assert back.read_text() == (
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;\n"
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY;\n"
        "DROP POLICY own ON orders;\n"
    )


def test_what_rows_decide_is_said_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("database-blueprint.yaml").write_text(
        "tables:\n  - name: orders\n    columns:\n"
        "      - {name: id, type: bigint, nullable: false}\n      - {name: note, type: text, nullable: false}\n"
    )
    Path("V1__orders.sql").write_text("CREATE TABLE orders (id bigint);\n")
    chosen = ("--new", "V1__orders.sql", "--select", "declared-not-built,built-otherwise")
    assert dblint(".", "--diff", "--unsafe-fixes", *chosen).stdout == ""
    said = " ".join(dblint(".", "--format", "json", *chosen).stdout.split())
    assert "ALTER TABLE orders ALTER COLUMN id SET NOT NULL" in said
    assert "Add orders.note as nullable, fill it in batches" in said
