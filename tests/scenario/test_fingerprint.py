"""The normal form: files that mean the same have one fingerprint, and it is itself a scenario."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenario.building import DOCUMENT, FULL, MINIMAL, changed, load_as_yaml, load_data, load_text


def shuffled(data: Any, order: random.Random) -> Any:
    if isinstance(data, dict):
        keys = list(data)
        order.shuffle(keys)
        return {key: shuffled(data[key], order) for key in keys}
    return [shuffled(item, order) for item in data] if isinstance(data, list) else data


def test_does_not_depend_on_key_order_comments_format_or_place(tmp_path: Path) -> None:
    plain = load_data(tmp_path, FULL).fingerprint
    other = shuffled(FULL, random.Random(3))
    (tmp_path / "elsewhere").mkdir()
    text = "# a comment\n" + yaml.safe_dump(other, sort_keys=False)
    assert load_text(tmp_path / "elsewhere", text, "other.yml").fingerprint == plain
    assert load_data(tmp_path / "elsewhere", other).fingerprint == plain


SAME: list[tuple[str, object]] = [
    ("simulation.num_days", "2"),
    ("simulation.num_days", 2.0),
    ("queue1_ordering", "PriorityDeadline"),
    ("queue1_ordering", "priority-deadline"),
    ("cost_rates.deadline_penalty", {"mode": "fixed", "amount": 20000}),
    ("cost_rates.deadline_penalty", {"mode": "fixed", "amount": "20000"}),
    ("cost_rates.priority_delay_multipliers", {"urgent_multiplier": 2, "normal_multiplier": 1, "low_multiplier": 0.5}),
    ("agents.1.unsecured_cap", 0),
    ("agents.1.posted_collateral", None),
    ("agents.1.collateral_haircut", 0.02),
    ("agents.1.limits", {}),
    ("agents.1.limits", {"bilateral_limits": {}, "multilateral_limit": None}),
    ("agents.1.arrival_config.priority", 9),
    ("agents.2.arrival_config.priority_distribution", {"type": "Fixed", "value": 6}),
    ("agents.2.arrival_config.divisible", False),
    ("agents.2.arrival_config.amount_distribution.mean", 5000),
    ("agents.2.policy", {"type": "InlineJson", "json_string": json.dumps(DOCUMENT)}),
    ("agents.1.liquidity_allocation_fraction", 0.5),
    ("policy_feature_toggles.exclude", ["CollateralAction", "CollateralField", "CollateralAction"]),
    ("scenario_events.7.priority", "10"),
    ("priority_escalation.curve", "step"),
]


@pytest.mark.parametrize(("path", "value"), SAME)
def test_one_meaning_one_fingerprint(path: str, value: object, tmp_path: Path) -> None:
    assert load_data(tmp_path, changed(FULL, path, value)).fingerprint == load_data(tmp_path, FULL).fingerprint


def test_a_pool_is_brought_in_whole_unless_a_share_is_given(tmp_path: Path) -> None:
    pool = changed(MINIMAL, "agents.0.liquidity_pool", 5)
    whole = changed(pool, "agents.0.liquidity_allocation_fraction", 1)
    assert load_data(tmp_path, pool).fingerprint == load_data(tmp_path, whole).fingerprint
    assert load_data(tmp_path, pool).resolved["agents"][0]["liquidity_allocation_fraction"] == 1.0


def test_older_name_of_the_penalty(tmp_path: Path) -> None:
    costs = dict(FULL["cost_rates"])
    costs["eod_penalty_per_transaction"] = costs.pop("eod_penalty")
    assert load_data(tmp_path, {**FULL, "cost_rates": costs}).fingerprint == load_data(tmp_path, FULL).fingerprint


def test_defaults_may_be_written_out(tmp_path: Path) -> None:
    data = {
        **MINIMAL,
        "cost_rates": {"deadline_penalty": 50000, "eod_penalty": 10000, "overdraft_bps_per_tick": 0.001},
        "lsm_config": {"enable_multilateral": False},
        "scenario_events": None,
        "queue1_ordering": "FIFO",
        "priority_escalation": {},
        "policy_feature_toggles": None,
    }
    data = changed(data, "agents.0.policy", {"type": "Fifo"})
    assert load_data(tmp_path, data).fingerprint == load_data(tmp_path, MINIMAL).fingerprint


DIFFERENT: list[tuple[str, object]] = [
    ("simulation.rng_seed", 8),
    ("simulation.num_days", 3),
    ("deferred_crediting", False),
    ("queue1_ordering", "fifo"),
    ("priority_escalation.max_boost", 3),
    ("lsm_config.cycle_search_limit", 51),
    ("cost_rates.deadline_penalty", 20001),
    ("cost_rates.deadline_penalty", {"mode": "rate", "bps_per_event": 20000}),
    ("agents.0.collateral_haircut", 0.0500001),
    ("agents.0.max_collateral_capacity", None),
    ("agents.0.limits.multilateral_limit", None),
    ("agents.0.arrival_bands.low.divisible", False),
    ("agents.1.arrival_config.counterparty_weights.FARM", 0.3),
    ("agents.1.policy.max_splits", 5),
    ("agents.2.policy.parameters", {"big": 1}),
    ("agents.2.liquidity_allocation_fraction", None),
    ("agents.2.arrival_config.priority", 5),
    ("scenario_events.7.deadline", None),
    ("scenario_events.7.is_divisible", False),
    ("policy_feature_toggles", None),
]


@pytest.mark.parametrize(("path", "value"), DIFFERENT)
def test_another_meaning_another_fingerprint(path: str, value: object, tmp_path: Path) -> None:
    assert load_data(tmp_path, changed(FULL, path, value)).fingerprint != load_data(tmp_path, FULL).fingerprint


def test_order_of_agents_and_events_matters(tmp_path: Path) -> None:
    for key in ("agents", "scenario_events"):
        other = {**FULL, key: FULL[key][::-1]}
        assert load_data(tmp_path, other).fingerprint != load_data(tmp_path, FULL).fingerprint


@pytest.mark.parametrize("data", [FULL, MINIMAL])
def test_the_normal_form_is_a_scenario(data: dict[str, Any], tmp_path: Path) -> None:
    loaded = load_data(tmp_path, data)
    for again in (
        load_data(tmp_path, loaded.resolved, strict=True),
        load_as_yaml(tmp_path, loaded.resolved, strict=True),
    ):
        assert again.warnings == []
        assert again.resolved == loaded.resolved
        assert again.fingerprint == loaded.fingerprint
        assert json.dumps(again.resolved) is not None


def test_what_the_normal_form_says(tmp_path: Path) -> None:
    resolved = load_data(tmp_path, MINIMAL).resolved
    assert resolved["cost_rates"] == {
        "overdraft_bps_per_tick": 0.001,
        "delay_cost_per_tick_per_cent": 0.0001,
        "collateral_cost_per_tick_bps": 0.0002,
        "liquidity_cost_per_tick_bps": 0.0,
        "deadline_penalty": {"mode": "fixed", "amount": 50_000},
        "eod_penalty": {"mode": "fixed", "amount": 10_000},
        "split_friction_cost": 1_000,
        "overdue_delay_multiplier": 5.0,
    }
    assert resolved["lsm_config"] == {
        "enable_bilateral": True,
        "enable_cycles": True,
        "enable_multilateral": False,
        "max_cycle_length": 4,
        "max_cycles_per_tick": 10,
        "cycle_search_limit": 10_000,
    }
    assert resolved["agents"][0] == {
        "id": "A",
        "opening_balance": 100,
        "unsecured_cap": 0,
        "policy": {"type": "Fifo"},
        "posted_collateral": 0,
        "collateral_haircut": 0.02,
    }
    assert resolved["eod_rush_threshold"] == 0.8
    assert resolved["daily_liquidity_reallocation"] is True


def test_a_known_fingerprint(tmp_path: Path) -> None:
    """A change of this value means that stored runs no longer match their scenarios: say so in the changelog."""
    loaded = load_data(tmp_path, MINIMAL)
    assert len(loaded.fingerprint) == 64
    assert loaded.fingerprint == "2417a9887bd1b45a050f62b20023fd107bc0e6224f4e8cdcbb510e697b5caec8"
