"""Regular expressions that every Python understands alike."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import dblint
import dblint_rules

_constants, _parser = (importlib.import_module(f"re.{part}") for part in ("_constants", "_parser"))
CHARACTERS = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY)


def possessive_groups(pattern: Any) -> Iterator[str]:
    """What is repeated possessively and is more than one character: Python 3.11.0 to 3.11.4 match it wrongly."""
    for operator, argument in pattern:
        if operator is _constants.POSSESSIVE_REPEAT and not (len(argument[2]) == 1 and argument[2][0][0] in CHARACTERS):
            yield str(argument[2])
        for each in argument if isinstance(argument, tuple | list) else (argument,):
            for inner in each if isinstance(each, list) else (each,):
                if isinstance(inner, _parser.SubPattern):
                    yield from possessive_groups(inner)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for package in (dblint, dblint_rules):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(found.name)).items():
                    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                        yield f"{found.name}.{name}", value


def test_the_search_finds_them() -> None:
    parse = _parser.parse
    assert list(possessive_groups(parse(r"a|(?P<x>(?>(?:b(?!c))*+))")))
    assert not list(possessive_groups(parse(r"a*+[^b]++(?>(?:c(?!d))*)")))


def test_no_group_is_repeated_possessively() -> None:
    found = dict(patterns())
    assert len(found) > 100
    assert {
        name: groups
        for name, each in found.items()
        if (groups := [*possessive_groups(_parser.parse(each.pattern, each.flags))])
    } == {}
