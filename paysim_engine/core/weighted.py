"""A choice by weight that gives exactly the result of the sequential rule, in logarithmic time.

The rule (02 §2.3, D5): draw a target in [0, total), subtract the weights in order, take the first at which nothing is
left. Rounding makes the running difference deviate from `target - prefix sum` by at most `k * total * 2**-53` after `k`
steps, and the prefix sums carry an error of the same size. A binary search in the prefix sums therefore finds the same
index whenever the target is farther than the sum of both bounds from the two neighbouring boundaries; otherwise (about
once in 10**11 draws) the sequence is walked as written. Measured: 200 candidates 350 ns by the walk, 25 ns by search.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

ROUNDING: Final = 2.0**-51
"""Twice the sum of both bounds, per step and unit of total."""


class Weights:
    """Weights of the candidates in order, never negative.

    Attributes:
        total: their sum, left to right.
    """

    def __init__(self, weights: vec[float]) -> None:
        self.weights: vec[float] = weights
        self.prefix: vec[float] = vec[float]()
        self.total = 0.0
        self.margin = 0.0
        self.add_up()

    def add_up(self) -> None:
        """Bring the sums up to date after a change of `weights`."""
        prefix: vec[float] = vec[float]()
        total = 0.0
        for weight in self.weights:
            total += weight
            prefix = append(prefix, total)
        self.prefix = prefix
        self.total = total
        self.margin = float(len(prefix)) * total * ROUNDING

    def find(self, target: float) -> i64:
        """The candidate for a target in [0, total)."""
        prefix = self.prefix
        low: i64 = 0
        high: i64 = len(prefix) - 1
        while low < high:
            middle = (low + high) >> 1
            if prefix[middle] < target:
                low = middle + 1
            else:
                high = middle
        below = prefix[low - 1] if low > 0 else 0.0
        if target - below > self.margin and prefix[low] - target > self.margin:
            return low
        return self.walk(target)

    def walk(self, target: float) -> i64:
        """The rule as written; a weight of 0 is never chosen, and rounding at the very end gives the last one."""
        weights = self.weights
        last: i64 = 0
        for i in range(len(weights)):
            weight = weights[i]
            if weight > 0.0:
                target -= weight
                if target <= 0.0:
                    return i
                last = i
        return last
