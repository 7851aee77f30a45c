"""When an event matches a filter."""

from typing import Any

import pytest

from paysim_pipeline.display.filters import EventFilter, agents_of, payments_of


def event(kind: str, tick: int = 5, **fields: Any) -> dict[str, Any]:
    return {"event_seq": 1, "event_type": kind, "tick": tick, **fields}


ARRIVAL = event("Arrival", tx_id="tx_00000001", sender_id="A", receiver_id="B", parent_tx_id=None)
CHILD = event("Arrival", tx_id="tx_00000002", sender_id="A", receiver_id="B", parent_tx_id="tx_00000001")
SETTLED = event("RtgsImmediateSettlement", tx_id="tx_00000001", sender="A", receiver="B")
CYCLE = event("LsmCycleSettlement", agents=["A", "B", "C"], tx_ids=["tx_00000001", "tx_00000003"])
ENTRY = event(
    "EntryDispositionOffset",
    agent_a="A",
    agent_b="B",
    incoming_tx_id="tx_00000004",
    queued_tx_id="tx_00000005",
    queued_tx_ids=["tx_00000005", "tx_00000006"],
)
CREDIT = event("DeferredCreditApplied", agent_id="B", source_transactions=["tx_00000001"])
SPLIT = event("PolicySplit", agent_id="A", tx_id="tx_00000001", child_ids=["tx_00000002"])
SCENARIO = event("ScenarioEventExecuted", details={"from_agent": "A", "to_agent": "B", "tx_id": "tx_00000001"})
CAP = event("ScenarioEventExecuted", details={"agent": "C", "delta": 1})
DAY = event("EndOfDay", day=0)


@pytest.mark.parametrize(
    ("given", "agents"),
    [
        (ARRIVAL, {"A"}),
        (SETTLED, {"A", "B"}),
        (CYCLE, {"A", "B", "C"}),
        (ENTRY, {"A", "B"}),
        (CREDIT, {"B"}),
        (SCENARIO, {"A", "B"}),
        (CAP, {"C"}),
        (DAY, set()),
    ],
)
def test_agents(given: dict[str, Any], agents: set[str]) -> None:
    assert agents_of(given) - {None} == agents
    for agent in "ABC":
        assert EventFilter(agent=agent).matches(given) is (agent in agents)


@pytest.mark.parametrize(
    ("given", "payments"),
    [
        (ARRIVAL, {1}),
        (CHILD, {1, 2}),
        (SETTLED, {1}),
        (CYCLE, {1, 3}),
        (ENTRY, {4, 5, 6}),
        (CREDIT, {1}),
        (SPLIT, {1, 2}),
        (SCENARIO, {1}),
        (CAP, set()),
        (DAY, set()),
    ],
)
def test_payments(given: dict[str, Any], payments: set[int]) -> None:
    assert payments_of(given) - {None} == {f"tx_{number:08d}" for number in payments}
    for number in range(8):
        assert EventFilter(tx_id=f"tx_{number:08d}").matches(given) is (number in payments)


def test_types() -> None:
    chosen = EventFilter(types=frozenset({"Arrival", "EndOfDay"}))
    assert [chosen.matches(given) for given in (ARRIVAL, DAY, CYCLE)] == [True, True, False]


@pytest.mark.parametrize(
    ("first", "last", "matches"),
    [
        (None, None, True),
        (5, None, True),
        (6, None, False),
        (None, 5, True),
        (None, 4, False),
        (5, 5, True),
        (0, 0, False),
    ],
)
def test_ticks_are_included_at_both_ends(first: int | None, last: int | None, matches: bool) -> None:
    assert EventFilter(first_tick=first, last_tick=last).matches(ARRIVAL) is matches
    assert EventFilter(agent="A", first_tick=first, last_tick=last).matches(ARRIVAL) is matches


def test_everything_must_be_fulfilled() -> None:
    assert EventFilter(frozenset({"Arrival"}), "A", "tx_00000001", 5, 5).matches(ARRIVAL)
    assert not EventFilter(frozenset({"Arrival"}), "B", "tx_00000001", 5, 5).matches(ARRIVAL)
    assert not EventFilter(frozenset({"Arrival"}), "A", "tx_00000002", 5, 5).matches(ARRIVAL)
    assert not EventFilter(frozenset({"PolicyDrop"}), "A", "tx_00000001", 5, 5).matches(ARRIVAL)
    assert not EventFilter(frozenset({"Arrival"}), "A", "tx_00000001", 6, 7).matches(ARRIVAL)
