"""Comments, line ends, letters of several bytes and layout change no operation, and no span misses its text."""

import random
from typing import Any

import pytest
from msgspec import Struct
from tests.postgres import test_lower_objects, test_lower_session, test_lower_tables
from tests.postgres.lowering import at, lowered

from dblint.lexer import normalise, tokens
from dblint.operations import Operation
from dblint.source import Source, Span, Statement

STATEMENTS = [sql for module in (test_lower_tables, test_lower_objects, test_lower_session) for sql, _ in module.CASES]
GAPS = (" ", "\r\n", " /* , ( ' \" */ ", "\r\n-- é ) ; '\r\n", "\t/* a /* ) */ ; 😀 */\n")


def spread(sql: str, chance: random.Random) -> str:
    """The same tokens with other gaps between them."""
    parts = ["-- ünïcode 😀\r\n  "]
    found = list(tokens(sql))
    for number, token in enumerate(found):
        parts.append(sql[token.start : token.end])
        if number + 1 < len(found):
            following = found[number + 1]
            separable = token.end < following.start or "punctuation" in (token.kind, following.kind)
            parts.append(chance.choice(GAPS) if separable else "")
    return "".join(parts) + " -- end"


def bare(value: Any, source: Source) -> Any:
    """The value with every text reduced to its tokens, spans too."""
    if isinstance(value, Statement):
        return normalise(value.text)
    if isinstance(value, Span):
        return normalise(source.slice(value))
    if isinstance(value, Struct):
        fields = {name: bare(getattr(value, name), source) for name in value.__struct_fields__}
        if isinstance(fields.get("text"), str):
            fields["text"] = normalise(fields["text"])
        return type(value).__name__, fields
    if isinstance(value, tuple):
        return [bare(inner, source) for inner in value]
    return value


@pytest.mark.parametrize("sql", STATEMENTS, ids=[sql[:60] for sql in STATEMENTS])
def test_layout_changes_nothing(sql: str) -> None:
    expected = [bare(operation, operation.source) for operation in lowered(sql)]
    chance = random.Random(sql)
    for _ in range(3):
        found = lowered(spread(sql, chance))
        assert [bare(operation, operation.source) for operation in found] == expected


SCRIPT = """-- Größe\r
ALTER TABLE "größe"\r
    ADD COLUMN "naïve" text DEFAULT 'é,è' -- why, oh (why\r
      CHECK ("naïve" <> ')'), -- ,\r
    DROP COLUMN ö;\r
/* 😀 */ CREATE INDEX i ON "größe" ("naïve", (lower(ö))) WHERE ö <> '😀';\r
"""


def test_places_in_a_file_of_many_bytes() -> None:
    drop, add, index = lowered(SCRIPT)
    assert at(add).startswith('ADD COLUMN "naïve"')
    assert at(add).endswith("<> ')')")
    assert at(drop) == "DROP COLUMN ö"
    column = add.column  # type: ignore[attr-defined]
    assert at(add, column.type_span) == "text"
    assert at(add, column.default_span) == "DEFAULT 'é,è'"
    assert at(add, column.default.span) == column.default.text == "'é,è'"
    (check,) = column.constraints
    assert at(add, check.span) == "CHECK (\"naïve\" <> ')')"
    assert check.expression.text == "\"naïve\" <> ')'"
    definition = index.index  # type: ignore[attr-defined]
    assert [at(index, key.span) for key in definition.keys] == ['"naïve"', "(lower(ö))"]
    assert definition.predicate.text == "ö <> '😀'"
    assert (at(index), index.statement.number) == (index.statement.text, 1)


def test_spans_of_constraints() -> None:
    (table,) = lowered(
        "create table t (\n  a int constraint u unique deferrable initially deferred -- x\n"
        "    not null no inherit references p on delete cascade,\n  constraint c check (a > 1) /* y */ )"
    )
    column = table.columns[0]  # type: ignore[attr-defined]
    assert [at(table, constraint.span) for constraint in column.constraints] == [
        "constraint u unique deferrable initially deferred",
        "not null no inherit",
        "references p on delete cascade",
    ]
    (check,) = table.constraints  # type: ignore[attr-defined]
    assert at(table, check.span) == "constraint c check (a > 1)"


def test_placeholders_are_passed_over() -> None:
    operations: list[Operation] = lowered("alter table ${schema}.users add a int, drop b; drop table {{ x }}_old")
    assert [at(operation) for operation in operations] == ["drop b", "add a int", "drop table {{ x }}_old"]
