"""SQL Server as a `Dialect`."""

from dblint.dialects import Dialect
from dblint.dialects.tsql.impact import RUNTIME_CONSTANT, impact
from dblint.dialects.tsql.lower import read_and_lower

_PER_ROW = frozenset({"newid", "newsequentialid", "crypt_gen_random"})


def builtin_volatility(name: str) -> str | None:
    """What a call gives within one statement: the same for every row ("stable") or not; None for other functions."""
    plain = name.lower()
    return "stable" if plain in RUNTIME_CONSTANT else "volatile" if plain in _PER_ROW else None


DIALECT = Dialect(
    name="tsql",
    title="SQL Server",
    read=read_and_lower,
    impact=impact,
    default_schema="dbo",
    ignore_case=True,
    builtin_volatility=builtin_volatility,
)
