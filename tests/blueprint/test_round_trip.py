"""A schema that is declared as a history builds it has no drift; with one thing changed, it has that difference."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dblint.blueprint.drift import Difference, differences
from dblint.blueprint.lowering import declare
from dblint.blueprint.reading import from_text
from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Column, Constraint, Index, Table
from dblint.config import Config
from dblint.dialects import Dialect
from dblint.operations import IndexKey
from dblint.run import run

ROOT = Path(__file__).parents[2]
HISTORIES = [
    ROOT / "examples" / "order-service" / "migrations",
    ROOT / "tests" / "live" / "history",
    *sorted(path for path in (ROOT / "tests" / "live" / "histories").iterdir() if path.is_dir()),
]

Json = dict[str, Any]


def built(history: Path) -> tuple[Catalog, Dialect]:
    (found,) = run([str(history)], Config(), {}).understood
    return found.catalog, found.dialect


def drift(document: Json, catalog: Catalog, dialect: Dialect) -> list[Difference]:
    blueprint = from_text("database-blueprint.json", json.dumps(document, indent=1))
    assert blueprint.faults == ()
    declared = declare(blueprint, dialect, catalog.version)
    if declared is None:
        return []
    assert declared.no_sql == ()
    return list(differences(blueprint, declared, catalog))


# --- a catalog as a blueprint -----------------------------------------------------------------


def document(catalog: Catalog) -> Json:
    tables = [
        table
        for table in catalog.tables()
        if table.partition_of is None and not catalog.is_temporary(table.name) and table.kind != "foreign table"
    ]
    return {"tables": [table_of(table, catalog) for table in tables]}


def table_of(table: Table, catalog: Catalog) -> Json:
    key = table.primary_key
    constraints = table.constraints.values()
    return {
        "name": table.name.name,
        "schema": table.name.schema,
        "columns": [column_of(column) for column in table.columns.values()],
        **({"primaryKey": {"name": key.name, "columns": list(key.columns)}} if key else {}),
        "foreignKeys": [key_of(each) for each in table.foreign_keys],
        "uniqueConstraints": [{"name": c.name, "columns": list(c.columns)} for c in constraints if c.kind == "unique"],
        "checks": [
            {"name": each.name, "expression": each.expression.text}
            for each in constraints
            if each.kind == "check" and each.expression is not None
        ],
        "indexes": [index_of(each) for each in catalog.indexes_of(table.name) if not each.constraint],
        "rowLevelSecurity": {
            "enabled": table.row_security,
            "forced": table.row_security_forced,
            "policies": [
                {
                    "name": each.name,
                    "command": each.command,
                    "permissive": each.permissive,
                    "roles": list(each.roles),
                    **({"using": each.using.text} if each.using else {}),
                    **({"check": each.check.text} if each.check else {}),
                }
                for each in table.policies.values()
            ],
        },
    }


def column_of(column: Column) -> Json:
    said: Json = {"name": column.name, "type": column.type.text, "nullable": not column.not_null}
    if column.generated is not None:
        said["generated"] = column.generated.text
    elif column.identity:
        said["identity"] = column.identity
    elif column.default is not None:
        said["default"] = column.default.text
    elif not column.serial:
        said["default"] = None
    return said


def key_of(key: Constraint) -> Json:
    assert key.references is not None
    target = key.references
    return {
        "name": key.name,
        "columns": list(key.columns),
        "references": {"table": target.name, "schema": target.schema, "columns": list(key.referenced_columns)},
        "onDelete": key.on_delete,
        "onUpdate": key.on_update,
    }


def index_of(index: Index) -> Json:
    definition = index.definition
    return {
        "name": index.name.name,
        "columns": [index_key_of(key) for key in definition.keys],
        "unique": definition.unique,
        "include": list(definition.include),
        "type": definition.method,
        **({"where": definition.predicate.text} if definition.predicate else {}),
    }


def index_key_of(key: IndexKey) -> Json:
    said: Json = {"expression": key.expression.text} if key.expression is not None else {"column": key.column}
    if key.descending:
        said["order"] = "desc"
    if key.operator_class:
        said["operatorClass"] = key.operator_class
    return said


# --- the tests --------------------------------------------------------------------------------


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.name)
def test_what_is_declared_as_it_is_built_has_no_drift(history: Path) -> None:
    catalog, dialect = built(history)
    assert [each.message for each in drift(document(catalog), catalog, dialect)] == []


def changes(whole: Json) -> Iterator[tuple[str, Json, set[str]]]:
    """The document with one thing changed, what that is, and which kinds of difference it may make."""
    for at, table in enumerate(whole["tables"]):
        for place, column in enumerate(table["columns"]):
            other = "numeric(7,3)" if column["type"] != "numeric(7,3)" else "text"
            keyed = column["name"] in table.get("primaryKey", {}).get("columns", ())
            plain = not (column.keys() & {"generated", "identity"})
            if plain:
                yield f"type of {column['name']}", edited(whole, at, "columns", place, type=other), {"built otherwise"}
            if not keyed and plain:
                nulls = edited(whole, at, "columns", place, nullable=not column["nullable"])
                yield f"nullability of {column['name']}", nulls, {"built otherwise"}
        for part in ("indexes", "foreignKeys", "checks"):
            for place, item in enumerate(table[part]):
                fewer = copy.deepcopy(whole)
                del fewer["tables"][at][part][place]
                others = sum(len(each[part]) for each in fewer["tables"])
                if others or part == "indexes":
                    yield f"no {item['name']}", fewer, {"built not declared"}
        more = copy.deepcopy(whole)
        more["tables"][at]["columns"].append({"name": "surplus", "type": "text"})
        yield "a column more", more, {"declared not built"}


def edited(whole: Json, at: int, part: str, place: int, **values: object) -> Json:
    changed = copy.deepcopy(whole)
    changed["tables"][at][part][place] |= values
    return changed


@pytest.mark.parametrize("history", HISTORIES[:2], ids=lambda path: path.name)
def test_one_thing_changed_is_one_difference(history: Path) -> None:
    catalog, dialect = built(history)
    count = 0
    for what, changed, kinds in changes(document(catalog)):
        found = drift(changed, catalog, dialect)
        assert [each.kind for each in found if each.kind in kinds] == [each.kind for each in found], what
        assert len(found) == 1, f"{what}: {[each.message for each in found]}"
        count += 1
    assert count > 30
