"""Where random choices come from: a seeded generator for the fuzzer, hypothesis for the properties.

Belongs here: the few kinds of choice that generators of scenarios make. Does not belong here: what is generated.
"""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")


class Draw(Protocol):
    """A source of choices."""

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""

    def real(self, low: float, high: float) -> float:
        """A number of at most four decimals, so that scenario files show it exactly."""

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""

    def chance(self, percent: int) -> bool:
        """Yes in about so many cases out of a hundred."""


class SeededDraw:
    """Choices from a seed: the same on every machine."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def real(self, low: float, high: float) -> float:
        return round(self.random.uniform(low, high), 4)

    def choice(self, options: Sequence[T]) -> T:
        return options[self.random.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent


class HypothesisDraw:
    """Choices of hypothesis, which shrinks them: towards small numbers, first options and no."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def real(self, low: float, high: float) -> float:
        steps = 10_000
        return self.draw(st.integers(int(low * steps), int(high * steps))) / steps

    def choice(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent
