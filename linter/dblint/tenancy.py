"""Which tables are tenants' and by which column: as declared, or as most of the schema does it."""

from collections import Counter
from functools import lru_cache

from msgspec import Struct

from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.config import Tenancy
from dblint.names import Name
from dblint.rule import After

SPELLINGS = ("tenant_id", "tenantid", "tenant")
"""What the column is called where it is not declared; case does not count."""
FEWEST, SHARE = 5, 0.8
"""How many tables must have it, and more than which part of all, before the rest are expected to."""


class TenantColumn(Struct, frozen=True):
    """The column as the catalog spells it, and where that is known from."""

    column: str
    reason: str
    declared: bool


def tenant_column(after: After) -> TenantColumn | None:
    """The tenant column in force, or None where there is no tenancy by column."""
    return _judge(after.schema, after.config.tenancy)[0]


def tenant_tables(after: After) -> frozenset[Name]:
    """The tables that must have it."""
    return _judge(after.schema, after.config.tenancy)[1]


@lru_cache(maxsize=2)
def _judge(schema: Schema, tenancy: Tenancy) -> tuple[TenantColumn | None, frozenset[Name]]:
    tables = [
        table
        for table in schema.tables()
        if table.partition_of is None and not table.incomplete and not schema.is_temporary(table.name)
    ]
    if tenancy.column:
        spelling = next((c for t in tables for c in t.columns if c.lower() == tenancy.column.lower()), tenancy.column)
        found = TenantColumn(spelling, f"the tenant column is declared: {tenancy.column}", True)
        return found, frozenset(t.name for t in tables if tenancy.covers(t.name))
    carriers: Counter[str] = Counter(
        column for table in tables for column in table.columns if column.lower() in SPELLINGS
    )
    if not carriers:
        return None, frozenset()
    column, count = carriers.most_common(1)[0]
    parents = _parents(tables, column)
    candidates = [table for table in tables if table.name not in parents]
    if count < FEWEST or count <= SHARE * len(candidates):
        return None, frozenset()
    reason = f"{count} of {len(candidates)} tables have the column {column}"
    return TenantColumn(column, reason, False), frozenset(table.name for table in candidates)


def _parents(tables: list[Table], column: str) -> set[Name]:
    """The tables that the tenant columns refer to: the tenants themselves."""
    referred = {key.references for t in tables for key in t.foreign_keys if column in key.columns and key.references}
    plain = column.lower().removesuffix("id").rstrip("_")
    return referred | {t.name for t in tables if t.name.name.lower() in (plain, f"{plain}s")}
