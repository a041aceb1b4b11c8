"""A column's new type cannot hold all that the old one could. See narrowing_type_change.md."""

from collections.abc import Iterator

from dblint.catalog.schema import Schema
from dblint.evidence import in_use, listed
from dblint.operations import AlterColumnType, Type
from dblint.rule import Before, Problem, Rule, Severity
from dblint.type_losses import loss

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def narrowing_type_change(change: AlterColumnType, before: Before) -> Iterator[Problem]:
    schema = before.schema
    column = schema.column(change.table, change.column)
    if column is None or schema.introduced(column.origin) or not in_use(before, change.table):
        return
    message = consequence(schema, f"{change.table}.{change.column}", column.type, change)
    if message:
        yield Problem(
            message=message,
            why=(f"from {column.type} to {change.type}", f"{change.column} was created by {column.origin}"),
        )


def consequence(schema: Schema, place: str, was: Type, change: AlterColumnType) -> str:
    old, new = underlying(schema, was), underlying(schema, change.type)
    using = change.using
    converted = using is not None and bool(using.functions or using.strings)
    if (labels := schema.enum(new.name)) is not None and not new.array:
        return narrowed_enum(schema, place, old, labels.values, str(change.type), converted)
    found = loss(old, new)
    if found is None or (found.refused and converted and not found.shortens):
        return ""
    if found.shortens and using is not None:
        return f"values of {place} longer than {found.shortens} characters are cut, and code that writes one fails"
    if found.refused:
        return f"the deploy fails on a value of {place} {found.values}, and code that writes one fails"
    return f"values of {place} lose {found.values}"


def narrowed_enum(schema: Schema, place: str, old: Type, labels: tuple[str, ...], new: str, converted: bool) -> str:
    was = schema.enum(old.name)
    if was is None:
        if converted:
            return f"code that writes a value to {place} that is not in {new} fails from then on"
        return f"the deploy fails on a value of {place} that is not in {new}, and code that writes one fails"
    lost = [f"'{label}'" for label in was.values if label not in labels]
    if not lost:
        return ""
    stored = "" if converted else ", and so does the deploy if a row has one"
    return f"code that writes {listed(lost)} to {place} fails{stored}"


def underlying(schema: Schema, type_: Type) -> Type:
    """The type below a domain, and below that domain's."""
    while not type_.array and (domain := schema.domain(type_.name)) is not None:
        type_ = domain.type
    return type_
