"""An index more or an index less: what the fixes of several rules come to."""

import re

from dblint.catalog.facts import label
from dblint.catalog.generated_names import addition, compose
from dblint.catalog.model import Index, Origin, Table
from dblint.names import Name
from dblint.naming import STYLES
from dblint.placing import after_statement, removal
from dblint.remedies import fix, listed_sql, recipe, spelled, sql
from dblint.rule import After, Fix, NewStep
from dblint.way_back import way_back


def new_index(table: Table, columns: tuple[str, ...], origin: Origin, after: After) -> Fix | None:
    """An index on the columns: behind what asks for it (`origin`), in a migration that makes the table too and has run
    nowhere; else in a new migration."""
    full = Name(index_name(table, columns, after), table.name.schema)
    place = spelled(after.schema, table.name)
    if table.kind not in ("table", "partitioned table"):
        return None
    if after.schema.relation(full) is not None:
        return recipe(f"CREATE INDEX CONCURRENTLY … ON {place} ({listed_sql(columns)}): the name {full.name} is taken")
    changes = [label("index", full)]
    keys = f"{sql(full.name)} ON {place} ({listed_sql(columns)})"
    made = table.origin
    together = made.migration == origin.migration and made.statement.source is origin.statement.source
    here = after.context.editable(made.migration) and together and not table.renamed_by
    whole = table.kind == "table"
    if here and (whole or not after.schema.partitions_of(table.name)):
        return fix("Index the columns", after_statement(origin.statement, f"CREATE INDEX {keys};"), changes=changes)
    if not whole:
        return recipe(
            f"CREATE INDEX ON ONLY {place} ({listed_sql(columns)}), then one CONCURRENTLY on each partition, "
            "and ALTER INDEX … ATTACH PARTITION for those"
        )
    step = NewStep(
        title=f"create index {full.name}",
        up=f"CREATE INDEX CONCURRENTLY {keys};",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(after.schema, full)};",
        outside=True,
    )
    return fix("Index the columns", steps=(step,), changes=changes)


def index_name(table: Table, columns: tuple[str, ...], after: After) -> str:
    """What an index is to be called: by the declared convention if that says which, or as the server would."""
    facts = {"table": table.name.name, "columns": "_".join(columns), "schema": table.name.schema}
    if len(columns) == 1:
        facts["column"] = columns[0]
    convention = after.config.naming.index
    name = convention.expected(facts) if convention is not None else ""
    if name.isidentifier() and name not in STYLES:
        return name
    return compose(table.name.name, addition(columns), "idx")


def index_drop(after: After, index: Index, title: str) -> Fix | None:
    """An index away: not made in the first place where its migration has run nowhere, else dropped by a new one."""
    from dblint.reports.ddl import create_index

    name = index.name
    changes = [label("index", name)]
    origin = index.origin
    alone = re.match(r"create\s+(?:unique\s+)?index\b", origin.statement.text, re.IGNORECASE)
    if after.context.editable(origin.migration) and alone and index.renamed_by is None:
        back = way_back(after.history.migrations[origin.migration], name.name, "")
        return fix(title, removal(origin.statement), *back.edits, files=back.files, changes=changes)
    table = after.schema.table(index.table)
    if after.schema.uncertain(name) or after.schema.uncertain(index.table):
        return None
    if table is None or table.kind == "partitioned table" or index.parent is not None:
        return None
    made = create_index(index, "public").replace(" INDEX ", " INDEX CONCURRENTLY ", 1)
    step = NewStep(
        title=f"drop {name.name}",
        up=f"DROP INDEX CONCURRENTLY {spelled(after.schema, name)};",
        down=f"{made};",
        outside=True,
    )
    return fix(title, steps=(step,), changes=changes)
