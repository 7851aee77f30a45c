"""Scenarios for the benchmarks, as plain data. What is measured about them is `cases`."""

from typing import Any

OFF = {"enable_bilateral": False, "enable_cycles": False}
ALL = {"enable_bilateral": True, "enable_cycles": True, "enable_multilateral": True}
AMPLE = 10**12
TIGHT = 300_000
"""Opening balance in cents against log-normal payments of 100 000: the queue grows to thousands."""


def banks(
    count: int,
    rate: float,
    *,
    days: int = 1,
    ticks: int = 100,
    balance: int = AMPLE,
    lsm: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Equal banks that pay each other with equal weights, log-normal amounts.

    Args:
        count: number of banks.
        rate: payments per bank and tick.
        days: days of `ticks` ticks.
        ticks: ticks per day.
        balance: opening balance in cents.
        lsm: `lsm_config`; off if left out.
        policy: policy of every bank; Fifo if left out.
    """
    ids = [f"BANK_{number:04d}" for number in range(count)]
    agents = [
        {
            "id": bank,
            "opening_balance": balance,
            "unsecured_cap": balance // 2,
            "policy": policy or {"type": "Fifo"},
            "arrival_config": {
                "rate_per_tick": rate,
                "amount_distribution": {"type": "LogNormal", "mean": 100_000.0, "std_dev": 50_000.0},
                "counterparty_weights": {other: 1.0 for other in ids if other != bank},
                "deadline_range": [20, 60],
                "priority": 5,
            },
        }
        for bank in ids
    ]
    return {
        "simulation": {"ticks_per_day": ticks, "num_days": days, "rng_seed": 42},
        "lsm_config": lsm or OFF,
        "agents": agents,
    }
