"""What two mappings differ in is found alike whether or not they have their keys in the same order."""

import random

import pytest

from dblint.catalog.difference import changed


class Thing:
    """Equal to all others, as two values may be that differ in the order of what they hold."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing)


@pytest.mark.parametrize("seed", range(60))
def test_what_differs(seed: int) -> None:
    chance = random.Random(seed)
    first = {number: Thing() for number in range(chance.randrange(40))}
    second = dict(first)
    for _ in range(chance.randrange(6)):
        key = chance.randrange(45)
        if chance.random() < 0.3:
            second.pop(key, None)
        else:
            second[key] = Thing()
    for one, other in ((first, second), (second, first)):
        keys = [*[key for key in one if other.get(key) is not one[key]], *[key for key in other if key not in one]]
        found = list(changed(one, other))
        assert [key for key, _, _ in found] == keys
        assert all(left is one.get(key) and right is other.get(key) for key, left, right in found)
