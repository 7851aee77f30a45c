"""A sound scenario that uses everything, and ways to change one place in it and load the result."""

import copy
import json
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from paysim_engine.scenario import LoadedScenario, Problem, ScenarioError, load_scenario

Data = dict[str, Any]

HERE = Path(__file__).parent
DATA = HERE / "data"

RELEASE: Data = {"type": "action", "node_id": "go", "action": "Release"}
DOCUMENT: Data = {
    "version": "1.0",
    "policy_id": "patient",
    "parameters": {"last_call": 4.0, "big": 60000},
    "payment_tree": {
        "type": "condition",
        "node_id": "late",
        "condition": {"op": "<=", "left": {"field": "ticks_to_deadline"}, "right": {"param": "last_call"}},
        "on_true": RELEASE,
        "on_false": {"type": "action", "node_id": "wait", "action": "Hold"},
    },
}

FULL: Data = {
    "simulation": {"ticks_per_day": 20, "num_days": 2, "rng_seed": 7},
    "deferred_crediting": True,
    "deadline_cap_at_eod": True,
    "eod_rush_threshold": 0.75,
    "queue1_ordering": "priority_deadline",
    "priority_mode": True,
    "priority_escalation": {"enabled": True, "curve": "linear", "start_escalating_at_ticks": 15, "max_boost": 2},
    "algorithm_sequencing": True,
    "entry_disposition_offsetting": True,
    "daily_liquidity_reallocation": False,
    "lsm_config": {
        "enable_bilateral": True,
        "enable_cycles": False,
        "enable_multilateral": True,
        "max_cycle_length": 5,
        "max_cycles_per_tick": 20,
        "cycle_search_limit": 50,
    },
    "cost_rates": {
        "overdraft_bps_per_tick": 0.5,
        "delay_cost_per_tick_per_cent": 0.0002,
        "collateral_cost_per_tick_bps": 0.0005,
        "liquidity_cost_per_tick_bps": 0.2,
        "deadline_penalty": 20000,
        "eod_penalty": {"mode": "rate", "bps_per_event": 8.2},
        "split_friction_cost": 2500,
        "overdue_delay_multiplier": 4.0,
        "priority_delay_multipliers": {"urgent_multiplier": 2.0, "low_multiplier": 0.5},
    },
    "policy_feature_toggles": {"exclude": ["CollateralField", "CollateralAction"]},
    "cost_feature_toggles": {"include": ["PerTick"]},
    "agents": [
        {
            "id": "HUB",
            "opening_balance": 4000000,
            "unsecured_cap": 1000000,
            "posted_collateral": 500000,
            "collateral_haircut": 0.05,
            "max_collateral_capacity": 6000000,
            "limits": {"bilateral_limits": {"MILL": 3000000}, "multilateral_limit": 5000000},
            "policy": {"type": "LiquidityAware", "target_buffer": 300000, "urgency_threshold": 6},
            "arrival_bands": {
                "urgent": {
                    "rate_per_tick": 0.05,
                    "amount_distribution": {"type": "Uniform", "min": 200000, "max": 600000},
                    "deadline_offset_min": 5,
                    "deadline_offset_max": 15,
                },
                "low": {
                    "rate_per_tick": 0.1,
                    "amount_distribution": {"type": "Exponential", "lambda": 0.00002},
                    "deadline_offset_min": 4,
                    "deadline_offset_max": 9,
                    "counterparty_weights": {"MILL": 0.7, "FARM": 0.3},
                    "divisible": True,
                },
            },
        },
        {
            "id": "MILL",
            "opening_balance": 2500000,
            "policy": {"type": "LiquiditySplitting", "max_splits": 4, "min_split_amount": 50000},
            "arrival_config": {
                "rate_per_tick": 0.35,
                "amount_distribution": {"type": "Normal", "mean": 120000, "std_dev": 40000},
                "counterparty_weights": {"HUB": 0.8, "FARM": 0.2},
                "deadline_range": [2, 7],
                "priority_distribution": {"type": "Categorical", "values": [3, 5, 9], "weights": [0.3, 0.6, 0.1]},
                "divisible": True,
            },
        },
        {
            "id": "FARM",
            "opening_balance": -5,
            "liquidity_pool": 2000000,
            "liquidity_allocation_fraction": 0.6,
            "policy": {"type": "Inline", "decision_trees": DOCUMENT},
            "arrival_config": {
                "rate_per_tick": 0.2,
                "amount_distribution": {"type": "LogNormal", "mean": 5000.0, "std_dev": 2500.5},
                "counterparty_weights": {"HUB": 1.0},
                "deadline_range": [15, 50],
                "priority": 6,
            },
        },
    ],
    "scenario_events": [
        {"type": "GlobalArrivalRateChange", "multiplier": 1.5, "schedule": {"type": "OneTime", "tick": 1}},
        {
            "type": "AgentArrivalRateChange",
            "agent": "FARM",
            "multiplier": 2.0,
            "schedule": {"type": "OneTime", "tick": 2},
        },
        {
            "type": "CounterpartyWeightChange",
            "agent": "MILL",
            "counterparty": "FARM",
            "new_weight": 0.5,
            "auto_balance_others": True,
            "schedule": {"type": "OneTime", "tick": 3},
        },
        {"type": "DeadlineWindowChange", "max_ticks_multiplier": 0.8, "schedule": {"type": "OneTime", "tick": 4}},
        {"type": "CollateralAdjustment", "agent": "HUB", "delta": -1000, "schedule": {"type": "OneTime", "tick": 5}},
        {
            "type": "DirectTransfer",
            "from_agent": "HUB",
            "to_agent": "FARM",
            "amount": 250000,
            "schedule": {"type": "OneTime", "tick": 6},
        },
        {
            "type": "ScheduledSettlement",
            "from_agent": "MILL",
            "to_agent": "HUB",
            "amount": 75000,
            "schedule": {"type": "Repeating", "start_tick": 10, "interval": 5},
        },
        {
            "type": "CustomTransactionArrival",
            "from_agent": "FARM",
            "to_agent": "MILL",
            "amount": 400000,
            "priority": 10,
            "deadline": 12,
            "is_divisible": True,
            "schedule": {"type": "OneTime", "tick": 15},
        },
    ],
}

