"""The migrations that bring a history to its blueprint: what is declared and not built, or built otherwise."""

from collections.abc import Callable, Iterable
from typing import Any

from dblint.blueprint.declaration import Declared
from dblint.blueprint.declared_sql import UNNAMED_POLICY, Writer
from dblint.blueprint.difference import Difference
from dblint.blueprint.pair import built_table, found, usual_schemas
from dblint.blueprint.tables import TableFacts
from dblint.catalog.facts import label, labels
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Column, Table
from dblint.drift_key_fixes import adding, replacing
from dblint.drift_object_fixes import index_otherwise, new_index, new_policy, policy_name, policy_otherwise
from dblint.names import Name
from dblint.remedies import fix, recipe, spelled, sql, withheld
from dblint.rule import After, Fix, NewStep

Maker = Callable[[Difference, Table, Table, After], Fix | None]
"""Makes a fix of a difference; given the table as it is declared, and as it is built."""


def making(difference: Difference, after: After) -> Fix | None:
    """New migrations, with their way back, that make what is declared and not built; a recipe where rows decide how, or
    where something else has to be made first. Withheld where the blueprint does not say enough."""
    declared = after.declared
    if declared is None or after.dialect != "postgres" or difference.ours is None:
        return None
    if difference.what == "table":
        ours = declared.catalog.table(difference.ours)
        return _table(ours, declared, after) if ours is not None else None
    return _by(_MAKERS, difference, declared, after)


def mending(difference: Difference, after: After) -> Fix | None:
    """New migrations that make a built object as it is declared; for the type and the NULLs of a column a recipe, since
    its rows decide."""
    declared = after.declared
    if declared is None or after.dialect != "postgres":
        return None
    return _by(_MENDERS, difference, declared, after)


def _by(makers: dict[str, Maker], difference: Difference, declared: Declared, after: After) -> Fix | None:
    ours = declared.catalog.table(difference.ours) if difference.ours is not None else None
    there = after.schema.table(difference.there) if difference.there is not None else None
    maker = makers.get(difference.what)
    if ours is None or there is None or maker is None:
        return None
    if ours.incomplete:
        return withheld(f"a part of what is declared of {difference.table} is not understood")
    if there.kind not in ("table", "partitioned table"):
        return withheld(f"{difference.table} is a {there.kind}")
    return maker(difference, ours, there, after)


# --- what is not built ----------------------------------------------------------------------------


def _table(ours: Table, declared: Declared, after: After) -> Fix | None:
    """The table with its keys, indexes and policies. It stands alone in its migration, so nobody waits for it."""
    facts = declared.tables[ours.name]
    if facts.broken or ours.incomplete:
        return withheld(f"a part of what is declared of {facts.name} is not understood")
    home = facts.schema or _home(declared, after)
    if home and home not in {*after.schema.schemas(), "public"}:
        return recipe(f"Make the schema {home}, and then {facts.name} in it, by new migrations")
    for key in ours.constraints.values():
        target = key.references
        if target is not None and target != ours.name and not _is_built(target, declared, after):
            return recipe(f"Make {target.name}, which it points at, and then {ours.name.name}, by new migrations")
    unknown = next((each for each in ours.columns.values() if not _known_type(each, after)), None)
    if unknown is not None:
        return recipe(f"Make the type {unknown.type.text}, and then {ours.name.name}, by new migrations")
    name = Name(ours.name.name, home or ours.name.schema)
    writer = Writer("", "postgres", home=home if spelled(after.schema, name) != sql(name.name) else "")
    writer.table(facts)
    writer.after(facts)
    policy = policy_name(ours.name)
    text = writer.finished().text.replace(sql(UNNAMED_POLICY), sql(policy))
    unnamed, named = (label("policy", ours.name, each) for each in (UNNAMED_POLICY, policy))
    changes = {named if each == unnamed else each for each in labels(declared.catalog, ours)}
    changes = {each.replace(f" {ours.name.schema}.", f" {name.schema}.", 1) for each in changes}
    step = NewStep(
        title=f"create {name.name}",
        up=text,
        down=f"DROP TABLE {spelled(after.schema, name)};",
    )
    return fix(f"Create {name.name} by a new migration", steps=(step,), changes=changes)


def _home(declared: Declared, after: After) -> str:
    """The schema of a table that names none: where the others are, else where the blueprint says."""
    others = {
        built.name.schema
        for name, facts in declared.tables.items()
        if not facts.schema and (built := _built(name, facts, after)) is not None
    }
    return others.pop() if len(others) == 1 else next(usual_schemas(after.blueprint), "")


def _built(name: Name, facts: TableFacts, after: After) -> Table | None:
    return built_table(name, facts.schema, after.schema, after.blueprint)


