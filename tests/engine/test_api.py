"""Driving a simulation from outside: stepping, operations between ticks, looking, saving (03 §9.4 with D39; 01 §7)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.core.errors import SimulationError
from paysim_engine.record.flat import write_jsonl
from paysim_engine.simulation import Simulation
from tests.support.runs import Event, config_of, finished, flat, of_type, start
from tests.support.scenarios import GROSS, Data, bank, payment, policy, transfer, tree, when, world


def two_banks(**options: Any) -> Data:
    agents = [bank("A", 50, unsecured_cap=20, posted_collateral=100, max_collateral_capacity=150), bank("B", 5)]
    return world(agents, options.pop("events", []), ticks=4, days=2, lsm=GROSS, **options)


def drained(simulation: Simulation) -> list[Event]:
    return flat(simulation.recorder.drain(), simulation)


# ---- running ----


def test_callbacks_tell_ticks_and_days() -> None:
    simulation = start(two_banks(events=[payment("A", "B", 10, 1), payment("B", "A", 100, 5)]))
    ticks: list[tuple[int, int, int]] = []
    days: list[int] = []
    simulation.run(
        on_tick=lambda summary: ticks.append((summary.tick, summary.arrivals, summary.settlements)),
        on_day=days.append,
    )
    assert ticks == [(tick, 0, int(tick == 1)) for tick in range(8)]
    assert days == [0, 1]


def test_a_summary_counts_what_liquidity_saving_settled() -> None:
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 7), payment("B", "A", 7)], ticks=2)
    simulation = start(scenario)
    summaries = [simulation.step(), simulation.step()]
    assert [(summary.settlements, summary.lsm_settlements) for summary in summaries] == [(2, 2), (0, 0)]


def test_ids_come_in_ascending_order() -> None:
    scenario = world([bank(name) for name in ("b", "BANK_2", "BANK_10", "Zürich", "a")], [])
    assert start(scenario).agent_ids == ["BANK_10", "BANK_2", "Zürich", "a", "b"]


# ---- looking ----


def test_a_snapshot() -> None:
    splitting = policy(
        when(
            "is_split",
            "==",
            0,
            tree("StaggerSplit", num_splits=3, stagger_first_now=1, stagger_gap_ticks=2, priority_boost_children=0),
            tree("Release"),
        ),
        bank_tree=tree("SetState", key="bank_state_x", value=2.5),
    )
    agents = [bank("A", 10, policy=splitting, posted_collateral=7), bank("B", 1, unsecured_cap=3, liquidity_pool=9)]
    events = [payment("A", "B", 90, deadline=9), payment("B", "A", 50, deadline=9)]
    simulation = start(world(agents, events, lsm=GROSS))
    simulation.step()
    assert simulation.snapshot() == {
        "tick": 1,
        "agents": {
            "A": {
                "balance": 10,
                "posted_collateral": 7,
                "unsecured_cap": 0,
                "allocated_liquidity": 0,
                "queue1": [],
                "scheduled": [
                    {"tx_id": "tx_00000003", "eligible_tick": 2},
                    {"tx_id": "tx_00000004", "eligible_tick": 4},
                ],
                "registers": {"bank_state_x": 2.5},
            },
            "B": {
                "balance": 10,
                "posted_collateral": 0,
                "unsecured_cap": 3,
                "allocated_liquidity": 9,
                "queue1": [],
                "scheduled": [],
                "registers": {},
            },
        },
        "queue2": ["tx_00000002", "tx_00000001"],
        "remaining_amounts": {
            "tx_00000000": 90,
            "tx_00000001": 50,
            "tx_00000002": 30,
            "tx_00000003": 30,
            "tx_00000004": 30,
        },
    }


def test_a_dropped_payment_is_not_open() -> None:
    dropping = policy(tree("Drop"))
    simulation = start(world([bank("A", policy=dropping), bank("B")], [payment("A", "B", 5)]))
    simulation.step()
    snapshot: Any = simulation.snapshot()
    assert snapshot["remaining_amounts"] == {}


# ---- operations between ticks ----


def test_a_submitted_payment_arrives_in_the_tick_about_to_be_played() -> None:
    simulation = start(two_banks(events=[transfer("A", "B", 1, 2)]))
    simulation.run(ticks=2)
    assert simulation.submit("A", "B", 30, deadline=100, priority=8, divisible=True, rtgs_priority="Urgent") == (
        "tx_00000000"
    )
    simulation.run(ticks=1)
    told = [event for event in drained(simulation) if event["tick"] == 2]
    assert [event["event_type"] for event in told] == [
        "Arrival",
        "ScenarioEventExecuted",
        "RtgsSubmission",
        "PolicySubmit",
        "RtgsImmediateSettlement",
    ]
    arrival = told[0]
    assert (arrival["deadline"], arrival["priority"], arrival["is_divisible"]) == (8, 8, True)
    assert arrival["origin"] == "submitted"
    assert told[2]["rtgs_priority"] == "Urgent"


def waiting() -> Simulation:
    """A simulation with one payment in Queue 2 and nothing left to drain."""
    simulation = start(two_banks(events=[payment("B", "A", 40, deadline=6)]))
    simulation.run(ticks=2)
    drained(simulation)
    return simulation


def test_a_withdrawn_payment_goes_to_the_end_of_its_queue_1() -> None:
    simulation = waiting()
    other = simulation.submit("B", "A", 1, deadline=5)
    simulation.withdraw_payment("tx_00000000")
    snapshot: Any = simulation.snapshot()
    assert snapshot["queue2"] == []
    assert snapshot["agents"]["B"]["queue1"] == [other, "tx_00000000"]
    (withdrawal,) = of_type(drained(simulation), "RtgsWithdrawal")
    assert (withdrawal["tick"], withdrawal["original_rtgs_priority"]) == (2, "Normal")


def test_a_resubmitted_payment_has_its_new_priority() -> None:
    simulation = waiting()
    simulation.resubmit_payment("tx_00000000", "HighlyUrgent")
    simulation.run(ticks=1)
    told = drained(simulation)
    assert [event["event_type"] for event in told] == [
        "RtgsWithdrawal",
        "RtgsResubmission",
        "RtgsSubmission",
        "PolicySubmit",
        "QueuedRtgs",
    ]
    assert (told[1]["old_rtgs_priority"], told[1]["new_rtgs_priority"]) == ("None", "HighlyUrgent")
    assert told[2]["rtgs_priority"] == "HighlyUrgent"


def test_a_payment_in_queue_1_is_redeclared_where_it_is() -> None:
    simulation = start(two_banks())
    first = simulation.submit("A", "B", 1, deadline=5)
    second = simulation.submit("A", "B", 2, deadline=5)
    simulation.resubmit_payment(first, "Urgent")
    snapshot: Any = simulation.snapshot()
    assert snapshot["agents"]["A"]["queue1"] == [first, second]


def test_collateral_moves_by_hand() -> None:
    simulation = start(two_banks())
    assert simulation.post_collateral("A", 80) == 50  # the capacity leaves no more
    assert simulation.post_collateral("A", 1) == 0
    assert simulation.withdraw_collateral("A", 200) == 150  # nothing is owed
    told = drained(simulation)
    assert [(event["event_type"], event["requested_amount"], event["amount"]) for event in told] == [
        ("CollateralPost", 80, 50),
        ("CollateralWithdraw", 200, 150),
    ]
    assert {event["layer"] for event in told} == {"manual"}
    assert [event["reason"] for event in told] == ["ManualPost", "ManualWithdraw"]


def test_collateral_stays_where_credit_is_used() -> None:
    simulation = start(two_banks(events=[payment("A", "B", 90)]))
    simulation.run(ticks=1)
    # 40 owed, of which 20 unsecured: ceil(20 / 0.98) = 21 stay.
    assert simulation.withdraw_collateral("A", 100) == 79


REFUSED: list[tuple[str, Callable[[Simulation], object]]] = [
    ("unknown sender", lambda s: s.submit("X", "B", 1, deadline=5)),
    ("unknown receiver", lambda s: s.submit("A", "X", 1, deadline=5)),
    ("itself", lambda s: s.submit("A", "A", 1, deadline=5)),
    ("nothing", lambda s: s.submit("A", "B", 0, deadline=5)),
    ("negative", lambda s: s.submit("A", "B", -1, deadline=5)),
    ("beyond bounds", lambda s: s.submit("A", "B", 10**16, deadline=5)),
    ("past deadline", lambda s: s.submit("A", "B", 1, deadline=2)),
    ("priority", lambda s: s.submit("A", "B", 1, deadline=5, priority=11)),
    ("negative priority", lambda s: s.submit("A", "B", 1, deadline=5, priority=-1)),
    ("rtgs priority", lambda s: s.submit("A", "B", 1, deadline=5, rtgs_priority="urgent")),
    ("withdraw unknown", lambda s: s.withdraw_payment("tx_00000009")),
    ("withdraw nonsense", lambda s: s.withdraw_payment("tx_")),
    ("resubmit unknown", lambda s: s.resubmit_payment("tx_00000009", "Urgent")),
    ("resubmit priority", lambda s: s.resubmit_payment("tx_00000000", "None")),
    ("post nothing", lambda s: s.post_collateral("A", 0)),
    ("post by nobody", lambda s: s.post_collateral("X", 1)),
    ("withdraw nothing", lambda s: s.withdraw_collateral("A", -5)),
]


@pytest.mark.parametrize(("why", "operation"), REFUSED, ids=[why for why, _ in REFUSED])
def test_a_refused_operation_changes_nothing(why: str, operation: Callable[[Simulation], object]) -> None:
    simulation = waiting()
    before = simulation.checkpoint()
    with pytest.raises(SimulationError):
        operation(simulation)
    assert simulation.checkpoint() == before
    assert drained(simulation) == []


def test_a_settled_payment_cannot_be_withdrawn_or_resubmitted() -> None:
    simulation = start(two_banks(events=[payment("A", "B", 5)]))
    simulation.run(ticks=1)
    with pytest.raises(SimulationError):
        simulation.withdraw_payment("tx_00000000")
    with pytest.raises(SimulationError):
        simulation.resubmit_payment("tx_00000000", "Urgent")


# ---- saving ----


def test_a_checkpoint_is_plain_json() -> None:
    simulation = waiting()
    saved = simulation.checkpoint()
    assert json.loads(json.dumps(saved, allow_nan=False)) == saved


DAMAGE: dict[str, Callable[[Any], object]] = {
    "older version": lambda saved: saved.update(version=0),
    "version as text": lambda saved: saved.update(version="1"),
    "no version": lambda saved: saved.pop("version"),
    "other agents": lambda saved: saved.update(agents=["A"]),
    "no accounts": lambda saved: saved.pop("ledger"),
    "no tick": lambda saved: saved.pop("tick"),
    "tick as text": lambda saved: saved.update(tick="3"),
    "queue of another type": lambda saved: saved.update(queue2=7),
    "no counters": lambda saved: saved.update(counters=[]),
    "a column less": lambda saved: saved["ledger"].pop("balance"),
    "an account more": lambda saved: saved["ledger"]["balance"].append(1),
    "a column of payments less": lambda saved: saved["payments"].pop("amount"),
    "a payment less in one column": lambda saved: saved["payments"]["amount"].pop(),
    "unknown payment in a queue": lambda saved: saved["queue2"].append(99),
    "negative payment in a queue": lambda saved: saved["queue2"].append(-1),
    "a payment twice in a queue": lambda saved: saved["queue2"].append(saved["queue2"][0]),
    "a payment in two queues": lambda saved: saved["queue1"][1].append(saved["queue2"][0]),
    "a stream more": lambda saved: saved["streams"].append([1.0, 1.0, 1, 1, []]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_checkpoint_that_does_not_fit_is_refused(damage: str) -> None:
    simulation = waiting()
    saved: Any = json.loads(json.dumps(simulation.checkpoint()))
    DAMAGE[damage](saved)
    with pytest.raises(SimulationError):
        Simulation.restore(simulation.config, saved)


def test_manual_operations_survive_a_checkpoint() -> None:
    simulation = waiting()
    simulation.submit("A", "B", 3, deadline=6, rtgs_priority="Urgent")
    simulation.resubmit_payment("tx_00000000", "HighlyUrgent")
    simulation.post_collateral("A", 20)
    drained(simulation)
    restored = Simulation.restore(simulation.config, simulation.checkpoint())
    simulation.run()
    restored.run()
    assert drained(restored) == drained(simulation)


# ---- writing ----


def test_events_are_written_one_to_a_line(tmp_path: Path) -> None:
    simulation = finished(two_banks(events=[payment("A", "B", 10)]))
    events = simulation.events()
    for name in ("events.jsonl", "events.jsonl.gz"):
        assert write_jsonl(tmp_path / name, events) == len(events)
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == events


def test_a_register_may_be_infinite(tmp_path: Path) -> None:
    # Without anything in Queue 2 its nearest deadline is infinitely far away (05 §6.9).
    far = tree("SetState", key="bank_state_x")
    far["parameters"]["value"] = {"field": "ticks_to_nearest_queue2_deadline"}
    simulation = finished(world([bank("A", policy=policy(tree("Release"), bank_tree=far)), bank("B")], [], ticks=1))
    events = simulation.events()
    write_jsonl(tmp_path / "events.jsonl", events)
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == events
    assert json.loads(lines[0])["new_value"] == float("inf")


def test_a_policy_without_a_payment_tree_releases_everything() -> None:
    # D42
    document = {"version": "1.0", "policy_id": "no_payment_tree", "bank_tree": tree("NoAction")}
    agent = bank("A", 5, policy={"type": "Inline", "decision_trees": document})
    simulation = Simulation(config_of(world([agent, bank("B")], [payment("A", "B", 5)])))
    simulation.run()
    assert len(of_type(drained(simulation), "RtgsImmediateSettlement")) == 1
