"""What must hold of every run: nothing vanishes, nothing is created, and the events tell everything (00).

Scenarios are random, small and short of liquidity, with every option of the engine.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from paysim_engine.core import codes
from paysim_engine.core.edges import Edges
from paysim_engine.simulation import Simulation
from tests.support.draws import HypothesisDraw
from tests.support.effort import examples
from tests.support.random_policies import random_policy
from tests.support.random_scenarios import random_scenario
from tests.support.rebuild import Rebuilt
from tests.support.runs import config_of, flat, rows_of
from tests.support.streams import alike

Data = dict[str, Any]


@st.composite
def scenarios(draw: st.DrawFn) -> Data:
    """Any scenario in which everything is released at once."""
    return random_scenario(HypothesisDraw(draw))


@st.composite
def scenarios_with_policies(draw: st.DrawFn) -> Data:
    """Any scenario, with any policies."""
    return random_scenario(HypothesisDraw(draw), random_policy)


def walk(simulation: Simulation) -> None:
    """Compare every counter with what a walk over the queues says, and that nothing is in two places."""
    state = simulation.state
    p, queues = state.payments, state.queues
    waiting = [0] * (6 * state.agents)
    seen: set[int] = set()
    scheduled = list(queues.scheduled_rows())
    second = list(queues.rows2())
    for agent in range(state.agents):
        first = list(queues.rows1(agent))
        counted = first + [row for row in scheduled if p.sender[row] == agent]
        own = [row for row in second if p.sender[row] == agent]
        assert list(queues.sender_rows2(agent)) == own
        assert (queues.size1[agent], queues.value1[agent]) == (len(counted), sum(p.remaining[row] for row in counted))
        assert queues.sender_size2[agent] == len(own)
        assert queues.sender_value2[agent] == sum(p.remaining[row] for row in own)
        for rows, place in ((first, codes.IN_QUEUE1), (own, codes.IN_QUEUE2)):
            assert all(p.place[row] == place and p.sender[row] == agent for row in rows)
        for row in counted + own:
            assert row not in seen
            seen.add(row)
            band = 0 if p.priority[row] >= 8 else 1 if p.priority[row] >= 4 else 2
            waiting[6 * agent + (3 if p.overdue_since[row] >= 0 else 0) + band] += p.remaining[row]
    assert (queues.size2, queues.value2) == (len(second), sum(p.remaining[row] for row in second))
    assert list(queues.waiting) == waiting
    # What netting and policies kept of Queue 2 is what they would find now.
    assert list(state.graph.now().rows) == list(Edges(queues).rows)
    assert all(p.place[row] == codes.SCHEDULED for row in scheduled)
    for row in range(p.count):
        assert (row in seen) == (p.place[row] in (codes.IN_QUEUE1, codes.IN_QUEUE2, codes.SCHEDULED))
        assert (p.remaining[row] == 0) == (p.place[row] == codes.SETTLED)


def follow(scenario: Data) -> None:
    """Play a scenario tick by tick beside its rebuilt state."""
    simulation = Simulation(config_of(scenario))
    rebuilt = Rebuilt(scenario)
    payments: list[Data] = []
    end = simulation.config.num_days * simulation.config.ticks_per_day
    for tick in range(end):
        summary = simulation.step()
        batches = simulation.recorder.drain()
        events = flat(batches, simulation)
        rebuilt.play(tick, events)
        snapshot: Any = simulation.snapshot()
        assert alike(snapshot, rebuilt.snapshot(tick + 1))
        walk(simulation)
        check_accounts(simulation, rebuilt, batches)
        payments += rows_of(batches, "transactions")
        accrued = sum(event["costs"]["total"] for event in events if event["event_type"] == "CostAccrual")
        assert summary.cost == accrued
    simulation.finish()
    payments += rows_of(simulation.recorder.drain(), "transactions")
    check_payments(rebuilt, payments)
    check_summary(simulation, rebuilt)


def check_accounts(simulation: Simulation, rebuilt: Rebuilt, batches: Any) -> None:
    """The recorded accounts of a tick."""
    rows = rows_of(batches, "agent_ticks")
    assert [row["agent_no"] for row in rows] == list(range(len(rebuilt.accounts)))
    waiting: dict[tuple[str, bool], list[int]] = {}
    for p in rebuilt.payments.values():
        if p.place in ("queue1", "scheduled", "queue2"):
            waiting.setdefault((p.sender, p.place == "queue2"), []).append(p.remaining)
    for row in rows:
        name = simulation.agent_ids[row["agent_no"]]
        account = rebuilt.accounts[name]
        first, second = waiting.get((name, False), []), waiting.get((name, True), [])
        assert (row["queue1_size"], row["queue1_value"]) == (len(first), sum(first))
        assert (row["queue2_size"], row["queue2_value"]) == (len(second), sum(second))
        assert row["balance"] == account.balance
        assert row["allocated_liquidity"] == account.allocated


STATUS = {
    "queue1": {"pending", "overdue"},
    "queue2": {"pending", "overdue"},
    "scheduled": {"pending", "overdue"},
    "settled": {"settled"},
    "dropped": {"dropped"},
    "split": {"split", "partially_settled", "settled"},
}


def check_payments(rebuilt: Rebuilt, rows: list[Data]) -> None:
    """Every payment is recorded once, and as the events leave it."""
    assert sorted(row["tx_no"] for row in rows) == list(range(len(rebuilt.payments)))
    for row in rows:
        payment = rebuilt.payments[f"tx_{row['tx_no']:08d}"]
        assert row["status"] in STATUS[payment.place]
        assert row["settled_amount"] == payment.amount - payment.remaining
        assert (row["status"] == "settled") == (payment.remaining == 0)
        if payment.place in ("queue1", "queue2", "scheduled"):
            assert (row["status"] == "overdue") == payment.overdue
        assert (row["settlement_tick"] is None) == (row["status"] != "settled")
        assert (row["settled_via"] == "none") == (row["status"] != "settled")
        assert (row["drop_tick"] is None) == (row["status"] != "dropped")
        assert (row["overdue_since_tick"] is not None) == payment.overdue


def check_summary(simulation: Simulation, rebuilt: Rebuilt) -> None:
    """The run in a few figures."""
    summary: Any = simulation.summary()
    roots = [p for p in rebuilt.payments.values() if p.parent is None]
    assert summary["events"] == rebuilt.next_seq
    assert summary["total_arrivals"] == len(roots)
    assert summary["total_settlements"] == sum(p.remaining == 0 for p in roots)
    assert summary["total_cost"] == sum(account.cost for account in rebuilt.accounts.values())
    for agent in summary["agents"]:
        assert agent["total_cost"] == rebuilt.accounts[agent["id"]].cost


@given(scenarios())
@settings(max_examples=examples(30))
def test_the_events_tell_the_whole_run(scenario: Data) -> None:
    follow(scenario)


@given(scenarios_with_policies())
@settings(max_examples=examples(50))
def test_the_events_tell_the_whole_run_whatever_the_policies(scenario: Data) -> None:
    follow(scenario)
