"""The parts of the demo that can be told without running it."""

import pytest

from paysim_pipeline.demo import stretches

KEYS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["a", "b", "c", "d", "e"], [("a", "e")]),
        (["b", "c"], [("b", "c")]),
        (["a", "c", "d"], [("a", "a"), ("c", "d")]),
        (["e"], [("e", "e")]),
        (["a", "c", "e"], [("a", "a"), ("c", "c"), ("e", "e")]),
        ([], []),
    ],
)
def test_wanted_partitions_become_ranges(wanted: list[str], expected: list[tuple[str, str]]) -> None:
    assert stretches(wanted, KEYS) == expected


def test_ranges_hold_what_is_wanted_and_nothing_else() -> None:
    for mask in range(2 ** len(KEYS)):
        wanted = [key for place, key in enumerate(KEYS) if mask >> place & 1]
        covered = [key for first, last in stretches(wanted, KEYS) for key in KEYS if first <= key <= last]
        assert covered == wanted
