"""A choice by weight that gives exactly the result of the sequential rule, in constant time.

The rule (02 §2.3, D5): draw a target in [0, total), subtract the weights in order, take the first at which nothing is
left. Rounding makes the running difference deviate from `target - prefix sum` by at most `k * total * 2**-53` after `k`
steps, and the prefix sums carry an error of the same size. A search in the prefix sums therefore finds the same index
whenever the target is farther than the sum of both bounds from the two neighbouring boundaries; otherwise (about once
in 10**11 draws) the sequence is walked as written.

The search begins where a guide points (the method of cutpoints: Chen and Asau 1974): the interval of targets is cut
into as many equal parts as there are candidates, and the guide has the first candidate that any target of a part can
choose. From there one step is to be expected, whatever the weights, and what is found passes the same test, so that the
guide can only save time. Measured in runs with equal weights: 4 ns a draw, where a binary search took 29 with 200
candidates and 92 with 1000.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

ROUNDING: Final = 2.0**-51
"""Twice the sum of both bounds, per step and unit of total."""
SMALLEST: Final = 1e-280
LARGEST: Final = 1e280
"""Totals between which a guide is laid: no part of the arithmetic can overflow."""


class Weights:
    """Weights of the candidates in order, never negative.

    Attributes:
        total: their sum, left to right.
    """

    def __init__(self, weights: vec[float]) -> None:
        self.weights: vec[float] = weights
        self.prefix: vec[float] = vec[float]()
        self.guide: vec[i64] = vec[i64]()
        self.parts_per_unit = 0.0
        """Parts of the guide in a weight of 1; 0 where the sums are too small or too large for a guide."""
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
        self.lay_guide()

    def lay_guide(self) -> None:
        """Note for each part the first candidate whose prefix sum lies in it or beyond.

        The part of a number is found by the same monotone expression for prefix sums and targets, so a candidate before
        the noted one has a sum below every target of the part.
        """
        prefix = self.prefix
        count: i64 = len(prefix)
        parts_per_unit = float(count) / self.total if SMALLEST < self.total < LARGEST else 0.0
        guide = vec[i64]([i64(0)] * int(count))
        if parts_per_unit > 0.0:
            candidate: i64 = 0
            for part in range(count):
                while candidate < count - 1 and i64(prefix[candidate] * parts_per_unit) < part:
                    candidate += 1
                guide[part] = candidate
        self.guide = guide
        self.parts_per_unit = parts_per_unit

    def find(self, target: float) -> i64:
        """The candidate for a target in [0, total)."""
        prefix = self.prefix
        last: i64 = len(prefix) - 1
        at: i64 = self.guide[min(i64(target * self.parts_per_unit), last)] if self.parts_per_unit > 0.0 else 0
        while at < last and prefix[at] < target:
            at += 1
        below = prefix[at - 1] if at > 0 else 0.0
        if target - below > self.margin and prefix[at] - target > self.margin:
            return at
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
