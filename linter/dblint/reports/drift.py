"""Drift between a blueprint and the schema that the migrations make: for people, for programs, or as a diagram."""

from collections.abc import Callable, Sequence
from typing import Any, TextIO

from dblint.blueprint.difference import Difference
from dblint.blueprint.sheet import Place
from dblint.catalog.model import Origin
from dblint.errors import UsageError
from dblint.names import Name
from dblint.reports.display import wrap
from dblint.reports.document import render
from dblint.reports.schema_mermaid import NOT_IN_NAME, NOT_IN_QUOTES, entity

VERSION = 1


def writer(name: str) -> Callable[[Sequence[Difference], TextIO], None]:
    """The function that writes the format "text", "json" or "mermaid"; `UsageError` for another name."""
    if name not in FORMATS:
        raise UsageError(f"there is no drift format {name!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def write_text(found: Sequence[Difference], out: TextIO, *, columns: int = 80) -> None:
    """Write each difference with both places, by table."""
    lines: list[str] = []
    table = None
    for each in found:
        if each.table != table:
            lines += ["", each.table] if lines else [each.table]
            table = each.table
        lines += wrap(each.message, f"  {_SIGNS[each.kind]} ", columns)
        lines.append(f"      declared: {_declared(each)}")
        lines.append(f"      built:    {_built(each)}")
    count = f"{len(found)} difference{'s' if len(found) != 1 else ''}"
    lines += ["", count] if found else ["The blueprint and the migrations agree."]
    out.write("\n".join(lines) + "\n")


_SIGNS = {"declared not built": "-", "built not declared": "+", "built otherwise": "~"}


def _declared(each: Difference) -> str:
    return f"no ({each.place} declares {each.table})" if _undeclared_part(each) else _no_or(each)


def _undeclared_part(each: Difference) -> bool:
    return each.kind == "built not declared" and each.what != "table"


def _no_or(each: Difference) -> str:
    return f"no ({each.place})" if each.kind == "built not declared" else str(each.place)


def _built(each: Difference) -> str:
    if each.kind != "declared not built":
        return str(each.origin)
    return f"no ({each.origin} makes {each.table})" if each.origin is not None else "no"


def write_json(found: Sequence[Difference], out: TextIO) -> None:
    """Write the document that `diff.schema.json` in `dblint_schemas` describes."""
    out.write(render({"diff_version": VERSION, "differences": [_document(each) for each in found]}))


def _document(each: Difference) -> dict[str, Any]:
    return {
        "kind": each.kind.replace(" ", "-"),
        "what": each.what,
        "table": each.table,
        "name": each.name,
        "message": each.message,
        "declared": each.declared or None,
        "built": each.built or None,
        "blueprint": _position(each.place),
        "migration": _position(each.origin) if each.origin is not None else None,
    }


def _position(at: Place | Origin) -> dict[str, Any]:
    source = at.source if isinstance(at, Place) else at.statement.source
    position = source.position(at.span.start)
    return {"path": source.path, "line": position.line, "column": position.column}


def write_mermaid(found: Sequence[Difference], out: TextIO) -> None:
    """Write an entity relationship diagram of the tables that differ, each with what it differs in."""
    tables: dict[str, list[Difference]] = {}
    for each in found:
        tables.setdefault(each.table, []).append(each)
    lines = ["erDiagram"]
    for table, own in tables.items():
        lines.append(f"    {entity(Name(table))} {{")
        for each in own:
            said = (
                f"declared {each.declared}, built {each.built}" if each.declared else each.kind.replace(" not", ", not")
            )
            name = NOT_IN_NAME.sub("_", each.name)
            name = name if name[:1].isalpha() else f"_{name}"
            lines.append(f'        {each.what} {name} "{NOT_IN_QUOTES.sub("_", said)}"')
        lines.append("    }")
    out.write("\n".join(lines) + "\n")


FORMATS: dict[str, Callable[[Sequence[Difference], TextIO], None]] = {
    "text": write_text,
    "json": write_json,
    "mermaid": write_mermaid,
}
