"""Which tables are tenants' and by which column: as declared, or as most of the schema does it."""

from collections import Counter

from msgspec import Struct

from dblint.catalog.model import Table
from dblint.catalog.schema import Schema
from dblint.config import Tenancy
from dblint.names import Name

SPELLINGS = ("tenant_id", "tenantid", "tenant")
"""What the column is called where it is not declared; case does not count."""
FEWEST, SHARE = 5, 0.8
"""How many tables must have it, and more than which part of all, before the rest are expected to."""


class Tenants(Struct, frozen=True):
    """The tenant column as the catalog spells it ("" where there is none), why it is taken to be that, and the
    tables that must have it."""

    column: str = ""
    reason: str = ""
    tables: frozenset[Name] = frozenset()


def tenants_of(schema: Schema, tenancy: Tenancy) -> Tenants:
    """Who the tenants' tables are: as declared, or as most of the schema does it."""
    tables = [
        table
        for table in schema.tables()
        if table.partition_of is None and not table.incomplete and not schema.is_temporary(table.name)
    ]
    if tenancy.column:
        spelling = next((c for t in tables for c in t.columns if c.lower() == tenancy.column.lower()), tenancy.column)
        covered = frozenset(table.name for table in tables if tenancy.covers(table.name))
        return Tenants(spelling, f"the tenant column is declared: {tenancy.column}", covered)
    carriers: Counter[str] = Counter(
        column for table in tables for column in table.columns if column.lower() in SPELLINGS
    )
    if not carriers:
        return Tenants()
    column, count = carriers.most_common(1)[0]
    parents = _parents(tables, column)
    candidates = [table for table in tables if table.name not in parents]
    if count < FEWEST or count <= SHARE * len(candidates):
        return Tenants()
    reason = f"{count} of {len(candidates)} tables have the column {column}"
    return Tenants(column, reason, frozenset(table.name for table in candidates))


def _parents(tables: list[Table], column: str) -> set[Name]:
    """The tables that the tenant columns refer to: the tenants themselves."""
    referred = {key.references for t in tables for key in t.foreign_keys if column in key.columns and key.references}
    plain = column.lower().removesuffix("id").rstrip("_")
    return referred | {t.name for t in tables if t.name.name.lower() in (plain, f"{plain}s")}
