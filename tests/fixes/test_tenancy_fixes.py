"""Tenants' tables that have rows: which steps make the column, and what is left open where nobody can know it."""

from pathlib import Path

import pytest

from dblint.config import Config, Tenancy
from dblint.packs import load_rules
from dblint.rule import Applicability, Fix
from dblint.run import Fixing, run

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id uuid NOT NULL);\n"
LINES = "CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint{});\n"
SHARED = Tenancy(column="tenant_id", strategy="shared-schema-with-rls", setting="app.tenant")


def offered(text: str, tenancy: Tenancy, rule: str = "missing-tenant-column") -> list[Fix]:
    """What is offered for a history that has run."""
    Path("m").mkdir()
    Path("m/V1__a.sql").write_text(text)
    config = Config(dialect="postgres", tenancy=tenancy).only((rule,))
    return [each.fix for each in run(["m"], config, load_rules(), fixing=Fixing()).findings if each.fix]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "parent", ["", " NOT NULL", " REFERENCES orders (id)", " NOT NULL, FOREIGN KEY (order_id) REFERENCES lines (id)"]
)
def test_without_a_parent_that_each_row_has_the_steps_are_shown_with_a_gap(parent: str) -> None:
    (fix,) = offered(ORDERS + LINES.format(parent), Tenancy(column="tenant_id"))
    assert fix.applicability is Applicability.DISPLAY
    assert fix.title == (
        "ALTER TABLE lines ADD COLUMN tenant_id uuid; then "
        "DO $$ BEGIN LOOP UPDATE lines SET tenant_id = <its tenant> "
        "WHERE ctid IN (SELECT ctid FROM lines WHERE tenant_id IS NULL LIMIT 10000); "
        "EXIT WHEN NOT FOUND; COMMIT; END LOOP; END $$; then "
        "ALTER TABLE lines ADD CONSTRAINT lines_tenant_id_set CHECK (tenant_id IS NOT NULL) NOT VALID; then "
        "ALTER TABLE lines VALIDATE CONSTRAINT lines_tenant_id_set; "
        "ALTER TABLE lines ALTER COLUMN tenant_id SET NOT NULL; "
        "ALTER TABLE lines DROP CONSTRAINT lines_tenant_id_set; then "
        "CREATE INDEX CONCURRENTLY lines_tenant_id_idx ON lines (tenant_id)"
    )


def test_with_one_they_are_migrations() -> None:
    (fix,) = offered(ORDERS + LINES.format(" NOT NULL REFERENCES orders"), Tenancy(column="tenant_id"))
    assert fix.applicability is Applicability.UNSAFE
    assert [file.path.removeprefix("m/") for file in fix.files] == [
        "V2__add_lines_tenant_id.sql",
        "V3__fill_lines_tenant_id.sql",
        "V3__fill_lines_tenant_id.sql.conf",
        "V4__check_lines_tenant_id.sql",
        "V5__set_lines_tenant_id_not_null.sql",
        "V6__create_index_lines_tenant_id_idx.sql",
    ]


def test_what_is_not_declared_is_asked_for() -> None:
    (fix,) = offered("CREATE TABLE a (id int PRIMARY KEY);", Tenancy(column="tenant_id"))
    assert fix.title == "Say of which type tenant_id is, in a table or in the declaration of the tenants"


@pytest.mark.parametrize(
    ("text", "tenancy", "title"),
    [
        (ORDERS, SHARED, "Let each tenant see its own rows"),
        (
            ORDERS,
            Tenancy(column="tenant_id", strategy="shared-schema-with-rls"),
            "Say in multiTenant.connectionManagement.tenantContextSetting which setting holds the tenant",
        ),
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id uuid);",
            SHARED,
            "Fill tenant_id and make it NOT NULL first: rows without a tenant would be seen by nobody",
        ),
    ],
)
def test_row_level_security(text: str, tenancy: Tenancy, title: str) -> None:
    assert [fix.title for fix in offered(text, tenancy, "missing-row-security")] == [title]
