"""Drift: where the schema that the migrations make is not the one that the blueprint declares.

What a blueprint does not speak of is not compared: a column without `nullable` claims nothing about NULL, and where no
index is declared at all, indexes are nobody's drift.
"""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.declaration import Declared
from dblint.blueprint.difference import Difference
from dblint.blueprint.drift_objects import policies, row_security
from dblint.blueprint.drift_parts import constraints, indexes
from dblint.blueprint.meaning import meaning, same
from dblint.blueprint.pair import Pair, Speaks, built_table, found
from dblint.blueprint.sheet import Place
from dblint.blueprint.tables import ColumnFacts
from dblint.catalog.model import Column
from dblint.catalog.schema import Schema
from dblint.names import Name


def differences(blueprint: Blueprint, declared: Declared, schema: Schema) -> Iterator[Difference]:
    """Every difference, tables in the order of the documents."""
    pairs: list[Pair] = []
    known: set[Name] = set()
    speaks = Speaks.of(declared)
    for name, facts in declared.tables.items():
        ours = declared.catalog.table(name)
        built = built_table(name, facts.schema, schema, blueprint)
        if ours is None:
            continue
        if built is None:
            if not facts.retired and schema.relation(name) is None:
                yield Difference(
                    kind="declared not built",
                    what="table",
                    table=facts.name,
                    name=facts.name,
                    message=f"{facts.name} is declared, and no migration makes it",
                    place=facts.place,
                    ours=name,
                )
            continue
        known.add(built.name)
        if not facts.broken and not built.incomplete:
            pairs.append(Pair(facts, ours, built, declared.catalog, schema, speaks))
    for pair in pairs:
        yield from _columns(blueprint, pair)
        yield from constraints(pair)
        yield from indexes(pair)
        yield from row_security(pair)
        yield from policies(pair)
    yield from _undeclared(blueprint, declared, schema, known)


def _undeclared(blueprint: Blueprint, declared: Declared, schema: Schema, known: set[Name]) -> Iterator[Difference]:
    if declared.facts.nameless:
        return
    passed_over = set(_histories(blueprint))
    place = next(iter(declared.tables.values())).place if declared.tables else None
    prefix = blueprint.section("multiTenant", "schemaPrefix")
    section = blueprint.section("tables") or blueprint.section("schemas")
    if section is not None:
        place = Place(section.source, section.line_span)
    for table in schema.tables():
        if table.name in known or table.partition_of is not None or schema.is_temporary(table.name):
            continue
        if prefix is not None and prefix.text and table.name.schema.startswith(prefix.text):
            continue  # a tenant's copy of the template
        if table.kind == "foreign table" or table.name.name in passed_over or place is None:
            continue
        yield Difference(
            kind="built not declared",
            what="table",
            table=table.name.name,
            name=table.name.name,
            message=f"{table.name.name} is built, and the blueprint does not declare it",
            place=place,
            origin=table.origin,
        )


def _histories(blueprint: Blueprint) -> Iterator[str]:
    """The tables that keep the past of others, which are declared by being named as such."""
    for section in blueprint.sections("temporalTables", "tables"):
        for table in section.elements():
            history = table.get("historyTable")
            if history is not None:
                yield history.text


def _periods(blueprint: Blueprint, name: str) -> set[str]:
    """The columns of a temporal table that say when a row was valid."""
    for section in blueprint.sections("temporalTables", "tables"):
        for table in section.elements():
            named, period = table.get("name"), table.get("periodColumns")
            if named is not None and named.text == name and period is not None:
                return {column.text for _, column in period.items()}
    return set()


# --- columns ----------------------------------------------------------------------------------


def _columns(blueprint: Blueprint, pair: Pair) -> Iterator[Difference]:
    facts, built = pair.facts, pair.built
    if not facts.columns:
        return
    known = _periods(blueprint, facts.name)
    for column in facts.columns.values():
        there = found(built.columns, column.name)
        if there is None:
            if not is_retired(column):
                declared = pair.declared.columns.get(column.name)
                origin = declared.origin if declared is not None else pair.declared.origin
                yield pair.unbuilt("column", column.name, f"{facts.name}.{column.name}", origin)
            continue
        known.add(there.name)
        ours = found(pair.declared.columns, column.name)
        if ours is not None:
            yield from _column(pair, column, ours, there)
    for name, there in built.columns.items():
        if name not in known:
            yield pair.undeclared("column", name, f"{facts.name}.{name}", there.origin)


def is_retired(column: ColumnFacts) -> bool:
    node = column.said.get("retired")
    return node is not None and node.value not in (None, False, "")


def _column(pair: Pair, facts: ColumnFacts, ours: Column, there: Column) -> Iterator[Difference]:
    words = f"{pair.name}.{facts.name}"

    def differs(key: str, declared: str, built: str) -> Difference:
        node = facts.said.get(key) or facts.said.get("primaryKey")
        place = Place(node.source, node.span) if node is not None else facts.place
        return pair.otherwise("column", facts.name, words, place, there.origin, declared, built, key)

    if ours.type.text != there.type.text:
        yield differs("type", ours.type.text, there.type.text)
    nullable = facts.nullable
    if nullable is not None and nullable is there.not_null and not (nullable and ours.not_null):
        yield differs("nullable", *(("nullable", "NOT NULL") if nullable else ("NOT NULL", "nullable")))
    if "default" in facts.said and not there.generated:
        declared, built = _default(ours), _default(there)
        if declared != built and not _by_numbering(there):
            words = f"the default of {pair.name}.{facts.name}"
            yield differs("default", ours.default_text or "as none", there.default_text or "as none")
    computed = facts.said.get("generated") or facts.said.get("computed")
    if computed is not None and not same(ours.generated, there.generated):
        built = f"as ({there.generated.text})" if there.generated else "as a plain column"
        yield differs("generated", f"as ({computed.text})", built)


def _default(column: Column) -> str:
    return meaning(column.default.text if column.default is not None else column.default_text)


def _by_numbering(column: Column) -> bool:
    return column.serial or bool(column.identity)
