"""A table's rows cannot be told apart. See missing_primary_key.md."""

from collections.abc import Iterator
from functools import partial

from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Index, Table
from dblint.evidence import shown
from dblint.names import Name
from dblint.remedies import fix, recipe, spelled, sql
from dblint.rule import After, Fix, NewStep, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, formerly=("all-tables-must-have-primary-key",))


@rule.check
def table_without_key(table: Table, after: After) -> Iterator[Problem]:
    if table.primary_key is not None or table.kind == "foreign table" or after.schema.is_temporary(table.name):
        return
    if table.partition_of is not None or not table.columns:
        return
    unique = [
        index
        for index in after.schema.indexes_of(table.name)
        if index.definition.unique and index.definition.predicate is None and all(index.columns)
    ]
    yield Problem(
        message=f"rows of {shown(after.schema, table.name)} cannot be told apart: it has no primary key",
        why=(f"unique index that could become the key: {unique[0].name.name}",) if unique else (),
        fix=partial(proposed, table, unique, after) if after.dialect == "postgres" else None,
    )


def proposed(table: Table, unique: list[Index], after: After) -> Fix | None:
    """A unique index as the key, where it can be one as it is."""
    index = next((each for each in unique if could_be_key(each, table)), None)
    if index is None:
        return recipe("Add a key, such as id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY: the table is rewritten")
    from dblint.reports.ddl import create_index

    name, place = compose(table.name.name, "", "pkey"), spelled(after.schema, table.name)
    step = NewStep(
        title=f"add {name}",
        up=f"ALTER TABLE {place} ADD CONSTRAINT {sql(name)} PRIMARY KEY USING INDEX {sql(index.name.name)};",
        down=f"ALTER TABLE {place} DROP CONSTRAINT {sql(name)};\n"
        f"{create_index(index, 'public')};",  # which went with the constraint
    )
    changes = [label("index", index.name), label("index", Name(name, index.name.schema))]
    return fix(
        "Make the unique index the key", steps=(step,), changes=[*changes, label("constraint", table.name, name)]
    )


def could_be_key(index: Index, table: Table) -> bool:
    definition = index.definition
    usual = not any(k.descending or k.nulls_first or k.operator_class or k.collation for k in definition.keys)
    required = all(name in table.columns and table.columns[name].not_null for name in index.columns)
    return usual and required and not index.constraint and not definition.include and table.kind == "table"
