"""Code that knows an enum value by its old name fails. See enum_value_rename.md."""

from collections.abc import Iterator

from dblint.evidence import listed, shown
from dblint.operations import RenameEnumValue
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def enum_value_rename(rename: RenameEnumValue, before: Before) -> Iterator[Problem]:
    schema = before.schema
    enum = schema.enum(rename.name)
    if enum is not None and schema.introduced(enum.origin):
        return
    columns = [f"{shown(schema, table.name)}.{column.name}" for table, column in schema.columns_of_type(rename.name)]
    yield Problem(
        message=f"code that still writes or compares the value '{rename.value}' of {rename.name} fails",
        unless=lambda end: (now := end.enum(rename.name)) is not None and rename.value in now.values,
        why=(f"columns of this type: {listed(columns)}",) if columns else (),
    )
