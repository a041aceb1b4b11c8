"""What a declared foreign key points at, in each of the forms in which it may be written."""

import re

from dblint.blueprint.nodes import Node


def reference(target: Node, *, mixed: bool = False) -> tuple[str, str, list[str]]:
    """The schema, table and columns that a foreign key points at; "" and no columns where nothing is said.

    `mixed`: the mapping holds the referencing columns too, under `columns`.
    """
    if isinstance(target.content, str):
        parts = [part for part in re.split(r"[.(]", target.text.rstrip(")")) if part]
        if len(parts) < 2:
            return "", target.text, []
        return ".".join(parts[:-2]), parts[-2], parts[-1:]
    named = target.get("table") or target.get("referencedTable")
    referenced = target.get("referencedColumns")
    if referenced is None and not mixed:
        referenced = target.get("columns") or target.get("column")
    schema = target.get("schema")
    dotted, _, plain = (named.text if named is not None else "").rpartition(".")
    return (schema.text if schema is not None else dotted), plain, referenced.texts() if referenced is not None else []
