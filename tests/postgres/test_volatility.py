"""Volatility of built-in functions."""

import pytest

from dblint.dialects.postgres.volatility import (
    IMMUTABLE,
    MIXED,
    STABLE,
    VOLATILE,
    builtin_volatility,
    is_surely_not_immutable,
)


@pytest.mark.parametrize(
    ("volatility", "functions"),
    [
        ("volatile", "random clock_timestamp gen_random_uuid nextval currval setval timeofday uuidv7 pg_sleep"),
        ("stable", "now statement_timestamp current_timestamp current_date current_user to_char date_trunc concat"),
        ("immutable", "lower upper md5 abs round jsonb_set substring make_date hashtext"),
    ],
)
def test_known_functions(volatility: str, functions: str) -> None:
    for function in functions.split():
        assert builtin_volatility(function) == volatility, function


def test_what_is_not_built_in() -> None:
    assert builtin_volatility("uuid_generate_v4") is None
    assert builtin_volatility("my_function") is None


def test_a_function_stands_in_one_list() -> None:
    assert not VOLATILE & STABLE
    assert not VOLATILE & IMMUTABLE
    assert not STABLE & IMMUTABLE
    assert MIXED <= VOLATILE | STABLE


def test_fit_for_an_index() -> None:
    assert is_surely_not_immutable("now")
    assert is_surely_not_immutable("random")
    assert not is_surely_not_immutable("date_trunc")
    assert not is_surely_not_immutable("lower")
    assert not is_surely_not_immutable("my_function")
