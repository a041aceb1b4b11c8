"""Writes a migration history of any length, the same for the same arguments.

    python benchmarks/generate.py FOLDER --files 300

Flyway layout, PostgreSQL. The mix of statements is that of histories in the wild: a table every few
files, then columns, indexes, constraints, backfills, comments, enums, views and functions on what is
there; about 1.5 kB a file. One file in ten holds something a linter should stop.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

NOUNS = (
    "account address article asset audit batch booking bucket campaign cart category channel claim comment "
    "contact contract coupon customer delivery device discount document draft employee event export feature "
    "file filter folder form gateway goal grant group image import incident invoice item job key label lead "
    "ledger license link list locale location log media member message metric module note notice offer order "
    "page partner payment period permission plan policy post price process product profile project quota "
    "rating receipt record refund region reminder report request review role route rule sample schedule "
    "segment session setting shipment source stage stock store subscription supplier survey tag task team "
    "template tenant ticket token topic transfer trigger user vendor version view visit voucher warehouse"
).split()
TYPES = (
    "text",
    "integer",
    "bigint",
    "boolean",
    "timestamptz",
    "date",
    "numeric(12,2)",
    "varchar(120)",
    "jsonb",
    "uuid",
)


class History:
    """The tables so far, and a source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tables: dict[str, list[str]] = {}

    def table(self) -> str:
        return self.chance.choice(list(self.tables))

    def column(self, table: str) -> str:
        return self.chance.choice(self.tables[table])

    def new_table(self, number: int) -> str:
        noun = NOUNS[len(self.tables) % len(NOUNS)]
        name = f"{noun}s" if len(self.tables) < len(NOUNS) else f"{noun}s_{len(self.tables) // len(NOUNS) + 1}"
        columns = [f"{self.chance.choice(NOUNS)}_{n}" for n in range(self.chance.randint(4, 12))]
        lines = ["    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "    tenant_id uuid NOT NULL"]
        for column in columns:
            kind = self.chance.choice(TYPES)
            lines.append(f"    {column} {kind}{' NOT NULL' if self.chance.random() < 0.3 else ''}")
        lines.append("    created_at timestamptz NOT NULL DEFAULT now()")
        text = f"CREATE TABLE {name} (\n" + ",\n".join(lines) + "\n);\n"
        text += f"CREATE INDEX ix_{name}_tenant_id ON {name} (tenant_id);\n"
        if self.tables:
            parent = self.table()
            text += (
                f"ALTER TABLE {name} ADD COLUMN parent_{number} bigint REFERENCES {parent} (id);\n"
                f"CREATE INDEX ix_{name}_parent_{number} ON {name} (parent_{number});\n"
            )
        self.tables[name] = columns
        return text

    def change(self, number: int) -> str:
        table = self.table()
        column = self.column(table)
        new = f"{self.chance.choice(NOUNS)}_{number}"
        kind = self.chance.randrange(9)
        if kind == 0:
            self.tables[table].append(new)
            return f"ALTER TABLE {table} ADD COLUMN {new} {self.chance.choice(TYPES)};\n"
        if kind == 1:
            self.tables[table].append(new)
            return (
                f"ALTER TABLE {table}\n    ADD COLUMN {new} integer NOT NULL DEFAULT 0,\n"
                f"    ALTER COLUMN {column} DROP DEFAULT;\n"
            )
        if kind == 2:
            return f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{new} CHECK (tenant_id IS NOT NULL) NOT VALID;\n"
        if kind == 3:
            return f"UPDATE {table} SET {column} = NULL WHERE id BETWEEN {number} AND {number + 1000};\n"
        if kind == 4:
            return f"COMMENT ON COLUMN {table}.{column} IS 'What is kept here since release {number}.';\n"
        if kind == 5:
            return (
                f"CREATE OR REPLACE VIEW {table}_recent_{number} AS\n    SELECT id, tenant_id, {column}\n"
                f"    FROM {table}\n    WHERE created_at > now() - interval '30 days';\n"
            )
        if kind == 6:
            return (
                f"CREATE TYPE {new}_state AS ENUM ('new', 'open', 'closed');\n"
                f"ALTER TYPE {new}_state ADD VALUE 'void';\n"
            )
        if kind == 7:
            return (
                f"CREATE FUNCTION touch_{table}_{number}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
                f"    UPDATE {table} SET created_at = now() WHERE id = NEW.id;\n    RETURN NEW;\nEND;\n$$;\n"
            )
        return (
            f"INSERT INTO {table} (tenant_id) VALUES\n    ('00000000-0000-0000-0000-{number:012d}'),\n"
            f"    ('00000000-0000-0000-0000-{number + 1:012d}');\n"
        )

    def hazard(self, number: int) -> str:
        table = self.table()
        column = self.column(table)
        return self.chance.choice(
            (
                f"CREATE INDEX ix_{table}_{column}_{number} ON {table} ({column});\n",
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{number} CHECK (id > 0);\n",
                f"ALTER TABLE {table} ALTER COLUMN tenant_id TYPE text;\n",
                f"DELETE FROM {table};\n",
            )
        )

    def files(self, count: int) -> Iterator[tuple[str, str]]:
        for number in range(1, count + 1):
            parts = [f"-- Release {number}: what the feature of this week asks of the database.\n\n"]
            if number % 4 == 1:
                parts.append(self.new_table(number))
            parts += [self.change(number * 100 + step) for step in range(self.chance.randint(4, 12))]
            if number % 10 == 0:
                parts.append(self.hazard(number))
            yield f"V{number}__release_{number}.sql", "\n".join(parts)


def write(folder: Path, files: int, seed: int = 7) -> int:
    """Write the history; the number of bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for name, text in History(seed).files(files):
        size += (folder / name).write_text(text, encoding="utf-8")
    return size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{write(arguments.folder, arguments.files, arguments.seed)} bytes in {arguments.files} files")
