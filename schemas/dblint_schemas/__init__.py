"""The JSON Schemas of the documents that dblint reads and writes."""

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The schema in `<name>.schema.json` of this package, such as "report"; `FileNotFoundError` for an unknown name."""
    schema: dict[str, Any] = json.loads(files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema
