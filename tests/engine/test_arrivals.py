"""Generated payments: whole published streams, and what D4 to D7 changed about them (spec 02 §§2-5)."""

from typing import Any

import pytest

from paysim_engine.simulation import Simulation
from tests.support.runs import config_of, events_of, finished, flat, of_type, rows_of, start
from tests.support.scenarios import Data, at, bank, payment, world

CATEGORICAL = {"type": "Categorical", "values": [3, 5, 9], "weights": [0.2, 0.5, 0.3]}

COMBINED = [
    (
        {"type": "Uniform", "min": 10_000, "max": 100_000},
        [(89585, "C", 3, 3), (85382, "D", 3, 9), (63418, "D", 3, 5)],
        0x29C18612F4D8B011,
    ),
    (
        {"type": "Normal", "mean": 50_000, "std_dev": 20_000},
        [(26595, "D", 9, 5), (44092, "A", 3, 9), (29654, "D", 3, 5)],
        0xBE4B886CA4D36EC1,
    ),
    (
        {"type": "LogNormal", "mean": 50_000.0, "std_dev": 30_000.0},
        [(22406, "D", 9, 5), (36397, "A", 3, 9), (24390, "D", 3, 5)],
        0xBE4B886CA4D36EC1,
    ),
    (
        {"type": "Exponential", "lambda": 0.00002},
        [(49103, "C", 3, 3), (50306, "D", 3, 9), (21521, "D", 3, 5)],
        0x29C18612F4D8B011,
    ),
]


@pytest.mark.parametrize(("amounts", "payments", "state"), COMBINED, ids=[str(entry[0]["type"]) for entry in COMBINED])
def test_amount_receiver_deadline_and_priority_together(
    amounts: Data, payments: list[tuple[int, str, int, int]], state: int
) -> None:
    # D has the weight that an agent missing from the map had when these were published (D5).
    arrivals = {
        "rate_per_tick": 4.0,
        "amount_distribution": amounts,
        "counterparty_weights": {"A": 1.0, "C": 2.0, "D": 1.0},
        "deadline_range": [3, 9],
        "priority_distribution": CATEGORICAL,
    }
    banks = [bank("C"), bank("B", arrival_config=arrivals), bank("A"), bank("D")]
    simulation = start(world(banks, [], seed=7))
    simulation.step()
    events = of_type(flat(simulation.recorder.peek(), simulation), "Arrival")
    assert [(e["amount"], e["receiver_id"], e["deadline"], e["priority"]) for e in events] == payments
    assert simulation.rng.unsigned_state() == state


def the_example() -> Data:
    """The example of 02 §5, with the weights that its maps left out."""
    c = {
        "rate_per_tick": 1.0,
        "amount_distribution": {"type": "Uniform", "min": 1000, "max": 9999},
        "counterparty_weights": {"A": 1.0, "B": 1.0},
        "deadline_range": [3, 9],
        "priority": 0,
    }
    a = {
        "rate_per_tick": 0.8,
        "amount_distribution": {"type": "LogNormal", "mean": 50_000.0, "std_dev": 30_000.0},
        "counterparty_weights": {"B": 3.0, "C": 1.0},
        "deadline_range": [1, 4],
        "priority_distribution": CATEGORICAL,
    }
    urgent = {
        "rate_per_tick": 0.3,
        "amount_distribution": {"type": "Normal", "mean": 100_000, "std_dev": 40_000},
        "deadline_offset_min": 1,
        "deadline_offset_max": 3,
        "counterparty_weights": {"A": 1.0, "C": 0.0},
    }
    low = {
        "rate_per_tick": 0.6,
        "amount_distribution": {"type": "Exponential", "lambda": 0.0005},
        "deadline_offset_min": 5,
        "deadline_offset_max": 9,
    }
    half = {"type": "DeadlineWindowChange", "min_ticks_multiplier": 0.5, "max_ticks_multiplier": 0.5}
    events = [
        {"type": "GlobalArrivalRateChange", "multiplier": 2.0, "schedule": at(3)},
        {"type": "AgentArrivalRateChange", "agent": "A", "multiplier": 0.5, "schedule": at(3)},
        {
            "type": "CounterpartyWeightChange",
            "agent": "C",
            "counterparty": "B",
            "new_weight": 0.0,
            "schedule": at(4),
        },
        {**half, "schedule": {"type": "Repeating", "start_tick": 4, "interval": 2}},
        payment("B", "A", 777, 5),
    ]
    rich = 10**9
    banks = [
        bank("C", rich, arrival_config=c),
        bank("A", rich, arrival_config=a),
        bank("B", rich, arrival_bands={"urgent": urgent, "low": low}),
    ]
    return world(banks, events, ticks=4, days=2, seed=42)


Line = tuple[int, str, str, int, int, int]


def lines(scenario: Data) -> tuple[list[Line], int]:
    """Tick, sender, receiver, amount, deadline, priority of all arrivals, and the generator's last state."""
    config = config_of(scenario)
    of_c = config.agents[0].arrivals
    assert of_c is not None
    # The published C chooses uniformly, which a plain configuration in a file cannot say.
    of_c.weights.clear()
    simulation = Simulation(config)
    simulation.run()
    batches = simulation.recorder.drain()
    arrivals = of_type(flat(batches, simulation), "Arrival")
    fields = ("tick", "sender_id", "receiver_id", "amount", "deadline", "priority")
    found: list[Any] = [tuple(event[field] for field in fields) for event in arrivals]
    return found, rows_of(batches, "rng_states")[-1]["rng_state"] % 2**64


UNCHANGED = [
    (0, "B", "A", 101226, 1, 10),
    (0, "C", "A", 4027, 4, 0),
    (2, "A", "B", 31377, 3, 5),
    (2, "B", "C", 1106, 8, 3),
    (2, "C", "A", 1795, 5, 0),
    (2, "C", "B", 8144, 7, 0),
    (3, "A", "C", 54667, 5, 3),
    (3, "A", "B", 47861, 6, 5),
]
"""As published, but that C's priority 0 stays 0 (D4)."""

CHANGED = [
    # From here on the bands follow the changes of rate and window too (D7).
    (3, "B", "A", 123347, 6, 8),
    (3, "B", "A", 52749, 5, 8),
    (3, "C", "A", 9926, 8, 0),
    (4, "B", "A", 85989, 6, 10),
    (4, "C", "A", 2360, 8, 0),
    (5, "B", "A", 777, 8, 5),
    (5, "A", "B", 29261, 6, 5),
    (5, "A", "B", 31728, 7, 9),
    (5, "B", "A", 63727, 6, 9),
    (5, "B", "A", 112245, 7, 9),
    (5, "B", "A", 447, 8, 1),
    (5, "C", "B", 6853, 8, 0),
    (5, "C", "A", 5510, 7, 0),
    (6, "B", "A", 59575, 7, 8),
    (6, "C", "A", 4211, 8, 0),
    (6, "C", "B", 9934, 7, 0),
    (6, "C", "A", 2339, 8, 0),
    (6, "C", "B", 4175, 8, 0),
    (7, "A", "B", 38454, 8, 5),
    (7, "B", "A", 210, 8, 8),
    (7, "B", "A", 4327, 8, 0),
    (7, "C", "A", 9900, 8, 0),
]
"""Recomputed with an independent implementation of the changed rules."""


def test_a_whole_published_stream_as_far_as_the_rules_are_the_same() -> None:
    found, state = lines(the_example())
    assert found[: len(UNCHANGED)] == UNCHANGED
    assert found[len(UNCHANGED) :] == CHANGED
    assert state == 0x2D4D82D4A9E950A7


def test_policies_and_settlement_do_not_disturb_the_draws() -> None:
    scenario = the_example()
    expected = lines(scenario)
    for agent in scenario["agents"]:
        agent["opening_balance"] = 0
    scenario.update(deferred_crediting=True, priority_mode=True, lsm_config={"enable_multilateral": True})
    assert lines(scenario) == expected


# ---- single rules ----


def one_stream(**changes: Any) -> Data:
    arrivals = {
        "rate_per_tick": 2.0,
        "amount_distribution": {"type": "Uniform", "min": 1, "max": 9},
        "counterparty_weights": {"B": 1.0},
        "deadline_range": [3, 3],
    }
    return {**arrivals, **changes}


def arrivals_of(scenario: Data) -> list[dict[str, Any]]:
    return of_type(events_of(scenario), "Arrival")


@pytest.mark.parametrize("cap", [False, True])
def test_deadlines_are_capped(cap: bool) -> None:
    # D6: at the last tick of the arrival day with the option, else at the first tick after the run.
    banks = [bank("A", 100, arrival_config=one_stream()), bank("B")]
    custom = [payment("A", "B", 1, tick, deadline=4) for tick in range(10)]
    events = arrivals_of(world(banks, custom, ticks=5, days=2, deadline_cap_at_eod=cap))
    assert len(events) > 20
    for event in events:
        offset = 3 if event["origin"] == "generated" else 4
        last = event["tick"] // 5 * 5 + 4 if cap else 10
        assert event["deadline"] == min(event["tick"] + offset, last)


