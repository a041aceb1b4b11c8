"""JSON as dblint writes it: keys in the given order, two blanks of indent, always encodable as UTF-8."""

import re
from typing import Any

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")


def render(document: Any) -> str:
    """The document as JSON text that ends in a newline; a lone surrogate becomes U+FFFD."""
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_scrubbed(document))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(each) for each in value]
    return value