MINIMAL: Data = {
    "simulation": {"ticks_per_day": 10, "num_days": 1, "rng_seed": 1},
    "agents": [{"id": "A", "opening_balance": 100}, {"id": "B", "opening_balance": 100}],
}


class Change(Enum):
    """What `changed` can do besides writing a value. An enumeration, so that tests are named alike in every process."""

    ABSENT = "take the key away"


ABSENT = Change.ABSENT


def changed(data: Data, path: str, value: object) -> Data:
    """A copy of the data with one value replaced, added or taken away; the path is `agents.0.policy`."""
    result = copy.deepcopy(data)
    place: Any = result
    *parents, last = path.split(".")
    for step in parents:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ABSENT:
        del place[last]
    elif isinstance(place, list):
        place[int(last) :] = [value] if int(last) >= len(place) else [value, *place[int(last) + 1 :]]
    else:
        place[last] = value
    return result


def load_text(folder: Path, text: str | bytes, name: str = "case.yaml", **options: Any) -> LoadedScenario:
    """Loads a scenario from text."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_scenario(file, **options)


def load_data(folder: Path, data: object, **options: Any) -> LoadedScenario:
    """Loads a scenario from data, by way of JSON."""
    return load_text(folder, json.dumps(data), "case.json", **options)


def load_as_yaml(folder: Path, data: object, **options: Any) -> LoadedScenario:
    """Loads a scenario from data, by way of YAML."""
    return load_text(folder, yaml.safe_dump(data, sort_keys=False), **options)


def problems(load: Callable[[], LoadedScenario]) -> list[Problem]:
    """What loading finds wrong; empty if it succeeds."""
    try:
        load()
    except ScenarioError as error:
        return error.problems
    return []
