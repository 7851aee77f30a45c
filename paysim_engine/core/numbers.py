"""Rounding and conversion exactly as the spec writes them (01 §1.2, 05 §4.4).

Python's own `round` is half-to-even and is never used in the engine.
"""

import math
from typing import Final

from mypy_extensions import i64

I64_MAX: Final = 2**63 - 1
I64_MIN: Final = -(2**63)
WHOLE: Final = 4503599627370496.0
"""From 2**52 on every double is a whole number."""


def round_half_away(x: float) -> float:
    """Nearest whole number, halves away from zero; infinities and NaN unchanged."""
    if not -WHOLE < x < WHOLE:
        return x
    t = float(i64(x))
    if x - t >= 0.5:
        return t + 1.0
    return t - 1.0 if t - x >= 0.5 else t


def saturate(x: float) -> i64:
    """Truncation toward zero, clamped to 64 bits; NaN gives 0."""
    if x >= 9.223372036854775807e18:
        return I64_MAX
    if x <= -9.223372036854775808e18:
        return I64_MIN
    if math.isnan(x):
        return 0
    return i64(x)


def rounded_rate(x: float, scale: float) -> int:
    """A non-negative rate as a whole number of `1/scale` units (04 §1.2); unusable rates count as 0."""
    if math.isnan(x) or math.isinf(x) or x < 0.0:
        return 0
    return min(saturate(round_half_away(x * scale)), I64_MAX)


def half_up(numerator: int, denominator: int) -> int:
    """Exact quotient rounded half up (04 §1.2), clamped to 64 bits."""
    return min((numerator + denominator // 2) // denominator, I64_MAX)


def floor_product(amount: i64, factor: float) -> i64:
    """`floor(float(amount) * factor)`: haircuts and pool fractions (01 §3.2, §3.6)."""
    return math.floor(float(amount) * factor)


def resolve_penalty(fixed: i64, rate_micro_bps: int, amount: i64) -> i64:
    """A penalty for a payment of `amount` cents (04 §1.1): fixed, or a floored rate if `rate_micro_bps` >= 0."""
    if rate_micro_bps < 0:
        return fixed
    exact: int = abs(int(amount)) * rate_micro_bps // 10_000_000_000
    return min(exact, I64_MAX)
