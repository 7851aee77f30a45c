"""Every context field, computed from hand-made states (05 §6 with D28)."""

import math
from typing import Any

import pytest

from paysim_engine.core.codes import URGENT
from paysim_engine.policy import check_document
from paysim_engine.policy.compile import _FIELDS
from paysim_engine.policy.fields import BANK_TREE, FIELDS, PAYMENT_TREE, TREES, fields_of
from tests.policy.worlds import (
    RELEASE,
    World,
    bank_value,
    collateral_value,
    computed,
    document,
    field,
    literal,
    payment_value,
)


@pytest.mark.parametrize("tree", TREES)
def test_the_catalogue_and_the_nodes_name_the_same_fields(tree: str) -> None:
    assert set(_FIELDS[tree]) == set(fields_of(tree))


def test_every_field_is_computed_in_every_tree_that_may_use_it() -> None:
    world = World(opening_balance=1000)
    row = world.payment()
    for name, entry in FIELDS.items():
        assert payment_value(field(name), world, row) >= 0
        if not entry.needs_payment:
            assert isinstance(bank_value(field(name), world), float)
            assert collateral_value(field(name), world) >= 0


def of_payment(name: str, world: World, row: int) -> int:
    return payment_value(field(name), world, row)


def test_fields_of_a_payment() -> None:
    world = World().at(3)
    row = world.payment(amount=120, deadline=9, priority=7)
    world.at(5)
    expected = {
        "amount": 120,
        "remaining_amount": 120,
        "settled_amount": 0,
        "arrival_tick": 3,
        "deadline_tick": 9,
        "priority": 7,
        "is_split": 0,
        "is_past_deadline": 0,
        "is_overdue": 0,
        "is_in_queue2": 0,
        "overdue_duration": 0,
        "ticks_to_deadline": 4,
        "queue_age": 2,
        "time_in_queue": 2,
    }
    assert {name: of_payment(name, world, row) for name in expected} == expected


def test_fields_of_a_late_child_in_queue_2() -> None:
    world = World()
    parent = world.payment(amount=200, deadline=2)
    row = world.released(amount=100, deadline=2, parent=parent)
    world.at(3)
    world.state.payments.overdue_since[row] = 3
    world.at(7)
    assert [of_payment(name, world, row) for name in ("is_split", "is_past_deadline", "is_overdue")] == [1, 1, 1]
    assert of_payment("is_in_queue2", world, row) == 1
    assert of_payment("overdue_duration", world, row) == 4
    assert payment_value(computed("abs", value=field("ticks_to_deadline")), world, row) == 5
    world.state.payments.rtgs_priority[row] = URGENT
    assert of_payment("is_in_queue2", world, row) == 1


def test_the_deadline_tick_itself_is_in_time() -> None:
    world = World()
    row = world.payment(deadline=4)
    assert of_payment("is_past_deadline", world.at(4), row) == 0
    assert of_payment("is_past_deadline", world.at(5), row) == 1


def test_costs_of_a_payment() -> None:
    world = World()
    row = world.payment(amount=5_000_000)
    in_millionths = literal(1e6)
    delay = computed("*", left=field("cost_delay_this_tx_one_tick"), right=in_millionths)
    overdraft = computed("*", left=field("cost_overdraft_this_amount_one_tick"), right=in_millionths)
    assert payment_value(delay, world, row) == int(5_000_000 * 0.0001 * 1e6)
    assert payment_value(overdraft, world, row) == int((0.8 / 10000.0) * 5_000_000 * 1e6)
    # Fixed penalties do not depend on the amount.
    assert of_payment("cost_deadline_penalty", world, row) == 5000
    assert bank_value(field("cost_deadline_penalty"), world) == 5000
    assert collateral_value(field("cost_eod_penalty"), world) == 1000


def test_rates_of_costs() -> None:
    world = World()
    names = ("cost_overdraft_bps_per_tick", "cost_delay_per_tick_per_cent", "cost_collateral_bps_per_tick")
    assert [bank_value(field(name), world) for name in names] == [0.8, 0.0001, 0.0002]
    assert bank_value(field("cost_split_friction"), world) == 1000


LIQUIDITY: list[tuple[dict[str, Any], dict[str, float]]] = [
    (
        {"opening_balance": 300, "unsecured_cap": 100, "posted_collateral": 51, "haircut": 0.1},
        {
            "credit_used": 0,
            "is_using_credit": 0,
            "credit_limit": 100,
            "unsecured_cap": 100,
            "credit_headroom": 100,
            "allowed_overdraft_limit": 145,
            "available_liquidity": 445,
            "effective_liquidity": 445,
            "overdraft_headroom": 145,
            "overdraft_utilization": 0,
            "liquidity_pressure": 1.0 - 300 / 451,
            "required_collateral_for_usage": 0,
            "excess_collateral": 51,
            "max_collateral_capacity": 1000,
            "remaining_collateral_capacity": 949,
            "collateral_utilization": 0.051,
            "collateral_haircut": 0.1,
        },
    ),
    (
        {"opening_balance": -140, "unsecured_cap": 100, "posted_collateral": 60, "haircut": 0.1},
        {
            "credit_used": 140,
            "is_using_credit": 1,
            "credit_headroom": -40,
            "available_liquidity": 14,
            "overdraft_headroom": 14,
            "overdraft_utilization": 140 / 154,
            "required_collateral_for_usage": 45,  # ceil(40 / 0.9)
            "excess_collateral": 15,
            "liquidity_pressure": 1.0,
        },
    ),
    (
        {"opening_balance": -60, "unsecured_cap": 50, "posted_collateral": 10, "max_collateral_capacity": 5},
        {
            "available_liquidity": 0,
            "liquidity_pressure": 1.0,  # balance + cap + posted is 0
            "required_collateral_for_usage": 10,
            "excess_collateral": 0,
            "remaining_collateral_capacity": -5,
            "collateral_utilization": 2.0,
        },
    ),
    (
        {"opening_balance": -5, "posted_collateral": 100, "haircut": 1.0, "max_collateral_capacity": 0},
        {
            "allowed_overdraft_limit": 0,
            "available_liquidity": 0,
            "overdraft_headroom": -5,
            "overdraft_utilization": 0,
            "required_collateral_for_usage": 0,  # no amount of worthless collateral would do
            "excess_collateral": 100,
            "collateral_utilization": 0,
        },
    ),
]


