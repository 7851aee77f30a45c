"""Scenarios for the benchmarks, as plain data. What is measured about them is in the modules of the cases."""

import json
from pathlib import Path
from typing import Any

from paysim_engine.core.config import EngineConfig
from paysim_engine.scenario import load_scenario

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "scenarios"
RECORDED = ROOT / "tests" / "golden" / "data" / "library"
DATA = ROOT / "benchmarks" / "data"
POLICIES = ROOT / "tests" / "golden" / "reference" / "policies"

OFF = {"enable_bilateral": False, "enable_cycles": False}
BILATERAL = {"enable_bilateral": True, "enable_cycles": False}
ALL = {"enable_bilateral": True, "enable_cycles": True, "enable_multilateral": True}
AMPLE = 10**12
TIGHT = 300_000
"""Opening balance in cents against log-normal payments of 100 000: the queue grows to thousands."""
PRESERVER = {"type": "FromJson", "json_path": "simulator/policies/cautious_liquidity_preserver.json"}
PRIORITY_AWARE = {"type": "FromJson", "json_path": "simulator/policies/target2_priority_aware.json"}


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


def everything(count: int, rate: float, *, days: int = 1) -> dict[str, Any]:
    """Banks short of liquidity with costs, netting and, each fifth one, a policy that posts collateral.

    Every raw table gets rows, in about the proportions of a run under stress. Arguments as for `banks`.
    """
    data = banks(count, rate, days=days, balance=TIGHT, lsm=ALL)
    for agent in data["agents"][::5]:
        agent |= {"policy": PRIORITY_AWARE, "max_collateral_capacity": 10**9, "collateral_haircut": 0.02}
    data["cost_rates"] = {"overdraft_bps_per_tick": 0.05, "delay_cost_per_tick_per_cent": 0.00002}
    shock = {"type": "DirectTransfer", "from_agent": "BANK_0000", "to_agent": "BANK_0001", "amount": 1000}
    data["scenario_events"] = [shock | {"schedule": {"type": "OneTime", "tick": 50}}]
    return data


def written(data: dict[str, Any], folder: Path, name: str = "scenario") -> Path:
    """The scenario as a file."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def configured(path: Path, policies: Path = POLICIES) -> EngineConfig:
    """A scenario file as the engine reads it."""
    return load_scenario(path, policy_dirs=[policies]).engine_config()
