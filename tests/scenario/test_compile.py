"""What the engine gets: every field of its configuration, from the scenario that uses everything."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.core import codes, config
from paysim_engine.policy.trees import Policy
from paysim_engine.scenario import ScenarioError
from tests.scenario.building import DOCUMENT, FULL, MINIMAL, changed, load_data


def fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


@pytest.fixture
def full(tmp_path: Path) -> config.EngineConfig:
    return load_data(tmp_path, FULL).engine_config()


def test_top_level(full: config.EngineConfig) -> None:
    values = fields(full)
    for name in ("agents", "events", "costs", "lsm"):
        del values[name]
    assert values == {
        "ticks_per_day": 20,
        "num_days": 2,
        "rng_seed": 7,
        "deferred_crediting": True,
        "deadline_cap_at_eod": True,
        "eod_rush_threshold": 0.75,
        "priority_queue1": True,
        "priority_mode": True,
        "algorithm_sequencing": True,
        "entry_disposition": True,
        "daily_reallocation": False,
        "escalation": True,
        "escalation_start": 15,
        "escalation_boost": 2,
    }


def test_netting(full: config.EngineConfig) -> None:
    assert fields(full.lsm) == {
        "bilateral": True,
        "cycles": False,
        "multilateral": True,
        "max_cycle_length": 5,
        "max_cycles_per_tick": 20,
        "cycle_search_limit": 50,
    }


def test_costs(full: config.EngineConfig) -> None:
    values = fields(full.costs)
    assert fields(values.pop("deadline_penalty")) == {"amount": 20000, "rate_micro_bps": -1}
    # 8.2 x 10^6 is 8199999.999999999 in binary, and the fraction is cut off.
    assert fields(values.pop("eod_penalty")) == {"amount": 0, "rate_micro_bps": 8199999}
    assert values == {
        "overdraft_bps": 0.5,
        "delay_per_cent": 0.0002,
        "collateral_bps": 0.0005,
        "liquidity_bps": 0.2,
        "split_friction": 2500,
        "overdue_multiplier": 4.0,
        "urgent_multiplier": 2.0,
        "normal_multiplier": 1.0,
        "low_multiplier": 0.5,
    }


def test_older_name_of_the_penalty(tmp_path: Path) -> None:
    for name in ("eod_penalty", "eod_penalty_per_transaction"):
        costs = load_data(tmp_path, {**MINIMAL, "cost_rates": {name: 77}}).engine_config().costs
        assert (costs.eod_penalty.amount, costs.eod_penalty.rate_micro_bps) == (77, -1)


def test_agents(full: config.EngineConfig) -> None:
    hub = {
        "id": "HUB",
        "opening_balance": 4000000,
        "unsecured_cap": 1000000,
        "posted_collateral": 500000,
        "haircut": 0.05,
        "max_collateral_capacity": 6000000,
        "liquidity_pool": codes.NONE,
        "pool_fraction": 1.0,
        "bilateral_limits": {"MILL": 3000000},
        "multilateral_limit": 5000000,
    }
    mill = {
        "id": "MILL",
        "opening_balance": 2500000,
        "unsecured_cap": 0,
        "posted_collateral": 0,
        "haircut": 0.02,
        "max_collateral_capacity": codes.NONE,
        "liquidity_pool": codes.NONE,
        "pool_fraction": 1.0,
        "bilateral_limits": {},
        "multilateral_limit": codes.NONE,
    }
    farm = {"id": "FARM", "opening_balance": -5, "liquidity_pool": 2000000, "pool_fraction": 0.6}
    for agent, expected in zip(full.agents, (hub, mill, farm), strict=True):
        assert {name: getattr(agent, name) for name in expected} == expected


def test_limits_of_zero_are_limits(tmp_path: Path) -> None:
    data = changed(MINIMAL, "agents.0.limits", {"multilateral_limit": 0, "bilateral_limits": {"B": 0}})
    data = changed(data, "agents.0.max_collateral_capacity", 0)
    agent = load_data(tmp_path, data).engine_config().agents[0]
    assert (agent.multilateral_limit, agent.bilateral_limits, agent.max_collateral_capacity) == (0, {"B": 0}, 0)


def stream(arrivals: config.ArrivalConfig) -> dict[str, Any]:
    values = fields(arrivals)
    return {
        **values,
        "amount": tuple(fields(values["amount"]).values()),
        "priority": tuple(fields(values["priority"]).values()),
    }


def test_arrivals(full: config.EngineConfig) -> None:
    hub, mill, farm = full.agents
    assert hub.arrivals is None
    assert mill.bands == farm.bands == []
    assert mill.arrivals is not None
    assert stream(mill.arrivals) == {
        "rate": 0.35,
        "amount": (codes.NORMAL_AMOUNT, 120000, 40000, 0.0, 0.0),
        "weights": {"HUB": 0.8, "FARM": 0.2},
        "deadline_min": 2,
        "deadline_max": 7,
        "priority": (codes.PRIORITY_CATEGORICAL, 0, 0, [3, 5, 9], [0.3, 0.6, 0.1]),
        "divisible": True,
    }
    assert farm.arrivals is not None
    assert stream(farm.arrivals) == {
        "rate": 0.2,
        "amount": (codes.LOG_NORMAL, 0, 0, 5000.0, 2500.5),
        "weights": {"HUB": 1.0},
        "deadline_min": 15,
        "deadline_max": 50,
        "priority": (codes.PRIORITY_FIXED, 6, 6, [], []),
        "divisible": False,
    }


def test_bands(full: config.EngineConfig) -> None:
    urgent, low = full.agents[0].bands
    assert stream(urgent) == {
        "rate": 0.05,
        "amount": (codes.UNIFORM, 200000, 600000, 0.0, 0.0),
        "weights": {},
        "deadline_min": 5,
        "deadline_max": 15,
        "priority": (codes.PRIORITY_UNIFORM, 8, 10, [], []),
        "divisible": False,
    }
    assert stream(low) == {
        "rate": 0.1,
        "amount": (codes.EXPONENTIAL, 0, 0, 0.00002, 0.0),
        "weights": {"MILL": 0.7, "FARM": 0.3},
        "deadline_min": 4,
        "deadline_max": 9,
        "priority": (codes.PRIORITY_UNIFORM, 0, 3, [], []),
        "divisible": True,
    }


def test_order_of_bands_is_fixed(tmp_path: Path) -> None:
    band = FULL["agents"][0]["arrival_bands"]["urgent"]
    data = changed(FULL, "agents.0.arrival_bands", {"low": band, "normal": band, "urgent": band})
    bands = load_data(tmp_path, data).engine_config().agents[0].bands
    assert [(band.priority.low, band.priority.high) for band in bands] == [(8, 10), (4, 7), (0, 3)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (codes.PRIORITY_FIXED, 5, 5, [], [])),
        ({"priority": 0}, (codes.PRIORITY_FIXED, 0, 0, [], [])),
        ({"priority": 0, "priority_distribution": None}, (codes.PRIORITY_FIXED, 0, 0, [], [])),
        ({"priority": 0, "priority_distribution": {"type": "Fixed", "value": 9}}, (codes.PRIORITY_FIXED, 9, 9, [], [])),
        ({"priority_distribution": {"type": "Uniform", "min": 2, "max": 8}}, (codes.PRIORITY_UNIFORM, 2, 8, [], [])),
    ],
)
def test_priorities(given: dict[str, Any], expected: tuple[object, ...], tmp_path: Path) -> None:
    arrivals = {key: value for key, value in FULL["agents"][2]["arrival_config"].items() if key != "priority"}
    data = changed(FULL, "agents.2.arrival_config", {**arrivals, **given})
    compiled = load_data(tmp_path, data).engine_config().agents[2].arrivals
    assert compiled is not None
    assert stream(compiled)["priority"] == expected


def test_events(full: config.EngineConfig) -> None:
    defaults = {
        "repeating": False,
        "interval": 0,
        "agent": "",
        "other": "",
        "amount": 0,
        "priority": 5,
        "deadline": -1,
        "divisible": False,
        "multiplier": 1.0,
        "weight": 0.0,
        "balance_others": False,
        "min_multiplier": -1.0,
        "max_multiplier": -1.0,
    }
    expected: list[dict[str, Any]] = [
        {"kind": codes.GLOBAL_RATE_CHANGE, "start": 1, "multiplier": 1.5},
        {"kind": codes.AGENT_RATE_CHANGE, "start": 2, "agent": "FARM", "multiplier": 2.0},
        {
            "kind": codes.WEIGHT_CHANGE,
            "start": 3,
            "agent": "MILL",
            "other": "FARM",
            "weight": 0.5,
            "balance_others": True,
        },
        {"kind": codes.WINDOW_CHANGE, "start": 4, "max_multiplier": 0.8},
        {"kind": codes.COLLATERAL_ADJUSTMENT, "start": 5, "agent": "HUB", "amount": -1000},
        {"kind": codes.DIRECT_TRANSFER, "start": 6, "agent": "HUB", "other": "FARM", "amount": 250000},
        {
            "kind": codes.SCHEDULED_SETTLEMENT_EVENT,
            "start": 10,
            "repeating": True,
            "interval": 5,
            "agent": "MILL",
            "other": "HUB",
            "amount": 75000,
        },
        {
            "kind": codes.CUSTOM_ARRIVAL,
            "start": 15,
            "agent": "FARM",
            "other": "MILL",
            "amount": 400000,
            "priority": 10,
            "deadline": 12,
            "divisible": True,
        },
    ]
    assert [fields(event) for event in full.events] == [{**defaults, **event} for event in expected]


def test_absent_keys_of_a_payment(tmp_path: Path) -> None:
    event = {
        "type": "CustomTransactionArrival",
        "from_agent": "A",
        "to_agent": "B",
        "amount": 1,
        "schedule": {"type": "OneTime", "tick": 0},
    }
    compiled = load_data(tmp_path, {**MINIMAL, "scenario_events": [event]}).engine_config().events[0]
    assert (compiled.priority, compiled.deadline, compiled.divisible) == (5, -1, False)
    zero = load_data(tmp_path, {**MINIMAL, "scenario_events": [{**event, "priority": 0}]}).engine_config().events[0]
    assert zero.priority == 0


@pytest.mark.parametrize(
    "policy",
    [
        {"type": "Fifo"},
        {"type": "Deadline", "urgency_threshold": 3},
        {"type": "LiquidityAware", "target_buffer": 0, "urgency_threshold": 3},
        {"type": "LiquiditySplitting", "max_splits": 3, "min_split_amount": 1},
        {"type": "MockSplitting", "num_splits": 2},
        {"type": "InlineJson", "json_string": json.dumps(DOCUMENT), "parameters": {"big": 1}},
    ],
)
def test_every_policy_type_compiles(policy: dict[str, Any], tmp_path: Path) -> None:
    agents = load_data(tmp_path, changed(MINIMAL, "agents.0.policy", policy)).engine_config().agents
    assert all(isinstance(agent.policy, Policy) for agent in agents)


def test_defaults(tmp_path: Path) -> None:
    plain = load_data(tmp_path, MINIMAL).engine_config()
    switches = (plain.deferred_crediting, plain.deadline_cap_at_eod, plain.priority_queue1, plain.priority_mode)
    assert switches == (False, False, False, False)
    assert (plain.algorithm_sequencing, plain.entry_disposition, plain.escalation) == (False, False, False)
    assert (plain.daily_reallocation, plain.eod_rush_threshold) == (True, 0.8)
    assert (plain.escalation_start, plain.escalation_boost) == (20, 3)
    assert plain.events == []


def test_overrides(tmp_path: Path) -> None:
    loaded = load_data(tmp_path, FULL)
    before = loaded.fingerprint
    other = loaded.engine_config(seed=2**64 - 1, num_days=9)
    assert (other.rng_seed, other.num_days, other.ticks_per_day) == (2**64 - 1, 9, 20)
    assert loaded.engine_config(seed=0).rng_seed == 0
    assert loaded.engine_config().rng_seed == 7
    assert loaded.fingerprint == before


@pytest.mark.parametrize(
    "overrides", [{"seed": -1}, {"seed": 2**64}, {"seed": True}, {"num_days": 0}, {"num_days": 10**6}]
)
def test_bad_overrides(overrides: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="must be a whole number"):
        load_data(tmp_path, FULL).engine_config(**overrides)
