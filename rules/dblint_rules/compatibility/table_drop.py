"""A table's rows are thrown away. See table_drop.md."""

from collections.abc import Iterator

from dblint.catalog.schema import Schema
from dblint.evidence import in_use, provenance
from dblint.operations import DropTable
from dblint.rule import Before, Problem, Rule, Severity
from dblint_rules.compatibility._copies import copied

rule = Rule(__name__, severity=Severity.ERROR)


@rule.check
def table_drop(drop: DropTable, before: Before) -> Iterator[Problem]:
    schema = before.schema
    name = schema.resolve(drop.name)
    table = schema.table(name)
    if not in_use(before, name) or (table is None and schema.gone(name)):
        return

    def replaced(end: Schema) -> bool:
        """Whether another table took its place that was made before the drop, so that rows could be copied; of a
        table that this history never made, whether it is made now."""
        now = end.table(name)
        if now is None:
            return False
        made = (now.origin.migration, now.origin.span.start)
        return made < (before.migration.number, drop.span.start) or (table is None and drop.if_exists)

    verb = "may be" if schema.uncertain(name) else "are"
    lost = f"the rows of {drop.name} {verb} lost, and code that still names it fails"
    if (table is not None and table.kind == "foreign table") or copied(before, name):
        lost = f"code that still names {drop.name} fails"
    elif table is not None and table.partition_of is not None:
        lost = f"the rows of {drop.name} {verb} lost"
    yield Problem(message=lost, why=(provenance(schema, name),), unless=replaced)
