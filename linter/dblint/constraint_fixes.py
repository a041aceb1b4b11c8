"""Constraints by steps that nobody waits for: NOT VALID and validated later, or by an index that is built first."""

from msgspec.structs import replace

from dblint.catalog.generated_names import addition, choose, compose
from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.operations import AddConstraint, DropConstraint, Operation
from dblint.placing import behind
from dblint.remedies import ALONE, fix, listed_sql, named_later, recipe, spelled, sql, taken_out
from dblint.rule import Before, Fix, NewStep
from dblint.source import Edit
from dblint.way_back import way_back

IN_TWO_STEPS = "Add it NOT VALID, and validate it in a later migration"
BY_INDEX = "Build a unique index CONCURRENTLY, then make it the constraint, in migrations of their own"


def constraint_name(operation: AddConstraint, schema: Schema) -> str:
    """The name that the constraint has or gets."""
    definition, table = operation.constraint, schema.resolve(operation.table).name
    if definition.name:
        return definition.name
    if definition.kind == "primary key":
        return compose(table, "", "pkey")
    columns = definition.columns
    if definition.expression is not None:
        used = dict.fromkeys(use.name for use in definition.expression.columns)
        columns = tuple(used) if len(used) == 1 else ()
    kind = {"foreign key": "fkey", "check": "check", "unique": "key"}[definition.kind]

    def taken(name: str) -> bool:
        relation = Name(name, schema.resolve(operation.table).schema) if kind == "key" else None
        known = relation is not None and schema.relation(relation) is not None
        return known or schema.constraint(operation.table, name) is not None

    return choose(table, addition(columns), kind, taken)


def validation(table: str, name: str) -> NewStep:
    """The migration that proves a constraint for the rows that are there. `table` is SQL."""
    return NewStep(title=f"validate {name}", up=f"ALTER TABLE {table} VALIDATE CONSTRAINT {sql(name)};")


def built_first(table: str, name: str, index: str, keys: str, words: str, later: str = "") -> tuple[NewStep, NewStep]:
    """The migrations that build a unique index, and that make it a constraint of the same name.

    All but `name` is SQL. `index`: the index as another statement names it. `keys`: what the index is on, behind the
    table. `words`: the kind of the constraint; `later`: what follows USING INDEX.
    """
    build = NewStep(
        title=f"build {name}",
        up=f"CREATE UNIQUE INDEX CONCURRENTLY {sql(name)} ON {table} {keys};",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {index};",
        outside=True,
    )
    add = NewStep(
        title=f"add {name}",
        up=f"ALTER TABLE {table} ADD CONSTRAINT {sql(name)} {words} USING INDEX {sql(name)}{later};",
        down=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {sql(name)};\n"
        f"CREATE UNIQUE INDEX {sql(name)} ON {table} {keys};",  # which goes with the constraint
    )
    return build, add


def not_valid(operation: AddConstraint, before: Before) -> Fix | None:
    """The constraint NOT VALID, and a later migration that validates it."""
    if operation.guards or before.schema.table(operation.table) is None:
        return None
    name = constraint_name(operation, before.schema)
    if named_later(before, name, gone=(operation.table.name, *operation.constraint.columns)):
        return recipe(f"{IN_TWO_STEPS}: later statements of the history rest on {name}")
    step = validation(spelled(before.schema, operation.table), name)
    return fix(IN_TWO_STEPS, behind(operation.source, operation.span, "NOT VALID"), steps=(step,))


def by_index(operation: AddConstraint, before: Before, words: str) -> Fix | None:
    """A key by an index that is built CONCURRENTLY first: two later migrations in the place of this clause."""
    definition = operation.constraint
    if operation.guards or definition.using_index or before.schema.table(operation.table) is None:
        return None
    name, table = constraint_name(operation, before.schema), spelled(before.schema, operation.table)
    if named_later(before, name, gone=(operation.table.name, *operation.constraint.columns)):
        return recipe(f"{BY_INDEX}: later statements of the history rest on {name}")
    if any(_goes_before(each, operation) for each in before.operations):
        return recipe(
            "Build a unique index CONCURRENTLY in an earlier migration, and let one ALTER TABLE drop the old "
            "constraint and ADD CONSTRAINT … USING INDEX"
        )
    include = f" INCLUDE ({listed_sql(definition.include)})" if definition.include else ""
    nulls = " NULLS NOT DISTINCT" if definition.nulls_not_distinct else ""
    later = " DEFERRABLE" if definition.deferrable else ""
    later += " INITIALLY DEFERRED" if definition.initially_deferred else ""
    index = spelled(before.schema, Name(name, before.schema.resolve(operation.table).schema))
    keys = f"({listed_sql(definition.columns)}){include}{nulls}"
    build, add = built_first(table, name, index, keys, words, later)
    back = way_back(before.migration, name, add.down)
    if back.down != add.down:  # the first migration undoes it all
        build, add = (replace(step, down=back.down) for step in (build, add))
    if len(before.operations) == 1 and before.migration.transactions in ALONE and not before.migration.down:
        text = build.up.removesuffix(";") if not operation.statement.text.endswith(";") else build.up
        return fix(BY_INDEX, Edit(operation.statement.span, text), steps=(add,))
    return fix(BY_INDEX, taken_out(operation, before), *back.edits, steps=(build, add), files=back.files)


def _goes_before(other: Operation, operation: AddConstraint) -> bool:
    """Whether it drops a constraint in whose place the new one comes: rows would have none between."""
    if isinstance(other, DropConstraint):
        return other.table.name == operation.table.name and other.span.start < operation.span.start
    return False
