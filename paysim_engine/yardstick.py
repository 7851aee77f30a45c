"""The unit of the benchmarks: a bare loop of what every simulation does at the least.

Belongs here: one loop, compiled like the engine. Does not belong here: the benchmarks (`benchmarks/`). Machines are
shared and their speed drifts, so figures are given as a ratio to this loop, measured in the same run.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.rng import Generator

BALANCES: Final = 200
"""Accounts of the loop, as many as banks in the usual benchmark."""


def run_loop(steps: int) -> int:
    """Draw once, move an amount between two of 200 packed balances if it is covered, append two packed columns.

    Args:
        steps: how often.

    Returns:
        A number that depends on every step, so that nothing can be left out.
    """
    rng = Generator(42)
    balance = vec[i64]([i64(1000)] * BALANCES)
    payer_column: vec[i64] = vec[i64]()
    amount_column: vec[i64] = vec[i64]()
    count: i64 = steps
    for _ in range(count):
        draw = rng.next_u64()
        payer = ((draw >> 8) & 0xFFFF) % 200
        payee = ((draw >> 24) & 0xFFFF) % 200
        amount = (draw >> 40) & 1023
        if amount <= balance[payer]:
            balance[payer] -= amount
            balance[payee] += amount
        payer_column = append(payer_column, payer)
        amount_column = append(amount_column, amount)
    return int(len(payer_column) + amount_column[count - 1] + balance[0])
