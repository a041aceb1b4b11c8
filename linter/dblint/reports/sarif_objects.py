"""The objects of sarif_om as what JSON is made of; its own way takes minutes and leaves out what readers need."""

from collections.abc import Callable
from functools import cache
from typing import Any

_ALWAYS = ("level", "newline_sequences")
"""Members that are written even when they equal the default, which readers do not agree on."""


@cache
def _members(kind: Any) -> dict[str, tuple[str, Any]]:
    """Per attribute, its name in the document and the default that is left out (None where there is none)."""
    members: dict[str, tuple[str, Any]] = {}
    for each in kind.__attrs_attrs__:
        default: Any = each.default
        factory: Callable[[], Any] | None = getattr(default, "factory", None)
        if factory is not None:
            default = factory()
        members[each.name] = (each.metadata["schema_property_name"], None if each.name in _ALWAYS else default)
    return members


def plain(value: Any) -> Any:
    """The objects as dictionaries and lists; members keep the order of their classes."""
    kind: Any = type(value)
    if kind is str or kind is int or kind is bool:
        return value
    if kind is list:
        return [plain(each) for each in value]
    if kind is dict:
        return {key: plain(each) for key, each in value.items()}
    members = _members(kind)
    document = {}
    for attribute, member in vars(value).items():
        if member is not None:
            name, default = members[attribute]
            if default is None or member != default:
                document[name] = plain(member)
    return document
