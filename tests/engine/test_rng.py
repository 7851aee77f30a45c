"""The generator gives the published stream (spec 02 §1)."""

import math

import pytest

from paysim_engine.core.rng import Generator
from tests.support.generator import generator_before

FIRST_WORDS = {
    0: [5180492295206395165, 12380297144915551517, 13389498078930870103, 5599127315341312413],
    1: [5180492295206395165, 12380297144915551517, 13389498078930870103, 5599127315341312413],
    42: [6255019084209693600, 14430073426741505498, 14575455857230217846, 17414512882241728735],
    12345: [10977518812293740004, 13893246733018840292, 1412386850724336324, 13578198927181985541],
    2**64 - 1: [17954947803125907456, 10373061909235543779, 3777559059212774342, 14219777844791603904],
}


@pytest.mark.parametrize(("seed", "words"), FIRST_WORDS.items())
def test_words(seed: int, words: list[int]) -> None:
    rng = Generator(seed)
    assert [rng.next_u64() % 2**64 for _ in words] == words


def test_floats() -> None:
    rng = Generator(42)
    assert [rng.next_float() for _ in range(3)] == [0.33908526400192196, 0.7822558479199243, 0.7901370452687786]


def test_poisson() -> None:
    rng = Generator(42)
    assert [rng.poisson(2.5) for _ in range(10)] == [6, 3, 2, 0, 2, 4, 2, 4, 3, 5]


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_no_rate_draws_nothing(rate: float) -> None:
    rng = Generator(42)
    assert rng.poisson(rate) == 0
    assert rng.unsigned_state() == 42


def test_a_huge_rate_ends_where_the_product_underflows() -> None:
    counts = [Generator(seed).poisson(800.0) for seed in range(1, 30)]
    assert all(600 < count < 900 for count in counts)


def test_ranges() -> None:
    rng = Generator(42)
    assert [rng.range(0, 100) for _ in range(8)] == [0, 98, 46, 35, 78, 75, 62, 23]
    rng = Generator(42)
    assert [rng.range(-5, 6) for _ in range(8)] == [-5, 4, 1, 4, 2, -3, -1, -2]
    assert rng.unsigned_state() == 0x9ABACF04605F395B


@pytest.mark.parametrize("span", [1, 2, 3, 7, 2**31, 10**15, 2**62 - 1, 2**62])
def test_a_range_is_the_remainder_of_the_unsigned_word(span: int) -> None:
    words = Generator(7)
    rng = Generator(7)
    for _ in range(200):
        word = words.next_u64() % 2**64
        assert rng.range(-3, span - 3) == word % span - 3


@pytest.mark.parametrize("word", [1, 2047, 2048, 2**63 - 1, 2**63, 2**64 - 1])
def test_extreme_words(word: int) -> None:
    assert generator_before(word).next_u64() % 2**64 == word
    assert generator_before(word).next_float() == (word >> 11) * 2.0**-53
    assert generator_before(word).range(0, 10**9 + 7) == word % (10**9 + 7)
