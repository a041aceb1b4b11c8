"""A table is rewritten because a new column's domain has constraints. See rewriting_domain_column.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd
from dblint.impact import Blocks
from dblint.operations import AddColumn
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def domain_column(op: AddColumn, before: Before) -> Iterator[Problem]:
    column = op.column
    domain = before.schema.domain(column.type.name)
    if domain is None or column.generated is not None or column.identity or not busy(before, before.impact.rewrites):
        return
    default = column.default or domain.default
    if not domain.constrained and default is not None:
        return  # what rewrites is the default
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait until {column.type} is checked for every row",
        span=column.type_span,
        why=because(before, op.table),
    )
