"""A table is rewritten to give each row a value of its own. See rewriting_default.md."""

from collections.abc import Iterator

from dblint.evidence import because, busy, crowd, listed
from dblint.impact import Blocks
from dblint.operations import AddColumn
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres", "tsql"))


@rule.check
def volatile_default(op: AddColumn, before: Before) -> Iterator[Problem]:
    column = op.column
    if column.serial or column.identity or column.generated is not None or not busy(before, before.impact.rewrites):
        return
    domain = before.schema.domain(column.type.name)
    if domain is not None and domain.constrained:
        return
    default = column.default or (domain.default if domain is not None else None)
    if default is None:
        return
    volatile = dict.fromkeys(
        f"{call.name}()" for call in default.functions if before.schema.volatility(call) == "volatile"
    )
    yield Problem(
        message=f"{crowd(before, Blocks.READS, op.table)} wait"
        f" until {listed(volatile) or 'the default'} is written into every row",
        span=column.default_span,
        why=because(before, op.table),
    )
