"""Draws from the distributions of a scenario: published vectors, rare draws, odd parameters (spec 02 §2)."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from librt.vecs import vec

from paysim_engine.core import codes
from paysim_engine.core.config import AmountConfig, PriorityConfig
from paysim_engine.core.rng import Generator
from paysim_engine.core.sampling import AmountSampler, draw_priority, standard_normal
from paysim_engine.core.weighted import Weights
from tests.support.generator import generator_before

UNIFORM = AmountConfig(codes.UNIFORM, 10_000, 100_000, 0.0, 0.0)
NORMAL = AmountConfig(codes.NORMAL_AMOUNT, 50_000, 20_000, 0.0, 0.0)
LOG_NORMAL = AmountConfig(codes.LOG_NORMAL, 0, 0, 50_000.0, 30_000.0)
EXPONENTIAL = AmountConfig(codes.EXPONENTIAL, 0, 0, 0.00002, 0.0)

SEED_7 = [
    (UNIFORM, [23886, 28821, 90274, 16374], 0xE009C3E01C587986),
    (NORMAL, [61334, 84283, 26595, 55392], 0x3125713D775D1B14),
    (LOG_NORMAL, [58705, 110918, 22406, 49788], 0x3125713D775D1B14),
    (EXPONENTIAL, [9908, 3721, 120760, 111454], 0xE009C3E01C587986),
]


@pytest.mark.parametrize(("config", "amounts", "state"), SEED_7)
def test_amounts(config: AmountConfig, amounts: list[int], state: int) -> None:
    rng = Generator(7)
    sampler = AmountSampler(config)
    assert [sampler.draw(rng) for _ in amounts] == amounts
    assert rng.unsigned_state() == state


def test_standard_normal() -> None:
    rng = Generator(7)
    draws = [standard_normal(rng) for _ in range(3)]
    assert draws == [0.5666978346953067, 1.7141420245067802, -1.1702706619638308]


@pytest.mark.parametrize(
    ("config", "amount"),
    [
        (NORMAL, 1),
        (LOG_NORMAL, 50_000),
        (AmountConfig(codes.LOG_NORMAL, 0, 0, 0.4, 1.0), 1),
        # u is raised to the smallest normal number, so the amount is large but finite.
        (EXPONENTIAL, round(-math.log(2.2250738585072014e-308) / 0.00002)),
    ],
)
def test_a_uniform_draw_of_exactly_zero(config: AmountConfig, amount: int) -> None:
    # The normal deviate is then infinite, so that the fallbacks apply.
    assert AmountSampler(config).draw(generator_before(2047)) == amount


@pytest.mark.parametrize("mean", [0.0, -5.0])
def test_a_log_normal_without_a_positive_mean_draws_nothing(mean: float) -> None:
    rng = Generator(7)
    assert AmountSampler(AmountConfig(codes.LOG_NORMAL, 0, 0, mean, 3.0)).draw(rng) == 1
    assert rng.unsigned_state() == 7


def test_draws_outside_the_positive_numbers_fall_back() -> None:
    below = AmountSampler(AmountConfig(codes.NORMAL_AMOUNT, -(10**6), 1, 0.0, 0.0))
    assert below.draw(Generator(7)) == 1


@pytest.mark.parametrize(("mean", "deviation"), [(1e-200, 1.0), (1e-200, 1e-200), (1e-100, 1e200)])
def test_a_log_normal_whose_square_leaves_the_numbers_is_a_cent(mean: float, deviation: float) -> None:
    # The square of the mean is 0 or that of the deviation infinite: the C library goes on with infinities.
    sampler = AmountSampler(AmountConfig(codes.LOG_NORMAL, 0, 0, mean, deviation))
    assert {sampler.draw(Generator(seed)) for seed in range(1, 20)} == {1}


def test_amounts_saturate_at_64_bits() -> None:
    huge = AmountSampler(AmountConfig(codes.EXPONENTIAL, 0, 0, 1e-300, 0.0))
    assert huge.draw(Generator(7)) == 2**63 - 1


def test_an_infinite_exponential_is_a_cent() -> None:
    assert AmountSampler(AmountConfig(codes.EXPONENTIAL, 0, 0, 5e-324, 0.0)).draw(Generator(7)) == 1


# ---- priorities ----


def test_categorical_priorities() -> None:
    config = PriorityConfig(codes.PRIORITY_CATEGORICAL, 0, 0, [3, 5, 9], [0.2, 0.5, 0.3])
    rng = Generator(7)
    assert [draw_priority(rng, config) for _ in range(10)] == [9, 9, 3, 3, 5, 5, 9, 3, 5, 9]
    assert rng.unsigned_state() == 0x5DB28A0B7D80EE68


def test_priorities_without_a_choice() -> None:
    rng = Generator(7)
    assert draw_priority(rng, PriorityConfig(codes.PRIORITY_FIXED, 0, 0, [], [])) == 0  # D4
    assert draw_priority(rng, PriorityConfig(codes.PRIORITY_CATEGORICAL, 0, 0, [], [])) == 5
    assert draw_priority(rng, PriorityConfig(codes.PRIORITY_CATEGORICAL, 0, 0, [4, 8], [0.0, 0.0])) == 4
    assert rng.unsigned_state() == 7
    assert draw_priority(rng, PriorityConfig(codes.PRIORITY_UNIFORM, 6, 6, [], [])) == 6
    assert rng.unsigned_state() != 7


# ---- a choice by weight ----


def by_the_rule(weights: list[float], target: float) -> int:
    """The receiver's rule as the spec writes it, with D5: a weight of 0 is never chosen."""
    last = 0
    for i, weight in enumerate(weights):
        if weight > 0.0:
            target -= weight
            if target <= 0.0:
                return i
            last = i
    return last


