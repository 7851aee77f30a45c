"""What things cost: the worked values of spec 04, each in a scenario of its own."""

from typing import Any

import pytest

from tests.support.runs import events_of, of_type
from tests.support.scenarios import GROSS, Data, bank, payment, transfer, world


def accruals(scenario: Data, agent: str = "A") -> list[tuple[int, dict[str, int]]]:
    """Tick and components of all costs of an agent."""
    accrued = of_type(events_of(scenario), "CostAccrual")
    return [(event["tick"], event["costs"]) for event in accrued if event["agent_id"] == agent]


def components(scenario: Data, name: str, agent: str = "A") -> list[tuple[int, int]]:
    """Tick and one component of all costs of an agent, where it is not 0."""
    return [(tick, costs[name]) for tick, costs in accruals(scenario, agent) if costs[name]]


@pytest.mark.parametrize(
    ("balance", "bps", "cost"),
    [
        (-5_000, 1.0, 1),
        (-4_999, 1.0, 0),
        (-(10**9), 0.0005, 100),
        (-(10**9), 0.0004, 0),
        (-(10**9), 0.0015, 200),
        (5_000, 100.0, 0),
        (-(10**15), 10_000.0, 10**15),
    ],
)
def test_overdraft(balance: int, bps: float, cost: int) -> None:
    scenario = world([bank("A", balance), bank("B")], [], ticks=1, costs={"overdraft_bps_per_tick": bps})
    assert components(scenario, "liquidity_cost") == ([(0, cost)] if cost else [])


@pytest.mark.parametrize(
    ("posted", "bps", "cost"), [(5_000, 15.0, 8), (4_999, 1.0, 0), (10**10, 0.0000005, 1), (10**10, 0.0000004, 0)]
)
def test_collateral_and_pool_liquidity_cost_alike(posted: int, bps: float, cost: int) -> None:
    agent = bank("A", posted_collateral=posted, max_collateral_capacity=posted)
    scenario = world([agent, bank("B")], [], ticks=1, costs={"collateral_cost_per_tick_bps": bps})
    assert components(scenario, "collateral_cost") == ([(0, cost)] if cost else [])
    scenario = world([bank("A", liquidity_pool=posted), bank("B")], [], costs={"liquidity_cost_per_tick_bps": bps})
    assert components(scenario, "liquidity_opportunity_cost") == [(tick, cost) for tick in range(20) if cost]


def test_the_pool_costs_on_every_tick_of_the_day_and_whatever_was_spent() -> None:
    agent = bank("A", liquidity_pool=1000, liquidity_allocation_fraction=0.5)
    events = [payment("A", "B", 500)]
    scenario = world([agent, bank("B")], events, ticks=3, days=2, costs={"liquidity_cost_per_tick_bps": 100})
    assert components(scenario, "liquidity_opportunity_cost") == [(tick, 5) for tick in range(6)]


DELAY = {"delay_cost_per_tick_per_cent": 0.001, "priority_delay_multipliers": {"urgent_multiplier": 1.5}}


def test_delay_before_and_after_the_deadline() -> None:
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 100_001, deadline=2, priority=9)], ticks=6, costs=DELAY)
    assert components(scenario, "delay_cost") == [(0, 150), (1, 150), (2, 150), (3, 750), (4, 750), (5, 750)]


@pytest.mark.parametrize(("priority", "cost"), [(10, 250), (8, 250), (7, 333), (4, 333), (3, 50), (0, 50)])
def test_delay_by_band_of_priority(priority: int, cost: int) -> None:
    multipliers = {"urgent_multiplier": 0.25, "normal_multiplier": 0.3334, "low_multiplier": 0.05}
    costs = {"delay_cost_per_tick_per_cent": 0.01, "priority_delay_multipliers": multipliers}
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 100_000, priority=priority)], ticks=1, costs=costs)
    assert components(scenario, "delay_cost") == [(0, cost)]


def test_the_product_of_multipliers_is_floored() -> None:
    # 1.0005 becomes 1001 thousandths and 0.334 becomes 334; their product is 334, not 334.334.
    costs = {
        "delay_cost_per_tick_per_cent": 0.01,
        "overdue_delay_multiplier": 1.0005,
        "priority_delay_multipliers": {"normal_multiplier": 0.334},
    }
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 10**6, deadline=1)], ticks=3, costs=costs)
    assert components(scenario, "delay_cost") == [(0, 3340), (1, 3340), (2, 3340)]


