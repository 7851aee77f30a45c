"""Rounding and conversion exactly as the spec writes them (01 §1.2, 04 §§1.1, 1.2)."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.core.numbers import (
    floor_product,
    half_up,
    resolve_penalty,
    round_half_away,
    rounded_rate,
    saturate,
)

I64_MAX = 2**63 - 1


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        (0.49999999999999994, 0.0),
        (0.5, 1.0),
        (1.5, 2.0),
        (2.5, 3.0),
        (-2.5, -3.0),
        (-0.49999999999999994, 0.0),
        (4503599627370495.5, 4503599627370496.0),
        (4503599627370497.0, 4503599627370497.0),
        (9007199254740993.0, 9007199254740992.0),
        (1e300, 1e300),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
    ],
)
def test_halves_go_away_from_zero(x: float, rounded: float) -> None:
    assert round_half_away(x) == rounded


def test_rounding_leaves_no_number_alone() -> None:
    assert math.isnan(round_half_away(math.nan))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_is_to_the_nearest_whole_number(x: float) -> None:
    exact = Fraction(x)
    nearest = math.floor(abs(exact) + Fraction(1, 2))
    assert round_half_away(x) == math.copysign(nearest, x)


@pytest.mark.parametrize(
    ("x", "whole"),
    [
        (10.99, 10),
        (-10.99, -10),
        (math.nan, 0),
        (math.inf, I64_MAX),
        (-math.inf, -(2**63)),
        (9.3e18, I64_MAX),
        (-9.3e18, -(2**63)),
        (2.0**63, I64_MAX),
        (-(2.0**63), -(2**63)),
        (math.nextafter(2.0**63, 0.0), 2**63 - 1024),
    ],
)
def test_conversion_truncates_and_saturates(x: float, whole: int) -> None:
    assert saturate(x) == whole


@pytest.mark.parametrize(
    ("rate", "scale", "units"),
    [
        (0.001, 1000.0, 1),
        (0.0005, 1000.0, 1),
        (0.0004, 1000.0, 0),
        (0.0, 1000.0, 0),
        (-1.0, 1000.0, 0),
        (math.nan, 1000.0, 0),
        (math.inf, 1000.0, 0),
        (0.0000005, 1_000_000.0, 1),
        (1e300, 1_000_000.0, I64_MAX),
    ],
)
def test_rates_become_whole_numbers(rate: float, scale: float, units: int) -> None:
    assert rounded_rate(rate, scale) == units


@given(st.integers(0, 10**30), st.integers(1, 10**12))
def test_quotients_round_half_up(numerator: int, denominator: int) -> None:
    # Exactly half up for even denominators, such as all that occur.
    expected = math.floor(Fraction(numerator + denominator // 2, denominator))
    assert half_up(numerator, denominator) == min(expected, I64_MAX)


@pytest.mark.parametrize(
    ("amount", "factor", "floored"),
    [
        (333, 0.5, 166),
        (1001, 0.333, 333),
        (10, 1.0 - 0.9, 0),  # 0.09999999999999998
        (-3, 0.5, -2),
        (10**15, 1.0, 10**15),
    ],
)
def test_products_are_floored(amount: int, factor: float, floored: int) -> None:
    assert floor_product(amount, factor) == floored


@pytest.mark.parametrize(
    ("bps", "amount", "penalty"),
    [
        (1.5, 100_001, 15),
        (10.5, 1_000, 1),
        (8.2, 10**10, 8_199_999),  # 8.2 * 1e6 is 8199999.999999999
        (0.0, 10**13, 0),
        (1e9, 10**15, I64_MAX),
        (333.3, 1, 0),
    ],
)
def test_rate_penalties_are_floored(bps: float, amount: int, penalty: int) -> None:
    assert resolve_penalty(0, int(bps * 1_000_000.0), amount) == penalty


def test_fixed_penalties_do_not_depend_on_the_payment() -> None:
    assert resolve_penalty(50_000, -1, 1) == resolve_penalty(50_000, -1, 10**13) == 50_000
