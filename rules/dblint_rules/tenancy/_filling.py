"""A tenant column for a table that has rows: the steps that add it, fill it, prove it and isolate the table by it."""

from collections.abc import Iterator

from dblint.catalog.generated_names import compose
from dblint.catalog.model import Constraint, Table
from dblint.index_fixes import index_name
from dblint.names import Name
from dblint.remedies import spelled, sql
from dblint.rule import After, NewStep
from dblint_rules.tenancy._row_security import Guard, session_tenant

BATCH = 10_000
"""How many rows are filled at once, with a commit after each time."""


def parent_of(table: Table, after: After) -> tuple[Constraint, Table] | None:
    """A parent that each row has and that has a tenant, with the key that points at it."""
    column = after.tenants.column
    for key in table.foreign_keys:
        parent = after.schema.table(key.references) if key.references is not None else None
        if parent is None or column not in parent.columns or not parent.columns[column].not_null:
            continue
        if key.validated and all(name in table.columns and table.columns[name].not_null for name in key.columns):
            return key, parent
    return None


def steps(table: Table, type_: str, after: After, guard: Guard | None) -> Iterator[NewStep]:
    """The migrations one after another. Where no parent says which tenant a row has, that is left open."""
    name, place = after.tenants.column, spelled(after.schema, table.name)
    column, short = sql(name), f"{table.name.name} {name}"
    alter = f"ALTER TABLE {place}"
    up = f"{alter} ADD COLUMN {column} {type_};"
    if setting := after.config.tenancy.setting:  # not in one: rows that are there would all get the session's
        up += f"\n{alter} ALTER COLUMN {column} SET DEFAULT {session_tenant(setting, type_, optional=True)};"
    yield NewStep(title=f"add {short}", up=up, down=f"{alter} DROP COLUMN {column};")
    yield NewStep(title=f"fill {short}", up=_filling(table, after), outside=True, commits=True)
    proof = sql(compose(table.name.name, name, "set"))
    check = f"{alter} ADD CONSTRAINT {proof} CHECK ({column} IS NOT NULL) NOT VALID;"
    yield NewStep(title=f"check {short}", up=check, down=f"{alter} DROP CONSTRAINT {proof};")
    yield NewStep(
        title=f"set {short} not null",
        up=f"{alter} VALIDATE CONSTRAINT {proof};\n"
        f"{alter} ALTER COLUMN {column} SET NOT NULL;\n"
        f"{alter} DROP CONSTRAINT {proof};",
        down=f"{check}\n{alter} ALTER COLUMN {column} DROP NOT NULL;",
    )
    index = Name(index_name(table, (name,), after), table.name.schema)
    yield NewStep(
        title=f"create index {index.name}",
        up=f"CREATE INDEX CONCURRENTLY {sql(index.name)} ON {place} ({column});",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(after.schema, index)};",
        outside=True,
    )
    if guard is not None:
        yield NewStep(
            title=f"row level security of {table.name.name}", up="\n".join(guard.up), down="\n".join(guard.down)
        )


def _filling(table: Table, after: After) -> str:
    """Batch by batch, each committed, so that no row is locked for long."""
    place, column = spelled(after.schema, table.name), sql(after.tenants.column)
    batch = f"ctid IN (SELECT ctid FROM {place} WHERE {column} IS NULL LIMIT {BATCH})"
    if (found := parent_of(table, after)) is None:
        update = f"UPDATE {place} SET {column} = <its tenant>\n        WHERE {batch};"
        head = ""
    else:
        key, parent = found
        columns = key.referenced_columns or (parent.primary_key.columns if parent.primary_key is not None else ())
        pairs = " AND ".join(
            f"parent.{sql(other)} = child.{sql(own)}" for own, other in zip(key.columns, columns, strict=True)
        )
        update = (
            f"UPDATE {place} AS child SET {column} = parent.{column}\n"
            f"        FROM {spelled(after.schema, parent.name)} AS parent\n"
            f"        WHERE {pairs} AND child.{batch};"
        )
        forced = parent.row_security_forced
        head = f"-- For a role that sees all rows of {parent.name.name} (BYPASSRLS).\n" if forced else ""
    return (
        f"{head}DO $$\nBEGIN\n    LOOP\n        {update}\n        EXIT WHEN NOT FOUND;\n        COMMIT;\n"
        "    END LOOP;\nEND\n$$;"
    )
