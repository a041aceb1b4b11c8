"""A migration changes one tenant's schema and leaves the others. See fixed_tenant_schema.md."""

from collections.abc import Iterator

from dblint.operations import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    CreateIndex,
    CreateSchema,
    CreateSequence,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    DropColumn,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
)
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_schema, of_tenants

rule = Rule(__name__, severity=Severity.ERROR, applies=by_schema)

Changes = (
    AddColumn | AddConstraint | AlterColumnType | CreateIndex | CreateSequence | CreateTable | CreateTableAs
    | CreateTrigger | CreateView | DropColumn | DropTable | DropView | RenameColumn | RenameTable
)  # fmt: skip
_NAMED = (CreateSequence, CreateTable, CreateTableAs, CreateView, DropTable, DropView, RenameTable)


@rule.check
def change(change: Changes, before: Before) -> Iterator[Problem]:
    name = change.name if isinstance(change, _NAMED) else change.table
    if of_tenants(name.schema, before):
        template = before.config.tenancy.template_schema
        yield Problem(
            message=f"only {name.schema} is changed, and the schemas of all other tenants are not: {name}",
            why=(f"the template of tenants' schemas is {template}",) if template else (),
        )


@rule.check
def schema(create: CreateSchema, before: Before) -> Iterator[Problem]:
    tenancy = before.config.tenancy
    if (
        tenancy.schema_prefix
        and create.name not in (tenancy.template_schema, "")
        and create.name.startswith(tenancy.schema_prefix)
    ):
        yield Problem(message=f"a migration makes the schema of one tenant: {create.name}")
