"""The migration that brings a history to its blueprint: what is declared and not built, made by a new step."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from dblint.blueprint.declaration import Declared
from dblint.blueprint.declared_sql import UNNAMED_POLICY, Writer
from dblint.blueprint.difference import Difference
from dblint.blueprint.drift_objects import ROW_SECURITY
from dblint.blueprint.meaning import same
from dblint.blueprint.pair import found
from dblint.catalog.facts import label, labels
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Column, Policy, Table
from dblint.names import Name
from dblint.remedies import fix, recipe, spelled, sql
from dblint.rule import After, Fix, NewStep


def making(difference: Difference, after: After) -> Fix | None:
    """A new migration, with its way back, that makes what is declared and not built; a recipe where rows decide how.

    None where the blueprint does not say enough, or where something else has to be made first.
    """
    declared = after.declared
    if declared is None or after.dialect != "postgres" or difference.ours is None:
        return None
    ours = declared.catalog.table(difference.ours)
    if ours is None or ours.incomplete:
        return None
    if difference.what == "table":
        return _table(ours, declared, after)
    there = after.schema.table(difference.there) if difference.there is not None else None
    maker = _MAKERS.get(difference.what)
    if there is None or maker is None or there.kind not in ("table", "partitioned table"):
        return None
    return maker(difference, ours, there, after)


def mending(difference: Difference, after: After) -> Fix | None:
    """What makes a built object as it is declared: row-level security turned on by a new migration; for a column a
    recipe, since its rows decide."""
    declared = after.declared
    if declared is None or after.dialect != "postgres" or difference.ours is None or difference.there is None:
        return None
    ours, there = declared.catalog.table(difference.ours), after.schema.table(difference.there)
    if ours is None or there is None or ours.incomplete:
        return None
    if difference.what == "policy" and (ours.row_security or ours.row_security_forced):
        return _row_security(difference, ours, there, after)
    if difference.what == "column" and difference.aspect in _RECIPES:
        column = found(there.columns, difference.name)
        wanted = found(ours.columns, difference.name)
        if column is not None and wanted is not None:
            clause = f"ALTER TABLE {spelled(after.schema, there.name)} ALTER COLUMN {sql(column.name)}"
            return recipe(_RECIPES[difference.aspect](clause, wanted))
    return None


# --- what is not built ----------------------------------------------------------------------------


def _table(ours: Table, declared: Declared, after: After) -> Fix | None:
    """The table with its keys, indexes and policies. It stands alone in its migration, so nobody waits for it."""
    facts = declared.tables[ours.name]
    blueprint = after.blueprint
    usual = blueprint is not None and not facts.schema and any(blueprint.section(*path) for path in _OTHER_HOMES)
    if facts.broken or usual or (facts.schema and facts.schema not in set(after.schema.schemas())):
        return None
    for key in ours.constraints.values():
        target = key.references
        if target is not None and target != ours.name and after.schema.table(target) is None:
            return recipe(f"Make {target.name}, which it points at, and then {ours.name.name}, by new migrations")
    if not all(_known_type(column, after) for column in ours.columns.values()):
        return None
    writer = Writer("", "postgres")
    writer.table(facts)
    writer.after(facts)
    policy = _policy_name(ours.name)
    text = writer.finished().text.replace(sql(UNNAMED_POLICY), sql(policy))
    unnamed, named = (label("policy", ours.name, name) for name in (UNNAMED_POLICY, policy))
    changes = {named if each == unnamed else each for each in labels(declared.catalog, ours)}
    step = NewStep(
        title=f"create {ours.name.name}",
        up=text,
        down=f"DROP TABLE {spelled(after.schema, ours.name)};",
    )
    return fix(f"Create {ours.name.name} by a new migration", steps=(step,), changes=changes)


_OTHER_HOMES = (("schema", "defaultSchema"), ("multiTenant", "templateSchema"))
"""Sections that leave open in which schema a table is that names none."""


def _column(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    from dblint.reports.ddl import column_definition, default_of

    column = found(ours.columns, difference.name)
    if column is None or not _known_type(column, after):
        return None
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


def _index(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    from dblint.reports.ddl import create_index

    catalog = after.declared.catalog if after.declared is not None else None
    indexes = catalog.indexes_of(ours.name) if catalog is not None else ()
    index = next((each for each in indexes if each.name.name == difference.name), None)
    full = Name(difference.name, there.name.schema)
    if index is None or after.schema.relation(full) is not None or there.kind != "table":
        return None
    used = {key.column for key in index.definition.keys if key.expression is None} | set(index.definition.include)
    if not all(name in there.columns for name in used):
        return None  # its columns come first
    place = spelled(after.schema, there.name)
    home = there.name.schema if place == sql(there.name.name) else ""
    moved = replace(index, definition=replace(index.definition, table=there.name))
    step = NewStep(
        title=f"create index {full.name}",
        up=f"{create_index(moved, home).replace(' INDEX ', ' INDEX CONCURRENTLY ', 1)};",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(after.schema, full)};",
        outside=True,
    )
    return fix(f"Build {full.name} by a new migration", steps=(step,), changes=[label("index", full)])


def _policy(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """One policy; where row-level security is yet to be turned on, that goes together with all of them."""
    policy = ours.policies.get(difference.name)
    if policy is None or (ours.row_security and not there.row_security):
        return None
    return _by_statements(f"create policy {_named(policy, there)}", [policy], there, after)


_MAKERS: dict[str, Callable[[Difference, Table, Table, After], Fix | None]] = {
    "column": _column,
    "index": _index,
    "policy": _policy,
}


# --- what is built otherwise ----------------------------------------------------------------------


def _row_security(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """Row-level security on, with the declared policies that are missing, and forced where that is declared."""
    if difference.declared != "on" or difference.built != "off":
        return None
    enable = ours.row_security and not there.row_security
    if enable and difference.name != ROW_SECURITY:
        return None  # the finding that it is off turns on both
    force = ours.row_security_forced and not there.row_security_forced
    missing = [each for each in ours.policies.values() if not _is_built(each, there)] if enable else []
    words = f"{'enable' if enable else 'force'} row level security of {there.name.name}"
    return _by_statements(words, missing, there, after, enable=enable, force=force)


def _by_statements(
    words: str, policies: list[Policy], there: Table, after: After, *, enable: bool = False, force: bool = False
) -> Fix | None:
    """One migration that makes the policies and sets what is asked for; None where a policy's columns are missing."""
    from dblint.reports.ddl import create_policy

    place = spelled(after.schema, there.name)
    up: list[str] = []
    down: list[str] = []
    changes: list[str] = []
    for policy in policies:
        name = _named(policy, there)
        if name in there.policies or not _columns_there(policy, there):
            return None
        up.append(f"{create_policy(replace(policy, name=name), place)};")
        down.append(f"DROP POLICY {sql(name)} ON {place};")
        changes.append(label("policy", there.name, name))
    for wanted, do, undo in ((enable, "ENABLE", "DISABLE"), (force, "FORCE", "NO FORCE")):
        if wanted:
            up.append(f"ALTER TABLE {place} {do} ROW LEVEL SECURITY;")
            down.append(f"ALTER TABLE {place} {undo} ROW LEVEL SECURITY;")
    if enable or force:
        changes.append(label("row security", there.name))
    step = NewStep(title=words, up="\n".join(up), down="\n".join(reversed(down)))
    return fix(f"{words.capitalize()} by a new migration", steps=(step,), changes=changes)


