"""What is accepted with a warning: legacy keys, settings without effect, keys that another program drops."""

import json
from pathlib import Path

import pytest
import yaml

from paysim_engine.scenario import ScenarioError
from tests.scenario.building import DOCUMENT, FULL, MINIMAL, changed, load_data, load_text, problems

FROM_JSON = {"type": "FromJson", "json_path": "p.json", "params": {"anything": [1]}}

LEGACY: list[tuple[str, object, str, str]] = [
    ("agents.0.policy", FROM_JSON, "agents[0].policy.params", "policy.parameters"),
    ("agents.0.bilateral_limits", {"B": -5}, "agents[0].bilateral_limits", "agents[].limits.bilateral_limits"),
    ("agents.0.multilateral_limit", "x", "agents[0].multilateral_limit", "agents[].limits.multilateral_limit"),
    ("priority_escalation", {"threshold_ticks": None}, "priority_escalation.threshold_ticks", "start_escalating"),
    ("priority_escalation", {"curve": "exponential"}, "priority_escalation.curve", "Only linear exists"),
    ("priority_escalation", {"curve": "step"}, "priority_escalation.curve", "Only linear exists"),
    ("simulation.lsm_enabled", False, "simulation.lsm_enabled", "lsm_config.enable_bilateral"),
    ("simulation.lsm_frequency_ticks", 10, "simulation.lsm_frequency_ticks", "no equivalent"),
    ("agents.1.overdraft_rate", 500, "agents[1].overdraft_rate", "cost_rates.overdraft_bps_per_tick"),
    ("agents.1.delay_cost_per_tick", 1, "agents[1].delay_cost_per_tick", "cost_rates.delay_cost_per_tick_per_cent"),
    ("cost_model", {"x": {}}, "cost_model", "cost_rates"),
]


@pytest.mark.parametrize(("path", "value", "where", "hint"), LEGACY)
def test_legacy_keys(path: str, value: object, where: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(DOCUMENT))
    data = changed(MINIMAL, path, value)
    loaded = load_data(tmp_path, data)
    assert [(warning.path, hint in warning.hint) for warning in loaded.warnings] == [(where, True)]
    with pytest.raises(ScenarioError) as caught:
        load_data(tmp_path, data, strict=True)
    assert [problem.path for problem in caught.value.problems] == [where]


def test_legacy_keys_have_no_effect(tmp_path: Path) -> None:
    data = MINIMAL
    for path, value, _, _ in LEGACY[1:]:
        data = changed(data, path, value)
    assert load_data(tmp_path, data).fingerprint == load_data(tmp_path, MINIMAL).fingerprint


@pytest.mark.parametrize(
    "path",
    [
        "agents.0.params",
        "agents.0.policy.params",
        "lsm_config.threshold_ticks",
        "simulation.cost_model",
        "lsm_enabled",
        "overdraft_rate",
        "agents.0.limits.overdraft_rate",
    ],
)
def test_legacy_names_elsewhere_are_unknown_keys(path: str, tmp_path: Path) -> None:
    assert "unknown key" in str(problems(lambda: load_data(tmp_path, changed(FULL, path, 1)))[0]) or "not a key" in str(
        problems(lambda: load_data(tmp_path, changed(FULL, path, 1)))[0]
    )


ODD: list[tuple[str, object, str, str]] = [
    ("scenario_events.0.schedule.tick", 40, "scenario_events[0].schedule.tick", "never fires"),
    ("scenario_events.6.schedule.start_tick", 1000, "scenario_events[6].schedule.start_tick", "never fires"),
    (
        "agents.1.arrival_config.counterparty_weights",
        {"HUB": 1, "MILL": 1},
        "agents[1].arrival_config.counterparty_weights.MILL",
        "own weight has no effect",
    ),
    (
        "agents.0.arrival_bands.low.counterparty_weights",
        {"HUB": 1, "MILL": 1},
        "agents[0].arrival_bands.low.counterparty_weights.HUB",
        "own weight has no effect",
    ),
    (
        "agents.1.liquidity_allocation_fraction",
        0.5,
        "agents[1].liquidity_allocation_fraction",
        "without liquidity_pool",
    ),
    (
        "agents.0.max_collateral_capacity",
        499_999,
        "agents[0].posted_collateral",
        "above the collateral capacity of 499999",
    ),
    ("agents.1.posted_collateral", 1, "agents[1].posted_collateral", "above the collateral capacity of 0"),
    (
        "agents.2.arrival_config.amount_distribution.mean",
        10.5,
        "agents[2].arrival_config.amount_distribution.mean",
        "below 100 cents",
    ),
    ("agents.2.arrival_config.rate_per_tick", 800, "agents[2].arrival_config.rate_per_tick", "saturates near 745"),
    ("agents.0.arrival_bands.urgent.rate_per_tick", 701, "agents[0].arrival_bands.urgent.rate_per_tick", "saturates"),
]


@pytest.mark.parametrize(("path", "value", "where", "message"), ODD)
def test_odd_but_accepted(path: str, value: object, where: str, message: str, tmp_path: Path) -> None:
    warnings = load_data(tmp_path, changed(FULL, path, value), strict=True).warnings
    assert [(warning.path, message in warning.message) for warning in warnings] == [(where, True)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scenario_events.0.schedule.tick", 39),
        ("agents.0.max_collateral_capacity", 500_000),
        ("agents.2.arrival_config.amount_distribution.mean", 100),
        ("agents.2.arrival_config.rate_per_tick", 700),
        ("agents.2.liquidity_pool", 0),
    ],
)
def test_not_odd(path: str, value: object, tmp_path: Path) -> None:
    assert load_data(tmp_path, changed(FULL, path, value)).warnings == []


def test_warnings_have_lines(tmp_path: Path) -> None:
    text = yaml.safe_dump(changed(MINIMAL, "agents.0.overdraft_rate", 4), sort_keys=False)
    line = text.splitlines().index("  overdraft_rate: 4") + 1
    assert [warning.line for warning in load_text(tmp_path, text).warnings] == [line]


def test_as_the_reference_command_line(tmp_path: Path) -> None:
    loaded = load_data(tmp_path, FULL, reference_cli=True)
    assert {warning.path for warning in loaded.warnings} == {
        "agents[0].posted_collateral",
        "agents[0].collateral_haircut",
        "agents[0].limits",
        "eod_rush_threshold",
        "queue1_ordering",
        "priority_mode",
        "priority_escalation",
        "algorithm_sequencing",
        "entry_disposition_offsetting",
        "daily_liquidity_reallocation",
    }
    resolved = loaded.resolved
    hub = resolved["agents"][0]
    assert (hub["posted_collateral"], hub["collateral_haircut"], "limits" in hub) == (0, 0.02, False)
    assert hub["max_collateral_capacity"] == 6000000
    assert resolved["eod_rush_threshold"] == 0.8
    assert resolved["queue1_ordering"] == "fifo"
    assert resolved["priority_escalation"]["enabled"] is False
    assert resolved["daily_liquidity_reallocation"] is True
    for name in ("priority_mode", "algorithm_sequencing", "entry_disposition_offsetting"):
        assert resolved[name] is False
    assert resolved["deferred_crediting"] is True
    plain = load_data(tmp_path, FULL)
    assert plain.warnings == []
    assert plain.fingerprint != loaded.fingerprint
    assert load_data(tmp_path, MINIMAL, reference_cli=True).warnings == []
