"""Generators set so that their next draws are known: how rare draws are tested.

Belongs here: running the generator's rule (02 §1) backwards. Does not belong here: any expectation.
"""

from paysim_engine.core.rng import Generator

MASK = 2**64 - 1
MULTIPLIER = 0x2545F4914F6CDD1D


def _undo_right(value: int, shift: int) -> int:
    """The x of which `value` is `x ^ (x >> shift)`."""
    x = value
    for _ in range(64 // shift + 1):
        x = value ^ (x >> shift)
    return x


def _undo_left(value: int, shift: int) -> int:
    """The x of which `value` is `x ^ (x << shift)` in 64 bits."""
    x = value
    for _ in range(64 // shift + 1):
        x = value ^ ((x << shift) & MASK)
    return x


def generator_before(word: int) -> Generator:
    """A generator whose next 64 bits are `word` (not 0, which no state gives)."""
    state = (word * pow(MULTIPLIER, -1, 2**64)) & MASK
    return Generator(_undo_right(_undo_left(_undo_right(state, 27), 25), 12))
