"""Documents against their JSON Schemas: one finding for one slip, at the very key or value."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from dblint.blueprint.blueprint import Fault
from dblint.blueprint.nodes import Node
from dblint.blueprint.reading import OLD_SPELLINGS
from dblint_schemas import load
from tests.blueprint.sampled import documents, keys, read

SCHEMAS = ("blueprint", "blueprint-table", "blueprint-rules")
NAMES = {"schemas", "tables", "columns", "indexes", "public", "skuPerTier", "filter", "attributes.backupRpo"}
"""What the keys below are names that the author gives, any of which may be right."""


@cache
def validator(name: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resources(
        (f"urn:dblint:schema:{each}", Resource.from_contents(load(each))) for each in SCHEMAS
    )
    return Draft202012Validator(load(name), registry=registry)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas_that_editors_can_explain(name: str) -> None:
    schema = load(name)
    Draft202012Validator.check_schema(schema)
    for key, value in properties(schema):
        assert value.get("title"), key
        assert value.get("description"), key


def properties(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def faults(name: str, text: str) -> list[Fault]:
    return [fault for fault in read(name, text).faults if fault.kind != "old spelling"]


@pytest.mark.parametrize(("name", "text"), documents())
def test_samples_are_accepted(name: str, text: str) -> None:
    blueprint = read(name, text)
    old = [spelling for spelling in OLD_SPELLINGS if spelling in text]
    assert [fault.kind for fault in blueprint.faults] == ["old spelling"] * len(old)
    assert validator("blueprint").is_valid(blueprint.documents[0].root.plain_data())


def named(root: Node) -> Iterator[tuple[Node, str]]:
    """Each value of a mapping, with the key under which the mapping itself stands."""
    above = {id(value): value for _, value in keys(root)}
    for mapping, value in keys(root):
        holder = above.get(id(mapping))
        yield value, holder.source.text[holder.key_start : holder.key_end].strip('"') if holder is not None else ""


def slips(name: str, text: str) -> Iterator[tuple[str, int, str]]:
    """The text with one key misspelt, the line of that key, and what was done, for every key that is no name."""
    for value, within in named(read(name, text).documents[0].root):
        start, end = value.key_start, value.key_end
        quote = '"' if text[start] == '"' else ""
        key = text[start:end].strip('"')
        given = within in NAMES and not (within == "indexes" and key != key.lower())
        if given or key in OLD_SPELLINGS or key in ("$gt", "schemas"):
            continue
        middle = next((at for at in range(len(key) // 2, 0, -1) if key[at] != key[at - 1]), 0)
        swapped = key[: middle - 1] + key[middle] + key[middle - 1] + key[middle + 1 :] if middle else f"{key}x"
        for misspelt in (swapped, key[:-1] if len(key) > 3 else f"{key}q"):
            changed = f"{text[:start]}{quote}{misspelt}{quote}{text[end:]}"
            yield changed, value.source.position(start).line, f"{key} -> {misspelt}"


@pytest.mark.parametrize(("name", "text"), documents())
def test_one_misspelt_key_is_one_finding_at_that_line(name: str, text: str) -> None:
    count = 0
    for changed, line, what in slips(name, text):
        found = [(fault.kind, fault.source.position(fault.span.start).line) for fault in faults(name, changed)]
        assert found == [("unknown key", line)], what
        count += 1
    assert count >= 4


ALSO_TEXT = {"foreignKey", "schedule"}
"""What may be written in short."""


@pytest.mark.parametrize(("name", "text"), documents())
def test_one_value_of_the_wrong_kind_is_one_finding_at_that_line(name: str, text: str) -> None:
    for value, within in named(read(name, text).documents[0].root):
        key = text[value.key_start : value.key_end].strip('"')
        if within in ("filter", "attributes.backupRpo") or key == "$gt":
            continue
        scalar = isinstance(value.content, str)
        for wrong in ('{"a": {"b": 1}}', "[[1]]") if scalar else ('"text"', "3.5"):
            if wrong == '"text"' and key in ALSO_TEXT:
                continue
            changed = text[: value.start] + wrong + text[value.end :]
            found = faults(name, changed)
            assert len(found) == 1, f"{key} -> {wrong}"
            assert found[0].source.position(found[0].span.start).line == value.source.position(value.start).line
            assert not validator("blueprint").is_valid(read(name, changed).documents[0].root.plain_data())


@pytest.mark.parametrize(("name", "text"), documents())
def test_what_jsonschema_refuses_is_found_here(name: str, text: str) -> None:
    """The other way round, slips are found that a schema cannot tell from keys of the author's own."""
    for changed, _, what in list(slips(name, text))[::3]:
        blueprint = read(name, changed)
        valid = validator("blueprint").is_valid(blueprint.documents[0].root.plain_data())
        assert valid or faults(name, changed), what


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema: postgres\n", "schema must be a mapping, not text"),
        ("tables: 4\n", "tables must be a list or a mapping, not the number 4"),
        ("tags: x\n", "tags must be a list, not text"),
        ("tables:\n  - 7\n", "a table must be a mapping, not the number 7"),
        ("tables:\n  - name: a\n", "a table has no 'columns'"),
        ("softDelete: {enabled: 'true'}\n", "enabled must be true or false, not text"),
        ("backupStrategy: {rpoMinutes: 1.5}\n", "rpoMinutes must be a whole number, not the number 1.5"),
        ("backupStrategy: {rpoMinutes: -5}\n", "rpoMinutes is -5, and cannot be less than 0"),
        (
            "metadata: {createdAt: yesterday}\n",
            "createdAt is 'yesterday', and must be written like 2026-01-31T09:30:00Z",
        ),
        ("metadata: {version: null}\n", "version must be text or a number, not nothing"),
        ("caching: {}\nsearch: {}\n", "dblint does not read 'caching' and 'search'"),
    ],
)
def test_messages(text: str, said: str) -> None:
    (found,) = faults("a.yaml", text)
    assert found.message == said