def column(weights: list[float]) -> "vec[float]":
    return vec[float](weights)


def test_receivers() -> None:
    # Candidates C, A, D in the order of the configuration.
    weights = Weights(column([2.0, 1.0, 1.0]))
    rng = Generator(7)
    chosen = ["CAD"[weights.find(rng.next_float() * weights.total)] for _ in range(8)]
    assert chosen == ["D", "D", "C", "C", "C", "C", "D", "C"]
    assert rng.unsigned_state() == 0x3125713D775D1B14


@given(
    st.lists(st.sampled_from([0.0, 1.0, 0.1, 0.3333, 2.0, 1e-9, 7.7]), min_size=1, max_size=40).filter(any),
    st.integers(0, 2**53 - 1),
)
def test_the_search_agrees_with_the_rule(weights: list[float], draw: int) -> None:
    found = Weights(column(weights))
    total = 0.0
    for weight in weights:
        total += weight
    assert found.total == total
    target = draw * 2.0**-53 * total
    assert found.find(target) == by_the_rule(weights, target)


@given(
    st.lists(st.sampled_from([0.1, 0.7, 0.3333, 0.0, 1e-17]), min_size=8, max_size=30).filter(any), st.integers(0, 29)
)
@settings(max_examples=200)
def test_the_search_agrees_with_the_rule_at_the_boundaries(weights: list[float], at: int) -> None:
    found = Weights(column(weights))
    boundary = 0.0
    for weight in weights[: at % len(weights) + 1]:
        boundary += weight
    for target in (boundary, math.nextafter(boundary, 0.0), math.nextafter(boundary, math.inf)):
        assert found.find(target) == by_the_rule(weights, target)


@given(
    st.lists(st.sampled_from([5e-324, 1e-300, 1e-9, 1.0, 1e9, 1e300, 1.7e308, 0.0]), min_size=1, max_size=60).filter(
        any
    ),
    st.integers(0, 2**53 - 1),
)
@settings(max_examples=300)
def test_the_search_agrees_with_the_rule_for_weights_of_any_size(weights: list[float], draw: int) -> None:
    """Most of these have all their weight in one part of the guide, or sums for which there can be no guide."""
    found = Weights(column(weights))
    for target in (draw * 2.0**-53 * found.total, draw * 2.0**-53 * weights[draw % len(weights)]):
        if math.isfinite(target):
            assert found.find(target) == by_the_rule(weights, target)


def test_a_weight_of_zero_is_never_chosen() -> None:
    assert Weights(column([0.0, 0.0, 1.0, 0.0])).find(0.0) == 2
    assert Weights(column([0.0, 1.0, 0.0])).find(math.nextafter(1.0, 0.0)) == 1