def test_a_deadline_may_be_the_tick_of_arrival() -> None:
    events = arrivals_of(world([bank("A"), bank("B")], [payment("A", "B", 1, 4)], ticks=5, deadline_cap_at_eod=True))
    assert [event["deadline"] for event in events] == [4]


def test_windows_may_be_stretched_without_end() -> None:
    """Doubled at every tick they leave 64 bits within a run; deadlines stay at the end of the run."""
    stream = one_stream(rate_per_tick=5.0, deadline_range=[3, 9])
    doubling = {
        "type": "DeadlineWindowChange",
        "min_ticks_multiplier": 2.0,
        "max_ticks_multiplier": 2.0,
        "schedule": {"type": "Repeating", "start_tick": 0, "interval": 1},
    }
    events = arrivals_of(world([bank("A", arrival_config=stream), bank("B")], [doubling], ticks=120))
    assert {event["deadline"] for event in events if event["tick"] >= 10} == {120}


def test_candidates_without_weight_are_never_chosen() -> None:
    stream = one_stream(rate_per_tick=20.0, counterparty_weights={"C": 0.0, "D": 0.5})
    banks = [bank("A", arrival_config=stream), bank("B"), bank("C"), bank("D")]
    events = arrivals_of(world(banks, []))
    assert {event["receiver_id"] for event in events} == {"D"}


def test_a_change_of_weight_concerns_one_agent_alone() -> None:
    """B, C and D have equal weights, which are kept once; C pays nobody but A from tick 3, B never A from tick 6."""
    others = {"B": ["A", "C", "D"], "C": ["A", "B", "D"], "D": ["A", "B", "C"]}
    streams = [
        bank(name, 10**9, arrival_config=one_stream(rate_per_tick=20.0, counterparty_weights=dict.fromkeys(to, 1.0)))
        for name, to in others.items()
    ]
    changes = [
        {
            "type": "CounterpartyWeightChange",
            "agent": agent,
            "counterparty": to,
            "new_weight": 0.0,
            "schedule": at(tick),
        }
        for agent, to, tick in (("C", "B", 3), ("C", "D", 3), ("B", "A", 6))
    ]
    found: dict[tuple[str, int], set[str]] = {}
    for event in arrivals_of(world([bank("A", 10**9), *streams], changes, ticks=9)):
        found.setdefault((event["sender_id"], event["tick"] // 3), set()).add(event["receiver_id"])
    for name, to in others.items():
        assert found[name, 0] == set(to)
        assert found[name, 1] == ({"A"} if name == "C" else set(to))
        assert found[name, 2] == {"B": {"C", "D"}, "C": {"A"}, "D": {"A", "B", "C"}}[name]


def test_amounts_are_clamped_and_counted() -> None:
    stream = one_stream(amount_distribution={"type": "Normal", "mean": 10**15, "std_dev": 1})
    simulation = finished(world([bank("A", arrival_config=stream), bank("B")], [], ticks=5))
    events = of_type(flat(simulation.recorder.drain(), simulation), "Arrival")
    assert {event["amount"] for event in events} == {10**13}
    assert simulation.summary()["clamped_draws"] == len(events) > 0


def test_bands_come_in_their_order_with_their_priorities() -> None:
    band = {
        "rate_per_tick": 3.0,
        "amount_distribution": {"type": "Uniform", "min": 1, "max": 9},
        "deadline_offset_min": 1,
        "deadline_offset_max": 4,
    }
    scenario = world([bank("A", arrival_bands={"low": band, "urgent": band, "normal": band}), bank("B")], [])
    by_tick: dict[int, list[int]] = {}
    for event in arrivals_of(scenario):
        by_tick.setdefault(event["tick"], []).append(event["priority"])
    seen = set()
    for priorities in by_tick.values():
        bands = [0 if priority >= 8 else 1 if priority >= 4 else 2 for priority in priorities]
        assert bands == sorted(bands)
        seen |= set(priorities)
    assert seen == set(range(11))


def test_generated_payments_are_never_divisible() -> None:
    stream = one_stream(divisible=True)
    events = arrivals_of(world([bank("A", arrival_config=stream), bank("B")], []))
    assert {event["is_divisible"] for event in events} == {False}
    assert {event["origin"] for event in events} == {"generated"}
