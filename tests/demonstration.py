"""A pull request from red to green: a git repository with twenty migrations, a branch with two bad new ones, and the
patch that mends them.

    python -m tests.demonstration FOLDER

makes the repository in a new folder, on the branch, and says what to type there.
"""

import subprocess
import sys
from pathlib import Path

TABLES = ("customers", "addresses", "products", "orders", "order_lines", "payments", "shipments", "refunds")

APPLIED: list[tuple[str, str, str]] = [
    ("tenants", "CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);", "DROP TABLE tenants;"),
    *(
        (
            table,
            f"CREATE TABLE {table} (\n"
            "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
            "    tenant_id uuid NOT NULL REFERENCES tenants (id),\n"
            "    note text\n"
            ");\n"
            f"CREATE INDEX {table}_tenant ON {table} (tenant_id);",
            f"DROP TABLE {table};",
        )
        for table in TABLES
    ),
    ("customer_email", "ALTER TABLE customers ADD COLUMN email text;", "ALTER TABLE customers DROP COLUMN email;"),
    ("order_amount", "ALTER TABLE orders ADD COLUMN amount numeric(12,2);", "ALTER TABLE orders DROP COLUMN amount;"),
    (
        "order_customer",
        "ALTER TABLE orders ADD COLUMN customer_id bigint REFERENCES customers (id);",
        "ALTER TABLE orders DROP COLUMN customer_id;",
    ),
    *(
        (
            f"{table}_at",
            f"ALTER TABLE {table} ADD COLUMN at timestamptz NOT NULL DEFAULT now();",
            f"ALTER TABLE {table} DROP COLUMN at;",
        )
        for table in TABLES
    ),
]
"""Twenty migrations as they have run: name, up part, down part."""

BRANCH: list[tuple[str, str, str]] = [
    (
        "order_search",
        "-- The list of a customer's orders takes seconds.\n"
        "CREATE INDEX orders_customer ON orders (customer_id);\n"
        "ALTER TABLE orders ADD CONSTRAINT orders_amount_check CHECK (amount >= 0);",
        "ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_amount_check;\nDROP INDEX IF EXISTS orders_customer;",
    ),
    (
        "invoices",
        "CREATE TABLE invoices (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "    order_id bigint NOT NULL REFERENCES orders (id)  -- one invoice for each order\n"
        ");\n"
        "ALTER TABLE customers ALTER COLUMN email SET NOT NULL;",
        "ALTER TABLE customers ALTER COLUMN email DROP NOT NULL;\nDROP TABLE invoices;",
    ),
]
"""The two of the branch."""

EXPECTED = [
    ("blocking-index-build", "00021_order_search.sql", 3),
    ("blocking-check", "00021_order_search.sql", 4),
    ("missing-tenant-column", "00022_invoices.sql", 2),
    ("unindexed-foreign-key", "00022_invoices.sql", 4),
    ("lock-held-over-slow-work", "00022_invoices.sql", 6),
    ("not-null-scan", "00022_invoices.sql", 6),
]
"""What the gate finds, exactly: rule, file, line."""

GATE = ("migrations", "--new", "auto", "--base", "main", "--fail-on", "warning")


def build(folder: Path) -> None:
    """Make the repository in an empty folder, with the branch checked out."""
    git(folder, "init", "-q", "-b", "main")
    _write(folder, APPLIED, 1)
    _commit(folder, "twenty migrations")
    git(folder, "checkout", "-q", "-b", "invoices")
    _write(folder, BRANCH, len(APPLIED) + 1)
    _commit(folder, "invoices")


def _write(folder: Path, steps: list[tuple[str, str, str]], first: int) -> None:
    (folder / "migrations").mkdir(exist_ok=True)
    for number, (name, up, down) in enumerate(steps, start=first):
        text = f"-- +goose Up\n{up}\n\n-- +goose Down\n{down}\n"
        (folder / "migrations" / f"{number:05}_{name}.sql").write_text(text)


def _commit(folder: Path, message: str) -> None:
    git(folder, "add", ".")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", message)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True)
    build(place)
    sys.stdout.write(
        f"cd {place}\ndblint {' '.join(GATE)} --patch fixes.patch --unsafe-fixes   # red\n"
        f"git apply fixes.patch\ndblint {' '.join(GATE)}   # green\n"
    )
