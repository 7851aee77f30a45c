"""The random generator (02 §1): xorshift64*, one per run, drawn from by arrivals only.

Belongs here: the raw stream and the elementary draws on it. Does not belong here: what is drawn (`sampling`).

The 64-bit state is kept as a signed number, because packed columns and compiled integers are signed.
"""

import math
from typing import Final

from mypy_extensions import i64

MULTIPLIER: Final[i64] = 0x2545F4914F6CDD1D
LOW_38: Final[i64] = (1 << 38) - 1
LOW_52: Final[i64] = (1 << 52) - 1
LOW_53: Final[i64] = (1 << 53) - 1
LOW_37: Final[i64] = (1 << 37) - 1
LOW_62: Final[i64] = (1 << 62) - 1
STEP: Final = 2.0**-53
WORD: Final = 1 << 64
HALF_WORD: Final = 1 << 63


def wrapped(product: i64) -> i64:
    """A product modulo 2**64, signed. Compiled arithmetic wraps by itself and the test costs nothing."""
    beyond = product >> 63
    if beyond == 0 or beyond == -1:
        return product
    exact: int = product
    exact %= WORD
    return exact - WORD if exact >= HALF_WORD else exact


class Generator:
    """The stream of one seed. Seeds 0 and 1 give the same stream (02 §1)."""

    def __init__(self, seed: int) -> None:
        """Start from an unsigned 64-bit seed."""
        start = seed if seed != 0 else 1
        self.state: i64 = start - WORD if start >= HALF_WORD else start

    def unsigned_state(self) -> int:
        """The state as an unsigned 64-bit number."""
        state: int = self.state
        return state + WORD if state < 0 else state

    def next_u64(self) -> i64:
        """The next 64 bits, as a signed number."""
        x = self.state
        x ^= (x >> 12) & LOW_52
        # x << 25 without leaving 64 bits: the low 38 bits move up, bit 38 becomes the sign.
        x ^= ((x & LOW_38) << 25) | (-((x >> 38) & 1) << 63)
        x ^= (x >> 27) & LOW_37
        self.state = x
        return wrapped(x * MULTIPLIER)

    def next_float(self) -> float:
        """A double in [0, 1)."""
        return float((self.next_u64() >> 11) & LOW_53) * STEP

    def range(self, low: i64, high: i64) -> i64:
        """An integer in [low, high), by plain modulo of the unsigned draw."""
        span = high - low
        v = self.next_u64()
        half = ((v >> 1) & LOW_62) + (((v >> 63) & 1) << 62)
        return low + (half % span * 2 + (v & 1)) % span

    def poisson(self, rate: float) -> i64:
        """A Poisson count; no draw for a rate of 0 or less, or for NaN (Knuth's product of uniforms)."""
        if not rate > 0.0:
            return 0
        limit = math.exp(-rate)
        k: i64 = 0
        p = 1.0
        while True:
            k += 1
            p *= self.next_float()
            if p <= limit:
                return k - 1
