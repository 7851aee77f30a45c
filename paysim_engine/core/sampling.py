"""Draws from the distributions of a scenario (02 §2.2-2.5). The order and form of every operation is binding.

Belongs here: one amount, receiver, deadline offset or priority from the generator. Does not belong here: when and for
whom (`arrivals`).
"""

import math
from typing import Final

from mypy_extensions import i64

from paysim_engine.core.codes import (
    LOG_NORMAL,
    NORMAL_AMOUNT,
    PRIORITY_CATEGORICAL,
    PRIORITY_FIXED,
    UNIFORM,
)
from paysim_engine.core.config import AmountConfig, PriorityConfig
from paysim_engine.core.numbers import round_half_away, saturate
from paysim_engine.core.rng import Generator

TWO_PI: Final = 2.0 * math.pi
TINY: Final = 2.2250738585072014e-308


def exp(x: float) -> float:
    """`math.exp` that overflows to infinity, as the C library does."""
    return math.exp(x) if x < 709.0 else _big_exp(x)


def _big_exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def standard_normal(rng: Generator) -> float:
    """Box-Muller, cosine branch, two draws (02 §2.2); infinite or NaN if the first draw is 0."""
    u1 = rng.next_float()
    u2 = rng.next_float()
    if u1 == 0.0:
        return math.inf * math.cos(TWO_PI * u2)
    return math.sqrt(-2.0 * math.log(u1)) * math.cos(TWO_PI * u2)


def rounded_or(raw: float, fallback: i64) -> i64:
    """A positive finite draw as whole cents, at least 1; anything else gives `fallback`."""
    if raw > 0.0 and not math.isinf(raw):
        cents: i64 = saturate(round_half_away(raw))
        return max(cents, 1)
    return fallback


class AmountSampler:
    """Draws from one amount distribution; what does not depend on the draw is computed once."""

    def __init__(self, config: AmountConfig) -> None:
        self.config: Final = config
        self.kind: i64 = config.kind
        self.mu = 0.0
        self.sigma = 0.0
        self.fallback: i64 = 1
        if self.kind == LOG_NORMAL and config.mean > 0.0:
            variance = config.deviation * config.deviation
            square = config.mean * config.mean
            # The square of a tiny mean is 0; the C library then goes on with infinity, and every draw falls back.
            s2 = math.log(1.0 + variance / square) if square > 0.0 else math.inf
            self.sigma = math.sqrt(s2)
            self.mu = math.log(config.mean) - s2 / 2.0
            self.fallback = max(saturate(round_half_away(config.mean)), 1)

    def draw(self, rng: Generator) -> i64:
        """An amount in cents, before the clamp of D40."""
        kind = self.kind
        config = self.config
        if kind == LOG_NORMAL:
            if config.mean <= 0.0 or config.deviation < 0.0:
                return 1
            return rounded_or(exp(self.mu + self.sigma * standard_normal(rng)), self.fallback)
        if kind == UNIFORM:
            return rng.range(config.low, config.high + 1)
        if kind == NORMAL_AMOUNT:
            return rounded_or(float(config.low) + float(config.high) * standard_normal(rng), 1)
        u = rng.next_float()
        if u < TINY:
            u = TINY
        return rounded_or(-math.log(u) / config.mean, 1)


def draw_priority(rng: Generator, config: PriorityConfig) -> i64:
    """A priority 0-10 (02 §2.5 with D4)."""
    kind = config.kind
    if kind == PRIORITY_FIXED:
        return min(config.low, 10)
    if kind == PRIORITY_CATEGORICAL:
        return draw_category(rng, config.values, config.weights)
    return min(rng.range(config.low, config.high + 1), 10)


def draw_category(rng: Generator, values: list[int], weights: list[float]) -> i64:
    """One of `values` by weight; no draw if there is nothing to choose from."""
    if len(values) == 0:
        return 5
    total = 0.0
    for weight in weights:
        total += weight
    if total <= 0.0:
        return min(values[0], 10)
    target = rng.next_float() * total
    for i, weight in enumerate(weights):
        target -= weight
        if target <= 0.0:
            return min(values[i], 10)
    return min(values[-1], 10)
