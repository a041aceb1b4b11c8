"""What a database's own functions and operators give: the seam through which a dialect tells the fold."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from dblint.operations import Type

Volatility = Literal["volatile", "stable", "immutable"]

Kinds = Sequence[Type | None]
"""The types of arguments, without the names of domains; None for what is not known, LITERAL for a bare string."""


class Made(Struct, frozen=True, kw_only=True):
    """What an extension makes: types, functions with result and volatility, and operator classes.

    `scalars`: the types whose default operator class for an index of `method` is the extension's.
    `requires`: the extensions that CASCADE makes with it.
    """

    types: tuple[str, ...] = ()
    functions: Mapping[str, tuple[str, Volatility]] = {}
    classes: frozenset[str] = frozenset()
    method: str = ""
    scalars: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()


class Results:
    """The types that a dialect knows; this one knows none."""

    polymorphic: frozenset[str] = frozenset()
    """The functions that are given domains as they are."""

    def call(self, name: str, kinds: Kinds) -> Type | None:
        """The type of a built-in function's result; None where it is not known, or there is no such function."""
        return None

    def operator(self, name: str, kinds: Kinds) -> Type | None:
        return None

    def common(self, kinds: Kinds) -> Type | None:
        """The type that values of different types have in common, as in CASE and UNION."""
        return None

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        """The named columns that a built-in function puts out, and their types."""
        return ()

    def extension(self, name: str) -> Made | None:
        """What an extension makes, if it is known."""
        return None


NO_RESULTS = Results()
