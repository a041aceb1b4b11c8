"""The folded schema as a Mermaid entity relationship diagram: tables, their columns and foreign keys."""

import re
from typing import TextIO

from dblint.catalog.model import Constraint, Table
from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.reports.schema import lasting_tables

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_KEYWORDS = {"accdescr", "acctitle", "class", "classdef", "direction", "end", "erdiagram", "many", "one", "style"}
_KEYWORDS |= {"subgraph", "title", "to", "zero"}
"""Words of the diagram's language, which are entities only in quotes (tried with Mermaid 11)."""
_KEYS = ("pk", "fk", "uk")
NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]")
NOT_IN_QUOTES = re.compile(r'["%\\\x00-\x1f]')
_NOT_IN_TYPE = re.compile(r"[^A-Za-z0-9_()\[\]-]+")


def write(schema: Schema, out: TextIO) -> None:
    """Write the diagram. Partitions are left out: they are their parent, cut to pieces.

    A column's or type's characters that Mermaid cannot read become underscores. `||--o{` reads: exactly one
    here, any number there; `|o` where the column may be null, `o|` where it is unique.
    """
    tables = [table for table in lasting_tables(schema) if table.partition_of is None]
    lines = ["erDiagram"]
    for table in tables:
        columns = _columns(table)
        lines += [f"    {entity(table.name)} {{", *columns, "    }"] if columns else [f"    {entity(table.name)}"]
    for table in tables:
        for _, constraint in sorted(table.constraints.items()):
            if constraint.references is not None:
                lines.append(_relation(schema, table, constraint, constraint.references))
    out.write("\n".join(lines) + "\n")


def _columns(table: Table) -> list[str]:
    marks: dict[str, list[str]] = {}
    for mark, kind in (("PK", "primary key"), ("FK", "foreign key"), ("UK", "unique")):
        for constraint in table.constraints.values():
            if constraint.kind == kind and (kind != "unique" or len(constraint.columns) == 1):
                for key in constraint.columns:
                    known = marks.setdefault(key, [])
                    known += [mark] if mark not in known else []
    lines = []
    for key, column in table.columns.items():
        words = [_NOT_IN_TYPE.sub("_", column.type.text) or "unknown", NOT_IN_NAME.sub("_", column.name)]
        if not words[0][0].isalpha():
            words[0] = "t" + words[0]
        if not _WORD.match(words[1]) or words[1].lower() in _KEYS:
            words[1] = "_" + words[1]
        if key in marks:
            words.append(", ".join(marks[key]))
        if column.not_null and "PK" not in marks.get(key, ()):
            words.append('"not null"')
        lines.append(f"        {' '.join(words)}")
    return lines


def _relation(schema: Schema, table: Table, constraint: Constraint, target: Name) -> str:
    required = all(key in table.columns and table.columns[key].not_null for key in constraint.columns)
    columns = set(constraint.columns)
    keys = [set(each.columns) for each in table.constraints.values() if each.kind in ("primary key", "unique")]
    keys += [
        set(i.columns) for i in schema.indexes_of(table.name) if i.definition.unique and not i.definition.predicate
    ]
    single = any(key <= columns for key in keys if "" not in key)
    link = f"{'||' if required else '|o'}--{'o|' if single else 'o{'}"
    label = NOT_IN_QUOTES.sub("_", constraint.name)
    return f'    {entity(target)} {link} {entity(table.name)} : "{label}"'


def entity(name: Name) -> str:
    """The name, with its schema unless that is `public`; quoted where Mermaid asks for it."""
    text = name.name if name.schema in ("", "public") else f"{name.schema}.{name.name}"
    plain = _WORD.match(text) and text.lower() not in _KEYWORDS
    return text if plain else '"' + NOT_IN_QUOTES.sub("_", text) + '"'