def _is_built(policy: Policy, there: Table) -> bool:
    if policy.name == UNNAMED_POLICY:
        return any(same(policy.using, each.using) for each in there.policies.values())
    return found(there.policies, policy.name) is not None


def _named(policy: Policy, table: Table) -> str:
    """The policy's name, or one for a policy that is only a condition."""
    return _policy_name(table.name) if policy.name == UNNAMED_POLICY else policy.name


def _nullability(clause: str, column: Column) -> str:
    if column.not_null:
        return f"Fill what is NULL, prove it with a CHECK that is validated later, and then {clause} SET NOT NULL"
    return f"{clause} DROP NOT NULL, once all readers bear NULL"


def _default(clause: str, column: Column) -> str:
    from dblint.reports.ddl import default_of

    default = default_of(column)
    return f"{clause} SET DEFAULT {default}" if default else f"{clause} DROP DEFAULT"


_RECIPES: dict[str, Callable[[str, Column], str]] = {
    "nullable": _nullability,
    "default": _default,
    "type": lambda clause, column: (
        f"Add a column of type {column.type.text}, "
        "write both, copy in batches, and then let it take the old one's place"
    ),
}


# --- what it rests on -----------------------------------------------------------------------------


def _policy_name(table: Name) -> str:
    return f"{table.name}_rows"


def _columns_there(policy: Policy, table: Table) -> bool:
    """Whether the table has the columns that the policy asks for; those of other tables are theirs."""
    asked = [each for each in (policy.using, policy.check) if each is not None]
    used = {use.name for each in asked if not each.tables for use in each.columns}
    return used <= set(table.columns)


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
