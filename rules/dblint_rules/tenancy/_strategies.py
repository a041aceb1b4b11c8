"""What the rules about one strategy of tenancy share."""

from dblint.catalog.model import Table
from dblint.rule import After, Before, Context

RLS = ("shared-schema-with-rls", "hybrid")


def by_rows(context: Context) -> bool:
    """Whether row-level security is declared to keep tenants apart."""
    return context.config.tenancy.strategy in RLS


def by_schema(context: Context) -> bool:
    return context.config.tenancy.strategy == "schema-per-tenant"


def by_database(context: Context) -> bool:
    return context.config.tenancy.strategy == "database-per-tenant"


def guarded(table: Table, after: After) -> bool:
    """Whether row-level security must keep the tenants of the table apart: it has their column."""
    tenants = after.tenants
    return table.name in tenants.tables and tenants.column in table.columns


def of_tenants(schema: str, at: After | Before) -> bool:
    """Whether a schema that is written is one tenant's, and not the template of all."""
    tenancy = at.config.tenancy
    if not schema or schema == tenancy.template_schema:
        return False
    return not tenancy.schema_prefix or schema.startswith(tenancy.schema_prefix)
