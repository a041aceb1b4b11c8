"""The folded schema as a document: JSON, PostgreSQL DDL or a Mermaid diagram."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, TextIO

from dblint.catalog.model import Column, Constraint, Domain, Function, Index, Sequence, Table, View
from dblint.catalog.schema import Schema
from dblint.errors import UsageError
from dblint.names import Name
from dblint.reports.ddl import constraint_definition, default_of, index_key
from dblint.reports.document import render

VERSION = 1
FORMATS = {
    "json": "dblint.reports.schema:write_json",
    "sql": "dblint.reports.schema_sql:write",
    "mermaid": "dblint.reports.schema_mermaid:write",
}
"""Each format's name and its function, as "module:function"."""


def writer(name: str) -> Callable[[Schema, TextIO], None]:
    """The function that writes the format; `UsageError` for a name that is not in `FORMATS`."""
    if name not in FORMATS:
        raise UsageError(f"there is no schema format {name!r}: choose one of {', '.join(FORMATS)}")
    module, _, function = FORMATS[name].partition(":")
    found: Callable[[Schema, TextIO], None] = getattr(import_module(module), function)
    return found


def lasting_tables(schema: Schema) -> list[Table]:
    """The tables by name, without temporary ones, which end with the session that made them."""
    return sorted((t for t in schema.tables() if t.persistence != "temporary"), key=lambda table: _by(table.name))


def lasting_views(schema: Schema) -> list[View]:
    return sorted((view for view in schema.views() if not view.temporary), key=lambda view: _by(view.name))


def lasting_sequences(schema: Schema) -> list[Sequence]:
    found = (each for each in schema.sequences() if each.persistence != "temporary")
    return sorted(found, key=lambda each: _by(each.name))


def sorted_functions(schema: Schema) -> list[Function]:
    return sorted(schema.all_functions(), key=lambda each: (*_by(each.name), each.arguments))


def _by(name: Name) -> tuple[str, str]:
    return name.schema, name.name


def write_json(schema: Schema, out: TextIO) -> None:
    """Write the document that `schema.schema.json` in `dblint_schemas` describes, objects by schema and name."""
    document = {
        "schema_version": VERSION,
        "tables": [_table(schema, table) for table in lasting_tables(schema)],
        "enums": [
            {**_name(enum.name), "values": enum.values, "uncertain": schema.uncertain(enum.name)}
            for enum in _sorted(schema.enums())
        ],
        "views": [
            {
                **_name(view.name),
                "materialized": view.materialized,
                "columns": view.columns,
                "options": dict(sorted(_options(view).items())),
                "uncertain": schema.uncertain(view.name),
            }
            for view in lasting_views(schema)
        ],
        "sequences": [
            {
                **_name(each.name),
                "type": each.type,
                "owned_by": _owner(each),
                "uncertain": schema.uncertain(each.name),
            }
            for each in lasting_sequences(schema)
        ],
        "functions": [
            {
                **_name(function.name),
                "arguments": function.arguments,
                "returns": function.returns,
                "language": function.language,
                "volatility": function.volatility,
                "security_definer": function.security_definer,
                "uncertain": schema.uncertain_routine(function.name),
            }
            for function in sorted_functions(schema)
        ],
        "domains": [
            {**_domain(domain), "uncertain": schema.uncertain(domain.name)} for domain in _sorted(schema.domains())
        ],
        "extensions": [
            {"name": each.name, "schema": each.schema or None}
            for each in sorted(schema.extensions(), key=lambda each: each.name)
        ],
    }
    out.write(render(document))


def _options(view: View) -> dict[str, str]:
    return {**view.options, "check_option": view.check_option} if view.check_option else view.options


def _sorted(objects: Iterable[Any]) -> list[Any]:
    return sorted(objects, key=lambda each: _by(each.name))


def _name(name: Name) -> dict[str, str]:
    return {"schema": name.schema, "name": name.name}


def _owner(sequence: Sequence) -> str | None:
    if sequence.owned_by is None:
        return None
    table, column = sequence.owned_by
    return ".".join(part for part in (table.schema, table.name, column) if part)


def _table(schema: Schema, table: Table) -> dict[str, Any]:
    indexes = sorted(schema.indexes_of(table.name), key=lambda index: index.name.name)
    return {
        **_name(table.name),
        "kind": table.kind,
        "columns": [_column(column) for column in table.columns.values()],
        "constraints": [
            # NOT NULL is told by the columns.
            _constraint(constraint)
            for _, constraint in sorted(table.constraints.items())
            if constraint.kind != "not null"
        ],
        "indexes": [_index(index) for index in indexes],
        "rls": {"enabled": table.row_security, "forced": table.row_security_forced},
        "policies": [
            {
                "name": policy.name,
                "command": policy.command,
                "permissive": policy.permissive,
                "roles": policy.roles,
                "using": policy.using.text if policy.using else None,
                "check": policy.check.text if policy.check else None,
            }
            for _, policy in sorted(table.policies.items())
        ],
        "triggers": [
            {
                "name": trigger.name,
                "function": trigger.function.sql,
                "timing": trigger.timing,
                "events": trigger.events,
                "enabled": trigger.enabled,
            }
            for _, trigger in sorted(table.triggers.items())
        ],
        "origin": str(table.origin),
        "uncertain": schema.uncertain(table.name),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.text,
        "not_null": column.not_null,
        "default": default_of(column),
        "identity": column.identity or None,
        "generated": column.generated.text if column.generated else None,
        "generated_kind": column.generated_kind or None,
    }


def _constraint(constraint: Constraint) -> dict[str, Any]:
    target = constraint.references
    return {
        "name": constraint.name,
        "kind": constraint.kind,
        "columns": constraint.columns,
        "references": {"schema": target.schema, "table": target.name, "columns": constraint.referenced_columns}
        if target
        else None,
        "validated": constraint.validated,
        "definition": constraint_definition(constraint),
    }


def _index(index: Index) -> dict[str, Any]:
    definition = index.definition
    return {
        "name": index.name.name,
        "unique": definition.unique,
        "method": definition.method,
        "keys": [index_key(key) for key in definition.keys],
        "include": definition.include,
        "predicate": definition.predicate.text if definition.predicate else None,
        "valid": index.valid,
    }


def _domain(domain: Domain) -> dict[str, Any]:
    return {
        **_name(domain.name),
        "type": domain.type.text,
        "not_null": domain.not_null,
        "default": domain.default.text if domain.default else None,
        "constraints": [
            {"name": each.name, "validated": each.validated, "definition": constraint_definition(each)}
            for _, each in sorted(domain.constraints.items())
        ],
    }
