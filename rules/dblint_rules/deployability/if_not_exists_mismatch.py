"""IF NOT EXISTS keeps an object of another shape. See if_not_exists_mismatch.md."""

from collections.abc import Iterator

from dblint.catalog.fold.indexes import index_signature
from dblint.evidence import listed
from dblint.names import Name
from dblint.operations import AddColumn, CreateIndex, CreateTable
from dblint.rule import Before, Problem, Related, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def table(operation: CreateTable, before: Before) -> Iterator[Problem]:
    found = before.schema.table(operation.name)
    if not operation.if_not_exists or found is None or found.incomplete or before.schema.uncertain(found.name):
        return
    missing = [c.name for c in operation.columns if c.name not in found.columns]
    other = [
        f"{c.name} {found.columns[c.name].type}"
        for c in operation.columns
        if c.name in found.columns and found.columns[c.name].type.text != c.type.text
    ]
    if not missing and not other:
        return
    what = f"it has no {listed(missing)}" if missing else f"it has {listed(other)}"
    yield Problem(
        message=f"the statement does nothing: {operation.name} exists and is another table ({what})",
        span=operation.name_span,
        related=(Related.origin(found.origin, f"{operation.name} is made here"),),
    )


@rule.check
def index(operation: CreateIndex, before: Before) -> Iterator[Problem]:
    if not operation.if_not_exists or not operation.name:
        return
    place = before.schema.resolve(operation.index.table)
    found = before.schema.index(Name(operation.name, place.schema))
    if found is None or before.schema.uncertain(found.name):
        return
    if operation.guards and found.origin.statement == operation.statement:
        return  # another branch of the block makes the other one
    same = found.table == place and index_signature(found.definition) == index_signature(operation.index)
    if same and found.valid:
        return
    what = "is an index of other columns or rows" if not same else "is not valid"
    yield Problem(
        message=f"the statement does nothing: {operation.name} exists and {what}",
        related=(Related.origin(found.origin, f"{operation.name} is made here"),),
    )


@rule.check
def column(operation: AddColumn, before: Before) -> Iterator[Problem]:
    definition = operation.column
    found = before.schema.column(operation.table, definition.name)
    if not operation.if_not_exists or found is None or before.schema.uncertain(operation.table):
        return
    if found.type.text != definition.type.text:
        yield Problem(
            message=f"the statement does nothing: {operation.table}.{definition.name} exists and is {found.type}",
            related=(Related.origin(found.origin, f"{definition.name} is made here"),),
        )
