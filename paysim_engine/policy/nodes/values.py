"""Numbers in a tree: literals, computations, and the conversions of their results (05 §4).

Belongs here: everything that yields a number without looking at the world. Does not belong here: context fields
(`bank_fields` and its neighbours), truth values (`conditions`).

All arithmetic is that of IEEE-754 doubles, overflow to infinity included.
"""

# ruff: noqa: D102 -- `value` means the same in every class; the base class says what.

import math
from typing import Final

from mypy_extensions import i64

from paysim_engine.core.numbers import round_half_away, saturate
from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import PolicyError

DIVISOR_MIN: Final = 2.220446049250313e-16
"""Divisors nearer to zero than this are zero."""

TOLERANCE: Final = 1e-9
"""Numbers nearer to each other than this are equal (`==`, `!=`, `<=`, `>=`); `div0` takes such a divisor for 0."""

COUNT_MAX: Final[i64] = 2**62
"""Where counts and ticks saturate: no tick is that large, and a sum of two still fits into 64 bits."""

INFINITY: Final = math.inf


def to_count(x: float) -> i64:
    """A count or tick: truncated, at least 0; NaN gives 0 (05 §4.4)."""
    if not x > 0.0:
        return 0
    return COUNT_MAX if x >= 4.611686018427387904e18 else i64(x)


def to_priority(x: float) -> i64:
    """A priority: truncated, 0 to 255 (05 §4.4)."""
    if not x > 0.0:
        return 0
    return 255 if x >= 255.0 else i64(x)


def to_cents(x: float) -> i64:
    """An amount: truncated, saturating at 64 bits; NaN gives 0 (05 §4.4)."""
    return saturate(x)


class Value:
    """A number that may depend on the context."""

    def value(self, c: Context) -> float:
        """The number, as things stand.

        Raises:
            PolicyError: it cannot be computed.
        """
        raise NotImplementedError


class Constant(Value):
    """A literal or a parameter of the document."""

    def __init__(self, number: float) -> None:
        self.number: Final = number

    def value(self, c: Context) -> float:
        return self.number


class Sum(Value):
    """`+`."""

    def __init__(self, left: Value, right: Value) -> None:
        self.left: Final = left
        self.right: Final = right

    def value(self, c: Context) -> float:
        return self.left.value(c) + self.right.value(c)


class Difference(Value):
    """`-`."""

    def __init__(self, left: Value, right: Value) -> None:
        self.left: Final = left
        self.right: Final = right

    def value(self, c: Context) -> float:
        return self.left.value(c) - self.right.value(c)


class Product(Value):
    """`*`."""

    def __init__(self, left: Value, right: Value) -> None:
        self.left: Final = left
        self.right: Final = right

    def value(self, c: Context) -> float:
        return self.left.value(c) * self.right.value(c)


class Quotient(Value):
    """`/`. Knows where it stands, for it may fail."""

    def __init__(self, left: Value, right: Value, tree: str, node: str) -> None:
        self.left: Final = left
        self.right: Final = right
        self.tree: Final = tree
        self.node: Final = node

    def value(self, c: Context) -> float:
        left = self.left.value(c)
        right = self.right.value(c)
        if abs(right) < DIVISOR_MIN:
            raise PolicyError(self.tree, self.node, "division by zero")
        return left / right


class SafeQuotient(Value):
    """`div0`: a quotient with a default for a divisor of 0."""

    def __init__(self, numerator: Value, denominator: Value, default: Value) -> None:
        self.numerator: Final = numerator
        self.denominator: Final = denominator
        self.default: Final = default

    def value(self, c: Context) -> float:
        numerator = self.numerator.value(c)
        denominator = self.denominator.value(c)
        if abs(denominator) < TOLERANCE:
            return self.default.value(c)
        return numerator / denominator


class Largest(Value):
    """`max`; NaN never wins."""

    def __init__(self, values: list[Value]) -> None:
        self.values: Final = values

    def value(self, c: Context) -> float:
        best = -INFINITY
        for part in self.values:
            x = part.value(c)
            if x > best:
                best = x
        return best


class Smallest(Value):
    """`min`; NaN never wins."""

    def __init__(self, values: list[Value]) -> None:
        self.values: Final = values

    def value(self, c: Context) -> float:
        best = INFINITY
        for part in self.values:
            x = part.value(c)
            if x < best:
                best = x
        return best


class Clamped(Value):
    """`clamp`: at least `low`, then at most `high`; NaN counts as no bound, or as no value."""

    def __init__(self, inner: Value, low: Value, high: Value) -> None:
        self.inner: Final = inner
        self.low: Final = low
        self.high: Final = high

    def value(self, c: Context) -> float:
        x = self.inner.value(c)
        low = self.low.value(c)
        high = self.high.value(c)
        if math.isnan(x) or x < low:
            x = low
        if math.isnan(x) or x > high:
            x = high
        return x


class Ceiling(Value):
    """`ceil`."""

    def __init__(self, inner: Value) -> None:
        self.inner: Final = inner

    def value(self, c: Context) -> float:
        x = self.inner.value(c)
        return float(math.ceil(x)) if math.isfinite(x) else x


class Floor(Value):
    """`floor`."""

    def __init__(self, inner: Value) -> None:
        self.inner: Final = inner

    def value(self, c: Context) -> float:
        x = self.inner.value(c)
        return float(math.floor(x)) if math.isfinite(x) else x


class Rounded(Value):
    """`round`: halves away from zero."""

    def __init__(self, inner: Value) -> None:
        self.inner: Final = inner

    def value(self, c: Context) -> float:
        return round_half_away(self.inner.value(c))


class Magnitude(Value):
    """`abs`."""

    def __init__(self, inner: Value) -> None:
        self.inner: Final = inner

    def value(self, c: Context) -> float:
        return abs(self.inner.value(c))


class Register(Value):
    """A state register that the policy's bank tree can set; 0 while it is not set (05 §6.8)."""

    def __init__(self, slot: i64) -> None:
        self.slot: i64 = slot

    def value(self, c: Context) -> float:
        return c.registers.get(c.agent, self.slot)


class EitherRegister(Value):
    """`bank_state_x` where both `bank_state_x` and `x` can be set: the first if it is set, else the second (D29)."""

    def __init__(self, slot: i64, other: i64) -> None:
        self.slot: i64 = slot
        self.other: i64 = other

    def value(self, c: Context) -> float:
        registers = c.registers
        if registers.exists(c.agent, self.slot):
            return registers.get(c.agent, self.slot)
        return registers.get(c.agent, self.other)