def _is_built(name: Name, declared: Declared, after: After) -> bool:
    facts = declared.tables.get(name)
    return built_table(name, facts.schema if facts is not None else "", after.schema, after.blueprint) is not None


def _column(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    from dblint.reports.ddl import column_definition, default_of

    column = found(ours.columns, difference.name)
    if column is None:
        return None
    if not _known_type(column, after):
        return recipe(f"Make the type {column.type.text}, and then {there.name.name}.{column.name}, by new migrations")
    shown = f"{there.name.name}.{column.name}"
    if column.generated is not None or column.identity or column.serial or _volatile(column, after):
        return recipe(f"Add {shown} as a plain column, fill it in batches, and then let the database make its values")
    if column.not_null and not default_of(column):
        return recipe(f"Add {shown} as nullable, fill it in batches, prove it with a CHECK, and then SET NOT NULL")
    place = spelled(after.schema, there.name)
    changes = [label("column", there.name, column.name)]
    if column.not_null and after.version >= 18:
        changes.append(label("constraint", there.name, compose(there.name.name, column.name, "not_null")))
    step = NewStep(
        title=f"add {there.name.name} {column.name}",
        up=f"ALTER TABLE {place} ADD COLUMN {column_definition(column)};",
        down=f"ALTER TABLE {place} DROP COLUMN {sql(column.name)};",
    )
    return fix(f"Add {shown} by a new migration", steps=(step,), changes=changes)


_MAKERS: dict[str, Maker] = {
    "column": _column,
    "key": adding,
    "constraint": adding,
    "index": new_index,
    "policy": new_policy,
}


# --- what is built otherwise ----------------------------------------------------------------------


def _column_otherwise(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    column, wanted = found(there.columns, difference.name), found(ours.columns, difference.name)
    if column is None or wanted is None:
        return None
    place = spelled(after.schema, there.name)
    if difference.aspect == "default":
        return _default(f"ALTER TABLE {place} ALTER COLUMN {sql(column.name)}", column, wanted, there)
    words = _RECIPES.get(difference.aspect)
    return recipe(words(f"ALTER TABLE {place} ALTER COLUMN {sql(column.name)}", wanted)) if words else None


def _default(clause: str, column: Column, wanted: Column, there: Table) -> Fix | None:
    """Rows that are there keep what they have."""
    from dblint.reports.ddl import default_of

    up, down = (
        f"{clause} SET DEFAULT {default}" if (default := default_of(each)) else f"{clause} DROP DEFAULT"
        for each in (wanted, column)
    )
    words = f"default of {there.name.name} {column.name}"
    step = NewStep(title=f"set {words}", up=f"{up};", down=f"{down};")
    changes = [label("column", there.name, column.name)]
    return fix(f"Set the {words} by a new migration", steps=(step,), changes=changes)


_MENDERS: dict[str, Maker] = {
    "column": _column_otherwise,
    "key": replacing,
    "constraint": replacing,
    "index": index_otherwise,
    "policy": policy_otherwise,
}


def _nullability(clause: str, column: Column) -> str:
    if column.not_null:
        return f"Fill what is NULL, prove it with a CHECK that is validated later, and then {clause} SET NOT NULL"
    return f"{clause} DROP NOT NULL, once all readers bear NULL"


def _generated(clause: str, column: Column) -> str:
    return "Add a column that is generated as declared, move the code, and then let it take the old one's place"


_RECIPES: dict[str, Callable[[str, Column], str]] = {
    "nullable": _nullability,
    "generated": _generated,
    "type": lambda clause, column: (
        f"Add a column of type {column.type.text}, "
        "write both, copy in batches, and then let it take the old one's place"
    ),
}


# --- what it rests on -----------------------------------------------------------------------------


def _volatile(column: Column, after: After) -> bool:
    calls: Iterable[Any] = column.default.functions if column.default is not None else ()
    return any(after.schema.volatility(call) == "volatile" for call in calls)


def _known_type(column: Column, after: After) -> bool:
    """Whether the type is the database's own, or one that the migrations make."""
    name, schema = column.type.name, after.schema
    if name.name in _OWN_TYPES or schema.domain(name) is not None:
        return True
    return schema.enum(name) is not None or schema.user_type(name) is not None


_OWN_TYPES = frozenset(
    (
        *"bigint bigserial bit boolean box bytea char character cidr circle date daterange inet int4range".split(),
        *"int8range integer interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric".split(),
        *"numrange oid path pg_lsn point polygon real regclass serial smallint smallserial text".split(),
        *"tsquery tsrange tstzrange tsvector uuid xml".split(),
        *("bit varying", "character varying", "double precision", "time with time zone"),
        *("time without time zone", "timestamp with time zone", "timestamp without time zone"),
    )
)
"""PostgreSQL's types as `format_type` spells them (manual, table 8.1 and the chapter's later sections)."""
