"""A schema or a whole database goes, with everything in it. See schema_drop.md."""

from collections.abc import Iterator

from dblint.evidence import listed
from dblint.operations import DropSchema, ServerCommand
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def schema_drop(drop: DropSchema, before: Before) -> Iterator[Problem]:
    if not drop.cascade:
        return  # the server refuses unless it is empty
    schema = before.schema
    tables = [table for table in schema.tables() if table.name.schema == drop.name]
    if tables and all(schema.is_new(table.name) for table in tables):
        return
    count = f"{len(tables)} tables" if len(tables) > 1 else "1 table"
    yield Problem(
        message=f"everything in the schema {drop.name} is lost" + (f", {count} with all rows" if tables else ""),
        why=(f"in it: {listed((table.name.name for table in tables), most=10)}",) if tables else (),
        unless=lambda end: not tables and drop.if_exists and drop.name in end.schemas(),
    )


@rule.check
def database_drop(command: ServerCommand, before: Before) -> Iterator[Problem]:
    if command.drops_database:
        yield Problem(message="a whole database is lost, with everything in it")