@pytest.mark.parametrize(("account", "expected"), LIQUIDITY)
def test_liquidity_and_collateral(account: dict[str, Any], expected: dict[str, float]) -> None:
    world = World(**account)
    assert {name: bank_value(field(name), world) for name in expected} == expected


def test_a_large_need_over_a_tiny_share_saturates() -> None:
    world = World(opening_balance=-(10**15), haircut=1.0 - 2**-53)
    assert bank_value(field("required_collateral_for_usage"), world) == float(2**63 - 1)


def test_queue_1() -> None:
    world = World(opening_balance=100)
    names = ("outgoing_queue_size", "queue1_total_value", "queue1_liquidity_gap", "headroom")
    assert [bank_value(field(name), world) for name in names] == [0, 0, 0, 100]
    world.payment(amount=70)
    world.payment(amount=50)
    world.payment(sender=1, receiver=0, amount=999)
    assert [bank_value(field(name), world) for name in names] == [2, 120, 20, -20]


def test_queue_2_of_the_agent() -> None:
    world = World(agents="ABC").at(4)
    world.released(sender=1, receiver=0, deadline=1)
    names = ("queue2_count_for_agent", "queue2_nearest_deadline", "ticks_to_nearest_queue2_deadline")
    assert [bank_value(field(name), world) for name in names] == [0, 18446744073709551615.0, math.inf]
    world.released(deadline=9)
    world.released(deadline=6)
    late = world.released(deadline=2)
    assert [bank_value(field(name), world) for name in names] == [3, 2, 0]
    world.state.queues.leave_queue2(late)
    assert [bank_value(field(name), world) for name in names] == [2, 6, 2]


def test_the_system() -> None:
    world = World(agents="ABCD")
    assert bank_value(field("system_queue2_pressure_index"), world) == 0
    for _ in range(3):
        world.released(sender=2, receiver=3, amount=40)
    names = ("rtgs_queue_size", "queue2_size", "rtgs_queue_value", "total_agents")
    assert [bank_value(field(name), world) for name in names] == [3, 3, 120, 4]
    expected = 1.0 / (1.0 + math.exp(-2.0 * (3 / 40)))
    assert bank_value(field("system_queue2_pressure_index"), world) == expected


def test_time() -> None:
    world = World(ticks_per_day=10).at(27)
    expected = {
        "current_tick": 27,
        "system_ticks_per_day": 10,
        "system_current_day": 2,
        "system_tick_in_day": 7,
        "ticks_remaining_in_day": 2,
        "day_progress_fraction": 0.7,
        "expected_throughput_fraction_by_now": 0.7,
        "is_eod_rush": 0,
    }
    assert {name: bank_value(field(name), world) for name in expected} == expected
    assert bank_value(field("is_eod_rush"), world.at(28)) == 1
    assert bank_value(field("ticks_remaining_in_day"), world.at(29)) == 0


def test_throughput_is_that_of_today() -> None:
    world = World(ticks_per_day=4).at(1)
    assert bank_value(field("my_throughput_fraction_today"), world) == 0
    assert bank_value(field("throughput_gap"), world) == -0.25
    world.state.arrived_today[0] = 400
    world.state.settled_today[0] = 300
    assert bank_value(field("my_throughput_fraction_today"), world) == 0.75
    assert bank_value(field("throughput_gap"), world) == 0.5


def test_fields_without_a_history_are_constant() -> None:
    world = World()
    assert bank_value(field("liquidity_buffer"), world) == 0
    assert bank_value(field("incoming_expected_count"), world) == 0
    assert bank_value(field("is_overdraft_capped"), world) == 1


@pytest.mark.parametrize("name", [name for name, entry in FIELDS.items() if entry.needs_payment])
def test_fields_of_a_payment_are_refused_where_there_is_none(name: str) -> None:
    action = {"type": "action", "action": "SetReleaseBudget", "parameters": {"max_value_to_release": field(name)}}
    problems = check_document(document(bank_tree=action, payment_tree=RELEASE))
    assert [f"cannot be used in {BANK_TREE}" in message for _, message, _ in problems] == [True]
    assert problems[0][2] == f"It belongs in {PAYMENT_TREE}."
