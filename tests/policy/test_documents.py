"""Documents that exist: the reference's, those of the recorded cases, the built-in ones, and the library's."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from paysim_engine.policy import check_document, compile_policy
from paysim_engine.policy.builtin import BUILTIN, FILES
from paysim_engine.policy.document import registers_set
from paysim_engine.policy.explain import explain
from paysim_engine.policy.library import FOLDER, builtin_document, library_document, library_names
from tests.support.runs import events_of, of_type

GOLDEN = Path(__file__).parents[1] / "golden"
REFERENCE = sorted((GOLDEN / "reference" / "policies").glob("*.json"))
LIBRARY = sorted(FOLDER.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


@cache
def inline_documents() -> list[tuple[str, dict[str, Any]]]:
    """The documents inside the scenarios of the recorded cases."""
    found = []
    for path in sorted((GOLDEN / "data").glob("*/*/scenario.yaml")):
        for agent in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["agents"]:
            policy = agent.get("policy", {})
            if policy.get("type") == "Inline":
                found.append((f"{path.parent.name}-{agent['id']}", policy["decision_trees"]))
            elif policy.get("type") == "InlineJson":
                found.append((f"{path.parent.name}-{agent['id']}", json.loads(policy["json_string"])))
    return found


def test_there_is_something_to_test() -> None:
    assert len(REFERENCE) == 29
    assert len(LIBRARY) >= 10
    assert len(inline_documents()) > 20


@pytest.mark.parametrize("path", [*REFERENCE, *LIBRARY], ids=lambda path: path.stem)
def test_a_shipped_document_is_valid_and_compiles(path: Path) -> None:
    document = read(path)
    assert check_document(document) == []
    policy = compile_policy(document)
    assert policy.policy_id == document["policy_id"]
    assert policy.register_names == registers_set(document)
    assert document["policy_id"] in explain(document)


def test_documents_of_recorded_scenarios_are_valid_and_compile() -> None:
    for name, document in inline_documents():
        assert check_document(document) == [], name
        compile_policy(document)


def test_what_the_engine_need_not_ask() -> None:
    policies = {path.stem: compile_policy(read(path)) for path in REFERENCE}
    assert [name for name, policy in policies.items() if policy.releases_everything] == ["fifo"]
    assert [name for name, policy in policies.items() if policy.acts_on_queue2] == [
        "agile_regional_bank",
        "target2_priority_escalator",
    ]
    banks = ["efficient_memory_adaptive", "memory_driven_strategist"]
    banks += ["smart_budget_manager", "sophisticated_adaptive_bank"]
    assert [name for name, policy in policies.items() if policy.has_bank] == banks
    assert policies["memory_driven_strategist"].register_names == [
        "bank_state_cooldown",
        "bank_state_mode",
    ]
    assert not policies["momentum_investment_bank"].has_strategic


# ---- built-in types ----


@pytest.mark.parametrize("file_name", FILES)
def test_a_built_in_document_decides_as_the_references_file(file_name: str) -> None:
    ours = builtin_document(FILES[file_name])
    theirs = read(GOLDEN / "reference" / "policies" / file_name)
    assert check_document(ours) == []
    assert stripped(ours["payment_tree"]) == stripped(theirs["payment_tree"])
    own = {name: number for name, number in theirs["parameters"].items() if name != "initial_liquidity_fraction"}
    assert ours["parameters"] == own


def stripped(node: Any) -> Any:
    """A tree without remarks, and empty parameters left out."""
    if isinstance(node, list):
        return [stripped(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: stripped(part)
        for key, part in node.items()
        if key not in ("description", "comment") and not (key == "parameters" and not part)
    }


def test_parameters_of_built_in_types() -> None:
    document = builtin_document("LiquidityAware", target_buffer=7, urgency_threshold=2)
    assert document["parameters"] == {"target_buffer": 7.0, "urgency_threshold": 2.0}
    assert BUILTIN["LiquidityAware"]["parameters"]["target_buffer"] == 50000.0
    with pytest.raises(ValueError, match='Did you mean "Deadline"'):
        builtin_document("Deadlin")
    with pytest.raises(ValueError, match='Did you mean "num_splits"'):
        builtin_document("MockSplitting", num_split=3)


# ---- the library ----


def test_documents_are_found_by_name_wherever_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reserve_keeper.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    document = library_document("reserve_keeper.json")
    assert document is not None
    assert document["policy_id"] == "reserve_keeper"
    assert library_document("reserve_keeper") == document
    assert library_document("deadline.json") == builtin_document("Deadline")
    assert library_document("no_such_policy") is None
    assert library_document("../baselines/x.json") is None
    assert {"reserve_keeper.json", "fifo.json"} <= set(library_names())


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_library_document_says_what_it_models(path: Path) -> None:
    document = read(path)
    assert document["policy_id"] == path.stem
    assert "Models " in document["description"]
    text = path.read_text("utf-8")
    for name in document["parameters"]:
        assert f'{{"param": "{name}"}}' in text, f"parameter {name} is not used"


SHOWS = {
    "just_in_time": ("PolicyHold", "AwaitingInflows"),
    "reserve_keeper": ("PolicyHold", "KeepingReserve"),
    "throughput_rule": ("PolicyHold", "AheadOfGuideline"),
    "cost_minimizer": ("PolicyHold", "WaitingIsCheaper"),
    "reciprocal": ("PolicyHold", "AwaitingInflows"),
    "paced_budget": ("PolicyHold", "BudgetExhausted"),
    "collateral_on_demand": ("CollateralPost", "CoverQueue"),
    "stress_memory": ("PolicyHold", "Hoarding"),
    "instalments": ("PolicySplit", None),
    "queue_manager": ("PolicyHold", "UrgentFirst"),
    "end_of_day_clearer": ("PolicyHold", "InsufficientLiquidity"),
}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_library_policy_shows_its_behaviour(path: Path) -> None:
    event_type, reason = SHOWS[path.stem]
    events = of_type(events_of(scenario_of(path)), event_type)
    assert [event for event in events if reason is None or event["reason"] == reason]


def test_the_queue_manager_uses_every_door_of_queue_2() -> None:
    events = events_of(scenario_of(FOLDER / "queue_manager.json"))
    assert of_type(events, "RtgsWithdrawal")
    assert {event["new_rtgs_priority"] for event in of_type(events, "RtgsResubmission")} == {"Urgent", "HighlyUrgent"}


def scenario_of(path: Path) -> dict[str, Any]:
    """Four banks with the same policy and too little money."""
    names = ("A", "B", "C", "D")
    arrivals = {
        "rate_per_tick": 0.9,
        "amount_distribution": {"type": "LogNormal", "mean": 150000, "std_dev": 150000},
        "deadline_range": [3, 20],
        "priority_distribution": {"type": "Uniform", "min": 0, "max": 10},
    }
    agents = [
        {
            "id": name,
            "opening_balance": 300000,
            "unsecured_cap": 200000,
            "max_collateral_capacity": 2000000,
            "policy": {"type": "FromJson", "json_path": str(path)},
            "arrival_config": {**arrivals, "counterparty_weights": {other: 1.0 for other in names if other != name}},
        }
        for name in names
    ]
    return {
        "simulation": {"ticks_per_day": 40, "num_days": 1, "rng_seed": 5},
        "agents": agents,
        "priority_mode": True,
        "lsm_config": {"enable_cycles": False},
        "cost_rates": {
            "overdraft_bps_per_tick": 5.0,
            "delay_cost_per_tick_per_cent": 0.0005,
            "deadline_penalty": 2000,
            "split_friction_cost": 100,
        },
    }
