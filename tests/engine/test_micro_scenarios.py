"""The worked micro-scenarios of spec 03 §14, as 00 leaves them.

Unless said otherwise there is no money and no credit, everything is released at once, and all payments arrive at tick 0
with far deadlines. T0, T1, … are the payments in the order of their arrival.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.runs import Event, events_of, of_type
from tests.support.scenarios import GROSS, Data, bank, payment, policy, transfer, tree, when, world

QUIET = {"Arrival", "RtgsSubmission", "PolicySubmit", "ScenarioEventExecuted", "EndOfDay", "AlgorithmExecution"}
FAR = {"deadline": 15}


def T(number: int) -> str:  # noqa: N802 - the spec's name
    return f"tx_{number:08d}"


def loud(scenario: Data) -> list[Event]:
    """The events that say what became of payments."""
    return [event for event in events_of(scenario) if event["event_type"] not in QUIET]


def story(events: Sequence[Event], *fields: str) -> list[tuple[Any, ...]]:
    """Tick, type and some fields of events; fields that an event does not have are left out."""
    return [
        (event["tick"], event["event_type"], *(event[field] for field in fields if field in event)) for event in events
    ]


def algorithm(events: Sequence[Event], number: int) -> list[tuple[int, str, int, int]]:
    """What an algorithm did in each tick in which it did something."""
    return [
        (event["tick"], event["result"], event["settlements"], event["settled_value"])
        for event in of_type(events, "AlgorithmExecution")
        if event["algorithm"] == number and event["settlements"]
    ]


def test_1_an_infeasible_pair_settles_nothing_and_says_nothing() -> None:
    scenario = world([bank("A"), bank("B")], [payment("A", "B", 100), payment("B", "A", 30)], ticks=4)
    scenario["algorithm_sequencing"] = True
    events = events_of(scenario)
    assert story(loud(scenario), "tx_id") == [(0, "QueuedRtgs", T(0)), (0, "QueuedRtgs", T(1))]
    assert algorithm(events, 2) == []
    assert len(of_type(events, "AlgorithmExecution")) == 12


def test_2_a_feasible_pair() -> None:
    scenario = world([bank("A", 70), bank("B")], [payment("A", "B", 100), payment("B", "A", 30)], ticks=4)
    scenario["algorithm_sequencing"] = True
    offset = of_type(loud(scenario), "LsmBilateralOffset")
    assert story(offset, "agent_a", "agent_b", "amount_a", "amount_b", "tx_ids", "tx_amounts") == [
        (0, "LsmBilateralOffset", "A", "B", 100, 30, [T(0), T(1)], [100, 30])
    ]
    assert algorithm(events_of(scenario), 2) == [(0, "Success", 2, 130)]


def three_banks(**options: Any) -> Data:
    events = [payment("A", "B", 100), payment("B", "A", 30), payment("B", "C", 70)]
    return world([bank("A", 70), bank("B"), bank("C")], events, ticks=4, **options)


def test_3_what_an_offset_makes_possible_is_released_in_the_same_tick() -> None:
    events = [event for event in loud(three_banks()) if event["event_type"] != "QueuedRtgs"]
    assert story(events, "tx_id", "tx_ids", "queue_wait_ticks", "release_reason") == [
        (0, "LsmBilateralOffset", [T(0), T(1)]),
        (0, "Queue2LiquidityRelease", T(2), 0, "lsm_released_liquidity"),
    ]


def test_4_the_same_with_deferred_crediting() -> None:
    events = [event for event in loud(three_banks(deferred_crediting=True)) if event["event_type"] != "QueuedRtgs"]
    assert story(events, "tx_id", "tx_ids", "agent_id", "amount", "queue_wait_ticks", "source_transactions") == [
        (0, "LsmBilateralOffset", [T(0), T(1)]),
        (0, "DeferredCreditApplied", "B", 70, [T(0)]),
        (1, "Queue2LiquidityRelease", T(2), 70, 1),
        (1, "DeferredCreditApplied", "C", 70, [T(2)]),
    ]


@pytest.mark.parametrize("circle", ["ABC", "ACB"])
def test_5_triangles_in_either_orientation(circle: str) -> None:
    edges = list(zip(circle, circle[1:] + circle[:1], strict=True))
    scenario = world([bank(name) for name in "ABC"], [payment(a, b, 10) for a, b in edges], ticks=2)
    (cycle,) = of_type(loud(scenario), "LsmCycleSettlement")
    assert cycle["agents"] == list(circle)
    assert cycle["net_positions"] == [0, 0, 0]
    assert (cycle["total_value"], cycle["max_net_outflow"], cycle["max_net_outflow_agent"]) == (30, 0, "")
    assert cycle["tx_amounts"] == [10, 10, 10]


def test_6_of_equal_outflows_the_largest_id_is_named() -> None:
    events = [payment("A", "B", 10), payment("B", "C", 20), payment("C", "D", 10), payment("D", "A", 20)]
    scenario = world([bank("A"), bank("B", 10), bank("C"), bank("D", 10)], events, ticks=2)
    (cycle,) = of_type(loud(scenario), "LsmCycleSettlement")
    assert cycle["agents"] == ["A", "B", "C", "D"]
    assert cycle["net_positions"] == [10, -10, 10, -10]
    assert (cycle["max_net_outflow"], cycle["max_net_outflow_agent"]) == (10, "D")


def test_7_of_parallel_payments_those_that_fit_settle() -> None:
    events = [payment("A", "B", 10), payment("A", "B", 5), payment("B", "C", 10), payment("C", "A", 10)]
    scenario = world([bank("A", 4), bank("B"), bank("C")], events, ticks=3)
    settled = [event for event in loud(scenario) if event["event_type"] != "QueuedRtgs"]
    assert story(settled, "tx_ids", "net_positions") == [(0, "LsmCycleSettlement", [T(0), T(2), T(3)], [0, 0, 0])]


def test_8_pairs_by_mutual_value() -> None:
    events = [
        payment("F", "E", 10),
        payment("E", "F", 10),
        payment("B", "A", 10),
        payment("A", "B", 10),
        payment("C", "D", 12),
        payment("D", "C", 11),
    ]
    scenario = world([bank(name) for name in "ABCDEF"], events, ticks=2, lsm={"enable_cycles": False})
    offsets = of_type(loud(scenario), "LsmBilateralOffset")
    # C and D would come first, but C lacks the cent that it owes more.
    assert story(offsets, "agent_a", "agent_b") == [
        (0, "LsmBilateralOffset", "A", "B"),
        (0, "LsmBilateralOffset", "E", "F"),
    ]


def test_9_a_chain_against_the_order_of_the_queue_is_released_in_one_tick() -> None:
    events = [payment("B", "A", 10), payment("C", "B", 10), payment("D", "C", 10), transfer("Z", "D", 10, 1)]
    scenario = world([bank(name) for name in "ABCD"] + [bank("Z", 10)], events, ticks=4, lsm=GROSS)
    released = of_type(loud(scenario), "Queue2LiquidityRelease")
    assert story(released, "tx_id", "queue_wait_ticks", "release_reason") == [
        (1, "Queue2LiquidityRelease", number, 1, "liquidity_available") for number in (T(2), T(1), T(0))
    ]


@pytest.mark.parametrize("others", [0, 96, 200])
def test_10_a_cycle_of_four_among_however_many_others(others: int) -> None:
    events = [payment(a, b, 10) for a, b in zip("ABCD", "BCDA", strict=True)]
    events += [payment("E", "F", 10) for _ in range(others)]
    scenario = world([bank(name) for name in "ABCDEF"], events, ticks=2)
    assert story(of_type(loud(scenario), "LsmCycleSettlement"), "tx_ids") == [
        (0, "LsmCycleSettlement", [T(0), T(1), T(2), T(3)])
    ]


def test_11_a_split() -> None:
    agent = bank("A", 70, policy=policy(tree("Split", num_splits=3)))
    events = [payment("A", "B", 101, priority=7, **FAR)]
    scenario = world([agent, bank("B")], events, ticks=1, lsm=GROSS, costs={"split_friction_cost": 10})
    recorded = [event for event in events_of(scenario) if event["event_type"] != "ScenarioEventExecuted"]
    assert story(recorded[:8], "amount", "priority", "internal_priority", "num_splits", "child_ids") == [
        (0, "Arrival", 101, 7),
        (0, "Arrival", 33, 7),
        (0, "RtgsSubmission", 33, 7),
        (0, "Arrival", 33, 7),
        (0, "RtgsSubmission", 33, 7),
        (0, "Arrival", 35, 7),
        (0, "RtgsSubmission", 35, 7),
        (0, "CostAccrual"),
    ]
    assert recorded[7]["costs"]["split_friction_cost"] == recorded[7]["costs"]["total"] == 20
    assert story(recorded[8:], "tx_id", "num_splits", "sender_balance_before", "sender_balance_after") == [
        (0, "PolicySplit", T(0), 3),
        (0, "RtgsImmediateSettlement", T(1), 70, 37),
        (0, "RtgsImmediateSettlement", T(2), 37, 4),
        (0, "QueuedRtgs", T(3)),
        (0, "EndOfDay"),
    ]


def test_12_a_budget_lasts_one_tick() -> None:
    budget = tree("SetReleaseBudget", max_value_to_release=50, max_per_counterparty=30)
    register = tree("SetState", key="bank_state_x", value=1)
    manager = policy(tree("Release"), bank_tree=when("current_tick", "==", 0, budget, register))
    events = [payment("A", to, amount) for to, amount in (("B", 20), ("B", 20), ("C", 25), ("C", 5), ("B", 10))]
    scenario = world([bank("A", 1000, policy=manager), bank("B"), bank("C")], events, ticks=3)
    decided = of_type(events_of(scenario), "PolicySubmit", "PolicyHold")
    assert story(decided, "tx_id", "reason") == [
        (0, "PolicySubmit", T(0)),
        (0, "PolicyHold", T(1), "BudgetExhausted"),
        (0, "PolicySubmit", T(2)),
        (0, "PolicySubmit", T(3)),
        (0, "PolicyHold", T(4), "BudgetExhausted"),
        # D20: without a budget of this tick, nothing limits.
        (1, "PolicySubmit", T(1)),
        (1, "PolicySubmit", T(4)),
    ]


def test_13_limits() -> None:
    limits = {"bilateral_limits": {"B": 8}, "multilateral_limit": 9}
    events = [payment("A", "B", 10), payment("A", "B", 5), payment("A", "B", 4, 1)]
    scenario = world([bank("A", 5, limits=limits), bank("B")], events, ticks=2, lsm=GROSS)
    assert story(loud(scenario), "tx_id", "current_bilateral_outflow", "bilateral_limit", "current_total_outflow") == [
        (0, "BilateralLimitExceeded", T(0), 0, 8),
        (0, "MultilateralLimitExceeded", T(0), 0),
        (0, "QueuedRtgs", T(0)),
        (0, "RtgsImmediateSettlement", T(1)),
        (1, "BilateralLimitExceeded", T(2), 5, 8),
        (1, "QueuedRtgs", T(2)),
    ]


def test_13_limits_are_those_of_a_day() -> None:
    limits = {"bilateral_limits": {"B": 8}, "multilateral_limit": 9}
    events = [payment("A", "B", 8), payment("A", "B", 7), payment("A", "C", 2)]
    scenario = world([bank("A", 50, limits=limits), bank("B"), bank("C")], events, ticks=3, days=2, lsm=GROSS)
    settled = of_type(loud(scenario), "RtgsImmediateSettlement", "Queue2LiquidityRelease")
    # Outflows are forgotten at the end of the day; the first tick of the next one retries.
    assert story(settled, "tx_id") == [
        (0, "RtgsImmediateSettlement", T(0)),
        (3, "Queue2LiquidityRelease", T(1)),
        (3, "Queue2LiquidityRelease", T(2)),
    ]


@pytest.mark.parametrize(("released", "overdue_ticks"), [(3, 0), (4, 1)])
def test_14_a_late_release(released: int, overdue_ticks: int) -> None:
    waits = policy(when("current_tick", "<", released, tree("Hold"), tree("Release")))
    events = [payment("A", "B", 10, deadline=2)]
    scenario = world([bank("A", 10, policy=waits), bank("B")], events, ticks=6, costs={"deadline_penalty": 5})
    told = [event for event in loud(scenario) if event["event_type"] != "PolicyHold"]
    # D11: late from the start of the first tick after the deadline, with no tick of grace.
    assert story(told, "overdue_since_tick", "total_ticks_overdue") == [
        (3, "TransactionWentOverdue"),
        *([(3, "CostAccrual")] if released > 3 else []),
        (released, "OverdueTransactionSettled", 3, overdue_ticks),
        (released, "RtgsImmediateSettlement"),
        *([(3, "CostAccrual")] if released == 3 else []),
    ]


def test_15_a_timer_takes_what_the_credit_in_use_leaves() -> None:
    post = tree("PostCollateral", amount=1000, reason="PreemptivePosting", auto_withdraw_after_ticks=2)
    withdraw = tree("WithdrawCollateral", amount=400)
    manager = policy(
        tree("Release"),
        strategic_collateral_tree=when("current_tick", "==", 0, post, tree("HoldCollateral")),
        end_of_tick_collateral_tree=when("current_tick", "==", 1, withdraw, tree("HoldCollateral")),
    )
    agent = bank("A", max_collateral_capacity=5000, policy=manager)
    scenario = world([agent, bank("B")], [payment("A", "B", 500)], ticks=4)
    moved = of_type(events_of(scenario), "CollateralPost", "CollateralWithdraw", "CollateralTimerWithdrawn")
    assert story(moved, "requested_amount", "amount", "posted_before", "posted_after", "layer") == [
        (0, "CollateralPost", 1000, 1000, 0, 1000, "strategic"),
        (1, "CollateralWithdraw", 400, 400, 1000, 600, "end_of_tick"),
        # D36: 511 = ceil(500 / 0.98) stay.
        (2, "CollateralTimerWithdrawn", 1000, 89, 600, 511, "timer"),
    ]
    assert of_type(events_of(scenario), "CollateralPost")[0]["withdraw_at_tick"] == 2


def test_16_queue_1_by_priority_and_deadline() -> None:
    events = [
        payment("A", "B", 1, priority=priority, deadline=deadline)
        for priority, deadline in ((5, 9), (5, 8), (8, 9), (5, 8))
    ]
    scenario = world([bank("A", 9), bank("B")], events, queue1_ordering="priority_deadline")
    submitted = of_type(events_of(scenario), "PolicySubmit")
    assert [event["tx_id"] for event in submitted] == [T(2), T(1), T(3), T(0)]


def test_17_deferred_pairs_that_overlap_move_no_money() -> None:
    events = [payment("A", "B", 10), payment("B", "A", 10), payment("B", "C", 10), payment("C", "B", 10)]
    scenario = world([bank(name) for name in "ABC"], events, ticks=2, deferred_crediting=True)
    told = [event for event in loud(scenario) if event["event_type"] != "QueuedRtgs"]
    # D30: balances change by the nets, which are 0 here, so nothing is credited later.
    assert story(told, "agent_a", "agent_b") == [
        (0, "LsmBilateralOffset", "A", "B"),
        (0, "LsmBilateralOffset", "B", "C"),
    ]
