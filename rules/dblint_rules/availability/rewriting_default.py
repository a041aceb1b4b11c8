"""A table is rewritten to give each row a value of its own. See rewriting_default.md."""

from collections.abc import Iterator
from functools import partial

from dblint.evidence import because, busy, crowd, listed
from dblint.impact import Blocks
from dblint.operations import AddColumn
from dblint.placing import after_statement
from dblint.remedies import fix, spelled, sql
from dblint.rule import Before, Fix, Problem, Rule, Severity
from dblint.source import Edit, Span

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
        fix=partial(default_later, op, before),
    )


def default_later(op: AddColumn, before: Before) -> Fix | None:
    column, source = op.column, op.source
    place = column.default_span
    if before.dialect != "postgres" or op.guards or place is None or column.default is None or column.constraints:
        return None
    start = len(source.text[: place.start].rstrip())
    later = f"ALTER TABLE {spelled(before.schema, op.table)} ALTER COLUMN {sql(column.name)}"
    return fix(
        "Add the column without the default, then set it: the rows that are there keep NULL until they are filled",
        Edit(Span(start, place.end), ""),
        after_statement(op.statement, f"{later} SET DEFAULT {column.default.text};"),
    )
