"""How routines are told apart: by name and the bare types of their arguments."""

import re
from collections.abc import Iterable

from dblint.names import Name
from dblint.operations import Type

_MODIFIERS = re.compile(r"\([\d, ]+\)")


def without_modifiers(text: str) -> str:
    """A type as a routine's signature keeps it: PostgreSQL drops lengths and precisions there."""
    return _MODIFIERS.sub("", text)


def signature(arguments: Iterable[Type]) -> tuple[str, ...]:
    return tuple(without_modifiers(argument.text) for argument in arguments)


def routine(name: Name) -> Name:
    """The name by which a routine's uncertainty is kept, apart from that of a relation or type so called."""
    return Name(f"{name.name}()", name.schema)
