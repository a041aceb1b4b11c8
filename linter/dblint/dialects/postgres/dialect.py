"""PostgreSQL as a `Dialect`."""

from collections.abc import Callable, Iterable, Sequence

from dblint.dialects import Dialect
from dblint.dialects.postgres.impact import impact
from dblint.dialects.postgres.lower import lower
from dblint.dialects.postgres.read import UnparsedStatement, read
from dblint.dialects.postgres.result_types import RESULTS
from dblint.dialects.postgres.volatility import builtin_volatility
from dblint.migrations.model import Script
from dblint.operations import Guard, Operation, Unparsable
from dblint.source import Span, Statement


def statements(script: Script) -> Iterable[tuple[Statement, list[Operation]]]:
    for parsed in read(script):
        if isinstance(parsed, UnparsedStatement):
            statement = parsed.statement
            place = Span(parsed.offset, max(parsed.offset, min(parsed.offset + 1, statement.span.end)))
            yield statement, [Unparsable(statement=statement, span=place, message=parsed.message)]
        else:
            yield parsed.statement, lower(parsed)


def in_call(
    created: Statement, name: str, call: str, holds: Callable[[Guard], bool | None]
) -> Sequence[Operation] | None:
    from dblint.dialects.postgres import calls

    return calls.in_call(created, name, call, holds)


DIALECT = Dialect(
    name="postgres",
    title="PostgreSQL",
    read=statements,
    impact=impact,
    default_schema="public",
    builtin_volatility=builtin_volatility,
    in_call=in_call,
    results=RESULTS,
)