def test_delay_is_rounded_once_per_agent_and_tick() -> None:
    events = [payment("A", "B", 1), payment("A", "B", 1), payment("A", "B", 1)]
    scenario = world([bank("A"), bank("B")], events, ticks=1, costs={"delay_cost_per_tick_per_cent": 0.4})
    assert components(scenario, "delay_cost") == [(0, 1)]


def test_both_queues_cause_delay_cost_until_the_tick_of_settlement() -> None:
    events = [payment("A", "B", 100, deadline=9), transfer("B", "A", 100, 2)]
    scenario = world(
        [bank("A"), bank("B", 100)], events, ticks=4, lsm=GROSS, costs={"delay_cost_per_tick_per_cent": 0.1}
    )
    assert components(scenario, "delay_cost") == [(0, 10), (1, 10)]


# ---- lateness ----

LATE: dict[str, Any] = {"deadline_penalty": {"mode": "rate", "bps_per_event": 100.0}, "eod_penalty": 7}


def test_a_deadline_penalty_is_charged_once_at_the_start_of_the_first_late_tick() -> None:
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 1_050, deadline=1)], ticks=3, days=2, costs=LATE)
    events = events_of(scenario)
    (overdue,) = of_type(events, "TransactionWentOverdue")
    assert (overdue["tick"], overdue["ticks_overdue"], overdue["deadline_penalty_cost"]) == (2, 1, 10)
    # Deadline penalty at tick 2; end-of-day penalties at the last ticks of both days.
    assert components(scenario, "penalty_cost") == [(2, 10), (2, 7), (5, 7)]
    assert [event["total_penalties"] for event in of_type(events, "EndOfDay")] == [7, 7]


def test_a_payment_due_on_the_last_tick_pays_no_end_of_day_penalty() -> None:
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 1_000, deadline=2)], ticks=3, costs=LATE)
    assert components(scenario, "penalty_cost") == []


def test_a_late_settlement_says_what_it_cost() -> None:
    costs = {"delay_cost_per_tick_per_cent": 0.001, "overdue_delay_multiplier": 5.0, "deadline_penalty": 3}
    events = [payment("A", "B", 1_000, deadline=2), transfer("B", "A", 1_000, 5)]
    scenario = world([bank("A"), bank("B", 1_000)], events, ticks=8, lsm=GROSS, costs=costs)
    (settled,) = of_type(events_of(scenario), "OverdueTransactionSettled")
    assert (settled["tick"], settled["overdue_since_tick"], settled["total_ticks_overdue"]) == (5, 3, 2)
    assert (settled["deadline_penalty_cost"], settled["estimated_delay_cost"]) == (3, 10)


def test_costs_of_nothing_are_not_logged() -> None:
    assert accruals(world([bank("A"), bank("B")], [payment("A", "B", 5)], days=2)) == []


def test_totals_are_the_sums_of_the_six_components() -> None:
    costs = {
        "overdraft_bps_per_tick": 300.0,
        "delay_cost_per_tick_per_cent": 0.3,
        "collateral_cost_per_tick_bps": 40.0,
        "liquidity_cost_per_tick_bps": 70.0,
        "deadline_penalty": 11,
        "eod_penalty": 13,
    }
    agent = bank("A", -900, posted_collateral=5_000, max_collateral_capacity=9_000, liquidity_pool=800)
    scenario = world([agent, bank("B")], [payment("A", "B", 10_000, deadline=1)], ticks=4, days=2, costs=costs)
    logged = accruals(scenario)
    assert logged
    names = [
        "liquidity_cost",
        "delay_cost",
        "collateral_cost",
        "penalty_cost",
        "split_friction_cost",
        "liquidity_opportunity_cost",
    ]
    for _, accrued in logged:
        assert list(accrued) == [*names, "total"]
        assert accrued["total"] == sum(accrued[name] for name in names)
    used = {name for _, accrued in logged for name in names if accrued[name]}
    assert used == {*names} - {"split_friction_cost"}
