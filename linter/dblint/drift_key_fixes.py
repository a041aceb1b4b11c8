"""The migrations that give a table that is there a declared key or check: by steps that nobody waits for."""

from collections.abc import Callable

from msgspec.structs import replace

from dblint.blueprint.difference import Difference
from dblint.blueprint.pair import built_table, found
from dblint.catalog.facts import label
from dblint.catalog.generated_names import choose
from dblint.catalog.model import Constraint, Index, Table
from dblint.constraint_fixes import built_first, validation
from dblint.names import Name
from dblint.remedies import fix, listed_sql, recipe, spelled, sql
from dblint.rule import After, Fix, NewStep


def adding(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """The declared key or check on the built table; a recipe where something else has to be made or decided first."""
    key = ours.primary_key if difference.name == "primary key" else ours.constraints.get(difference.name)
    return _made(key, there, after) if key is not None else None


def replacing(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """A foreign key or check that is built otherwise, given up for the declared one in one statement; of a primary key
    a recipe, since other tables may point at it."""
    if difference.name == "primary key":
        return recipe(
            f"Build a unique index for {difference.declared} CONCURRENTLY, and let one ALTER TABLE drop the old key "
            "and ADD PRIMARY KEY USING INDEX"
        )
    declared, built = difference.names
    key, old = ours.constraints.get(declared), there.constraints.get(built)
    if key is None or old is None:
        return None
    if old.inherited:
        return recipe(f"Replace {old.name} in the table that it is inherited from")
    return _made(key, there, after, old)


def _made(key: Constraint, there: Table, after: After, old: Constraint | None = None) -> Fix | None:
    columns = _columns(key, there)
    if columns is None:
        missing = [name for name in key.columns if found(there.columns, name) is None]
        return recipe(f"Make {there.name.name}.{missing[0]} by a new migration, and then the {key.kind}")
    name = _free_name(key, there, after, old)
    if not name:
        return recipe(f"Give the {key.kind} another name in the blueprint: {there.name.name} has a {key.name} already")
    return _MAKERS[key.kind](replace(key, name=name, columns=columns), there, after, old)


def _columns(key: Constraint, there: Table) -> tuple[str, ...] | None:
    """The columns as the built table spells them; None where it lacks one."""
    columns = [found(there.columns, name) for name in key.columns]
    names = tuple(column.name for column in columns if column is not None)
    return names if len(names) == len(columns) else None


def _free_name(key: Constraint, there: Table, after: After, old: Constraint | None) -> str:
    """The name that it is declared under; one like it where nobody chose that; "" where the name is taken by another
    than the `old` one."""

    def taken(name: str) -> bool:
        by_index = key.kind in ("primary key", "unique")
        relation = by_index and after.schema.relation(Name(name, there.name.schema)) is not None
        return relation or there.constraints.get(name) not in (None, old)

    if not taken(key.name):
        return key.name
    return "" if key.named else choose(there.name.name, "_".join(key.columns), _LABELS[key.kind], taken)


_LABELS = {"primary key": "pkey", "unique": "key", "foreign key": "fkey", "check": "check"}


# --- checked later --------------------------------------------------------------------------------


def _foreign_key(key: Constraint, there: Table, after: After, old: Constraint | None) -> Fix | None:
    target = _target(key, after)
    if target is None:
        return recipe(f"Make {key.references}, which it points at, and then the foreign key, by new migrations")
    if there.kind == "partitioned table" and after.version < 18:
        return recipe("Add it NOT VALID to each partition, validate those, and then add it to the partitioned table")
    names = key.referenced_columns or (target.primary_key.columns if target.primary_key is not None else ())
    unique = (each for each in after.schema.indexes_of(target.name) if each.definition.unique and each.valid)
    if not any(set(each.columns) == set(names) and each.definition.predicate is None for each in unique):
        return recipe(f"Make ({listed_sql(names)}) a key of {target.name.name}, and then the foreign key")
    for own, other in zip(key.columns, names, strict=False):
        mine, theirs = there.columns[own].type.text, target.columns[other].type.text
        if mine != theirs and not any({mine, theirs} <= kind for kind in _COMPARABLE):
            return recipe(f"Give {there.name.name}.{own} ({mine}) the type {theirs}, and then add the foreign key")
    return _in_two_steps(replace(key, references=target.name), there, after, old)


def _target(key: Constraint, after: After) -> Table | None:
    """The built table that a declared foreign key points at."""
    if key.references is None:
        return None
    facts = after.declared.tables.get(key.references) if after.declared is not None else None
    return built_table(key.references, facts.schema if facts is not None else "", after.schema, after.blueprint)


_COMPARABLE = (frozenset({"smallint", "integer", "bigint"}), frozenset({"text", "character varying"}))
"""Types that PostgreSQL compares with each other in a foreign key, by an operator of one family."""


def _in_two_steps(key: Constraint, there: Table, after: After, instead_of: Constraint | None) -> Fix | None:
    """NOT VALID, and a second migration that validates it."""
    from dblint.reports.ddl import constraint_definition

    place = spelled(after.schema, there.name)
    named = key.references
    plain = named is not None and spelled(after.schema, named) == sql(named.name)
    definition = constraint_definition(replace(key, validated=False), named.schema if named and plain else "")
    up = f"ADD CONSTRAINT {sql(key.name)} {definition}"
    down = f"DROP CONSTRAINT {sql(key.name)}"
    changes = {label("constraint", there.name, key.name)}
    if instead_of is not None:
        old = instead_of.references
        home = old.schema if old and spelled(after.schema, old) == sql(old.name) else ""
        before = constraint_definition(instead_of, home)
        up = f"DROP CONSTRAINT {sql(instead_of.name)}, {up}"
        down = f"{down}, ADD CONSTRAINT {sql(instead_of.name)} {before}"
        changes.add(label("constraint", there.name, instead_of.name))
    step = NewStep(
        title=f"{'replace' if instead_of else 'add'} {key.name}",
        up=f"ALTER TABLE {place} {up};",
        down=f"ALTER TABLE {place} {down};",
    )
    steps = (step,) if not key.validated else (step, validation(place, key.name))
    return fix(f"Add {key.name} NOT VALID, and validate it, by new migrations", steps=steps, changes=changes)


# --- by an index ----------------------------------------------------------------------------------


def _unique(key: Constraint, there: Table, after: After, old: Constraint | None) -> Fix | None:
    return _by_index(key, there, after, "UNIQUE")


def _primary_key(key: Constraint, there: Table, after: After, old: Constraint | None) -> Fix | None:
    """Where a column takes NULL, its rows decide."""
    nullable = [name for name in key.columns if not there.columns[name].not_null]
    if not nullable:
        return _by_index(key, there, after, "PRIMARY KEY")
    place = spelled(after.schema, there.name)
    proved = "; ".join(
        f"ALTER TABLE {place} ADD CHECK ({sql(name)} IS NOT NULL) NOT VALID, validated later, "
        f"and then ALTER COLUMN {sql(name)} SET NOT NULL"
        for name in nullable
    )
    return recipe(f"{proved}; and then the key by an index built CONCURRENTLY")


def _by_index(key: Constraint, there: Table, after: After, words: str) -> Fix | None:
    place = spelled(after.schema, there.name)
    if there.kind != "table":
        return recipe("Make the index ON ONLY the partitioned table, one CONCURRENTLY per partition, and ATTACH those")
    full = Name(key.name, there.name.schema)
    if (index := _usable(key, there, after)) is not None:
        return _by_old_index(key, index, place, there, words)
    nulls = " NULLS NOT DISTINCT" if key.nulls_not_distinct else ""
    steps = built_first(place, key.name, spelled(after.schema, full), f"({listed_sql(key.columns)}){nulls}", words)
    changes = (label("index", full), label("constraint", there.name, key.name))
    return fix(f"Add {key.name} by an index built CONCURRENTLY, in new migrations", steps=steps, changes=changes)


def _usable(key: Constraint, there: Table, after: After) -> Index | None:
    """A unique index that can become the key as it is."""
    for index in after.schema.indexes_of(there.name):
        definition = index.definition
        usual = not any(k.descending or k.nulls_first or k.operator_class or k.collation for k in definition.keys)
        whole = definition.predicate is None and not definition.include and definition.method == "btree"
        if definition.unique and index.columns == key.columns and usual and whole and not index.constraint:
            return index if index.valid and definition.nulls_not_distinct == key.nulls_not_distinct else None
    return None


def _by_old_index(key: Constraint, index: Index, place: str, there: Table, words: str) -> Fix | None:
    """The index that is there, which gets the constraint's name."""
    keys = f"({listed_sql(key.columns)})"
    step = NewStep(
        title=f"add {key.name}",
        up=f"ALTER TABLE {place} ADD CONSTRAINT {sql(key.name)} {words} USING INDEX {sql(index.name.name)};",
        down=f"ALTER TABLE {place} DROP CONSTRAINT {sql(key.name)};\n"
        f"CREATE UNIQUE INDEX {sql(index.name.name)} ON {place} {keys};",
    )
    names = {index.name, Name(key.name, index.name.schema)}
    changes = (*(label("index", name) for name in names), label("constraint", there.name, key.name))
    return fix(f"Make {index.name.name} the key by a new migration", steps=(step,), changes=changes)


_MAKERS: dict[str, Callable[[Constraint, Table, After, Constraint | None], Fix | None]] = {
    "primary key": _primary_key,
    "unique": _unique,
    "foreign key": _foreign_key,
    "check": _in_two_steps,
}
